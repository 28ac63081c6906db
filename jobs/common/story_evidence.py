"""The evidence of a job's picture and words: the pages of its story, then what its research
cites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.news import CitedPage, StoryText
from domain.research import Evidence, EvidenceVerdict, Source, SourceKind
from jobs.common.views import JobView

_NEWS: Final = "news"


@dataclass(frozen=True, slots=True)
class CitedEvidence:
    """Numbered citations, and the sources that they name by their ids."""

    evidence: tuple[Evidence, ...]
    sources: Mapping[str, Source]


def get_evidence(view: JobView) -> CitedEvidence:
    """The citations of a job; those of a story come first, with the numbers that stand in it."""
    research = view.research
    sources = {source.id: source for source in research.sources}
    if view.story is None:
        return CitedEvidence(research.grounded.evidence, sources)
    text = view.story.text
    pages = {_id(n): _source(n, page) for n, page in enumerate(text.pages, 1)}
    of_story = tuple(_evidence(n, page, text) for n, page in enumerate(text.pages, 1))
    later = (replace(each, n=each.n + len(of_story)) for each in research.grounded.evidence)
    return CitedEvidence((*of_story, *later), {**sources, **pages})


def _id(number: int) -> str:
    return f"{_NEWS}-{number}"


def _source(number: int, page: CitedPage) -> Source:
    return Source(
        id=_id(number),
        kind=SourceKind.PAGE,
        provider=_NEWS,
        title=page.shown_title,
        url=page.url,
        page_url=page.url,
        fetched_at=page.fetched_at,
        sha256=page.sha256,
        author=page.author,
    )


def _evidence(number: int, page: CitedPage, text: StoryText) -> Evidence:
    """The sentence of the story with that page's number, otherwise the passage itself."""
    claims = [sentence for sentence, numbers in text.numbered if number in numbers]
    quoted = bool(page.passage) and all(map(page.is_quoted_in, claims))
    return Evidence(
        n=number,
        claim=" ".join(claims) or page.passage or page.shown_title,
        source_id=_id(number),
        passage=page.passage or None,
        verdict=EvidenceVerdict.SUPPORTED if quoted else EvidenceVerdict.MENTIONED,
    )

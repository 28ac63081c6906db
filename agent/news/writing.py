"""A story in words: a headline and two sentences that stand in its pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.news.choosing import Chosen, choose
from agent.news.completeness import of_now
from agent.news.copies import is_agency
from agent.news.corrections import retracting_words
from agent.news.disputes import disputes
from agent.news.doubts import doubts_of
from agent.news.features import telling
from agent.news.figures import figures_conflict
from agent.news.heading import LEAST_CLEAR, ranked_headings, says_clearly
from agent.news.likeness import Meanings, lead_of
from agent.news.names import runs
from agent.news.quotes import LONGEST, quotes_of, rank, repeats
from agent.news.quoting import quotation
from agent.news.reading import ReadPage
from agent.news.sensitive import sensitive
from agent.news.states import Report
from agent.news.titles import is_hidden
from agent.news.weights import OF_THE_HEADLINE
from agent.research.evidence import quotable
from agent.research.support.rules import figures_differ
from domain.news import Candidate, CitedPage, Doubt, Fingerprint, StoryText
from domain.sentences import sentences

SENTENCES = 2
DISPUTED_SENTENCES = 12
"""Sentences of a page whose numbers are compared with those of others."""
MOST_COMPARED = 12
"""Sentences of a page whose figures are compared, which takes some milliseconds each."""
SHORTEST_TITLE, LONGEST_TITLE = 20, 160
"""Characters of a headline that is quoted."""
MORE_SUBJECTS = 3
_QUOTED = re.compile(r"[\"“„«»”]([^\"“”„«»]*)[\"”“»«]")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the story, and for each page that it rests on (by its place from 0) the
    sentence there, word for word."""

    text: str
    rests_on: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A story before it is put together; without ``picture`` one is described from the headline."""

    headline: str
    statements: tuple[Statement, ...]
    picture: str | None = None
    by_model: bool = False
    subject: str | None = None
    """The headline without quotation marks, where it is one paper's."""
    doubtful: bool = False
    """Whether no page had a sentence that is good enough: its statements are headlines, or poor."""
    doubts: tuple[Doubt, ...] = ()
    """What is wrong with them then."""


def extracted(pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str) -> Draft | None:
    """A draft of sentences that stand in the pages, or of headlines where no sentence is good
    enough: in the language ``tongue`` where that is possible, otherwise in that of the first page
    where it is; None where nothing can be quoted."""
    spoken = [page.language for page in pages]
    tongues = [other for other in dict.fromkeys([tongue, *spoken]) if other in spoken]
    drafts = (_in_tongue(other, pages, about) for other in tongues)
    return next(filter(None, drafts), None)


def _in_tongue(tongue: str | None, pages: Sequence[ReadPage], about: Fingerprint) -> Draft | None:
    chosen = choose(pages, about, tongue=tongue)
    if chosen is not None and chosen.is_fair:
        return _drafted(chosen, pages, tongue, doubtful=not chosen.is_good)
    headlines = quoted_headlines(pages, about, tongue=tongue)
    if headlines is not None or chosen is None:
        return headlines
    return _drafted(chosen, pages, tongue, doubtful=True)


def _drafted(
    chosen: Chosen, pages: Sequence[ReadPage], tongue: str | None, *, doubtful: bool = False
) -> Draft:
    quoted = [
        Statement(
            quotation(q.text, _outlet(pages[q.page]), language=tongue),
            tuple((q.page, text) for text in q.sentences),
        )
        for q in chosen.quotes
    ]
    return Draft(
        chosen.heading.shown,
        (*quoted, *_disputed(chosen, pages, tongue)),
        subject=chosen.heading.title,
        doubtful=doubtful,
        doubts=doubts_of(chosen.faults) if doubtful else (),
    )


def _disputed(chosen: Chosen, pages: Sequence[ReadPage], tongue: str | None) -> Iterator[Statement]:
    """What the pages tell differently of what a post counts or measures."""
    own = [n for n, page in enumerate(pages) if page.language == tongue]
    told = [
        Report(
            (page.title, *of_now(lead_of(page, DISPUTED_SENTENCES), page.published_at)),
            page.published_at,
            _outlet(page),
        )
        for page in (pages[n] for n in own)
    ]
    post = (chosen.heading.title, *(text for q in chosen.quotes for text in q.sentences))
    for dispute in disputes(post, told, language=tongue or "en"):
        yield Statement(dispute.text, tuple((own[n], text) for n, text in dispute.rests_on))


def quoted_headlines(
    pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None
) -> Draft | None:
    """A draft of two papers' headlines, for a story without a sentence that is good enough; None
    where there are no two that say clearly what happened."""
    own = [n for n, page in enumerate(pages) if page.language == tongue and page.title]
    if len(own) < 2:
        return None
    meanings = Meanings([pages[n] for n in own])
    worth = {
        n: says_clearly(pages[n].title, tongue, page=pages[n].text)
        * max(0.0, meanings.central(pages[n].title))
        for n in own
        if quotable(pages[n].title) and SHORTEST_TITLE <= len(pages[n].title) <= LONGEST_TITLE
    }
    ranked = sorted((n for n in worth if worth[n] >= LEAST_CLEAR), key=lambda n: -worth[n])
    shown: list[int] = []
    for n in ranked:
        sites = {pages[k].site for k in shown}
        agrees = not any(figures_conflict(pages[n].title, pages[k].title) for k in shown)
        if pages[n].site not in sites and agrees:
            shown.append(n)
    if len(shown) < 2:
        return None
    first, *others = shown
    best = next(iter(ranked_headings([pages[first]], about, tongue=tongue)), None)
    title = pages[first].title.removesuffix(".")
    return Draft(
        best.shown if best else quotation(title, _outlet(pages[first]), language=tongue),
        tuple(
            Statement(
                quotation(pages[n].title, _outlet(pages[n]), language=tongue),
                ((n, pages[n].title),),
            )
            for n in others[:SENTENCES]
        ),
        subject=pages[first].title,
        doubtful=True,
        doubts=(Doubt.HEADLINES,),
    )


def _outlet(page: ReadPage) -> str:
    return page.outlet or page.site


def composed(draft: Draft, pages: Sequence[ReadPage], candidate: Candidate) -> StoryText:
    """The story with its pages numbered in the order in which its sentences rest on them, the
    others after them."""
    resting = [each for statement in draft.statements for each in statement.rests_on]
    order = list(dict.fromkeys([*(page for page, _passage in resting), *range(len(pages))]))
    passages = dict(reversed(resting))
    quoted = tuple(dict.fromkeys(text for _page, text in resting))
    wanted = Counter({*candidate.fingerprint.entities, *candidate.fingerprint.words})
    wanted.update(dict.fromkeys(telling(draft.subject or draft.headline), OF_THE_HEADLINE))
    published = {item.url: item.published_at for item in candidate.items}
    cited = tuple(
        _cited(
            pages[n],
            passages.get(n) or _best(n, pages[n], wanted, beside=quoted),
            post=(draft.subject or draft.headline, *quoted),
            published_at=published.get(pages[n].url),
            further=[text for page, text in resting if page == n][1:],
        )
        for n in order
    )
    told = tuple(statement.text for statement in draft.statements)
    picture = draft.picture or depiction(draft.subject or draft.headline, pages)
    # Sentences that quote end with an outlet, which may look like somebody's name.
    words = told if draft.by_model else quoted
    seen = [draft.headline, *words, picture, *(p.title for p in cited), *(p.passage for p in cited)]
    return StoryText(
        headline=draft.headline,
        sentences=told,
        pages=cited,
        picture=picture,
        sensitive=sensitive(seen),
        by_model=draft.by_model,
        doubtful=draft.doubtful,
        doubts=draft.doubts,
        rests_on=tuple(
            tuple(dict.fromkeys(order.index(page) + 1 for page, _ in statement.rests_on))
            for statement in draft.statements
        ),
    )


def _cited(
    page: ReadPage,
    passage: str,
    *,
    post: Sequence[str],
    published_at: datetime | None,
    further: Sequence[str],
) -> CitedPage:
    return CitedPage(
        title_hidden=is_hidden(page.title, post, page.language, site=page.site),
        title=page.title or page.site,
        url=page.url,
        site=page.site,
        passage=passage,
        fetched_at=page.fetched_at,
        sha256=page.sha256,
        retracting_words=retracting_words(f"{page.title}\n{page.text}"),
        author=page.author,
        published_at=published_at,
        outlet=page.outlet,
        further=tuple(dict.fromkeys(further)),
    )


def _best(number: int, page: ReadPage, wanted: Mapping[str, int], *, beside: Sequence[str]) -> str:
    """The sentence of a page that says most of the story, one whose figures agree with those
    ``beside`` it where there is one."""
    single = [quote for quote in quotes_of(number, page, wanted) if not quote.parts]
    quotes = sorted(single, key=rank, reverse=True)[:MOST_COMPARED]
    if quotes:
        new = [q for q in quotes if not any(repeats(q.text, b) for b in beside)]
        agreeing = (q for q in new or quotes if not any(figures_differ(q.text, b) for b in beside))
        return next(agreeing, quotes[0]).text
    return next((s.text[:LONGEST] for s in sentences(page.text)), "")


def depiction(headline: str, pages: Sequence[ReadPage]) -> str:
    """What the picture should show, for research to look up: the headline without anybody's words,
    and further names that several pages tell."""
    plain = _QUOTED.sub(lambda m: m[1] if len(m[1].split()) < 3 else "", headline)
    plain = re.sub(r"\s+", " ", plain).strip(" :;,-–—") or headline
    told = [list(dict.fromkeys(run.text for run in runs(page.text[:3000]))) for page in pages]
    counts = {name: sum(name in names for names in told) for names in told for name in names}
    known = plain.casefold()
    shared = [
        name
        for name, count in counts.items()
        if count > 1 and name.casefold() not in known and not is_agency(name)
    ]
    best = sorted(shared, key=lambda name: (-counts[name], -len(name.split()), name))
    return "; ".join([plain, *best[:MORE_SUBJECTS]])

"""A story in words: a headline and two sentences that stand in its pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from agent.news.copies import is_agency, texts
from agent.news.corrections import retracting_words
from agent.news.features import language, telling, tokens
from agent.news.heading import chosen_heading
from agent.news.names import runs
from agent.news.plainness import plainness
from agent.news.quoting import is_furniture, marks_are_paired, quotation, without_dateline
from agent.news.reading import ReadPage
from agent.news.sensitive import sensitive
from agent.news.words import LEANING
from agent.research.evidence import quotable
from agent.research.support.rules import figures_differ
from domain.news import Candidate, CitedPage, Fingerprint, StoryText
from domain.sentences import sentences

SENTENCES = 2
SHORTEST, LONGEST = 40, 300
"""Characters of a sentence that is quoted."""
FIRST_SENTENCES = 40
SAID_ALREADY = 0.6
MOST_COMPARED = 12
"""Sentences of a page or a story whose figures are compared, which takes some milliseconds each."""
OF_THE_HEADLINE = 2
"""How much more a word counts in a sentence that stands in the headline, than another one."""
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


@dataclass(frozen=True, slots=True)
class _Quote:
    page: int
    position: int
    text: str
    score: float


def extracted(pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str) -> Draft | None:
    """A draft of sentences that stand in the pages: in the language ``tongue`` where two can be
    quoted in it, otherwise in that of the first page where they can; None where none can."""
    spoken = [page.language for page in pages]
    drafts = [
        _in_tongue(other, pages, about)
        for other in dict.fromkeys([tongue, *spoken])
        if other in spoken
    ]
    return max(filter(None, drafts), key=lambda draft: len(draft.statements), default=None)


def _in_tongue(tongue: str | None, pages: Sequence[ReadPage], about: Fingerprint) -> Draft | None:
    own = [n for n, page in enumerate(pages) if page.language == tongue]
    heading = chosen_heading(pages, about, tongue=tongue)
    if heading is None:
        return None
    wanted = Counter({*about.entities, *about.words})
    wanted.update(dict.fromkeys(telling(heading.title, dates=False), OF_THE_HEADLINE))
    quotes = [quote for n in own for quote in _quotes(n, pages[n], wanted)]
    spoken = [quote for quote in quotes if _tongue(quote.text) in (tongue, None)]
    chosen = _chosen(_once_alone(spoken, pages), texts([page.voice for page in pages]))
    if not chosen:
        return None
    return Draft(
        heading.shown,
        tuple(
            Statement(
                quotation(q.text, pages[q.page].outlet or pages[q.page].site, language=tongue),
                ((q.page, q.text),),
            )
            for q in chosen
        ),
        subject=heading.title,
    )


def _once_alone(quotes: Sequence[_Quote], pages: Sequence[ReadPage]) -> list[_Quote]:
    """The quotes, worth half where another site's page has the same sentence: an agency's words are
    no paper's own."""

    def is_shared(quote: _Quote) -> bool:
        own = pages[quote.page].site
        return any(page.site != own and quote.text in page.text for page in pages)

    return [replace(q, score=q.score / 2) if is_shared(q) else q for q in quotes]


def _tongue(text: str) -> str | None:
    return language(tokens(text))


def _chosen(quotes: Sequence[_Quote], text_of: Sequence[int]) -> list[_Quote]:
    """The two sentences that say most and not the same, from two texts where that is possible
    (``text_of`` gives the text of each page: copies have one), and whose figures agree: one alone
    where they never do."""
    first = max(quotes, key=_rank, default=None)
    if first is None:
        return []
    others = sorted((quote for quote in quotes if quote is not first), key=_rank, reverse=True)
    # Another text says it more independently than a further sentence of the first.
    elsewhere = [q for q in others if text_of[q.page] != text_of[first.page]]
    beside = [q for q in others if text_of[q.page] == text_of[first.page]]
    fitting = (
        quote
        for quote in (*elsewhere[:MOST_COMPARED], *beside[:MOST_COMPARED])
        if not _repeats(quote.text, first.text) and not figures_differ(quote.text, first.text)
    )
    chosen = [first, *islice(fitting, 1)]
    if len({quote.page for quote in chosen}) == 1:
        chosen.sort(key=lambda quote: quote.position)
    return chosen


def _rank(quote: _Quote, *, share: float = 1.0) -> tuple[float, int, int]:
    """Sorts the most telling sentence last, of equal ones the earliest."""
    return quote.score * share, -quote.page, -quote.position


def _quotes(number: int, page: ReadPage, wanted: Mapping[str, int]) -> list[_Quote]:
    """The sentences of a page that can be quoted and speak of the story."""
    found: list[_Quote] = []
    tongue = page.language
    for position, sentence in enumerate(sentences(page.text)[:FIRST_SENTENCES]):
        text = without_dateline(sentence.text)
        if is_furniture(text):
            continue
        if not (_stands_alone(text, tongue) and quotable(text)) or text == page.title:
            continue
        said = telling(text)
        held = sum(wanted[word] for word in said if word in wanted)
        if held:
            score = held / (4 + len(said)) / (1 + position / 8)
            score *= plainness(text, page=page.text)
            found.append(_Quote(number, position, text, score))
    return found


def _stands_alone(text: str, tongue: str | None) -> bool:
    """Whether a sentence can be understood without the one before it, and says no one's words."""
    if not marks_are_paired(text):
        return False
    if not SHORTEST <= _width(text) <= LONGEST or not re.search(r"[.!。！][\"”’)]*$", text):
        return False
    first = re.match(r"[^\W_]+", text)
    return first is not None and first[0].casefold() not in LEANING.get(tongue or "en", ())


def _width(text: str) -> int:
    """Characters, those of scripts without blanks three times, since each says more."""
    return sum(3 if sign >= "\u2e80" else 1 for sign in text)


def _repeats(one: str, other: str) -> bool:
    ours, theirs = telling(one), telling(other)
    return len(ours & theirs) >= SAID_ALREADY * max(1, min(len(ours), len(theirs)))


def composed(draft: Draft, pages: Sequence[ReadPage], candidate: Candidate) -> StoryText:
    """The story with its pages numbered in the order in which its sentences rest on them, the
    others after them."""
    order: list[int] = []
    for statement in draft.statements:
        order += [page for page, _passage in statement.rests_on if page not in order]
    order += [page for page in range(len(pages)) if page not in order]
    passages = {page: text for s in reversed(draft.statements) for page, text in s.rests_on}
    quoted = tuple(passages.values())
    wanted = Counter({*candidate.fingerprint.entities, *candidate.fingerprint.words})
    wanted.update(dict.fromkeys(telling(draft.subject or draft.headline), OF_THE_HEADLINE))
    published = {item.url: item.published_at for item in candidate.items}
    cited = tuple(
        _cited(
            pages[n],
            passages.get(n) or _best(n, pages[n], wanted, beside=quoted),
            published_at=published.get(pages[n].url),
        )
        for n in order
    )
    told = tuple(statement.text for statement in draft.statements)
    picture = draft.picture or depiction(draft.subject or draft.headline, pages)
    seen = [draft.headline, *told, picture, *(p.title for p in cited), *(p.passage for p in cited)]
    return StoryText(
        headline=draft.headline,
        sentences=told,
        pages=cited,
        picture=picture,
        sensitive=sensitive(seen),
        by_model=draft.by_model,
        rests_on=tuple(
            tuple(order.index(page) + 1 for page, _ in statement.rests_on)
            for statement in draft.statements
        ),
    )


def _cited(page: ReadPage, passage: str, *, published_at: datetime | None) -> CitedPage:
    return CitedPage(
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
    )


def _best(number: int, page: ReadPage, wanted: Mapping[str, int], *, beside: Sequence[str]) -> str:
    """The sentence of a page that says most of the story, one whose figures agree with those
    ``beside`` it where there is one."""
    quotes = sorted(_quotes(number, page, wanted), key=_rank, reverse=True)[:MOST_COMPARED]
    if quotes:
        new = [q for q in quotes if not any(_repeats(q.text, b) for b in beside)]
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

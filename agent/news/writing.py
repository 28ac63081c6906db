"""A story in words: a headline and two sentences that stand in its pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice, pairwise

from agent.news.casualties import casualties_differ
from agent.news.copies import is_agency, texts
from agent.news.corrections import retracting_words
from agent.news.features import language, telling, tokens, undated_tokens
from agent.news.grammar import tells_of_past
from agent.news.heading import Heading, ranked_headings
from agent.news.moments import moments
from agent.news.names import runs
from agent.news.plainness import plainness
from agent.news.quoting import is_furniture, marks_are_paired, quotation, without_dateline
from agent.news.reading import ReadPage
from agent.news.sensitive import sensitive
from agent.news.words import LEANING
from agent.research.evidence import quotable
from agent.research.known_names import get_place_names
from agent.research.support.rules import figures_differ
from domain.news import Candidate, CitedPage, Fingerprint, StoryText
from domain.normal_forms import folded_letters
from domain.sentences import sentences

SENTENCES = 2
SHORTEST, LONGEST = 40, 300
"""Characters of a sentence that is quoted."""
FIRST_SENTENCES = 40
SAID_ALREADY = 0.5
"""The share of the shorter of two sentences' words, from which on one says the other again."""
LEAD = 3
"""Sentences into a page after which a sentence counts half: what happened stands first."""
REPEATS_HEADLINE = 0.75
"""The share of a sentence's words that stand in the headline, from which on it adds too little."""
NOT_HAPPENED = 0.4
"""How much a sentence counts that tells of nothing that happened, as captions do."""
SAYS_WHEN = 1.25
"""How much more a sentence counts that names a day."""
SAYS_WHERE = 1.25
"""How much more a sentence counts that names a place."""
SAME_TEXT = 0.5
"""How much a second sentence counts that is of the first one's text: another text says it more
independently."""
BOTH_BEGIN = 0.6
"""How much a page's first sentence counts beside another page's."""
ADDS_NOTHING = 0.25
"""How much a second sentence counts that has no name or number which the first one lacks."""
MOST_HEADINGS = 4
ENOUGH_TAKEN_UP = 0.75
"""The share of a headline's words in the sentences below it from which on more say no more."""
NEXT_HEADING = 0.85
"""How much each next headline counts of the one before."""
ONE_SENTENCE = 0.8
"""How much a draft counts that has one sentence only."""
UNNAMED_EVENT = 0.35
"""How much a first sentence counts that has none of its headline's words."""
LEAST_PLAIN = 0.25
"""How well (0 to 1) a sentence must stand alone to be quoted at all."""
LEAST_SHARED = 0.1
"""The share of a second sentence's words that the story's articles must have in common: others tell
of what was before."""
LEAST_SECOND = 0.03
"""What a second sentence must be worth, of the first one's worth."""
SECOND_PLAIN = 0.56
"""How well (0 to 1) a second sentence must stand alone: one good sentence is better than two."""
MOST_COMPARED = 12
"""Sentences of a page or a story whose figures are compared, which takes some milliseconds each."""
OF_THE_HEADLINE = 2
"""How much more a word counts in a sentence that stands in the headline, than another one."""
MORE_SUBJECTS = 3
PERCENT = frozenset({"percent", "prozent"})
_ENDS = re.compile(r"[.!。！][\"”’)]*$")
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
    plain: float
    """How well (0 to 1) it stands alone."""
    event: float
    """The share (0 to 1) of the headline's words that it holds."""
    shared: float
    """The share (0 to 1) of its words that the story is about."""


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
    """The draft whose sentences take up most of its headline, rather under a better headline."""
    drafts = [
        _under(heading, tongue, pages, about)
        for heading in ranked_headings(pages, about, tongue=tongue)[:MOST_HEADINGS]
    ]
    held = [telling(f"{page.title}\n{page.text}") for page in pages]
    worth = [
        (_borne_out(draft, held) * NEXT_HEADING**rank, draft)
        for rank, draft in enumerate(drafts)
        if draft is not None
    ]
    return max(worth, key=lambda each: each[0])[1] if worth else None


def _borne_out(draft: Draft, pages: Sequence[Collection[str]]) -> float:
    """The share (0 to 1) of the headline's words that the sentences hold, a word of few ``pages``
    (the words of each) counting more: it is what the headline says of the story, and not its
    subject. One sentence alone is worth less."""
    headline = telling(draft.subject or draft.headline, dates=False)
    below = telling("\n".join(statement.text for statement in draft.statements))
    weights = {word: 1 / max(1, sum(word in held for held in pages)) for word in headline}
    said = sum(weight for word, weight in weights.items() if word in below)
    share = min(ENOUGH_TAKEN_UP, said / max(sum(weights.values()), 0.01))
    return share * (1.0 if len(draft.statements) == SENTENCES else ONE_SENTENCE)


def _under(
    heading: Heading, tongue: str | None, pages: Sequence[ReadPage], about: Fingerprint
) -> Draft | None:
    own = [n for n, page in enumerate(pages) if page.language == tongue]
    wanted = Counter({*about.entities, *about.words})
    wanted.update(dict.fromkeys(telling(heading.title, dates=False), OF_THE_HEADLINE))
    known = telling(heading.title)
    quotes = [quote for n in own for quote in _quotes(n, pages[n], wanted, known=known)]
    spoken = [
        quote
        for quote in quotes
        if _tongue(quote.text) in (tongue, None)
        and quote.plain >= LEAST_PLAIN
        and not _figures_differ(quote.text, heading.title)
        and not folded_letters(quote.text).startswith(folded_letters(heading.title))
    ]
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
    """The two sentences that say most and not the same, rather from two texts (``text_of`` gives
    the text of each page: copies have one), and whose figures agree: one alone where no other is
    good enough."""
    first = max(
        quotes,
        key=lambda q: _rank(q, share=UNNAMED_EVENT + (1 - UNNAMED_EVENT) * q.event),
        default=None,
    )
    if first is None:
        return []

    def worth(quote: _Quote) -> tuple[float, int, int]:
        share = SAME_TEXT if text_of[quote.page] == text_of[first.page] else 1.0
        share *= ADDS_NOTHING + (1 - ADDS_NOTHING) * min(1.0, _added(quote.text, first.text) / 2)
        if quote.position == first.position == 1:
            share *= BOTH_BEGIN  # two beginnings say the same in other words
        # What follows the first sentence of a page tells more of it.
        share *= 1 + (min(quote.position, LEAD) - 1) / LEAD
        return _rank(quote, share=share * (1 - _overlap(quote.text, first.text)))

    others = sorted((quote for quote in quotes if quote is not first), key=worth, reverse=True)
    fitting = (
        quote
        for quote in others[:MOST_COMPARED]
        if worth(quote)[0] >= LEAST_SECOND * first.score
        and quote.plain >= SECOND_PLAIN
        and quote.shared >= LEAST_SHARED
        and not _repeats(quote.text, first.text)
        and not _figures_differ(quote.text, first.text)
    )
    chosen = [first, *islice(fitting, 1)]
    if len({quote.page for quote in chosen}) == 1:
        chosen.sort(key=lambda quote: quote.position)
    return chosen


def _rank(quote: _Quote, *, share: float = 1.0) -> tuple[float, int, int]:
    """Sorts the most telling sentence last, of equal ones the earliest."""
    return quote.score * share, -quote.page, -quote.position


def _quotes(
    number: int,
    page: ReadPage,
    wanted: Mapping[str, int],
    *,
    known: frozenset[str] | None = None,
) -> list[_Quote]:
    """The sentences of a page that can be quoted and speak of the story; ``known`` are the words of
    the headline above them."""
    found: list[_Quote] = []
    tongue = page.language
    position = 0
    for sentence in sentences(page.text)[:FIRST_SENTENCES]:
        text = without_dateline(sentence.text)
        if is_furniture(text):
            continue
        position += bool(_ENDS.search(text))
        if not (_stands_alone(text, tongue) and quotable(text)) or text == page.title:
            continue
        said = telling(text)
        held = sum(wanted[word] for word in said if word in wanted)
        if held:
            plain = plainness(text, page=page.text, language=tongue, known=known)
            score = plain * held / (4 + len(said)) / (1 + (position - 1) / LEAD)
            if moments(text):
                score *= SAYS_WHEN
            if _names_place(text):
                score *= SAYS_WHERE
            if tells_of_past(text, tongue) is False:
                score *= NOT_HAPPENED
            if len(said & (known or frozenset())) >= REPEATS_HEADLINE * len(said):
                score /= 2
            shared = sum(word in wanted for word in said) / len(said)
            event = len(said & known) / max(1, len(known)) if known is not None else 1.0
            found.append(_Quote(number, position, text, score, plain, event, shared))
    return found


def _names_place(text: str) -> bool:
    known = get_place_names()
    return any(token.capital and token.text.casefold() in known for token in tokens(text))


def _stands_alone(text: str, tongue: str | None) -> bool:
    """Whether a sentence can be understood without the one before it, and says no one's words."""
    if not marks_are_paired(text):
        return False
    if not SHORTEST <= _width(text) <= LONGEST or not _ENDS.search(text):
        return False
    first = re.match(r"[^\W_]+", text)
    return first is not None and first[0].casefold() not in LEANING.get(tongue or "en", ())


def _width(text: str) -> int:
    """Characters, those of scripts without blanks three times, since each says more."""
    return sum(3 if sign >= "\u2e80" else 1 for sign in text)


def _added(one: str, other: str) -> int:
    """How many names and numbers a sentence has that the other lacks."""
    known = {token.plain for token in tokens(other)}
    named = (t for t in tokens(one) if t.kind == "number" or (t.capital and not t.opens))
    return len({token.plain for token in named} - known)


def _repeats(one: str, other: str) -> bool:
    return _overlap(one, other) >= SAID_ALREADY


def _overlap(one: str, other: str) -> float:
    """The share of the shorter one's telling words that stand in the other."""
    ours, theirs = telling(one), telling(other)
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _figures_differ(one: str, other: str) -> bool:
    """Whether two sentences give different figures for one thing: what both count or measure."""
    ours, theirs = _measured(one), _measured(other)
    shared = ours.keys() & theirs.keys()
    return (
        any(not ours[word] & theirs[word] for word in shared)
        or casualties_differ(one, other)
        or figures_differ(one, other)
    )


def _measured(text: str) -> dict[str, set[str]]:
    """The numbers that stand beside each telling word: of "magnitude 5.2" and "5.2 magnitude"."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairwise(undated_tokens(re.sub(r"%|\bper cent\b", " percent", text))):
        kinds = {one.kind: one, other.kind: other}
        if kinds.keys() != {"number", "word"}:
            continue
        word = kinds["word"]
        if word.plain in telling(word.text) or word.text.casefold() in PERCENT:
            found[word.plain].add(kinds["number"].plain)
    return found


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
            further=[p for s in draft.statements for k, p in s.rests_on if k == n][1:],
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


def _cited(
    page: ReadPage, passage: str, *, published_at: datetime | None, further: Sequence[str]
) -> CitedPage:
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
        further=tuple(dict.fromkeys(further)),
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

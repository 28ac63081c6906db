"""Whether a headline and the sentences below it are complete and right beside all pages of their
story: the place is named, the headline is borne out, and no page has other figures or days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import combinations
from typing import Final

from agent.news.answers import is_attributed
from agent.news.casualties import is_overtaken
from agent.news.disasters import told_disaster
from agent.news.features import folded, telling, tokens
from agent.news.figures import counts_differ, counts_others, figures_conflict, is_outvoted
from agent.news.heading import Heading
from agent.news.likeness import LEAD_SENTENCES, lead_of
from agent.news.moments import moments, named_months
from agent.news.omissions import (
    Agreement,
    adds_deaths,
    contradict,
    hides_deaths,
    is_local,
    is_not_quite,
    is_of_another,
    names_no_owner,
    unexplained,
)
from agent.news.overstatement import (
    common_nationalities,
    has_ended,
    has_own_number,
    is_carried,
    is_only_paused,
    is_only_planned,
    is_unbacked,
    lacks_witnesses,
    names_half,
)
from agent.news.places import (
    named_regions,
    names_place_with_region,
    names_some_place,
    names_wide_place,
    regions_of_towns,
)
from agent.news.quotes import Quote
from agent.news.reading import ReadPage
from agent.news.states import Course, Report, is_other_state
from domain.relative_days import days_after, relative_days

NO_DAY: Final = 0.9
"""How much a post keeps whose sentences name no day."""
OTHER_DAY: Final = 0.4
"""How much it keeps if its headline's page tells of another day than its first sentence."""
PLACE: Final = {"wide": 1.0, "with region": 0.95, "some": 0.5, "none": 0.5}
"""How much it keeps by what it says of where it happened, if that matters."""
PLACE_OF_HEADLINE: Final = {"wide": 1.0, "with region": 0.95, "some": 0.85, "none": 0.8}
"""How much a headline keeps by the same."""
OVERTAKEN: Final = 0.4
"""How much it keeps for each page that tells of more killed or hurt: the number rises."""
OTHERS_FIGURES: Final = 0.7
"""How much it keeps for each page whose headline has other figures."""
NOT_BORNE_OUT: Final = 0.4
"""How much it keeps if no word that only its headline's paper has stands in its sentences."""
ENOUGH_BORNE_OUT: Final = 0.7
"""The share of a headline's words in the sentences from which on more say no more."""
ONLY_THERE: Final = 0.3
"""How much a headline keeps with a name that stands nowhere else, as misspelt ones do."""
LONELY_NAME: Final = 0.8
"""How much a sentence keeps with a name that stands only there."""
REGION_UNTOLD: Final = 0.7
"""How much it keeps for each country or state that most pages name and it does not."""
LEAVES_OUT: Final = 0.5
"""How much it keeps if it leaves out deaths, or that something is only for a time."""
LEAST_BORNE_OUT: Final = 0.5
"""How much (0 to 1) of what a headline says must stand in the sentences below it."""
LESS_FOR_WORDS: Final = 0.8
"""The share of that which is enough for a headline that says whose words it gives."""
NEARLY: Final = 0.83
"""How alike (0 to 1) the letters of two spellings of one name are."""
NEARLY_PLACE: Final = 0.7
"""The same of short names behind "Gulf of" and the like."""
MORE_SENTENCES: Final = 12
OF_THE_NEWS: Final = 5
"""Texts of an article, its headline first, that tell what is news."""
NEAR_MONTH: Final = timedelta(days=10)
"""What is told of a month as near as this may be of the event itself."""
_BEFORE: Final = re.compile(
    r"\b(?:19|20)\d\d\b|\bago\b|\b(?:last|previous|past) (?:year|month|decade|century)|\bsince\b"
    r"|\b(?:recent|previous|past) (?:\w+ )?(?:weeks|months|years|decades)\b",
    re.IGNORECASE,
)
"""What tells of other events."""
_BURNS: Final = re.compile(
    r"\b(?:burns|burned|burnt|(?:in|on) flames|gutted|abgebrannt|brennt)\b", re.IGNORECASE
)
_PLACE_OF: Final = re.compile(r"\b([A-ZÀ-Þ]\w+) of ([A-ZÀ-Þ]\w{2,})")
"""A place that is called by a word and a name: "Gulf of Aden"."""
_NAME: Final = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]{3,}")

Check = Callable[[], bool]


class Completeness:
    """Holds posts against all pages of their story in one language."""

    def __init__(self, pages: Sequence[ReadPage], tongue: str | None = None) -> None:
        self._pages = pages
        self._tongue = tongue
        self._agreement = Agreement(pages, tongue)
        self._leads = [". ".join((page.title, *lead_of(page))) for page in pages]
        told = [
            [page.title, *of_now(lead_of(page, MORE_SENTENCES), page.published_at)]
            for page in pages
        ]
        self.told = [tuple(texts) for texts in told]
        """Of each page its headline and the first sentences that tell what is news."""
        self._first_told = [text for texts in told for text in texts[: 1 + LEAD_SENTENCES]]
        self._told = [*self._leads, *(text for texts in told for text in texts)]
        reports = [
            Report(tuple(texts), page.published_at) for page, texts in zip(pages, told, strict=True)
        ]
        self._course = Course(reports)
        self.reports = reports
        """The same as they count beside each other, with when each was published."""
        self._nationalities = common_nationalities(told, tongue or "en")
        self._bodies = [telling(page.text) for page in pages]
        self._held = [telling(f"{page.title}\n{page.text}") for page in pages]
        located = sum(names_wide_place(page.title) for page in pages)
        struck = sum(
            told_disaster(page.title) is not None or _BURNS.search(page.title) is not None
            for page in pages
        )
        self.needs_place = 2 * max(located, struck) >= len(pages)
        """Whether readers ask where it happened."""
        self._lies_in = frozenset[str]().union(*(regions_of_towns(p.text) for p in pages))
        self._names = [
            [folded(name).casefold() for name in _NAME.findall(f"{page.title}\n{page.text}")]
            for page in pages
        ]
        self._spellings: dict[str, bool] = {}
        self._known_faults: dict[str, tuple[str, ...]] = {}

    def of_heading(self, heading: Heading) -> float:
        """How complete and sound (0 to 1) a headline is by itself."""
        worth = PLACE_OF_HEADLINE[_place(heading.title)] if self.needs_place else 1.0
        names = {folded(name).casefold() for name in _NAME.findall(heading.title[1:])}
        told = {name for page in self._names for name in page if page.count(name) > 1}
        told |= {name for name in names if sum(name in page for page in self._names) > 1}
        capitals_say_much = sum(t.capital for t in tokens(heading.title)) * 2 < len(
            heading.title.split()
        )
        lonely = names - told if capitals_say_much else {n for n in names - told if len(n) < 5}
        return worth * (ONLY_THERE if lonely and len(self._pages) > 1 else 1.0)

    def of_quote(self, quote: Quote) -> float:
        """How well (0 to 1) the names of a sentence are told elsewhere too."""
        if self._has_misspelt_name(quote.text):
            return ONLY_THERE
        names = _names_in(quote.text)
        lonely = {n for n in names if sum(page.count(n) for page in self._names) < 2}
        return LONELY_NAME if lonely else 1.0

    def of_post(self, heading: Heading, below: Sequence[Quote]) -> float:
        """How complete and right (0 to 1) a post is."""
        said = " ".join(quote.text for quote in below)
        whole = f"{heading.title}. {said}"
        worth = 1.0 if moments(said) else NO_DAY
        if self.needs_place:
            worth *= PLACE[_place(whole)]
        if days_differ(self._lead_of(heading), below[0].text):
            worth *= OTHER_DAY
        worth *= NOT_BORNE_OUT + (1 - NOT_BORNE_OUT) * self.borne_out(heading, said)
        if any(counts_differ(heading.title, quote.text) for quote in below):
            worth *= OTHERS_FIGURES
        worth *= REGION_UNTOLD ** len(self._agreement.missing_regions(whole))
        worth *= LEAVES_OUT if self._agreement.left_out(whole) else 1.0
        parts = (heading.title, said, *(quote.text for quote in below))
        for page, lead in zip(self._pages, self._leads, strict=True):
            if any(is_overtaken(part, lead) for part in parts):
                worth *= OVERTAKEN
            elif any(figures_conflict(page.title, part) for part in parts):
                worth *= OTHERS_FIGURES
        return worth

    def faults(self, heading: Heading, below: Sequence[Quote]) -> Iterator[str]:
        """What an editor would not send a post for, one after another and first what is found
        fast; none where nothing is wrong."""
        title, parts = heading.title, (heading.title, *(quote.text for quote in below))
        yield from (kind for part in parts for kind in self._faults_alone(part))
        if title.endswith(("!", "?")):
            yield "exclaims"
        if self._course.is_overtaken(title):
            yield "earlier state"
        checks: dict[str, Check] = {
            **self._agreements(heading, below),
            **self._overstatements(title, parts),
            "another state": lambda: is_other_state(title, parts[1:]),
            "whose forces": lambda: names_no_owner(". ".join(parts)),
            "unexplained": lambda: bool(unexplained(title, " ".join(parts[1:]), self._tongue)),
            "hushes": lambda: self._hushes(heading, below),
        }
        yield from (kind for kind, is_so in checks.items() if is_so())

    def _faults_alone(self, part: str) -> tuple[str, ...]:
        """The faults of a headline or a sentence by itself, remembered."""
        if part not in self._known_faults:
            found = {
                "overtaken": self._is_overtaken(part),
                "misspelt": self._has_misspelt_name(part),
                "other figures": is_outvoted(part, [r.told[:OF_THE_NEWS] for r in self.reports]),
                "counts others": any(
                    counts_others(part, text)
                    for report in self.reports
                    for text in report.told[:OF_THE_NEWS]
                ),
            }
            self._known_faults[part] = tuple(kind for kind, is_so in found.items() if is_so)
        return self._known_faults[part]

    def _agreements(self, heading: Heading, below: Sequence[Quote]) -> Mapping[str, Check]:
        """By kind, whether a post lacks what its articles agree on, or its parts do not agree."""
        title, said = heading.title, " ".join(quote.text for quote in below)
        parts = (title, *(quote.text for quote in below))
        whole = ". ".join(parts)
        return {
            "not borne out": lambda: self.borne_out(heading, said) < self._least_borne_out(heading),
            "place": lambda: self.needs_place and self._lacks_place(whole),
            "leaves out": lambda: self._agreement.left_out(whole),
            "leaves out deaths": lambda: self._course.leaves_out_deaths(whole),
            "contradicts": lambda: any(contradict(a, b) for a, b in combinations(parts, 2)),
            "adds deaths": lambda: not is_attributed(title) and adds_deaths(title, said),
            "not quite": lambda: is_not_quite(title, said),
            "hides deaths": lambda: hides_deaths(title, said),
            "of another": lambda: is_of_another(title, said),
        }

    def _overstatements(self, title: str, parts: Sequence[str]) -> Mapping[str, Check]:
        """By kind, whether the headline says more than the sentences and the articles do."""
        below, whole = parts[1:], ". ".join(parts)
        tongue = self._tongue or "en"
        return {
            "not carried": lambda: not is_carried(title, below, self._tongue),
            "only planned": lambda: is_only_planned(title, " ".join(below), self._tongue),
            "own number": lambda: has_own_number(title, " ".join(below)),
            "only paused": lambda: is_only_paused(title, below),
            "unbacked": lambda: is_unbacked(title, " ".join(below), self._bodies, tongue),
            "one witness": lambda: lacks_witnesses(title, self._bodies),
            "has ended": lambda: has_ended(parts, self._first_told),
            "names half": lambda: names_half(parts, self._nationalities, tongue),
            "other places": lambda: _names_other_places(title, " ".join(below), tongue),
            "lacks a country": lambda: self._agreement.lacks_actor(whole),
            "lacks a qualifier": lambda: self._agreement.lacks_qualifier(whole),
            "local": lambda: (
                is_local(title, self._tongue)
                or any(is_local(part, self._tongue, beside=title) for part in below)
            ),
        }

    def _lacks_place(self, whole: str) -> bool:
        named = _place(whole) in ("wide", "with region") or any(r in whole for r in self._lies_in)
        return not named or self._agreement.lacks_all_regions(whole)

    def _hushes(self, heading: Heading, below: Sequence[Quote]) -> bool:
        said = [text for quote in below for text in quote.sentences]
        quoted = (p.url for p in self._pages if any(text in p.text for text in said))
        whole = ". ".join((heading.title, *(quote.text for quote in below)))
        return self._agreement.hushes_own(heading.title, whole, {heading.url, *quoted})

    def _is_overtaken(self, part: str) -> bool:
        """Whether an article tells of more killed or hurt."""
        return any(is_overtaken(part, text) for text in self._told)

    @staticmethod
    def _least_borne_out(heading: Heading) -> float:
        """A headline that says whose words it gives needs less below it."""
        return LEAST_BORNE_OUT * (LESS_FOR_WORDS if is_attributed(heading.title) else 1.0)

    def _has_misspelt_name(self, text: str) -> bool:
        """Whether a text has a name that one page alone has, and is nearly one that several or that
        page have more often."""
        return any(
            sum(name in page for page in self._names) < 2 and self._is_misspelt(name)
            for name in _names_in(text)
        ) or any(self._is_other_place(match) for match in _PLACE_OF.finditer(text))

    def _is_other_place(self, named: re.Match[str]) -> bool:
        """Whether one page alone has a name that others give nearly so: the "Gulf of Eden"."""
        begin = f"{named[1]} of "
        pages = [page.text for page in self._pages]
        others = {m[2] for page in pages for m in _PLACE_OF.finditer(page) if m[1] == named[1]}
        alike = get_close_matches(named[2], others - {named[2]}, n=3, cutoff=NEARLY_PLACE)
        count = sum(named[0] in page for page in pages)
        return any(sum(begin + other in page for page in pages) > count for other in alike)

    def _is_misspelt(self, name: str) -> bool:
        if name not in self._spellings:
            own = max((page.count(name) for page in self._names), default=0)
            others = {
                other
                for page in self._names
                for other in page
                if page.count(other) > own or sum(other in each for each in self._names) > 1
            }
            alike = get_close_matches(name, others - {name}, n=3, cutoff=NEARLY)
            self._spellings[name] = any(not _is_form(a, name) for a in alike)
        return self._spellings[name]

    def _lead_of(self, heading: Heading) -> str:
        return next(
            (
                lead
                for page, lead in zip(self._pages, self._leads, strict=True)
                if page.title.startswith(heading.title) or heading.title in lead
            ),
            heading.title,
        )

    def borne_out(self, heading: Heading, said: str) -> float:
        """The share (0 to 1) of a headline's words that the sentences hold, a word of few pages
        counting more: it is what the headline says of the story, and not its subject."""
        below = telling(said)
        words = telling(heading.title, dates=False)
        weights = {word: 1 / max(1, sum(word in held for held in self._held)) for word in words}
        held = sum(weight for word, weight in weights.items() if word in below)
        return min(1.0, held / max(sum(weights.values()), 0.01) / ENOUGH_BORNE_OUT)


def of_now(said: Sequence[str], at: datetime | None) -> list[str]:
    """The sentences that tell of no other year or month and of nothing before; their article was
    published ``at`` some time."""
    near = {at.month, (at - NEAR_MONTH).month, (at + NEAR_MONTH).month} if at else set[int]()
    return [
        text
        for text in said
        if not _BEFORE.search(text) and (not near or named_months(text) <= near)
    ]


def _names_in(text: str) -> list[str]:
    return [folded(name).casefold() for name in _NAME.findall(text[1:])]


def _is_form(one: str, other: str) -> bool:
    """Whether one name is the other with an ending."""
    return one.startswith(other) or other.startswith(one)


@lru_cache(maxsize=4096)
def days_differ(one: str, other: str) -> bool:
    """Whether two texts name different days of the week."""
    ours, theirs = ({m for m in moments(t) if m.startswith("weekday")} for t in (one, other))
    return bool(ours and theirs) and not ours & theirs


def todays_differ(one: str, other: str, written: Sequence[datetime | None]) -> bool:
    """Whether "today" and the like are other days in one text than in another; ``written`` is when
    each was published. One of the two is then hardly the day on which it happened."""
    days: list[set[date]] = [
        {at.date() + timedelta(days_after(word)) for word in relative_days(text)} if at else set()
        for text, at in zip((one, other), written, strict=True)
    ]
    return all(days) and not days[0] & days[1]


def _names_other_places(title: str, below: str, language: str) -> bool:
    """Whether the sentences below a headline name countries or states, and not all of its own."""
    told = named_regions(below, language)
    return bool(told) and not named_regions(title, language) <= told


def _place(text: str) -> str:
    if names_wide_place(text):
        return "wide"
    if names_place_with_region(text):
        return "with region"
    return "some" if names_some_place(text) else "none"

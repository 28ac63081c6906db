"""Whether a headline and the sentences below it are complete and right beside all pages of their
story: the place is named, the headline is borne out, and no page has other figures or days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import combinations
from typing import Final

from agent.news.answers import is_attributed
from agent.news.casualties import is_overtaken
from agent.news.disasters import told_disaster
from agent.news.features import folded, telling, tokens
from agent.news.figures import counts_differ, counts_others, figures_conflict
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
    unexplained,
)
from agent.news.overstatement import (
    common_nationalities,
    has_ended,
    is_carried,
    is_only_planned,
    lacks_witnesses,
    names_half,
)
from agent.news.places import (
    names_place_with_region,
    names_some_place,
    names_wide_place,
    regions_of_towns,
)
from agent.news.quotes import Quote
from agent.news.reading import ReadPage
from agent.news.states import Course, Report, is_other_state

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
MORE_SENTENCES: Final = 12
OF_THE_NEWS: Final = 5
"""Texts of an article, its headline first, that tell what is news."""
NEAR_MONTH: Final = timedelta(days=10)
"""What is told of a month as near as this may be of the event itself."""
_BEFORE: Final = re.compile(
    r"\b(?:19|20)\d\d\b|\bago\b|\b(?:last|previous|past) (?:year|month|decade|century)|\bsince\b",
    re.IGNORECASE,
)
"""What tells of other events."""
_BURNS: Final = re.compile(
    r"\b(?:burns|burned|burnt|(?:in|on) flames|gutted|abgebrannt|brennt)\b", re.IGNORECASE
)
_NAME: Final = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]{3,}")


class Completeness:
    """Holds posts against all pages of their story in one language."""

    def __init__(self, pages: Sequence[ReadPage], tongue: str | None = None) -> None:
        self._pages = pages
        self._tongue = tongue
        self._agreement = Agreement(pages, tongue)
        self._leads = [". ".join((page.title, *lead_of(page))) for page in pages]
        told = [
            [page.title, *_of_now(lead_of(page, MORE_SENTENCES), page.published_at)]
            for page in pages
        ]
        self._first_told = [text for texts in told for text in texts[: 1 + LEAD_SENTENCES]]
        self._told = [*self._leads, *(text for texts in told for text in texts)]
        reports = [
            Report(tuple(texts), page.published_at) for page, texts in zip(pages, told, strict=True)
        ]
        self._course = Course(reports)
        self._reports = reports
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

    def faults(self, heading: Heading, below: Sequence[Quote]) -> list[str]:
        """What an editor would not send a post for; empty where nothing is wrong."""
        said = " ".join(quote.text for quote in below)
        parts = (heading.title, *(quote.text for quote in below))
        whole = ". ".join(parts)
        named = _place(whole) in ("wide", "with region") or any(r in whole for r in self._lies_in)
        untold = not named or self._agreement.lacks_all_regions(whole)
        found = {
            "overtaken": any(self._is_overtaken(part) for part in parts),
            "place": self.needs_place and untold,
            "leaves out": self._agreement.left_out(whole),
            "contradicts": any(contradict(a, b) for a, b in combinations(parts, 2)),
            "adds deaths": not is_attributed(heading.title) and adds_deaths(heading.title, said),
            "not quite": is_not_quite(heading.title, said),
            "hides deaths": hides_deaths(heading.title, said),
            "of another": is_of_another(heading.title, said),
            "unexplained": unexplained(heading.title, said, self._tongue),
            "not borne out": self.borne_out(heading, said) < self._least_borne_out(heading),
        }
        found |= self._overstatements(heading.title, parts)
        found |= self._conflicts(heading.title, parts)
        quoted = (p.url for p in self._pages if any(quote.text in p.text for quote in below))
        cited = {heading.url, *quoted}
        found["hushes"] = self._agreement.hushes_own(heading.title, whole, cited)
        return [kind for kind, is_so in found.items() if is_so]

    def _overstatements(self, title: str, parts: Sequence[str]) -> dict[str, bool]:
        """By kind, whether the headline says more than the sentences and the articles do."""
        below, whole = parts[1:], ". ".join(parts)
        return {
            "not carried": not is_carried(title, below, self._tongue),
            "only planned": is_only_planned(title, " ".join(below), self._tongue),
            "one witness": lacks_witnesses(title, self._bodies),
            "has ended": has_ended(parts, self._first_told),
            "names half": names_half(parts, self._nationalities, self._tongue or "en"),
            "lacks a country": self._agreement.lacks_actor(whole),
            "lacks a qualifier": self._agreement.lacks_qualifier(whole),
            "local": is_local(title, self._tongue)
            or any(is_local(part, self._tongue, beside=title) for part in below),
        }

    def _conflicts(self, title: str, parts: Sequence[str]) -> dict[str, bool]:
        """By kind, whether the parts of a post are of different moments of the story, or an article
        says otherwise."""
        return {
            "earlier state": self._course.is_overtaken(title),
            "another state": is_other_state(title, parts[1:]),
            "disputed harm": self._course.hides_dispute(". ".join(parts)),
            "counts others": any(
                counts_others(part, text)
                for part in parts
                for report in self._reports
                for text in report.told[:OF_THE_NEWS]
            ),
            "misspelt": any(self._has_misspelt_name(part) for part in parts),
            "exclaims": title.endswith(("!", "?")),
        }

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
        )

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


def _of_now(said: Sequence[str], at: datetime | None) -> list[str]:
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


def days_differ(one: str, other: str) -> bool:
    """Whether two texts name different days of the week."""
    ours, theirs = ({m for m in moments(t) if m.startswith("weekday")} for t in (one, other))
    return bool(ours and theirs) and not ours & theirs


def _place(text: str) -> str:
    if names_wide_place(text):
        return "wide"
    if names_place_with_region(text):
        return "with region"
    return "some" if names_some_place(text) else "none"

"""What a story's articles agree on and a post may not leave out: the country, the dead, that
something is only for a time, and which party a name stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.language.frequencies import get_zipf
from agent.news.copies import is_agency
from agent.news.likeness import LEAD_SENTENCES, lead_of
from agent.news.names import Run, runs
from agent.news.places import named_regions
from agent.news.quoting import without_dateline
from agent.news.reading import ReadPage
from agent.news.words import STOP_WORDS
from agent.people import find_people
from agent.research.known_names import get_place_names

SENTENCES: Final = 5
"""Sentences of an article that tell what matters of it."""
MORE_SENTENCES: Final = 12
"""Sentences in which an article says that something is only for a time."""
MOST_TELL: Final = 0.75
"""The share of the articles that name a country from which on readers must be told it."""
HALF_TELL: Final = 0.5
"""The share of the articles that tell of deaths for the same."""
SOME_TELL: Final = 0.34
"""The share of the articles that say that something is only for a time for the same."""
KNOWN_TO_ALL: Final = 3.5
"""Zipf frequency from which a name is one that readers know."""
_DEATHS: Final = re.compile(
    r"\b(?:kill(?:s|ed|ing)|dead|die[sd]?|deaths?|fatalit(?:y|ies)|slain|getötet|Tote[nr]?"
    r"|starb(?:en)?|gestorben|morts?|tué[es]*|muert[oa]s?|mort[oi]|mortes|doden|zabit\w+)\b"
)
_FOR_A_TIME: Final = (
    re.compile(
        r"\b(?:temporar\w+|interim|stop-?\s?gap|work-?\s?arounds?|provisional\w*|vorübergehend\w*"
        r"|vorläufig\w*|einstweil\w+|provisoire\w*|provvisori\w+|tijdelijk\w*)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:suspend\w*|suspension|on hold|ausgesetzt|sospes\w+|opgeschort)\b",
        re.IGNORECASE,
    ),
)
_TOOK_AWAY: Final = re.compile(
    r"\bun(patched|fixed|solved|resolved|confirmed|harmed|hurt|injured|damaged|aware|available"
    r"|released|finished|signed|decided|identified|claimed)\b",
    re.IGNORECASE,
)
_NOT_QUITE: Final = re.compile(
    r"\b(?:nearly|almost|virtually|beinahe|fast)\s[a-zß-ÿ]+(?:ed|t|en)\b"
)
_BESIDE: Final = re.compile(r"\s?(?:,\s(?:an?|the|its|his|her|ein|eine|der|die|das)\s|\()")
"""What explains a name behind it: "SeaMicro, a maker of servers", "ATI (…)"."""
_HURT: Final = re.compile(
    r"\b(?:injur\w+|hurt|wound\w+|verletzt\w*|bless[ée]\w*|herid\w+|ferit\w+|gewond\w*)\b",
    re.IGNORECASE,
)
_LONG_NAME: Final = re.compile(r"(?<![\w’'-])(?=\w*[A-Z]\w*[A-Z]|\w*\d)[A-Z]\w+ [A-Z0-9]\w*")
"""A product and its kind, as makers write them: with capitals or digits inside."""
_VERBAL: Final = re.compile(
    r"(?:ed|ing)$|^(?:chosen|taken|given|shown|made|held|left|said|told|says|tells|calls?)$"
)
"""A form of a verb, which explains no name behind it."""
_LETTER: Final = re.compile(r"[a-zß-ÿ]{3,}")


class Agreement:
    """What most of a story's pages in one language tell."""

    def __init__(self, pages: Sequence[ReadPage], language: str | None) -> None:
        self._language = language or "en"
        told = [(page.title, lead_of(page, MORE_SENTENCES)) for page in pages]
        leads, begun, longer = (
            [". ".join((title, *said[:count])) for title, said in told]
            for count in (LEAD_SENTENCES, SENTENCES, MORE_SENTENCES)
        )
        named = [named_regions(text, self._language) for text in begun]
        least = MOST_TELL * len(pages)
        everywhere = frozenset[str]().union(*named)
        self._regions = frozenset(
            region for region in everywhere if sum(region in each for each in named) >= least
        )
        self._deaths = _share(_DEATHS, leads) >= HALF_TELL
        self._for_a_time = [kind for kind in _FOR_A_TIME if _share(kind, longer) >= SOME_TELL]

    def missing_regions(self, post: str) -> frozenset[str]:
        """The countries and states that most pages name and a post does not."""
        return self._regions - named_regions(post, self._language)

    def lacks_all_regions(self, post: str) -> bool:
        """Whether a post names none of those."""
        return bool(self._regions) and not self._regions & named_regions(post, self._language)

    def left_out(self, post: str) -> bool:
        """Whether a post leaves out deaths of which half of the pages tell, or that something is
        only for a time."""
        if self._deaths and not _DEATHS.search(post):
            return True
        return any(not kind.search(post) for kind in self._for_a_time)


def tells_deaths(text: str) -> bool:
    """Whether a text tells of deaths."""
    return _DEATHS.search(text) is not None


def hides_deaths(headline: str, below: str) -> bool:
    """Whether a headline counts the hurt alone, of whom the sentences below it say that some
    died."""
    return _HURT.search(headline) is not None and not tells_deaths(headline) and tells_deaths(below)


def is_of_another(headline: str, below: str) -> bool:
    """Whether a headline names a thing of several words, and the sentences below it only another
    that begins like it: the "MacBook Air" of the "MacBook Pro"."""
    others = [match[0].split() for match in _LONG_NAME.finditer(below)]
    for match in _LONG_NAME.finditer(headline):
        first, second, *_ = match[0].split()
        alike = {words[1] for words in others if words[0] == first}
        if alike and second not in alike and f"{first} {second}" not in below:
            return True
    return False


def is_stronger(headline: str, below: str) -> bool:
    """Whether a headline says more than the sentences below it: deaths of which they tell nothing,
    "destroyed" of what was "nearly destroyed"."""
    if tells_deaths(headline) and not tells_deaths(below):
        return True
    return _NOT_QUITE.search(below) is not None and _NOT_QUITE.search(headline) is None


def contradict(one: str, other: str) -> bool:
    """Whether one text says of something that it is not yet so, and the other that it is: an
    "unpatched" hole, and a "patch"."""
    return any(
        re.search(rf"\b{match[1].casefold()[:5]}", said.casefold()) is not None
        for text, said in ((one, other), (other, one))
        for match in _TOOK_AWAY.finditer(text)
    )


def unexplained(headline: str, below: str, language: str | None) -> list[str]:
    """The names in a headline that few readers know, and of which neither it nor the sentences
    ``below`` say what they are: no place or person, and no common noun beside them."""
    whole = f"{without_dateline(below)} {headline}"
    people = " ".join(found.text for found in find_people(whole, language))
    told = [*runs(below, tongue=language), *runs(headline, tongue=language)]
    return [
        name
        for name in _rare_names(headline, language)
        if name not in people and not any(_explains(run, name) for run in told)
    ]


def _rare_names(headline: str, language: str | None) -> list[str]:
    known = get_place_names()
    tongue = language or "en"
    words = re.findall(r"(?<![\w-])[^\W\d_][^\W_]*(?![\w-])", headline)
    return [
        word
        for word in words
        if any(sign.isupper() for sign in word)
        and (word.isupper() or any(sign.isupper() for sign in word[1:]))
        and len(word) > 2
        and get_zipf(word.casefold(), tongue) < KNOWN_TO_ALL
        and word.casefold() not in known
        and not is_agency(word)
    ]


def _explains(run: Run, name: str) -> bool:
    """Whether a common noun stands before a name, or what it is behind it."""
    if name not in run.words:
        return False
    noun = _LETTER.fullmatch(run.before) and run.before not in STOP_WORDS
    return bool(_BESIDE.match(run.after) or (noun and not _VERBAL.search(run.before)))


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(pattern.search(text) is not None for text in texts) / max(1, len(texts))

"""What a story's articles agree on and a post may not leave out: the country, the dead, that
something is only for a time, and which party a name stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from agent.language.frequencies import get_zipf
from agent.news.casualties import DEATHS, INJURIES, tells_deaths
from agent.news.copies import is_agency
from agent.news.features import telling
from agent.news.likeness import LEAD_SENTENCES, lead_of
from agent.news.names import Run, runs
from agent.news.places import named_regions, names_wide_place
from agent.news.quoting import without_dateline
from agent.news.reading import ReadPage
from agent.news.states import tells_injuries
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
SEVERAL: Final = 2
"""Articles that must tell of injuries for the same."""
SOME_TELL: Final = 0.33
"""The share of the articles that say that something is only for a time for the same; the article of
the headline or a quotation need not be one of several."""
A_QUALIFIER: Final = 3
"""Articles among which a pair of words that most have at their beginning is no chance."""
BESIDE: Final = 4
"""Words beside another that speak of the same thing."""
FEW_SHARED: Final = 2
"""Words of the headline in a sentence that speaks of the same thing."""
KNOWN_TO_ALL: Final = 3.5
"""Zipf frequency from which a name is one that readers know."""
_FOR_A_TIME: Final = (
    re.compile(
        r"\b(?:temporar\w+|interim|stop-?\s?gap|work-?arounds?|provisional\w*|vorübergehend\w*"
        r"|vorläufig\w*|einstweil\w+|provisoire\w*|provvisori\w+|tijdelijk\w*)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:suspend\w*|suspension|on hold|ausgesetzt|sospes\w+|opgeschort)\b",
        re.IGNORECASE,
    ),
)
_HARM: Final = re.compile(f"{DEATHS.pattern}|{INJURIES.pattern}", re.IGNORECASE)
_CONTESTED: Final = re.compile(
    r"\b(?:critics?|criticis\w+|opposition|sham|rigged|fraud\w*|controvers\w+|disput\w+"
    r"|undemocratic|one-party|environmentalists?|environmental(?:ist)? groups?|activists?"
    r"|opponents?|kritiker\w*|umstritten\w*)\b",
    re.IGNORECASE,
)
"""What says that not everybody agrees."""
UNPROVED: Final = re.compile(
    r"\b(?:alleg\w+|suspect\w*|suspici\w+|mutmaßlich\w*|verdächt\w*)\b", re.IGNORECASE
)
"""What says that nothing is proved."""
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
_LONG_NAME: Final = re.compile(r"(?<![\w’'-])(?=\w*[A-Z]\w*[A-Z]|\w*\d)[A-Z]\w+ [A-Z0-9]\w*")
"""A product and its kind, as makers write them: with capitals or digits inside."""
_VERBAL: Final = re.compile(
    r"(?:ed|ing)$|^(?:chosen|taken|given|shown|made|held|left|said|told|says|tells|calls?)$"
)
"""A form of a verb, which explains no name behind it."""
_FORCES: Final = re.compile(
    r"\b([A-ZÀ-Þ]\w+)\s(?:[Nn]av(?:y|al)|[Ww]arships?|[Aa]rmy|[Tt]roops|forces)\b"
)
"""Whose forces a text speaks of."""
_ARMED: Final = re.compile(r"\b(?:navy|army|air force|warship|frigate|destroyer)\b", re.IGNORECASE)
_OWNED: Final = re.compile(
    r"\b([A-ZÀ-Þ]\w+)(?:['’]s?)?\s(?:[\w-]+\s){0,2}(?:[Nn]av\w+|[Ww]arship|[Aa]rm(?:y|ed)|[Mm]ilitary|[Ff]rigate"
    r"|[Dd]estroyer|[Aa]ir [Ff]orce|[Tt]roops|[Ff]orces)\b"
)
"""Whose army or navy a text speaks of: "India's warship", "the Indian navy"."""
_LOWER: Final = re.compile(r"\b[a-zß-ÿ]{2,}\b|[A-Z.,;:]\S*")
"""Words in lower case; others stand between them."""
MOST_CHARS: Final = 5000
_FOREIGN_FIRST: Final = re.compile(r"\b([A-ZÀ-Þ][a-zà-þ]+)\s\([A-Z]?[a-zà-þ]{3,}\)")
"""A foreign word before what it means: "Majlis (Parliament)"."""
_LOCAL: Final = re.compile(
    r"\b(?:North|South|East|West|Upper|Lower)\s(?:Bay|Side|End|Shore|Slope|Valley|Beach|Hills?"
    r"|Loop|Coast)\b(?!\s(?:of|in)\s|,\s[A-Z])"
)
"""A part of a region that those who live there call so."""
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
        whole = [named_regions(f"{p.title}. {p.text[:MOST_CHARS]}", self._language) for p in pages]
        self._anywhere = frozenset(
            region
            for region in frozenset[str]().union(*whole)
            if sum(region in each for each in whole) >= HALF_TELL * len(pages)
        )
        titles = [named_regions(page.title, self._language) for page in pages]
        forces = [named_regions(" ".join(_FORCES.findall(text)), self._language) for text in begun]
        self._actors = frozenset(
            region
            for region in self._regions
            if max(sum(region in each for each in told) for told in (titles, forces))
            >= HALF_TELL * len(pages)
        )
        self._deaths = _share(DEATHS, leads) >= HALF_TELL
        self._harm = _share(_HARM, leads) >= HALF_TELL
        hurt = sum(map(tells_injuries, leads))
        self._injuries = hurt >= max(SEVERAL, HALF_TELL * len(pages))
        self._unsure = [kind for kind in (_CONTESTED, UNPROVED) if _share(kind, leads) >= HALF_TELL]
        self._longer = {page.url: said for page, (_title, said) in zip(pages, told, strict=True)}
        self._for_a_time = [
            (kind, [_qualified(kind, (title, *said)) for title, said in told])
            for kind in _FOR_A_TIME
            if _share(kind, longer) >= SOME_TELL
        ]
        self._qualifiers = (
            _common_pairs(leads) if len(pages) >= A_QUALIFIER else frozenset[frozenset[str]]()
        )

    def missing_regions(self, post: str) -> frozenset[str]:
        """The countries and states that most pages name and a post does not."""
        return self._regions - named_regions(post, self._language)

    def lacks_all_regions(self, post: str) -> bool:
        """Whether a post names none of those, or none of those that half of the pages name
        anywhere."""
        named = named_regions(post, self._language)
        return any(regions and not regions & named for regions in (self._regions, self._anywhere))

    def lacks_actor(self, post: str) -> bool:
        """Whether a post lacks a country that most pages name, and half of them in the headline or
        as that whose forces acted."""
        return not self._actors <= named_regions(post, self._language)

    def lacks_qualifier(self, post: str) -> bool:
        """Whether a post lacks both words of a pair that most pages have at their beginning: that
        something is for "business customers"."""
        said = telling(post)
        return any(not said & pair for pair in self._qualifiers)

    def left_out(self, post: str) -> bool:
        """Whether a post leaves out deaths or injuries of which half of the pages tell, that some
        disagree, or that something is only for a time."""
        if self._deaths and not tells_deaths(post):
            return True
        if self._injuries and not tells_injuries(post):
            return True
        if self._harm and not _HARM.search(post):
            return True
        if any(not kind.search(post) for kind in self._unsure):
            return True
        subject = telling(post)
        return any(
            not kind.search(post) and _tell_of(pages, subject) >= SOME_TELL
            for kind, pages in self._for_a_time
        )

    def hushes_own(self, headline: str, post: str, urls: Collection[str]) -> bool:
        """Whether an article that a post quotes says that not everybody agrees, or of the same
        thing that it is only for a time, and the post does not."""
        subject = telling(headline)
        own = [text for url in urls for text in self._longer.get(url, ())]
        near = [text for text in own if len(telling(text) & subject) >= FEW_SHARED]
        begun = [text for url in urls for text in self._longer.get(url, ())[:SENTENCES]]
        return any(
            not kind.search(post) and any(map(kind.search, texts))
            for kind, texts in ((_CONTESTED, begun), *((kind, near) for kind in _FOR_A_TIME))
        )


def _tell_of(pages: Sequence[Sequence[frozenset[str]]], subject: frozenset[str]) -> float:
    """The share of the pages of which one of these sets of words has one of a subject."""
    return sum(any(said & subject for said in page) for page in pages) / max(1, len(pages))


def _qualified(kind: re.Pattern[str], texts: Sequence[str]) -> list[frozenset[str]]:
    """The telling words beside each word that says that something is only for a time: in "a
    temporary fix for the browser" those are of the fix, and "temporary housing" after a quake is
    not the quake's."""
    found = ((text, match) for text in texts for match in kind.finditer(text))
    return [
        telling(
            " ".join(
                (*text[: m.start()].split()[-BESIDE:], m[0], *text[m.end() :].split()[:BESIDE])
            )
        )
        for text, m in found
    ]


def _common_pairs(texts: Sequence[str]) -> frozenset[frozenset[str]]:
    """The neighbouring words in lower case that most of the texts have, as telling words."""
    pairs = [
        frozenset(
            frozenset((a, b))
            for one, other in pairwise(_LOWER.findall(text))
            if one.islower() and other.islower()
            for a in telling(one)
            for b in telling(other)
            if a != b
        )
        for text in texts
    ]
    return frozenset(
        pair
        for pair in frozenset[frozenset[str]]().union(*pairs)
        if sum(pair in each for each in pairs) >= MOST_TELL * len(texts)
    )


def hides_deaths(headline: str, below: str) -> bool:
    """Whether a headline counts the hurt alone, of whom the sentences below it say that some
    died."""
    return (
        INJURIES.search(headline) is not None and not tells_deaths(headline) and tells_deaths(below)
    )


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


def names_no_owner(post: str) -> bool:
    """Whether a post speaks of an army, a navy or their ships and not of which country's."""
    if not _ARMED.search(post):
        return False
    owners = (*_FORCES.findall(post), *(match[1] for match in _OWNED.finditer(post)))
    return not named_regions(" ".join(owners))


def adds_deaths(headline: str, below: str) -> bool:
    """Whether a headline tells of deaths of which the sentences below it tell nothing."""
    return tells_deaths(headline) and not tells_deaths(below)


def is_not_quite(headline: str, below: str) -> bool:
    """Whether what a headline tells was only nearly so by a sentence below it: "destroyed", of what
    was "nearly destroyed"."""
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
    rare = _rare_names(headline, language)
    if not rare:
        return []
    whole = f"{without_dateline(below)} {headline}"
    people = " ".join(found.text for found in find_people(whole, language))
    told = [*runs(below, tongue=language), *runs(headline, tongue=language)]
    return [
        name
        for name in rare
        if name not in people and not any(_explains(run, name) for run in told)
    ]


def is_local(text: str, language: str | None, *, beside: str = "") -> bool:
    """Whether a text has a name that only those who live there know, where the text ``beside`` it
    names no wider place, or a foreign word before what it means."""
    tongue = language or "en"
    foreign = (
        get_zipf(m[1].casefold(), tongue) < KNOWN_TO_ALL for m in _FOREIGN_FIRST.finditer(text)
    )
    local = _LOCAL.search(text) is not None and not (
        _LOCAL.search(beside) is None and names_wide_place(beside)
    )
    return local or any(foreign)


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
        and not _is_model(word, headline)
    ]


def _is_model(word: str, headline: str) -> bool:
    """Whether a word is a maker's number of a thing named before it: "BlackBerry Q10"."""
    behind = re.search(rf"[A-ZÀ-Þ]\w+\s{re.escape(word)}\b", headline)
    return behind is not None and word[-1].isdigit()


def _explains(run: Run, name: str) -> bool:
    """Whether a common noun stands before a name, or what it is behind it."""
    if name not in run.words:
        return False
    noun = _LETTER.fullmatch(run.before) and run.before not in STOP_WORDS
    return bool(_BESIDE.match(run.after) or (noun and not _VERBAL.search(run.before)))


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(pattern.search(text) is not None for text in texts) / max(1, len(texts))

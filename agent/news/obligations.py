"""What readers must be told because several of a story's articles tell it: that something is
suspected and not proved, that people are missing, what they should do, on which day and in which
town it happened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from agent.news.answers import denies
from agent.news.casualties import HURT, KILLED, casualties, tells_deaths
from agent.news.clauses import clauses, is_credit
from agent.news.copies import is_agency
from agent.news.essentials import Told
from agent.news.features import folded, telling, tokens, undated_tokens
from agent.news.moments import is_month, moments
from agent.news.omissions import UNPROVED
from agent.news.states import says_unhurt, tells_harm, tells_injuries
from agent.research.support.lexicon import get_number_words
from domain.relative_days import relative_days

WITNESSES: Final = 2
"""Articles that must tell something."""
HALF: Final = 0.5
"""The share of the articles that must tell something."""
MOST: Final = 0.6
"""The share of the articles that must name a town, or have a number."""
NEARLY_ALL: Final = 0.75
"""The share of the articles that must have a name."""
OF_NAMES: Final = 3
FIRST_TOLD: Final = 5
"""Sentences of an article, after its headline, among which such a name, or a number, must be."""
UNTOLD_NAMES: Final = 0.34
UNTOLD_NUMBERS: Final = 0.5
"""The shares of such names and numbers that a post may leave out."""
SMALLEST: Final = 10
"""Smaller whole numbers count several things of one event by chance."""
SHORTEST_ROOT: Final = 4
OFTEN: Final = 2
"""How much more often a name has a capital than none."""
_MISSING: Final = re.compile(
    r"\b(?:(?:people|persons?|others?|m[ae]n|wom[ae]n|children|crew|residents|\d+|one|two|three|four"
    r"|five|six|seven|eight|nine|ten) (?:\w+ )?(?:(?:is|are|was|were|remain(?:s|ed)?) )?"
    r"(?:still |reported )?missing|vermisst\w*)\b",
    re.IGNORECASE,
)
"""What says that people are missing."""
_READERS: Final = (
    r"(?:users?|customers?|consumers|people|residents|motorists|drivers|travell?ers|passengers"
    r"|visitors|owners|patients|parents|citizens|witnesses|administrators|anyone|everyone|everybody"
    r"|(?:the|members of the) public)"
)
_ADVICE: Final = re.compile(
    r"\b(?:urg|advis|recommend|encourag|warn|instruct|caution|ask|tell|told|appeal)\w*"
    rf" (?:\w+ ){{0,4}}?{_READERS}\b[^.;]{{0,60}}?\b(?:to|not|against|should)\b"
    rf"|\b{_READERS} (?:\w+ ){{0,4}}?(?:should|must|need to"
    r"|(?:is|are|were|being) (?:urged|advised|asked|told|recommended|warned|encouraged))\b"
    r"|\b(?:recommend|advis|urg)\w* (?:\w+ing|that|the (?:\w+ )?(?:use|installation))\b"
    r"|\b(?:sollten|sollen) (?:\w+ ){0,3}?(?:Nutzer|Kunden|Anwender|Bürger|Anwohner|Reisende)\w*"
    r"|\b(?:Nutzer|Kunden|Anwender|Bürger|Anwohner|Reisende)\w* (?:\w+ ){0,2}?sollten\b"
    r"|\b(?:rät|raten|riet|empfiehlt|empfehlen|empfahl|rufen|ruft) (?:\w+ ){0,2}?"
    r"(?:Nutzer|Kunden|Anwender|Bürger|Anwohner|Reisende)\w*",
    re.IGNORECASE,
)
"""What says what people should do."""
_ERRAND: Final = re.compile(
    r"\b(?:call|contact|ring|phone|tell) (?:the )?(?:police|officers|detectives|crimestoppers)\b"
    r"|\b(?:witness(?:es)?|with (?:any )?information|come forward)\b"
    r"|\b(?:avoid|(?:stay|keep) (?:away|clear|out))\b[^.;]{0,40}?\b(?:scene|area|site|street|road"
    r"|town cent(?:re|er))\b|\b(?:Hinweise|Zeugen)\b",
    re.IGNORECASE,
)
"""Advice for those who are there or saw it."""
SOME: Final = 0.33
"""The share of the articles that must give advice, or tell what is wished for."""
_ENDS: Final = (
    r"(?:clos(?:es?|ed|ing|ure)|complet(?:e[sd]?|ion)|finish(?:es|ed)?|restor(?:e[sd]?|ation)"
    r"|repair(?:s|ed)?|re-?open(?:s|ed)?|resum(?:es?|ed|ption)|rebuild|rebuilt|recover(?:y|s|ed)?"
    r"|ends?|ended)"
)
_WISHES: Final = {
    "outlook": re.compile(
        r"\b(?:expected|scheduled|due|set|hop(?:es?|ed|ing)|likely|unlikely|plans?|planned|may|might"
        rf"|will|would|could)\b[^.;]{{0,40}}?\b{_ENDS}\b"
        rf"|\b{_ENDS}\b[^.;]{{0,40}}?\b(?:will|would|could|may|might) take\b"
        r"|\b(?:soll|sollen|wird|werden|dürfte\w*)\b[^.;]{0,60}?\b(?:abgeschlossen|repariert"
        r"|wieder\w*|beendet|aufgebaut)\b",
        re.IGNORECASE,
    ),
    "cause": re.compile(
        r"\bcauses?\b[^.;]{0,40}?\b(?:investigat\w+|unknown|unclear|not (?:yet )?known"
        r"|determine[sd]?|found|identified)"
        r"|\b(?:investigat\w+|looking into|determine|no word on)\b[^.;]{0,40}?"
        r"\b(?:causes?|arson|what happened)\b|\bUrsache\b",
        re.IGNORECASE,
    ),
}
"""What readers want to know and a post may leave out: when it will be over, and whether the cause
is known."""
_IN: Final = re.compile(
    r"\b(?:in|at|near|off|outside|on|bei|à|en)\s(?:the\s(?:\w+\s){0,2}(?:town|city|village|island)\sof\s)?"
    r"([A-ZÀ-Þ][\w’-]{3,}(?:\s[A-ZÀ-Þ][\w’-]+)*)"
)
"""Where something was."""

_CLOCK: Final = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\b\d{4}\s?(?:GMT|UTC|BST|local|hours)\b",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(
    r"(?<![\w.,])(\d+(?:,\d{3})*(?:\.\d+)?|[a-z]+)[\s-](million|billion|milliard|mio|mrd)[a-z]*\b",
    re.IGNORECASE,
)
_ONE: Final = frozenset({"a", "eine"})
_STREET: Final = re.compile(r"\b(?:Street|Road|Avenue|Lane|Square|straße|Straße)$")


class Obligations:
    """What readers must be told of a story, by the sentences of its articles: copies only once."""

    def __init__(
        self,
        articles: Sequence[Told],
        language: str | None,
        *,
        place_matters: bool,
        dated: bool = False,
    ) -> None:
        """Where the articles are ``dated``, the credit of a quotation tells the day of what is only
        announced, and of no fire or earthquake."""
        told = list({each.text: each.sentences for each in reversed(articles)}.values())
        texts = [". ".join(sentences) for sentences in told]
        self._language = language or "en"
        self._patterns = {
            kind: pattern
            for kind, pattern in (("unproved", UNPROVED), ("missing", _MISSING))
            if _is_common(sum(pattern.search(text) is not None for text in texts), texts)
        }
        enough = max(WITNESSES, SOME * len(texts))
        self._advice = sum(map(advises, texts)) >= enough
        granted = Counter(kind for text in texts for kind in _granted(text))
        self._wishes = frozenset(kind for kind, count in granted.items() if count >= enough)
        days = sum(map(_names_day, texts)) >= max(WITNESSES, MOST * len(texts))
        self._days = days and (place_matters or not dated)
        self._towns = _common_towns(texts) if place_matters else frozenset[str]()
        begun = [sentences[: 1 + FIRST_TOLD] for sentences in told]
        self._names = _common_names([sentences[: 1 + OF_NAMES] for sentences in told])
        self._numbers = _common_numbers(begun, self._language)
        unhurt = sum(map(says_unhurt, texts))
        counted = [casualties(text) for sentences in begun for text in sentences]
        self._victims = {kind for kind in (KILLED, HURT) if any(kind in each for each in counted)}
        # Of what several articles say a sentence of the post's own tells.
        self._unhurt = place_matters and unhurt == 1 and not any(map(tells_harm, texts))

    def missing(self, post: Sequence[str]) -> frozenset[str]:
        """The kinds of what a post lacks, given as its texts."""
        unhurt = any(map(says_unhurt, post))
        told = {
            kind
            for kind, tells in ((KILLED, tells_deaths), (HURT, tells_injuries))
            if unhurt or any(map(tells, post))
        }
        towns = any(town in folded(text) for town in self._towns for text in post)
        lacks = {
            "day": self._days and not any(map(_names_day, post)),
            "town": bool(self._towns) and not towns,
            "names": len(self._missing_names(post)) > UNTOLD_NAMES * len(self._names),
            "numbers": len(self._missing_numbers(post)) > UNTOLD_NUMBERS * len(self._numbers),
            "unhurt": self._unhurt and not unhurt,
            "advice": self._advice and not any(map(advises, post)),
            "victims": not self._victims <= told,
            **{kind: not any(map(p.search, post)) for kind, p in self._patterns.items()},
        }
        if any(map(denies, post)):  # what somebody denies is not told as proved
            lacks["unproved"] = False
        return frozenset(kind for kind, lacking in lacks.items() if lacking)

    def wishes(self, post: Sequence[str]) -> frozenset[str]:
        """The kinds of what a post had better tell and does not."""
        return self._wishes.difference(*map(_granted, post))

    def share(self, post: Sequence[str]) -> float:
        """The share (0 to 1) of the common names and numbers that a post has."""
        total = len(self._names) + len(self._numbers)
        lacking = len(self._missing_names(post)) + len(self._missing_numbers(post))
        return 1 - lacking / max(1, total)

    def _missing_names(self, post: Sequence[str]) -> frozenset[str]:
        said = frozenset[str]().union(*map(telling, post))
        return frozenset(
            name for name in self._names if not any(word.startswith(_root(name)) for word in said)
        )

    def _missing_numbers(self, post: Sequence[str]) -> frozenset[str]:
        return self._numbers.difference(*(_numbers(text, self._language) for text in post))


@lru_cache(maxsize=2048)
def _granted(text: str) -> frozenset[str]:
    """The kinds of what readers wish to know that a text tells."""
    return frozenset(kind for kind, pattern in _WISHES.items() if pattern.search(text))


@lru_cache(maxsize=2048)
def advises(text: str) -> bool:
    """Whether a text says what users, residents and the like should do, other than to keep away
    from where it happened or to tell the police what they know."""
    return _ADVICE.search(text) is not None and not _ERRAND.search(text)


def tells_outlook(text: str) -> bool:
    """Whether a text says when something will be over."""
    return "outlook" in _granted(text)


def _amount(number: str, spoken: Mapping[str, int]) -> float:
    """The value of a number before "million", where "a" is one; 0 of what is no number."""
    plain = number.casefold()
    if plain.isalpha():
        return 1.0 if plain in _ONE else float(spoken.get(plain, 0))
    return float(plain.replace(",", ""))


def _root(name: str) -> str:
    """The beginning of a name that its forms share: "Iran" and "Iranian"."""
    return name[: max(SHORTEST_ROOT, len(name) - 2)]


def _common_names(articles: Sequence[Sequence[str]]) -> frozenset[str]:
    """The names of people, places and things that most articles have, as telling words: those with
    a capital inside a sentence, and hardly ever without one."""
    clauses_of = [
        [clause for sentence in article for clause in clauses(sentence) if not is_credit(clause)]
        for article in articles
    ]
    said = [frozenset[str]().union(*map(telling, parts)) for parts in clauses_of]
    found = [
        token
        for article in articles
        for sentence in article[1:]
        for token in tokens(sentence)
        if token.kind == "word" and not token.opens
    ]
    upper = Counter(t.plain for t in found if t.capital and len(t.text) >= SHORTEST_ROOT)
    lower = Counter(t.plain for t in found if not t.capital)
    least = max(WITNESSES, NEARLY_ALL * len(articles))
    return frozenset(
        name
        for name, count in upper.items()
        if count > OFTEN * lower[name]
        and sum(name in each for each in said) >= least
        and not (is_month(name) or moments(name) or is_agency(name))
    )


def _common_numbers(articles: Sequence[Sequence[str]], language: str) -> frozenset[str]:
    """The numbers that most articles have, but for dates and times."""
    told = [_numbers(". ".join(article), language) for article in articles]
    least = max(WITNESSES, MOST * len(articles))
    every = frozenset[str]().union(*told)
    return frozenset(n for n in every if sum(n in each for each in told) >= least)


@lru_cache(maxsize=2048)
def _numbers(text: str, language: str) -> frozenset[str]:
    """The numbers from ten on in a text, in digits, those in words too."""
    spoken = get_number_words().numbers.get(language, {})
    amounts = ((_amount(match[1], spoken), match[2]) for match in _AMOUNT.finditer(text))
    found = {f"{value:g}.{unit[:2].casefold()}" for value, unit in amounts if value}
    for token in undated_tokens(_CLOCK.sub(" ", text)):
        if token.kind == "number":
            found.add(token.plain)
        elif (value := spoken.get(token.text.casefold())) is not None:
            found.add(f"{value:g}")
    return frozenset(n for n in found if "." in n or float(n) >= SMALLEST)


@lru_cache(maxsize=2048)
def _names_day(text: str) -> bool:
    """Whether a text says on which day something was."""
    named = any(moment.startswith(("weekday", "day")) for moment in moments(text))
    return named or bool(relative_days(text))


def _is_common(count: int, articles: Sequence[str]) -> bool:
    return count >= min(WITNESSES, len(articles)) and count >= HALF * len(articles)


def _common_towns(articles: Sequence[str]) -> frozenset[str]:
    """The places that most articles name as where something was."""
    named = [{match[1] for match in _IN.finditer(folded(text))} for text in articles]
    counts = Counter(
        name
        for name in frozenset[str]().union(*named)
        if not (is_month(name.casefold()) or moments(name) or _STREET.search(name))
        for text in articles
        if name in folded(text)
    )
    least = max(WITNESSES, MOST * len(articles))
    most = max(counts.values(), default=0)
    return frozenset(name for name, count in counts.items() if count >= least and count == most)

"""Ages of minors in many languages: "12-year-old", "aged 9", "twelve years old", 12岁, "5th grade".

An age counts where a person can have it: "a 12-year-old whisky" and "the 15-year anniversary" are
none, which the words after the age tell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

from agent.language.normalise import fold
from agent.policy.ages_world import find_more_ages, follows_tens

ADULT: Final = 18

_DATA = tomllib.loads((files("agent.policy") / "ages.toml").read_text(encoding="utf-8"))
_NUMBER_WORDS: Final[dict[str, str]] = _DATA["numbers"]

_N = r"(?P<n>\d{1,2})"
# "{n}" is a number in digits or words; what follows or precedes it makes it an age.
_AFTER: Final = (
    r"[\s-]*(?:years?|yrs?|yr)[\s-]*(?:old|olds|of age|young)\b",
    r"[\s-]*(?:y[\s./-]?o|yo|yrold|yearold|yearsold)s?\b",
    r"[\s-]*(?:months?|weeks?|days?)[\s-]*old\b",
    r"[\s-]*(?:jahre?[\s-]*(?:alt|jung)\w*|jahrig\w*|jahriges?|j\.? ?alt)",
    r"[\s-]*ans\b",
    r"[\s-]*anos\b",
    r"[\s-]*anni\b",
    r"[\s-]*anitos\b",
    r"[\s-]*(?:jaar(?: oud)?|jarig\w*)\b",
    r"[\s-]*(?:lat|latk\w*|letni\w*|roczn\w*|lata)\b",
    r"[\s-]*-?(?:лет|года|год|летн\w*|годик\w*|ти летн\w*)\b",
    r"[\s-]*(?:yas|yaş)\w*",
    r"\s*(?:سنوات|سنه|سنة|عاما|عام|اعوام|سنين)",
    r"\s*(?:ساله|سالگی|سال)\b",
    r"\s*(?:साल|वर्ष|बरस)\w*",
    r"\s*(?:বছর|বছরের)\w*",
    r"\s*(?:سالہ|سال|برس)",
    r"\s*(?:周岁|週歲|岁|歲|歳|才(?=の|少|女|男|$|\s))",
    r"\s*(?:살|세(?=\s|의|여|소|남|$))",
    r"[\s-]*(?:tahun)\b",
    r"[\s-]*tuoi\b",
    r"[\s-]*(?:st|nd|rd|th)?[\s-]*(?:grade|grader|graders|form pupil)s?\b",
    r"\.?\s*klass\w*",
    r"[\s-]*sai\b",
)
_YOUNG_EN: Final = (
    "girls?|boys?|kids?|child(?:ren)?|teens?|pupils?|students?|(?:step)?daughters?|(?:step)?sons?|"
    "nieces?|nephews?|sisters?|brothers?|cousins?"
)
_YOUNG_EUROPEAN: Final = (
    "madchen|jungen?|kinder|kind|schuler(?:innen|in)?|filles?|garcons?|ninas?|ninos?|meninas?|"
    "meninos?|bambin[aeio]|ragazzin[aeio]|meisjes?|jongens?"
)
_BEFORE: Final = (
    r"\b(?:aged?|age of|turned|turning|turns|just|only|barely)\s+",
    r"\b(?:grade|year|klasse|kelas|classe|class|lop|sinif|sınıf)\s+",
    r"\bumri wa(?: miaka)?\s+",
    r"\bmiaka\s+",
    r"\bwiek\w*\s+",
    r"\b(?:عمرها|عمره|بعمر|سن)\s*",
    r"\b(?:mwenye miaka)\s+",
    r"\b(?:возраст\w*|ей|ему)\s+",
    rf"\b(?:{_YOUNG_EN})(?: of| is| are| aged?| around| about| like)?\s*[,(]?\s*",
    rf"\b(?:{_YOUNG_EUROPEAN})(?: von| de| di| van)?\s+",
    r"\bmake (?:her|him|them)(?: look| be| about| like)?\s+",
    r"\b(?:looks?|who is|who s|she is|she s|he is|he s|they are)(?: like| about| only| just)?\s+",
)
# After these an age belongs to a thing: "a 12-year-old whisky", "15 years of marriage".
_THING = re.compile(
    r"^\W*(?:single malt |blended |old |vintage |used |classic |rusty |oak |pine )*"
    r"(?:whisk\w+|scotch|wine|bourbon|rum|cognac|cheese|gouda|cheddar|parmesan|balsamic|vinegar|"
    r"port\b|tree|oak|olive|car\b|cars\b|truck|van\b|volvo|toyota|honda|bmw|laptop|phone|computer|"
    r"company|startup|firm|business|bridge|building|house|church|castle|temple|tradition|anniversar\w*|"
    r"plan\b|contract|mortgage|war\b|siege|reign|drought|dog|cat\b|horse|mare|stallion|tortoise|"
    r"parrot|elephant|reunion|jubilee|birthday cake|career|marriage|sentence|cycle|whiskey|"
    r"a slave|slave|wein\w*|auto\w*|hund\w*|katze\w*|pferd\w*|baum\w*|kase\w*|perro|gato|coche|"
    r"chien|chat\b|voiture|vin\b|arbre|fromage|cane|gatto|albero|cachorro|carro|formaggio)"
)
_SPELLED_NUMBERS = {
    word.replace("_", " "): number
    for words in _NUMBER_WORDS.values()
    for number, word in enumerate(words.split(), start=1)
}
_LONGEST_TENS: Final = 30
"""Characters before a number word in which the tens of a greater number stand."""
_IDEOGRAPHS = _NUMBER_WORDS["zh"].split()


def find_minor_ages(text: str) -> Iterator[tuple[int, int]]:
    """Where a folded text states an age below 18, as character spans."""
    plain = _with_digits(text)
    for match in _find_numbers(plain):
        number = int(match["n"])
        if 0 < number < ADULT and not _THING.match(plain[match.end() : match.end() + 40]):
            yield match.start(), match.end()
    for start, end in find_more_ages(plain):
        if not _THING.match(plain[end : end + 40]):
            yield start, end
    for match in _COMPOUNDS.finditer(plain):
        if not _THING.match(re.sub(r"^\w*", "", plain[match.end() : match.end() + 40])):
            yield match.start(), match.end()


def _find_numbers(plain: str) -> Iterator[re.Match[str]]:
    """Every number with something behind or before it that makes it an age."""
    starts = [match.start() for match in _NUMBER.finditer(plain)]
    if not starts:
        return
    any_after, after, before = _get_patterns()
    for start in starts:
        if any_after.match(plain, start):
            yield from filter(None, (pattern.match(plain, start) for pattern in after))
    for pattern in before:
        yield from pattern.finditer(plain)


def _with_digits(text: str) -> str:
    """Number words before a word for years as digits; other numerals as European digits."""
    digits = fold(text)
    if not digits.isascii():
        digits = _OTHER_DIGIT.sub(lambda match: str(int(match[0])), digits)
    if not _MAY_COUNT.search(digits):
        return digits

    def in_digits(match: re.Match[str]) -> str:
        before = re.findall(r"\w+", digits[max(0, match.start() - _LONGEST_TENS) : match.start()])
        return match[0] if follows_tens(before) else str(_SPELLED_NUMBERS[match[0]])

    return _get_number_words().sub(in_digits, digits)


def _any_of(words: Iterable[str]) -> str:
    """A pattern for one of these words, the longest first."""
    ordered = sorted((word.replace("_", " ") for word in words), key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word) for word in ordered) + ")"


# Scripts without blanks and Korean have a word for years of their own behind the number.
_APART: Final = frozenset({"zh", "ko", "sw"})
_YEARS = (
    r"year|yr|jahr|an|ano|anni|jaar|lat|лет|год|yas|yaş|سن|عام|سال|साल|वर्ष|বছর|tahun|tuoi|anitos"
)
_EN = _any_of(_NUMBER_WORDS["en"].split())
_SPACED = [w for code, ws in _NUMBER_WORDS.items() if code not in _APART for w in ws.split()]
_AGED: Final = ("aged ", "age ", "turned ", "girl of ", "boy of ", "child of ")
_MAY_COUNT = re.compile(rf"[\s-](?:{_YEARS})|{'|'.join(_AGED)}|[岁歲歳살]|miaka ")
"""What every text holds in which a number word counts."""
_NUMBER = re.compile(r"(?<![\d.,:/])\d")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")


# Most texts state no age: the large patterns are made for the first that may.
@lru_cache(maxsize=1)
def _get_number_words() -> re.Pattern[str]:
    """Number words that are part of an age."""
    aged = "".join(rf"|(?<=\b{words}){_EN}(?!\w)" for words in _AGED)
    return re.compile(
        rf"(?<!\w){_any_of(_SPACED)}(?=[\s-]+(?:{_YEARS})){aged}"
        rf"|{_any_of(_IDEOGRAPHS)}(?=周岁|岁|歲|歳)"
        rf"|{_any_of(_NUMBER_WORDS['ko'].split())}(?=\s?살)"
        rf"|(?<=miaka ){_any_of(_NUMBER_WORDS['sw'].split())}"
    )


@lru_cache(maxsize=1)
def _get_patterns() -> tuple[re.Pattern[str], Sequence[re.Pattern[str]], Sequence[re.Pattern[str]]]:
    """A number with any of what makes it an age behind it, with each of them, and with each of what
    does so before it."""
    return (
        re.compile(rf"{_N}(?:{'|'.join(_AFTER)})"),
        [re.compile(_N + after) for after in _AFTER],
        [re.compile(rf"{before}{_N}(?![\d%:.,]*\d)(?!\w)") for before in _BEFORE],
    )


_COMPOUNDS = re.compile(
    r"(?<!\w)" + _any_of(word for words in _DATA["ages"].values() for word in words.split())
)

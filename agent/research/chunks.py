"""Runs of words of a request that belong together, and the subjects in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.language.frequencies import get_zipf
from agent.language.tagging import WordKind
from agent.research.names import Names, is_model, is_year
from agent.research.subject_models import Subject, kind_of
from agent.research.told_names import is_frequent
from agent.research.vocabulary import (
    CONNECTORS,
    DRAW_WORDS,
    FUNCTION_WORDS_OF,
    NOUNS_IN_ING,
    PICTURE_WORDS,
    VERBS,
)
from agent.research.words import Word

MAX_WORDS = 8
_ARTICLES = frozenset({"the", "la", "le", "los", "las", "den", "der", "dem", "l"})
DEFINITE = {
    "en": frozenset({"the"}),
    "de": frozenset({"der", "die", "das", "den", "dem", "des", "vom", "am", "im"}),
    "fr": frozenset({"le", "la", "l", "du"}),
    "es": frozenset({"el", "la", "del", "al"}),
    "it": frozenset({"il", "lo", "la", "l", "del", "al"}),
    "pt": frozenset({"o", "a", "do", "da", "no", "na"}),
    "nl": frozenset({"de", "het"}),
}
"""Articles of particular things, by language."""
_INDEFINITE = frozenset({"a", "an", "un", "une", "una", "uno", "um", "uma", "ein", "eine", "einen",
                         "einem", "einer", "bir"})  # fmt: skip
_HEAD_FIRST = frozenset({"fr", "es", "it", "pt", "ca", "ro", "ar"})
"""Languages that put a thing's kind before its name: "torre Eiffel"."""
_SLAVIC = frozenset({"ru", "uk", "bg", "pl", "cs", "sk"})
_TAGGED = frozenset({"en", "de", "nl"})
"""Languages whose words have kinds, so that verbs part what a request speaks of."""
_ROMANCE_PARTICIPLE = re.compile(r"[aiu]d[oa]s?$|ch[oa]s?$|[aei]ndo$")
_CASELESS = frozenset({"ar", "fa", "ur", "he", "hi", "bn", "ta", "th", "ko", "ka"})
"""Languages whose scripts have no capitals."""
_COMMON_WORD = 5.2
"""Zipf frequency from which a word says nothing of a name: "quiero ver"."""
_RARE_ADJECTIVE = 3.0
_ABBREVIATED = re.compile(r"[^\W\d_]{1,3}\.")
_VERSION = re.compile(r"\d+[^\W\d_]{0,2}")
"""What tells one of a series: "SEAT 600", "Renault 4L"."""
_NUMERAL = re.compile(r"[IVX]{1,5}|[ivx]{1,4}")
_PARTICLES = frozenset({"van", "von", "da", "di", "de", "del", "della", "la", "ter", "bin", "al"})
"""Small words that belong to the name behind them: "van Gogh"."""
_FRENCH_ADJECTIVE = re.compile(
    r"(al|ale|ales|aux|ique|iques|ico|ica|ien|ienne|ais|aise|ano|ana|ese|ense|ario|aria)$"
)
_SLAVIC_ADJECTIVE = re.compile(
    r"(ий|ый|ой|ая|яя|ое|ее|ого|его|ому|ым|им|ском|ской|кого|ого|ую|ино|ина|ову|ово)$"
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Words of a request that belong together, by their numbers from ``start``."""

    words: tuple[Word, ...]
    start: int
    names: Names
    language: str
    before: str
    """The word before it, in lower case."""

    def subjects(self) -> list[Subject]:
        """What it speaks of: a thing, the names in it, or nothing worth telling."""
        named = [number for number in range(len(self.words)) if self._in_name(number)]
        return [subject for group in self._groups(named) for subject in self._subject(group)]

    def _groups(self, named: Sequence[int]) -> list[Sequence[int]]:
        """The words of names, parted where others stand between them that belong to neither."""
        if self.language in _TAGGED or not named:
            return [named]
        groups: list[list[int]] = [[named[0]]]
        for number in named[1:]:
            between = self.words[groups[-1][-1] + 1 : number]
            if between and self._parts_names(between):
                groups.append([])
            groups[-1].append(number)
        return list(groups)

    def _parts_names(self, between: Sequence[Word]) -> bool:
        ties = (
            CONNECTORS | _ARTICLES | _PARTICLES
            if self.language in _HEAD_FIRST
            else _PARTICLES - {"di"}
        )
        if any(word.plain in ties for word in between):
            return any(_ROMANCE_PARTICIPLE.search(word.plain) for word in between)
        return not any(word.text[0].isupper() or word.text[0].isdigit() for word in between)

    def _subject(self, named: Sequence[int]) -> list[Subject]:
        words = list(self.words)
        dated = any(is_year(word.plain) for word in words) and len(words) > 1
        if named:
            first, last = self._bounds(named)
            words = words[first : last + 1]
        elif self.language != "en" and words[0].begins_sentence and words[0].plain in DRAW_WORDS:
            words = words[1:]
        words = words[:MAX_WORDS]
        if not words:
            return []
        text = words[0].text + "".join(f"{word.tie}{word.text}" for word in words[1:-1])
        if len(words) > 1:
            text += f"{words[-1].tie}{self._ending(words[-1])}"
        else:
            text = self._ending(words[0])
        if len(text) < 2 or text.isdigit():
            return []
        own = self.start + self.words.index(words[0])
        kind = kind_of(
            named=bool(named),
            person=bool(set(range(own, own + len(words))) & self.names.people),
            model=any(is_model(word) for word in words),
            dated=dated,
        )
        return [Subject(text, bool(named) or dated, words[0].start, kind)]

    def is_candidate(self) -> bool:
        """Whether it is made of common words alone and may be a name all the same: one thing, told
        by two words or more behind a definite article or none, as in "tower bridge"."""
        words = self.words
        if self.language == "ar":
            return len(words) > 1 and words[-1].plain.startswith("ال")
        if self.language not in DEFINITE:
            return False
        described = any(
            (word.kind is WordKind.ADJECTIVE and not word.plain.endswith("er"))
            or word.kind in (WordKind.NUMBER, WordKind.VERB)
            or word.text.isdigit()
            for word in words
        )
        unique = self.before in DEFINITE[self.language] or not self.start
        plural = words[-1].plain.endswith("s") and self.language != "de"
        tied = self.language == "en" and any(word.plain in CONNECTORS for word in words)
        named = any(self._in_name(number) for number in range(len(words)))
        common = all(get_zipf(word.plain, self.language) >= _COMMON_WORD for word in words)
        if common and self.language != "en":
            return False
        own = range(self.start, self.start + len(words))
        unlikely = all(number in self.names.unlikely for number in own)
        return unique and len(words) > 1 and not (described or plural or tied or named or unlikely)

    def _ending(self, word: Word) -> str:
        return word.name if self.language == "tr" else re.sub(r"['’]s$", "", word.text)

    def _in_name(self, number: int) -> bool:
        return self.start + number in self.names.words

    def _bounds(self, named: Sequence[int]) -> tuple[int, int]:
        """From which to which word the chunk is the name, with the words that tell its kind."""
        first, last = named[0], named[-1]
        if self.start + first in self.names.people and self.start + last in self.names.people:
            return self._with_years(first, last)
        return self._with_years(self._left(first), self._right(last))

    def _with_years(self, first: int, last: int) -> tuple[int, int]:
        """The words from ``first`` to ``last`` with the years, initials, titles and numerals that
        stand beside them."""
        while first and _ABBREVIATED.fullmatch(self.words[first - 1].text):
            first -= 1
        if last + 1 < len(self.words) and _NUMERAL.fullmatch(self.words[last + 1].text):
            last = self._right(last + 1)
        if last + 2 < len(self.words) and self.words[last + 1].plain == "the":
            last = self._right(last + 2)  # "Chelsea the cat"
        if first and is_year(self.words[first - 1].plain):
            first -= 1
        while last + 1 < len(self.words) and _VERSION.fullmatch(self.words[last + 1].text):
            last += 1
        return first, last

    def _left(self, first: int) -> int:
        words = self.words
        if self.language in _CASELESS:
            return max(0, first - 2)
        while first and (words[first - 1].plain in _PARTICLES or self._is_raised(first - 1)):
            first -= 1
        if self.language not in _HEAD_FIRST or not first:
            return self._nouns_before(first)
        tied = words[first - 1].plain in CONNECTORS | _ARTICLES
        if tied and (self.before in _INDEFINITE or not self._head(first)):
            return first
        return 0 if self._head(first) else first

    def _is_raised(self, number: int) -> bool:
        """Whether a word inside a sentence has a capital, as in the "American" of "American
        Gothic"."""
        word = self.words[number]
        inside = not word.begins_sentence and not word.shouted and self.language != "de"
        return inside and word.text[0].isupper()

    def _head(self, first: int) -> bool:
        """Whether what stands before a name may be its kind."""
        head = [word for word in self.words[:first] if word.plain not in CONNECTORS | _ARTICLES]
        return 0 < len(head) <= 2 and all(
            word.plain not in PICTURE_WORDS and not word.text.isdigit() for word in head
        )

    def _nouns_before(self, first: int) -> int:
        """A kind right before a name is kept in English, as in "geyser Old Faithful"."""
        words = self.words
        if first and words[first - 1].kind is WordKind.NOUN and self.language in ("en", "de", "nl"):
            return first - 1
        return first

    def _right(self, last: int) -> int:
        words = self.words
        if self.language in _CASELESS:
            return min(len(words) - 1, last + 2)
        if self.language in _HEAD_FIRST:
            return self._romance_right(last)
        if self.language in _SLAVIC:
            follows = last + 1 < len(words) and _SLAVIC_ADJECTIVE.search(words[last].plain)
            return last + 1 if follows else last
        while last + 1 < len(words) and self._goes_on(last + 1):
            last += 1
        return last

    def _romance_right(self, last: int) -> int:
        """A name whose one capital is that of a common word goes on behind it: "Coupe du monde",
        "Assemblée nationale"."""
        words = self.words
        lowered = all(word.text[0].islower() for word in words if word.text[0].isalpha())
        if last + 1 >= len(words) or not (lowered or words[last].text[0].isupper()):
            return last
        generic = lowered or get_zipf(words[last].plain, self.language) >= 4
        if generic and words[last + 1].plain in CONNECTORS:
            following = last + 2
            while following < len(words) - 1 and words[following].plain in CONNECTORS | _ARTICLES:
                following += 1
            return min(following, len(words) - 1)
        return last + 1 if _FRENCH_ADJECTIVE.search(words[last + 1].plain) else last

    def _goes_on(self, number: int) -> bool:
        """Whether a word behind a name belongs to it: "Hubble deep field", "patch of STS-93"."""
        word, words = self.words[number], self.words
        if word.plain in CONNECTORS | _ARTICLES:
            return number + 1 < len(words) and self._goes_on(number + 1)
        if word.kind is WordKind.ADJECTIVE:
            if self.language == "en" and number + 1 == len(words):
                # What looks like a rare adjective there is a noun: "Sandpiper funicular".
                return get_zipf(word.plain, "en") < _RARE_ADJECTIVE
            return number + 1 < len(words) and self._goes_on(number + 1)
        known = self.language in ("en", "de", "nl")
        return word.kind in (WordKind.NOUN, WordKind.NAME, WordKind.NUMBER) if known else False


def chunks_of(words: Sequence[Word], names: Names, language: str) -> list[Chunk]:
    """Runs of words that belong together; connectors stay inside a run, never at its ends."""
    runs: list[list[int]] = [[]]
    run: list[int] = runs[0]
    for number, word in enumerate(words):
        joined = number in names.joined
        if word.opens and run and not joined:
            run = []
            runs.append(run)
        if joined or _ties(words, number, run, names, language):
            run.append(number)
        elif number not in names.words and (
            _breaks(words, number, run, language) or _asks_looks(words, number)
        ):
            if run:
                run = []
                runs.append(run)
        elif run and _parts(words, number, run, names, language):
            run = [number]
            runs.append(run)
        else:
            run.append(number)
    trimmed = (_trimmed(words, run, names) for run in runs)
    return [
        Chunk(
            tuple(words[n] for n in run), run[0], names, language,
            words[run[0] - 1].plain if run[0] else "",
        )
        for run in trimmed
        if run
    ]  # fmt: skip


def _parts(
    words: Sequence[Word], number: int, run: Sequence[int], names: Names, language: str
) -> bool:
    """Whether a name ends, or a person's name begins, between two words."""
    if words[run[-1]].name != words[run[-1]].text and run[-1] in names.words and language == "tr":
        return True
    between = CONNECTORS | _ARTICLES
    if words[number].plain in between or words[run[-1]].plain in between:
        return False
    if _ABBREVIATED.fullmatch(words[run[-1]].text):
        return False
    return (number in names.people) != (run[-1] in names.people)


def _ties(
    words: Sequence[Word], number: int, run: Sequence[int], names: Names, language: str
) -> bool:
    """Whether a connector (or "the" after one) joins what stands before and after it."""
    word = words[number]
    if not run or number + 1 >= len(words) or words[number + 1].opens:
        return False
    following = words[number + 1]
    function = FUNCTION_WORDS_OF.get(language, frozenset())
    if word.plain in CONNECTORS:
        content = following.plain not in function and not _verb_form(following, language)
        return content or following.plain in _ARTICLES
    if word.plain not in _ARTICLES:
        return False
    # "Alexander the Great", "Chelsea the cat", "Lord of the Rings"
    epithet = words[run[-1]].capital and run[-1] in names.words and following.plain not in function
    article = word.plain in ("the", "la")
    return words[run[-1]].plain in CONNECTORS or (
        epithet and article and language == "en" and not _verb_form(following, language)
    )


def _breaks(words: Sequence[Word], number: int, run: Sequence[int], language: str) -> bool:
    word = words[number]
    if is_frequent(word.plain, language):
        return True
    if word.plain in PICTURE_WORDS:
        return not (word.text[0].isupper() and run and words[run[-1]].capital)
    return _verb_form(word, language)


def _asks_looks(words: Sequence[Word], number: int) -> bool:
    """Whether it is the "look" of "what does a dodo look like", which some taggers take for a
    noun."""
    following = words[number + 1].plain if number + 1 < len(words) else ""
    return following == "like" and words[number].plain in ("look", "looks", "looked")


def _verb_form(word: Word, language: str) -> bool:
    if word.kind is not None:
        return word.kind is WordKind.VERB or (
            word.kind is WordKind.OTHER and not word.capital and language != "en"
        )
    if language != "en" or (word.capital and not word.opens):
        return False
    plain = word.plain
    if plain.endswith("ing") and len(plain) > 5 and plain not in NOUNS_IN_ING:
        return True
    stems = {plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ed")}
    stems |= {plain.removesuffix("d"), plain[:-3] + "y" if plain.endswith("ies") else plain}
    return plain not in VERBS and bool(stems & VERBS)


def _trimmed(words: Sequence[Word], run: list[int], names: Names) -> list[int]:
    ends = CONNECTORS | _ARTICLES
    while run and words[run[-1]].plain in ends and run[-1] not in names.words:  # "downtown LA"
        run = run[:-1]
    while run and words[run[0]].plain in ends and not _begins_name(words, run, names):
        run = run[1:]
    return run


def _begins_name(words: Sequence[Word], run: Sequence[int], names: Names) -> bool:
    """ "van Gogh" keeps its first word, "of Paris" does not."""
    if run[0] in names.words and words[run[0]].text[0].isupper():
        return True
    return words[run[0]].plain in ("van", "von", "da", "di") and run[-1] in names.words

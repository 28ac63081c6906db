"""What an article speaks of, in any language and without a model: its names, its numbers and its
telling words.

Capitals tell names where a language has them and does not give them to every noun; where a script
has no blanks, pairs of signs stand for words. How telling a word is follows from how rare it is.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from agent.news.words import FUNCTION_WORDS, IN_DATES, MONTHS, STOP_WORDS
from agent.research.vocabulary import FUNCTION_WORDS as MORE_STOP_WORDS
from domain.normal_forms import normalized
from domain.sentences import sentences

_DENSE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts that part no words by blanks, and Hangul, whose words change their ends."""
_TOKEN = re.compile(
    rf"(?P<number>\d{{1,3}}(?:[.,’' ]\d{{3}})+(?![\d.,]*\d)|\d+(?:[.,]\d+)?)"
    rf"|(?P<dense>[{_DENSE}]+)|(?P<word>[^\W\d_{_DENSE}]+)"
)
_ENDINGS = ("ing", "ern", "ed", "es", "en", "er", "em", "s", "e", "n", "a", "o")
_SHORTEST_STEM = 4
_LONGEST_STEM = 7
_STEMS = 16_384
"""Words whose stems are remembered: a story asks for those of a few hundred again and again."""
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_MANY_CAPITALS = 0.7
LONGEST_REMEMBERED = 1500
"""Characters of a text whose telling words are remembered: sentences are compared many times."""
_STOP = STOP_WORDS | MORE_STOP_WORDS | MONTHS | IN_DATES
_MOMENT = re.compile(
    r"(?<![\d.:/-])(?:\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?|\d{1,2}\s?\.\s?\d{2}(?=\s?[ap]\.?\s?m\b)"
    r"|\d{1,4}\s?(?P<between>[./-])\s?\d{1,2}\s?(?P=between)\s?\d{2,4})(?![\d:])",
    re.IGNORECASE,
)
"""A time of day or a date in digits."""
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a pair of signs: as it is written, as it is compared, and whether a
    sentence begins with it."""

    text: str
    plain: str
    kind: str
    """``word``, ``number`` or ``dense``."""
    opens: bool

    @property
    def capital(self) -> bool:
        """Whether it is written with a capital letter."""
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True)
class Features:
    """What one text speaks of, all folded and stemmed; ``language`` is a guess, None where nothing
    tells."""

    names: frozenset[str]
    numbers: frozenset[str]
    words: frozenset[str]
    title: frozenset[str]
    """Those of all that stand in the headline."""
    language: str | None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often each of all stands there."""
    pairs: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often two telling words stand side by side, joined by a blank."""

    @property
    def all(self) -> frozenset[str]:
        """Everything it speaks of."""
        return self.names | self.numbers | self.words

    @property
    def entities(self) -> frozenset[str]:
        """What stays the same in another language."""
        return self.names | self.numbers


def folded(text: str) -> str:
    """The text without accents and other marks, its case kept."""
    if text.isascii():
        return text
    bare = (c for c in normalized("NFKD", text) if unicodedata.category(c)[0] != "M")
    return normalized("NFC", "".join(bare))


def tokens(text: str) -> list[Token]:
    """The tokens of a text in their order."""
    found: list[Token] = []
    for sentence in sentences(folded(text)):
        first = True
        for match in _TOKEN.finditer(sentence.text):
            found += _of(match, opens=first)
            first = False
    return found


def undated_tokens(text: str) -> list[Token]:
    """The tokens of a text without its dates and times of day: articles of one day share these,
    whatever they tell."""
    found = tokens(_MOMENT.sub(" ", text))

    def is_date(place: int) -> bool:
        token = found[place]
        if token.kind != "number":
            return False
        beside = (found[n] for n in (place - 1, place + 1) if 0 <= n < len(found))
        day = len(token.plain) <= 2 and any(t.text.casefold() in MONTHS for t in beside)
        return day or _YEAR.fullmatch(token.text) is not None

    return [token for place, token in enumerate(found) if not is_date(place)]


def _of(match: re.Match[str], *, opens: bool) -> list[Token]:
    text = match[0]
    if match["number"]:
        return [Token(text, _number(text), "number", opens)]
    if match["dense"]:
        pairs = [text[i : i + 2] for i in range(max(1, len(text) - 1))]
        return [Token(pair, pair, "dense", opens) for pair in pairs]
    return [Token(text, stem(text.casefold()), "word", opens)]


def _number(text: str) -> str:
    """Without marks between thousands, and with a point before decimals."""
    if re.fullmatch(r"\d{1,3}(?:[.,’' ]\d{3})+", text):
        return re.sub(r"\D", "", text)
    return text.replace(",", ".")


@lru_cache(_STEMS)
def stem(word: str) -> str:
    """A folded word without its ending, at most seven letters: enough to see that two forms are of
    one word in the languages that change words at their ends."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    return word[:_LONGEST_STEM]


def language(found: Sequence[Token]) -> str | None:
    """The language whose function words stand there most often; another script counts as a
    language of its own, and None is that nothing tells."""
    plain = [token.text.casefold() for token in found if token.kind == "word"]
    counts = {code: sum(word in known for word in plain) for code, known in FUNCTION_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    if counts[best] >= 2 and list(counts.values()).count(counts[best]) == 1:
        return best
    scripts = Counter(unicodedata.name(t.text[0], "?").split()[0] for t in found)
    script = max(scripts, key=lambda name: (scripts[name], name), default="LATIN")
    if script in _EAST_ASIAN:
        return "EAST ASIAN"
    return None if script in ("LATIN", "DIGIT", "?") else script


class Lexicon:
    """Which words of a batch of texts are names: those with a capital in the middle of sentences
    whose capitals mean something, and hardly ever without one."""

    def __init__(self, texts: Iterable[Sequence[Token]]) -> None:
        upper: Counter[str] = Counter()
        lower: Counter[str] = Counter()
        for found in texts:
            german = language(found) == "de"
            for sentence in _sentences(found):
                words = [token for token in sentence if token.kind == "word"]
                lower.update(t.plain for t in words if not t.capital)
                if not german and not _capitals_say_nothing(words):
                    upper.update(t.plain for t in words if t.capital and not t.opens)
                elif german:
                    upper.update(t.plain for t in _runs(words))
        self._names = {word for word, n in upper.items() if n > 2 * lower[word]}

    def features(self, title: str, text: str) -> Features:
        """What an article speaks of."""
        heading, body = undated_tokens(title), undated_tokens(text)
        every = [*heading, *body]
        telling = [token for token in every if _tells(token)]
        names = {t.plain for t in telling if t.kind == "word" and t.plain in self._names}
        numbers = {t.plain for t in telling if t.kind == "number" and len(t.plain) > 1}
        return Features(
            names=frozenset(names),
            numbers=frozenset(numbers),
            words=frozenset({t.plain for t in telling} - names - numbers),
            title=frozenset(t.plain for t in heading if _tells(t)),
            language=language(every),
            counts=Counter(t.plain for t in telling),
            pairs=Counter(_pairs(heading)) + Counter(_pairs(body)),
        )


def _pairs(found: Sequence[Token]) -> list[str]:
    """Two telling words side by side; pairs of signs overlap and need none."""
    said = [token.plain for token in found if _tells(token) and token.kind != "dense"]
    return [f"{one} {other}" for one, other in itertools.pairwise(said)]


def telling(text: str, *, dates: bool = True) -> frozenset[str]:
    """The words, numbers and pairs of a text that say something, as they are compared; without
    ``dates`` those of no date, as in :class:`Features`."""
    if len(text) > LONGEST_REMEMBERED:
        return _telling(text, dates)
    return _remembered(text, dates)


def _telling(text: str, dates: bool) -> frozenset[str]:
    found = tokens(text) if dates else undated_tokens(text)
    return frozenset(token.plain for token in found if _tells(token))


_remembered = lru_cache(maxsize=2048)(_telling)


def _tells(token: Token) -> bool:
    return token.kind != "word" or (len(token.text) > 1 and token.text.casefold() not in _STOP)


def _sentences(found: Sequence[Token]) -> list[list[Token]]:
    parted: list[list[Token]] = []
    for token in found:
        if token.opens or not parted:
            parted.append([])
        parted[-1].append(token)
    return parted


def _capitals_say_nothing(words: Sequence[Token]) -> bool:
    """Whether nearly every word of a sentence has a capital, as in many headlines."""
    long = [token for token in words if len(token.text) > 3 and not token.opens]
    return len(long) > 2 and sum(t.capital for t in long) >= _MANY_CAPITALS * len(long)


def _runs(words: Sequence[Token]) -> list[Token]:
    """Capitals beside capitals: names where every noun has one."""
    pairs = itertools.pairwise(token for token in words if not token.opens)
    return [token for pair in pairs if all(t.capital for t in pair) for token in pair]

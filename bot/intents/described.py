"""Which picture of a set a message means by what that picture shows: "the one with the fish".

The prompt of a set often says what each picture shows ("Picture 1 shows …, picture 2 …"), and the
request may list as many things as there are pictures. Words that only one picture has point at it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.intents.lexicon import Lexicon
from bot.intents.set_texts import find_set_texts
from bot.intents.things import MIN_WORD, is_shown, words_shown
from bot.intents.wording import words_of

_NUMBERED: Final = re.compile(
    r"(?:(?:\b(?:pictures?|image|pic|panel|version|draft|option|variante?|design|concept|scheme|"
    r"sketch|plate|poster|bild|motiv|entwurf|skizze|vorschlag|fassung|karte|number|no\.?|nr\.?|nummer)"
    r" ?#?|[#(])(?P<digit>[1-4])\b\)?"
    r"|(?:^|(?<=[.;:,] ))(?P<bare>[1-4])[.:)]"
    r"|(?:^|(?<=[.:] ))(?P<opens>1)(?= [^\W\d])"
    r"|(?:(?<=[.;,] )|(?<=\band )|(?<=\bund ))(?P<next>[2-4])(?= [^\W\d])"
    r"|\b(?:the|der|die|das|im|in the) (?P<word>first|second|third|fourth|"
    r"(?:erst|zweit|dritt|viert)e[nrs]?)\b(?! of))",
    re.IGNORECASE,
)
_ORDER: Final = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "erst": 1,
    "zweit": 2,
    "dritt": 3,
    "viert": 4,
}
_LISTED: Final = re.compile(r"\s*(?:,|;|\+|/|&|\band\b|\bund\b)\s*(?:(?:and|und)\b\s*)?")
_EACH: Final = re.compile(r"\b(?:one|once|einmal|eins|mal)\b", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_OF_PICTURE: Final = re.compile(
    r"(?P<thing>\w{4,}?)s?(?:bild|motiv|version|variante|entwurf|foto|skizze)(?:e?s|e[nrs]?)?\Z"
)
"""German calls a picture by what it shows: "das Winterbild"."""
_COUNT_WORDS: Final = {
    3: ("three", "drei", "3"),
    4: ("four", "vier", "4"),
}
_PLACED: Final = re.compile(
    r"\b(?:the |das |die |der |dem |den |im |vom |beim )?"
    r"(?:(?P<left>left|link)|(?P<middle>middle|cent(?:re|er)|mittler)|(?P<right>right|recht))"
    r"(?:(?<=k)e[nrs]?|(?<=mittler)e[nrs]?|(?<=recht)e[nrs]?|(?:-?hand)?)? "
    r"(?:(?:one|picture|pic|image|version|plate|drawing|panel|poster|panorama|bild|"
    r"motiv|entwurf|plakat|variante|version|skizze)\b)"
    r"|\b(?:das|dem|vom|beim) (?:(?P<linke>linken?)|(?P<mittlere>mittleren?)|rechten?)"
    r"(?=\s*(?:$|[,.:;!?])|\s(?:ist|is|sind|hat|haben|wirkt|sieht|fehlt|fehlen|braucht|bitte|mit|"
    r"ohne|de[nmr]|die|das|auch|noch|unten|oben)\b)"
)
"""A picture called by where it stands beside the others."""
_FIRST: Final = 2.1
"""What the first such word counts beside the others: a sentence begins with what it is about."""
_COMPARES: Final = re.compile(r"\b(?:and|or|like|as|than|from|und|oder|wie|als|aus|von)\b|[&+/]")
"""Words that join what several pictures show."""
_MAX_LISTED: Final = 7
"""Most words of one thing in a list."""


def texts_of_each(request: str, prompt: str, *, pictures: int) -> tuple[str, ...]:
    """What is said of each picture of a set, in their order; empty where nothing is."""
    if pictures < 2:
        return ()
    numbered = _numbered_parts(prompt, pictures) or _numbered_parts(request, pictures)
    parts = numbered or find_set_texts(prompt, pictures=pictures)
    listed = _listed_parts(request, pictures, known=bool(parts))
    if numbered or not parts:
        listed = listed or _counted_parts(prompt, pictures)
    if parts and listed:
        return tuple(f"{part} {more}" for part, more in zip(parts, listed, strict=True))
    return parts or listed or find_set_texts(request, pictures=pictures)


def are_told_apart(texts: Sequence[str]) -> bool:
    """Whether something is said of one picture of a set that is not said of all."""
    return len(set(texts)) > 1


def _numbered_parts(text: str, pictures: int) -> tuple[str, ...]:
    """The parts of a text behind "picture 1", "picture 2" and so on, each of which comes once and
    in this order; the last one ends with its sentence."""
    found: list[tuple[int, int, int]] = []
    for match in _NUMBERED.finditer(text):
        word = (match["word"] or "").lower()
        number = _ORDER.get(word) or _ORDER.get(re.sub(r"e[nrs]?$", "", word), 0)
        number = number or int(
            match["digit"] or match["bare"] or match["opens"] or match["next"] or 0
        )
        if number == len(found) + 1 <= pictures:
            found.append((number, match.start(), match.end()))
    if len(found) != pictures:
        return ()
    ends = [start for _number, start, _end in found[1:]]
    last = _SENTENCE.split(text[found[-1][2] :], maxsplit=1)[0]
    parts = [text[begin:end] for (_n, _s, begin), end in zip(found, ends, strict=False)]
    return (*parts, last)


def _listed_parts(request: str, pictures: int, *, known: bool) -> tuple[str, ...]:
    """The things that a request lists, where they are as many as the pictures and not the parts of
    one description: with "one" before each, or more than two behind a colon or, where it is
    ``known`` that the pictures differ, anywhere."""
    for clause in re.split(r"(?=:)|[.!?()–—]", request):
        items = [item.strip(" :") for item in _LISTED.split(clause) if item.strip(" :")]
        items = [item for item in items if _EACH.search(item)] or items
        if len(items) != pictures or any(len(item.split()) > _MAX_LISTED for item in items):
            continue
        listed = pictures > 2 and (known or clause.startswith(":"))
        if listed or all(_EACH.search(item) for item in items):
            return tuple(items)
    return ()


def _counted_parts(prompt: str, pictures: int) -> tuple[str, ...]:
    """The things at the end of a sentence that begins with how many pictures there are: "Four views
    of a shop at dawn, noon, dusk and midnight"."""
    for sentence in _SENTENCE.split(prompt) if pictures > 2 else ():
        first = sentence.split(maxsplit=1)[0].lower() if sentence.strip() else ""
        if first not in _COUNT_WORDS[pictures]:
            continue
        _, colon, after = sentence.partition(":")
        items = [item.strip(" .") for item in _LISTED.split(after or sentence) if item.strip(" .")]
        if len(items) != pictures:
            continue
        words = max(len(item.split()) for item in items[1:])
        if words <= (_MAX_LISTED if colon else 1):
            return (" ".join(items[0].split()[-words:]), *items[1:])
    return ()


def placed_picture(text: str, *, pictures: int) -> int | None:
    """The picture of a set that a folded text calls by where it stands ("the middle one", "beim
    linken"); None of four, which stand in two rows."""
    placed = _PLACED.search(text)
    if placed is None or not 1 < pictures < 4:
        return None
    if placed["middle"] or placed["mittlere"]:
        return 2 if pictures == 3 else None
    return 1 if placed["left"] or placed["linke"] else pictures


def described_picture(text: str, texts: Sequence[str], languages: Sequence[Lexicon]) -> int | None:
    """The picture that alone has most of the words of a folded text that tell the pictures apart;
    None where none has, or several."""
    if len(texts) < 2:
        return None
    scores = _scores(text, texts, languages)
    best = max(scores)
    if best < 1 or sorted(scores)[-2] >= best / 2:
        return None
    return scores.index(best) + 1


def tells_apart(text: str, texts: Sequence[str], languages: Sequence[Lexicon]) -> bool:
    """Whether a folded text has words that only some pictures of a set have."""
    return any(_scores(text, texts, languages))


def _scores(text: str, texts: Sequence[str], languages: Sequence[Lexicon]) -> list[float]:
    """How much each picture has of the words of a folded text that not all pictures have."""
    each = [words_shown(part) for part in texts]
    scores = [0.0] * len(texts)
    worth = 1.0 if _COMPARES.search(text) else _FIRST
    for said in dict.fromkeys(words_of(text)):
        called = _OF_PICTURE.fullmatch(said)
        word = called["thing"] if called else said
        if len(word) < MIN_WORD or any(word in one.function_words for one in languages):
            continue
        having = [
            at
            for at, words in enumerate(each)
            if any(is_shown(word, words, language.language) for language in languages)
        ]
        if not 0 < len(having) < len(texts):
            continue
        for at in having:
            scores[at] += worth / len(having) ** 2
        worth = 1.0
    return scores

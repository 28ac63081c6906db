"""Which picture of a set a message means, and which reference images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.intents.lexicon import Lexicon
from bot.intents.things import is_thing

_CODE: Final = re.compile(r"\s*(?P<letter>[uv])\s*-?(?P<number>[1-4])\b[\s.,!]*(?P<rest>.*)", re.I)
_LEADING: Final = re.compile(
    r"\s*(?:(?:i (?:really )?(?:like|love|prefer)|mir gefällt|ich mag|let's go with|i'd go with|"
    r"i would go with|let's take|i'd take|go with|in|on|take|use|pick|nimm|nehmen wir|wir nehmen|"
    r"ich nehme|for|bei|für) )?#?(?P<number>[1-4])"
    r"(?:[:.,)]|(?=\s+(?:but|with|without|at|in|and|please|make|give|add|put|change|remove|turn|"
    r"more|less|fewer|bigger|smaller|brighter|darker|lighter|larger|slightly|a bit|as|etwas|mehr|"
    r"weniger|heller|dunkler|größer|kleiner|als|im|am|"
    r"mach|gib|setz|änder|aber|mit|ohne|bei|und|bitte)\b))\s*"
)
_STANDING: Final = re.compile(
    r"(?P<sign>#|\b(?:nr|no|number|nummer|option|version|variant|variante|picture|pic|image|bild|kv|"
    r"karte|motiv|skizze|sketch|scheme|draft|entwurf|concept|design|vorschlag|tafel|plakat|poster|"
    r"abb|abbildung|blatt|foto|photo|view|frame)\.? ?)?"
    r"(?(sign)|(?<![\w.:/-]))(?P<number>[1-4]|one|two|three|four|eins|zwei|zwo|zwoa|drei|vier)"
    r"(?:(?:er|'?s|ste[nrs]?|te[nrs]?)(?!\w)|(?(sign)(?![\w/]|[.:-]\d)|(?![\w:/-]|\.\d))"
    r"(?! ?(?:[x×%€$]|mal\b)))"
)
"""A number that may be a picture's."""
_LAST_WORD: Final = re.compile(r"[\w/]+(?=\W*\Z)")
_NEXT_WORD: Final = re.compile(r"(?P<stop>\s*[^\w\s'/]+\s*)?(?:'s)?\s*(?P<next>(?(stop)|[\w/]+))")
_WORDS: Final = re.compile(r"\w+")
_CALLED: Final = frozenset({"die", "der", "da", "bei", "von", "aus"})
_ENDED: Final = ".!?;:"
_PLACED: Final = re.compile(
    r"\b(?P<where>in|on|for|from|of|to|with|like|bei|beim|auf|an|am|von|vom|aus|für|zu|zur|zum|mit|wie)"
    r"(?: (?:der|die|dem|den))?\s*\Z"
)
"""What a picture's number stands behind: "on 3 a parachute is missing"."""
_COUNTED_THINGS: Final = re.compile(
    r"(?:\w{2,}s|\w*(?:minuten?|stunden?|wochen?|tagen?|jahren?|monaten?|personen|leuten?)|uhr|"
    r"people|pm|am|more|not|were|statt|oder|or)\Z"
)
"""What is counted by a number before it, or shows that something else is."""
_SAYS: Final = re.compile(
    r"(?:needs?|wants?|looks?|reads?|feels?|seems?|says?|shows?|lacks?|works?|gets?|goes|misses|"
    r"is|isn|isses|isn't|has|hasn|should|must|can|could|hat|ist|braucht|wirkt|zeigt|fehlt|sieht|"
    r"steht|hängt|soll|sollte|muss|kann|darf)\Z"
)
"""What a picture's number is said to do: "the lion in 1 needs to be angrier"."""
_OTHERS: Final = re.compile(
    r"\s(?:more|further|other|others|extra|additional|weitere[nrs]?|andere[nrs]?|mehr)\b"
)
"""Behind a number of pictures that are still to come."""
_COUNTED_PICTURES: Final = re.compile(r"(?:bild|motiv|entw[uü]rf|skizze|variante|version)\w*\Z")
_AFTER_ONE: Final = re.compile(r"\s*(?:,|(?:needs|wants|looks|reads|is|isn't|has|hasn't|should)\b)")
"""Behind "one", which is seldom a picture's number."""
_COUNTS_OTHERS: Final = frozenset(
    {
        *("at", "um", "by", "bis", "vor", "page", "seite", "step", "schritt", "panel", "level"),
        *("part", "teil", "act", "akt", "day", "tag", "year", "jahr", "grade", "klasse", "room"),
        *("zimmer", "raum", "floor", "chapter", "kapitel", "times", "x", "add", "another", "noch"),
        *("more", "mehr", "nur", "only", "about", "etwa", "mindestens", "least", "instead", "feld"),
    }
)
"""Words after which a number is no picture's."""
_ORDERS_OTHERS: Final = frozenset(
    {
        *("of", "time", "floor", "page", "step", "row", "day", "week", "year", "aid", "name"),
        *(
            "line",
            "edition",
            "century",
            "jahrhundert",
            "mal",
            "etage",
            "reihe",
            "zeile",
            "klasse",
            "seite",
            "woche",
            "tag",
        ),
        *(
            "blick",
            "runde",
            "round",
            "wochen",
            "weeks",
            "draft",
            "letter",
            "night",
            "minute",
            "saison",
            "season",
            "grade",
            "hand",
        ),
    }
)
"""Words before which an ordinal is no picture's."""
_ANOTHER: Final = frozenset(
    {"a", "an", "every", "each", "ein", "eine", "einen", "einem", "einer", "eines", "jede", "jeder"}
)
"""Words before which an ordinal is one more thing: "put a second diver in the background"."""
_EVERY: Final = re.compile(
    r"\b(?:(?:all|each|every ?one|any)(?: one)? of (?:them|em|these|those|the)\b|"
    r"(?:them|these|those) all\b|all (?:of )?(?:the )?(?:two|three|four|2|3|4|pictures|images|pics|"
    r"versions|drawings|panels|posters|ones)\b|(?:each|every) (?:one|picture|pic|image|version|"
    r"drawing|panel|poster)\b|under each\b|in each\b|both(?: of (?:them|em))?\b|"
    r"alle[nmrs]? (?:zwei|drei|dreien|vier|vieren|beiden?|2|3|4|bilder[n]?|motive[n]?|versionen|"
    r"entwürfe[n]?|skizzen|varianten)\b|(?:auf|in|bei|von|an) allen\b(?! \w+n\b)|"
    r"across the (?:board|lot|set)\b|(?:in|on|of|for) (?:these|those)(?=$|[.,;:!?])|"
    r"(?:any|none) of (?:these|those|them)\b|neither\b|"
    r"kein(?:e[mns]?|s)? der (?:bilder|motive|entwürfe)\b|"
    r"(?:those|these|the same|die|diese) (?:two|three|four|zwei|drei|vier|2|3|4)"
    r"(?: (?:pictures|images|pics|versions|bilder[n]?|motive[n]?))?"
    r"(?= (?:again|once|nochmal|noch|bitte|unverändert|gern\w*|please|pls)\b|$|[.,;:!?])|"
    r"jede[mnrs]? (?:bild|motiv|blatt|entwurf|version|skizze|variante)\w*|beide[nrms]?\b|"
    r"sämtliche\w* (?:bilder|motive|entwürfe|versionen))"
)
"""All pictures of a set. "Both" and "beide" only where there are two."""
_BOTH: Final = re.compile(r"both|beide")
_OF_PARTS: Final = re.compile(
    r"(?:sides|edges|ends|ways|corners|directions|seiten|enden|kanten|ecken|ränder|richtungen)\Z"
)
_OF_PICTURES: Final = re.compile(
    r"(?:pictures?|images|pics|photos|prints|drawings|sketches|portraits|panels|posters|cards|"
    r"stickers|badges|icons|logos|\w*(?:bilder|fotos|karten|plakate|poster|skizzen|sticker|logos))\Z"
)
_JOINS: Final = frozenset(
    {
        "once",
        "again",
        "nochmal",
        "w",
        "w/",
        "minus",
        "plus",
        "but",
        "aber",
        "please",
        "pls",
        "bitte",
    }
)
_COUNTS: Final = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "eins": 1,
    "zwei": 2,
    "zwo": 2,
    "zwoa": 2,
    "drei": 3,
    "vier": 4,
}
_COUNTED: Final = re.compile(
    rf"\b(number|no\.?|picture|image|version|option|nummer|nr\.?|bild) ({'|'.join(_COUNTS)})\b"
)
_NUMBER_FIRST: Final = re.compile(
    rf"\A(?!one\s)({'|'.join(_COUNTS)})"
    r"(?=\s*[,:]|\s+(?:but|aber|with|without|mit|ohne|bitte|please|pls|als|bei|im|ist|is|w/)(?!\w))"
)
_ARTICLE_NUMBER: Final = re.compile(
    rf"\b(?:die|der) ([1-4]|{'|'.join(_COUNTS)})"
    r"(?=\s*(?:$|[,.:;!?)–-])|\s+(?:mit|ohne|in|im|als|aber|bitte|bei|für|von|weg|groß|größer|"
    r"löschen|hochskalieren|kann|soll|nur|auch|noch)\b)"
)
"""German calls a picture by its bare number: "die 4 mit Hut"."""
_PRONOUN: Final = {"en": "it", "de": "das"}


@dataclass(frozen=True, slots=True)
class Pointed:
    """A folded text in which the words that name a picture are replaced by a pronoun."""

    text: str
    picture: int | None = None
    references: tuple[int, ...] = ()


def grid_code(text: str) -> tuple[str, int, str] | None:
    """``u`` or ``v``, the number of the picture, and what follows ("U2", "v3 please")."""
    found = _CODE.fullmatch(text)
    return (found["letter"].lower(), int(found["number"]), found["rest"]) if found else None


def named_picture(text: str, languages: Sequence[Lexicon], *, pictures: int) -> int | None:
    """The only picture of a set that a folded text names; see :func:`numbers_named`."""
    found = numbers_named(text, languages, pictures=pictures)
    return next(iter(found)) if len(found) == 1 else None


def numbers_named(text: str, languages: Sequence[Lexicon], *, pictures: int) -> frozenset[int]:
    """The pictures of a set that a folded text names by numbers or ordinals anywhere in it ("can 3
    have less candle", "the label from the second")."""
    found: set[int] = set()
    for match in _STANDING.finditer(text):
        before = _LAST_WORD.search(text[: match.start()])
        if before and before[0] in _COUNTS_OTHERS:
            continue
        if not match["sign"] and _OTHERS.match(text, match.end()):
            continue
        begins = match.start() == 0 or text[: match.start()].rstrip()[-1:] in _ENDED
        called = before is not None and before[0] in _CALLED and not begins
        spelt = match["number"] in ("one", "eins")
        if spelt and not (match["sign"] or _is_called_one(text, match, called=called)):
            continue
        german = called and not match["number"].isdigit() and _is_free(text, match, languages)
        if match["sign"] or german or match.start() == 0 or _is_placed(text, match, languages):
            found.add(_COUNTS.get(match["number"]) or int(match["number"]))
    for language in languages:
        words = language.ordinals.words
        for match in _WORDS.finditer(text):
            number = words.get(match[0], 0)
            after = _NEXT_WORD.match(text, match.end())
            before = _LAST_WORD.search(text[: match.start()])
            another = before is not None and before[0] in _ANOTHER
            if number and not another and not (after and after["next"] in _ORDERS_OTHERS):
                found.add(pictures if number < 0 else number)
    return frozenset(number for number in found if 1 <= number <= pictures)


def means_every(text: str, *, pictures: int) -> bool:
    """Whether a folded text speaks of all pictures of a set ("on all three", "beide heller")."""
    return pictures > 1 and any(
        not _BOTH.match(found[0]) or (pictures == 2 and not _is_pair(text, found.end()))
        for found in _EVERY.finditer(text)
    )


def _is_pair(text: str, end: int) -> bool:
    """Whether "both" or "beide", which ends there, counts things in a picture: "both edges"."""
    after = _NEXT_WORD.match(text, end)
    counted = after["next"] if after else ""
    if _OF_PICTURES.match(counted):
        return False
    plural = counted.endswith("s") and is_thing(counted, "en")
    german = text[:end].endswith("beide") and is_thing(counted, "de")
    return plural or german or _OF_PARTS.match(counted) is not None


def _is_called_one(text: str, match: re.Match[str], *, called: bool) -> bool:
    """Whether "one" or "eins" is a picture's number: "die eins", "in one, the hands …"."""
    if match["number"] == "eins":
        return called
    placed = match.start() == 0 or re.search(r"\b(?:in|on)\s\Z", text[: match.start()])
    return bool(placed) and _AFTER_ONE.match(text, match.end()) is not None


def _is_free(text: str, match: re.Match[str], languages: Sequence[Lexicon]) -> bool:
    """Whether no thing is counted by a number: nothing or a small word follows it."""
    after = _NEXT_WORD.match(text, match.end())
    follower = after["next"] if after else ""
    counted = _COUNTED_PICTURES.match(follower) is not None
    small = not counted and any(follower in one.function_words for one in languages)
    return not follower or small or _SAYS.match(follower) is not None


def _is_placed(text: str, match: re.Match[str], languages: Sequence[Lexicon]) -> bool:
    """Whether a number without a sign stands where a picture's does."""
    after = _NEXT_WORD.match(text, match.end())
    follower = after["next"] if after else ""
    if match[0][0].isdigit() and not match[0][-1].isdigit():
        return True  # "the 3er"
    placed = _PLACED.search(text[: match.start()])
    small = any(follower in language.function_words for language in languages)
    if (placed or match["number"].isdigit()) and (
        not follower or small or follower in _JOINS or follower in ("has", "hat", "thanks")
    ):
        return True
    if (placed or match["number"].isdigit()) and _SAYS.match(follower):
        return True
    if _COUNTED_THINGS.match(follower):
        return False
    return placed is not None and not any(
        is_thing(follower, language.language) for language in languages
    )


def pointed(text: str, language: Lexicon, *, pictures: int) -> Pointed:
    """What a folded text points at, where so many pictures are there.

    With a single picture, "the second photo" is a reference image.
    """
    text = _COUNTED.sub(lambda found: f"{found[1]} {_COUNTS[found[2]]}", text)
    if language.language == "de":
        text = _ARTICLE_NUMBER.sub(lambda found: f"nummer {_COUNTS.get(found[1], found[1])}", text)
    references: list[int] = []
    if pictures <= 1 or re.search(r"\breferen|\bvorlage", text):
        for found in language.ordinals.reference.finditer(text):
            number = _number(found["word"], found["digit"], language)
            if number > 0 and (pictures <= 1 or _is_reference(found[0])):
                references.append(number)
        if references:
            return Pointed(text, references=tuple(dict.fromkeys(references)))
    pronoun = _PRONOUN[language.language]
    text = _NUMBER_FIRST.sub(lambda found: str(_COUNTS[found[1]]), text)
    first = re.match(r"(?P<word>[\w.]+)(?=\s*[,:]|\s+(?:but|with|without|aber|mit|ohne)\b)", text)
    if first and language.ordinals.words.get(first["word"], 0) > 0 and pictures > 1:
        text = f"{language.ordinals.words[first['word']]}{text[first.end() :]}"
    leading = _LEADING.match(text)
    if leading and int(leading["number"]) <= pictures:
        rest = text[leading.end() :]
        return Pointed(f"{pronoun} {rest}", int(leading["number"]))
    if pictures <= 1:
        return Pointed(text)
    found_one = language.ordinals.phrase.search(text)
    if found_one is None:
        return Pointed(text)
    parts = found_one.groupdict()
    word = parts["word"] or parts["bare"]
    number = _number(word, parts["hash"] or parts["digit"], language)
    number = pictures if number < 0 else number
    if not 1 <= number <= pictures:
        return Pointed(text)
    replaced = f"{text[: found_one.start()]}{pronoun}{text[found_one.end() :]}"
    return Pointed(" ".join(replaced.split()), number)


def _number(word: str | None, digit: str | None, language: Lexicon) -> int:
    return language.ordinals.words[word] if word else int(digit or 0)


def _is_reference(phrase: str) -> bool:
    return "referen" in phrase or "vorlage" in phrase

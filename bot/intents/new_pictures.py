"""Requests for a new picture."""

from __future__ import annotations

import re
from typing import Final

from bot.intents.lexicon import Lexicon, folded
from bot.intents.models import Heard, Intent, Reading
from bot.intents.wording import Form

_MADE_FOR_ONE: Final = re.compile(
    r"(?:make|give|get|do|mach|mache|gib|bau|baue) (?:me|us|mir|uns) "
    r"(?:a|an|one|two|three|four|some|ein|eine|einen|zwei|drei) "
    r"(?!bit|little|other|different|better|bisschen|wenig|ander|besser)\w+"
)
_MADE: Final = re.compile(
    r"(?:make|do|mach|mache|bau|baue|machen) (?:a|an|some|ein|eine|einen) \w+"
)


def new_picture(heard: Heard, shapes: list[Form], language: Lexicon) -> Reading | None:
    """A new picture, where the words say so: "draw …", "a picture of …", "new picture: …"."""
    draw = language.words["draw"]
    for shape in shapes:
        start = language.front["new_words"].match(shape.text)
        if start:
            return Reading(Intent.NEW, prompt_of(heard.text, language))
        words = shape.words
        made = shape.asked and not heard.pictures and _MADE.match(shape.text)
        goes_on = bool(heard.pictures) and _goes_on(words[2:] or [""], language)
        if made or (_MADE_FOR_ONE.match(shape.text) and not goes_on):
            return Reading(Intent.NEW, prompt_of(heard.text, language))
        if len(words) < 2 or words[0] not in draw:
            continue
        rest = (
            words[2:]
            if words[1] in ("me", "us", "mir", "uns", "mal", "bitte", "please")
            else words[1:]
        )
        if not rest or (heard.pictures and _goes_on(rest, language)):
            continue
        return Reading(Intent.NEW, prompt_of(heard.text, language))
    return None


def is_errand(shapes: list[Form], language: Lexicon) -> bool:
    """Whether something is asked for that is no picture: "order pizza", "tell me a joke"."""
    return any(language.front["errands"].match(shape.text) for shape in shapes)


def _goes_on(rest: list[str], language: Lexicon) -> bool:
    """Whether what is to be drawn belongs into a picture that is there: "draw it again", "draw a
    dog next to the tree"."""
    if rest[0] in ("it", "this", "that", "them", "him", "her", "es", "das", "ihn", "sie", "dies"):
        return True
    definite = ("the", "der", "die", "das", "den", "dem")
    joined = (*language.words["prepositions"], "to", "dazu", "neben")
    return any(word in definite for word in rest[1:]) and any(word in joined for word in rest[1:])


def is_description(shapes: list[Form], language: Lexicon) -> bool:
    """Whether a message reads like what a picture shows: it begins with an indefinite article or a
    number, or has no small word of address at all."""
    words = shapes[-1].words if shapes else []
    if not words:
        return False
    if words[0] in language.words["determiners"] and len(words) >= 2:
        return words[1] not in ("bit", "little", "bisschen", "wenig", "other", "different", "tick")
    return False


def speaks_of_one(shapes: list[Form], language: Lexicon) -> bool:
    """Whether a change speaks of a picture that must be there: by a pronoun or a comparative."""
    words = set(shapes[0].words) if shapes else set[str]()
    pronouns = {"it", "this", "that", "them", "es", "das", "ihn", "dies"}
    return bool(words & pronouns) or any(w in language.words["comparatives"] for w in words)


def prompt_of(text: str, language: Lexicon) -> str:
    """The words of a request for a new picture without what only asks for it."""
    rest = text.strip()
    while True:
        plain = folded(rest)
        found = language.front["asks"].match(plain) or language.front["openers"].match(plain)
        if found is None or found.end() >= len(plain) or len(plain) != len(rest):
            break
        rest = rest[found.end() :]
    lead = re.match(
        r"(?:a )?new (?:picture|image|drawing)\s*[:,–-]\s*|(?:ein )?neues bild\s*[:,–-]\s*",
        folded(rest),
    )
    return (rest[lead.end() :] if lead and len(folded(rest)) == len(rest) else rest).strip() or text

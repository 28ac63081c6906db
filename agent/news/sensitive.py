"""Why a story's picture must be drawn and not look like a photograph: it names people, tells of a
disaster, violence or a crime, or nobody can tell. In doubt it says so: a drawing is never wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agent.news.disasters import is_known_language, told_disaster
from agent.news.features import folded
from agent.news.names import Run, runs
from agent.news.words import NO_PERSON, SIGNS_OF_PERSONS
from agent.people import PersonName, find_people
from domain.translation.messages import gettext

MAYBE = 0.3
"""The recogniser's score from which a name with a capital may be a person's."""
SURE = 0.5
KNOWN = 0.6
"""From this score on it is said that a name is a person's, and not only that it may be."""
_FOLLOWING = re.compile(r"\s+([^\W\d_]+)")
UNSEEN = gettext("in a script without capitals")
_CASELESS = re.compile(
    r"[\u0590-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u10ff\u1200-\u139f\u1780-\u17ff"
    r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
"""A letter of a script without capitals."""


def sensitive(texts: Sequence[str]) -> str | None:
    """Why, in one sentence for people; None where nothing stands against it."""
    naming = ""
    if known := next(filter(None, map(_known_person, texts)), None):
        naming = gettext("it names a person ({person})", person=known)
    elif maybe := next(filter(None, (named_person(text, shouted=False) for text in texts)), None):
        naming = gettext("it may name a person ({person})", person=maybe)
    elif any(map(named_person, texts)):
        # In a headline with capitals everywhere nothing tells which words are a name.
        naming = gettext("it may name a person")
    disaster = next(filter(None, map(told_disaster, texts)), None)
    reasons = [
        naming,
        gettext("it tells of a disaster or violence ({disaster})", disaster=disaster)
        if disaster
        else "",
    ]
    if not any(reasons) and not all(map(is_known_language, texts)):
        reasons.append("it is in a language in which people and disasters aren't recognised")
    said = " and ".join(reason for reason in reasons if reason)
    return f"{said[0].upper()}{said[1:]}." if said else None


def named_person(text: str, *, shouted: bool = True) -> str | None:
    """The first name in a text that is a person's, or may be: what the recogniser knows or hears,
    and capitals side by side that name nothing else, in a sentence full of capitals only if
    ``shouted``. In scripts without capitals every sentence may name somebody."""
    for found in _people(text):
        written_as_name = any(sign.isupper() for sign in found.text)
        if found.score >= (MAYBE if written_as_name else SURE):
            return found.text
    for run in runs(text, shouted=shouted):
        name = _unknown(run)
        if name:
            return name
    sign = next((s for s in SIGNS_OF_PERSONS if folded(s) in folded(text).casefold()), None)
    return sign or (UNSEEN if _CASELESS.search(text) else None)


def _known_person(text: str) -> str | None:
    """The first name of which the recogniser knows that it is a person's."""
    return next((each.text for each in _people(text) if each.score >= KNOWN), None)


@lru_cache(maxsize=64)
def _people(text: str) -> Sequence[PersonName]:
    """What the recogniser finds in a text, without parts of names of things."""
    return [found for found in find_people(text) if not _is_thing(found, text)]


def _is_thing(found: PersonName, text: str) -> bool:
    """Whether a name is part of a place's or a firm's: "Queen Elizabeth Bridge"."""
    following = _FOLLOWING.match(text, found.end)
    words = [*found.text.split(), *([following[1]] if following else [])]
    return any(folded(word).casefold() in NO_PERSON for word in words)


def _unknown(run: Run) -> str | None:
    """A name of several words of which none says that it is a thing's."""
    plain = [folded(word).casefold() for word in run.words]
    if len(plain) < 2 or NO_PERSON & set(plain) or sum(w[0].isupper() for w in run.words) < 2:
        return None
    return None if any(sign.isdigit() for sign in run.text) else run.text

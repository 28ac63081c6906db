"""Why a story's picture must be drawn and not look like a photograph: it names people, or tells of
a disaster, violence or a crime. In doubt it says so: a drawing is never wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.news.features import folded, language, tokens
from agent.news.names import Run, runs
from agent.news.words import (
    DISASTERS,
    FIRST_NAMES,
    NO_PERSON,
    OFFICES,
    SAYINGS,
    SIGNS_OF_DISASTER,
    SIGNS_OF_PERSONS,
)

_AGE = re.compile(r"\s*(?:,\s*\d{1,3}\s*[,.]|\(\d{1,3}\))")


def sensitive(texts: Sequence[str]) -> str | None:
    """Why, in one sentence for people; None where nothing stands against it."""
    person = next(filter(None, map(named_person, texts)), None)
    disaster = next(filter(None, map(told_disaster, texts)), None)
    reasons = [
        f"it names a person ({person})" if person else "",
        f"it tells of a disaster or violence ({disaster})" if disaster else "",
    ]
    said = " and ".join(reason for reason in reasons if reason)
    return f"{said[0].upper()}{said[1:]}." if said else None


def named_person(text: str) -> str | None:
    """The first name in a text that is probably a person's; in scripts without capitals, a word
    that stands beside people's names."""
    for run in runs(text, shouted=True):
        name = _introduced(run) or _spoken_of(run)
        if name:
            return name
    return _sign(text, SIGNS_OF_PERSONS)


def _introduced(run: Run) -> str | None:
    """A name that follows an office or begins with a first name."""
    plain = [folded(word).casefold() for word in (run.before, *run.words)]
    for index, word in enumerate(plain[:-1]):
        near = set(plain[index + 1 : index + 3])
        if (word in OFFICES or (index and word in FIRST_NAMES)) and not near & NO_PERSON:
            return " ".join(run.words[max(0, index - 1) : index + 1])
    return None


def _spoken_of(run: Run) -> str | None:
    """A name of two to four words that says something, or whose age is told."""
    plain = {folded(word).casefold() for word in run.words}
    if not 2 <= len(run.words) <= 4 or plain & NO_PERSON or re.search(r"\d", run.text):
        return None
    following = re.match(r"\s+([^\W_]+)", run.after)
    near = {folded(run.before).casefold(), folded(following[1] if following else "").casefold()}
    return run.text if near & SAYINGS or _AGE.match(run.after) else None


def told_disaster(text: str) -> str | None:
    """The first word of a text that tells of a disaster, violence or a crime."""
    found = tokens(text)
    everywhere = frozenset[str]().union(*DISASTERS.values())
    known = DISASTERS.get(language(found) or "", everywhere)
    plain = (token.text.casefold() for token in found if token.kind == "word")
    return next((word for word in plain if word in known), None) or _sign(text, SIGNS_OF_DISASTER)


def _sign(text: str, signs: Sequence[str]) -> str | None:
    plain = folded(text).casefold()
    return next((sign for sign in signs if folded(sign).casefold() in plain), None)

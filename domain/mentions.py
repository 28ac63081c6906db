"""Chat platforms' notation for people, roles, channels, emoji and times, put into words.

The ids in it are personal data and say nothing to a search engine or a generator, so no prompt
keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

MAX_NAME_CHARS: Final = 40
_NOTATION: Final = re.compile(
    r"<(?:"
    r"@!?(?P<member>[0-9]{5,25}|[UW][A-Z0-9]{2,20})(?:\|(?P<member_name>[^<>|]*))?"
    r"|(?:@&|!subteam\^)(?P<role>[0-9]{5,25}|S[A-Z0-9]{2,20})(?:\|(?P<role_name>[^<>|]*))?"
    r"|\#(?P<channel>[0-9]{5,25}|[CGD][A-Z0-9]{2,20})(?:\|(?P<channel_name>[^<>|]*))?"
    r"|a?:(?P<emoji>\w{2,32}):[0-9]{5,25}"
    r"|t:(?P<time>-?[0-9]{1,13})(?::[A-Za-z])?"
    r"|!date\^(?P<date>-?[0-9]{1,13})\^[^<>|]*(?:\|(?P<date_name>[^<>|]*))?"
    r"|!(?P<everyone>here|channel|everyone)(?:\|[^<>|]*)?"
    r"|/(?P<command>[^<>:]{1,100}):[0-9]{5,25}"
    r"|id:(?P<place>\w{2,32})(?::[0-9]+)?"
    r")>"
    r"|(?<![\w:]):(?P<short>[a-z][a-z0-9_+-]{1,31}):(?::skin-tone-[2-6]:)?(?![\w:/])"
)
_UNNAMED: Final = {"member": "someone", "role": "a team", "channel": "a channel"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def mentioned_ids(text: str) -> frozenset[str]:
    """The ids of people, roles and channels that a text mentions without their names."""
    return frozenset(
        found[kind]
        for found in _NOTATION.finditer(text)
        for kind in _UNNAMED
        if found[kind] and not _given_name(found, kind)
    )


def with_names(text: str, names: Mapping[str, str] | None = None) -> str:
    """A text in which names stand for the notation; ``names`` are those of ids.

    Other people become "someone".
    """
    known = names or {}

    def read(found: re.Match[str]) -> str:
        for kind, unnamed in _UNNAMED.items():
            if found[kind]:
                return _clean(_given_name(found, kind) or known.get(found[kind], "")) or unnamed
        emoji = found["emoji"] or found["short"]
        if emoji:
            return re.sub(r"[_-]", " ", emoji)
        if found["time"] or found["date"]:
            return _clean(found["date_name"] or "") or _moment(found["time"] or found["date"])
        if found["command"]:
            return f"/{found['command']}"
        return "everyone" if found["everyone"] else found["place"] or ""

    return _NOTATION.sub(read, text)


def _given_name(found: re.Match[str], kind: str) -> str:
    return (found[f"{kind}_name"] or "").lstrip("@#")


def _clean(name: str) -> str:
    """A name of which nothing can be read as an option or as notation."""
    letters = re.sub(r"[^\w .,'’()&:-]|--+|:(?=\S)", " ", name)
    return " ".join(letters.split())[:MAX_NAME_CHARS].strip()


def _moment(seconds: str) -> str:
    """A time as words; "some day" for one that no calendar has."""
    try:
        return f"{_EPOCH + timedelta(seconds=int(seconds)):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return "some day"

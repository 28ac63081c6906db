"""Secrets removed from all that is logged, printed, stored or shown.

A peer may echo what it was sent, so any text that came from outside can hold a secret of ours: as
it is, or written as a URL, JSON, HTML or base64 writes it. A :class:`Redactor` knows the secrets of
this process and stands at the edges: logs, console, ``--json``, stored rows, errors for people.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "[hidden]"
MIN_CHARS = 4
"""Shorter secrets are no secrets, and would blank out ordinary words."""
MIN_CHARS_INSIDE_WORDS = 8
"""Shorter ones are only hidden where they stand as a word of their own."""
MIN_PART_CHARS = 16
"""The least of a secret's beginning or end that is hidden without the rest."""
MIN_CUT_CHARS = 8
"""The same where the text was cut off right there."""
MOST_PASSING = 50
_MOST_ESCAPED_CHARS = 8_000
"""Longer texts are searched for the usual spellings alone."""

_SLACK = re.compile(r"\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]{8,}")
_SHAPES = re.compile(
    r"""
    \b[A-Za-z\d_-]{23,28}\.[A-Za-z\d_-]{6,7}\.[A-Za-z\d_-]{27,}   # Discord
    | \bmfa\.[\w-]{60,}
    | (?<![A-Za-z\d])(?:sk|pk|rk)-(?:[A-Za-z]+-)?[A-Za-z\d_-]{16,}  # OpenAI and kin
    | \b(?:tvly|hf|gh[pousr]|glpat|AIza|BSA)[-_]?[A-Za-z\d_-]{24,}
    | \b(?:AKIA|ASIA)[A-Z\d]{16}\b
    | \beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}                    # JSON web tokens
    | (?P<scheme>\b(?:Bearer|Basic|Bot)[ ]+)[A-Za-z\d+/=._~-]{12,}
    | (?P<user>\b[a-z][a-z\d+.-]{1,20}://)[^\s/@"'<>]*:[^\s/@"'<>]*(?=@)
    | (?P<hook>/(?:webhooks|interactions)/\d{15,20}/)[\w-]{20,}     # Discord's own
    | (?P<slack>\bhooks\.slack\.com/[a-z]+/)[\w/-]{12,}
    """,
    re.VERBOSE,
)
_CUT_AFTER = r"(?=…|\.\.\.|[\"']|[”’)\]}.,;]*\s*\Z)"
_CUT_BEFORE = r"(\A[\"'“‘(\[{]*|…|\.\.\.|[\"'])"
V = TypeVar("V")


class Redactor:
    """The secrets of one process; more may be added while it runs.

    Adding is safe beside other threads that read.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: tuple[_Secret, ...] = ()
        self._passing: tuple[_Secret, ...] = ()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Hide these from now on; those that are too short or known already change nothing."""
        known = {secret.value for secret in self._secrets}
        fresh = {value for value in secrets if len(value) >= MIN_CHARS} - known
        together = (*self._secrets, *map(_Secret, fresh))
        self._secrets = tuple(sorted(together, key=lambda secret: -len(secret.value)))

    def add_passing(self, secret: str) -> None:
        """Hide a secret that is one of many and ends some day, such as the token of a workspace;
        of these only the latest are known in every spelling."""
        if all(known.value != secret for known in self._passing):
            self._passing = (*self._passing[1 - MOST_PASSING :], _Secret(secret))

    def known(self, text: str) -> str:
        """The text without the secrets of this process, however they are spelled in it, and
        without any token of Slack, since each workspace that installs Limner has its own."""
        for secret in (*self._secrets, *self._passing):
            text = secret.hidden_in(text)
        return _SLACK.sub(HIDDEN, text) if "xox" in text or "xapp-" in text else text

    def text(self, text: str) -> str:
        """The same, and without anything that has the shape of a token."""
        return _SHAPES.sub(_without, self.known(text))

    def value(self, value: V) -> V:
        """Plain data with every text in it redacted, keys of mappings too."""
        return cast("V", self._value(value))

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            entries = cast("dict[Any, Any]", value)
            return {self._value(key): self._value(part) for key, part in entries.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            parts = [self._value(part) for part in cast("Sequence[Any]", value)]
            return parts if isinstance(value, list) else tuple(parts)
        return value


class _Secret:
    """One secret, and how it may be spelled."""

    def __init__(self, value: str) -> None:
        self.value = value
        self._spellings = _spellings(value)
        self._escaped = re.compile("".join(map(_any_escape, value)))
        self._word = re.compile(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])")

    def hidden_in(self, text: str) -> str:
        if len(self.value) < MIN_CHARS_INSIDE_WORDS:
            return self._word.sub(HIDDEN, text)
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, HIDDEN)
        if len(text) <= _MOST_ESCAPED_CHARS and ("\\" in text or "%" in text or "&" in text):
            text = self._escaped.sub(HIDDEN, text)
        if self.value[:MIN_CUT_CHARS] in text or self.value[-MIN_CUT_CHARS:] in text:
            text = self._without_parts(text)
        return text

    def _without_parts(self, text: str) -> str:
        """The text without what was cut off in the middle of the secret, at either end of it."""
        size = len(self.value)
        for length in range(size - 1, min(size, MIN_CUT_CHARS) - 1, -1):
            first, last = self.value[:length], self.value[-length:]
            if length >= min(size - 1, MIN_PART_CHARS):
                text = text.replace(first, HIDDEN).replace(last, HIDDEN)
                continue
            if first in text:
                text = re.sub(re.escape(first) + _CUT_AFTER, HIDDEN, text)
            if last in text:
                text = re.sub(_CUT_BEFORE + re.escape(last), rf"\1{HIDDEN}", text)
        return text


def _spellings(value: str) -> tuple[str, ...]:
    """The value as it is, and as URLs, JSON, HTML, Python, hex and base64 write it."""
    data = value.encode("utf-8", "surrogatepass")
    found = {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        html.escape(value),
        data.hex(),
        data.hex().upper(),
        *_base64_cores(data),
    }
    return tuple(sorted(found, key=len, reverse=True))


def _base64_cores(data: bytes) -> Iterable[str]:
    """The part common to every base64 text that encodes these bytes, at any offset."""
    for before in range(3):
        padded = b"\0" * before + data
        whole = len(padded) - len(padded) % 3
        # The first characters depend on what stands before, the last ones on what follows.
        first = -(-before * 8 // 6)
        last = whole * 4 // 3 + (len(padded) - whole) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(padded).decode("ascii")[first:last]
            if len(core) >= MIN_CHARS_INSIDE_WORDS:
                yield core


def _any_escape(character: str) -> str:
    """A pattern for one character, as it is or escaped in any of the usual ways."""
    code = ord(character)
    ways = [re.escape(character)]
    units = character.encode("utf-16-be", "surrogatepass").hex()
    ways.append("".join(rf"\\\\*u(?i:{units[n : n + 4]})" for n in range(0, len(units), 4)))
    if code < 0x100:
        ways.append(rf"\\\\*x(?i:{code:02x})")
    ways.append("".join(rf"%(?:25)*(?i:{byte:02x})" for byte in character.encode(errors="replace")))
    ways.append(rf"&(?:amp;)*\#(?:0*{code}|(?i:x0*{code:x}));")
    if not character.isalnum():
        ways.append(rf"\\\\*{re.escape(character)}")
    return f"(?:{'|'.join(ways)})"


def _without(match: re.Match[str]) -> str:
    """The replacement of a token: what led to it stays."""
    groups = match.groupdict()
    return next((text for text in groups.values() if text), "") + HIDDEN


def secrets_in_address(address: str) -> list[str]:
    """The password in an address, and parameters of it that are named like secrets."""
    try:
        parts = urlsplit(address)
        password, user = parts.password, parts.username
    except ValueError:
        return []
    found = [password, unquote(password)] if password else []
    if user and not password:  # a key in place of the name
        found += [user, unquote(user)]
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if re.search(r"key|token|secret|pass|sig|auth", name, re.IGNORECASE):
            found += [value, unquote(value)]
    return [text for text in dict.fromkeys(found) if text]

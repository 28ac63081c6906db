"""JSON as models write it: a reader that forgives what does not change the meaning.

It takes what JSON5 takes (comments, trailing commas, single quotes, names without quotes) and what
models also do: typographic quotes, quotes inside strings that were not escaped, line breaks inside
strings, Python's True, False and None, and brackets that were never closed. One pass, linear time.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 40
MAX_PARTS = 2_000
"""Values and quotes inside strings; a turn that holds more is no turn."""
MAX_ESCAPES = 5_000
MAX_CHARS = 70_000
_SPACE = re.compile(r"(?:\s+|//[^\n]*|#[^\n]*|,)*")
_BARE = re.compile(r"[^\s,:\]}\[{\"']+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "„": "“", "`": "`"}
_WORDS = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "undefined": None,
    "nan": None,
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}


class UnreadableJson(ValueError):
    """Nothing that could be meant as JSON stands there."""


def loads(text: str) -> Any:
    """The value that a text most likely means.

    Raises:
        UnreadableJson: It holds no object or list, is longer than 70,000 characters, is nested
            deeper than 40 levels, or has more than 2,000 parts or 5,000 escapes.
    """
    if len(text) > MAX_CHARS:
        raise UnreadableJson("it is too long")
    text = text.strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    start = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    if start < 0:
        raise UnreadableJson("there is no object in it")
    return _Reader(text, start).value(0)


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._parts = 0
        self._escapes = 0

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise UnreadableJson("it is nested too deeply")
        self._skip()
        here = self._peek()
        if here == "{":
            return self._object(depth)
        if here == "[":
            return self._list(depth)
        if here in _QUOTES:
            return self._string()
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        self._at += 1
        found: dict[str, Any] = {}
        while True:
            self._skip()
            here = self._peek()
            if here == "" or here == "}":
                self._at += 1
                return found
            if here == "]":
                return found
            self._count()
            before = self._at
            key = str(self._string() if here in _QUOTES else self._bare())
            self._skip()
            if self._peek() in (":", "="):
                self._at += 1
                found[key] = self.value(depth + 1)
            if self._at == before:
                self._at += 1

    def _list(self, depth: int) -> list[Any]:
        self._at += 1
        found: list[Any] = []
        while True:
            self._skip()
            here = self._peek()
            if here == "" or here == "]":
                self._at += 1
                return found
            if here == "}":
                return found
            self._count()
            before = self._at
            found.append(self.value(depth + 1))
            if self._at == before:
                self._at += 1

    def _string(self) -> str:
        """A string; a quote inside it counts as its end only where something that may follow a
        string does."""
        close = _QUOTES[self._text[self._at]]
        self._at += 1
        parts: list[str] = []
        while self._at < len(self._text):
            here = self._text[self._at]
            if here == "\\":
                parts.append(self._escape())
            elif here == close and self._ends():
                self._at += 1
                return "".join(parts)
            else:
                self._count()
                run = self._at
                self._at += 1
                while self._at < len(self._text) and self._text[self._at] not in (close, "\\"):
                    self._at += 1
                parts.append(self._text[run : self._at])
        return "".join(parts)

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise UnreadableJson("it has too many parts")

    def _ends(self) -> bool:
        after = self._at + 1
        limit = min(len(self._text), after + 64)
        while after < limit and self._text[after].isspace():
            after += 1
        return after >= len(self._text) or self._text[after] in ",:]}=" or after == limit

    def _escape(self) -> str:
        self._escapes += 1
        if self._escapes > MAX_ESCAPES:
            raise UnreadableJson("it has too many escapes")
        mark = self._text[self._at + 1 : self._at + 2]
        if mark == "u":
            digits = self._text[self._at + 2 : self._at + 6]
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                self._at += 6
                return self._paired(int(digits, 16))
        self._at += 2
        return _ESCAPES.get(mark, mark)

    def _paired(self, code: int) -> str:
        low = re.match(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})", self._text[self._at : self._at + 6])
        if 0xD800 <= code < 0xDC00 and low:
            self._at += 6
            return chr(0x10000 + ((code - 0xD800) << 10) + (int(low[1], 16) - 0xDC00))
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)

    def _bare(self) -> Any:
        match = _BARE.match(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        word = match[0]
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        if _NUMBER.match(word) and len(word) < 40:
            return float(word) if re.search(r"[.eE]", word) else int(word)
        return word

    def _skip(self) -> None:
        while match := _SPACE.match(self._text, self._at):
            self._at = match.end()
            if not self._text.startswith("/*", self._at):
                return
            end = self._text.find("*/", self._at + 2)
            # What follows a comment that never ends belongs to it.
            self._at = len(self._text) if end < 0 else end + 2

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

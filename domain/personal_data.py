"""Personal data in texts that are kept to train with, replaced by stand-ins.

The same address or number gets the same stand-in within one conversation, so that what an agent
does with it still makes sense. Names of people stay: who they are is what pictures are about.
"""

from __future__ import annotations

import re

_MENTION = re.compile(r"<[@#]!?&?[0-9A-Z]{5,25}(?:\|[^<>\n]{0,100})?>|<!subteam\^[0-9A-Z]{5,25}>")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,4})?\b")
_IP = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_PHONE = re.compile(
    r"(?<![\w/.=&-])\+\d{1,3}[ ./-]?(?:\(\d{1,5}\)[ ./-]?)?\d{2,5}(?:[ ./-]?\d{2,5}){1,5}(?![\w-])"
    r"|(?<![\w/.=&-])(?:\(0?\d{2,5}\)|0\d{2,5})[ ./-]\d{2,5}(?:[ ./-]?\d{2,5}){1,4}(?![\w-])"
    r"|(?<![\w/.=&-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"
)
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z_][\w.-]{2,39}\b")
_CARD = re.compile(r"(?<![\d=/&-])\d(?:[ -]?\d){12,18}(?![\d-])")


class PersonalData:
    """Replaces the personal data of one conversation."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def replaced(self) -> int:
        """The number of different things replaced so far."""
        return len(self._known)

    def replace_in(self, text: str) -> str:
        """The text with its personal data replaced: e-mail addresses, telephone, card and account
        numbers, addresses of machines, and mentions and handles of chat platforms."""
        text = _MENTION.sub(lambda m: self._stand_in(m[0], "@member{n}"), text)
        text = _EMAIL.sub(lambda m: self._stand_in(m[0].casefold(), "person{n}@example.org"), text)
        text = _IBAN.sub(lambda m: self._stand_in(_digits(m[0]), "[account {n}]"), text)
        text = _CARD.sub(self._card, text)
        text = _PHONE.sub(lambda m: self._stand_in(_digits(m[0]), "[telephone {n}]"), text)
        text = _IP.sub(lambda m: self._stand_in(m[0], "[machine {n}]"), text)
        return _HANDLE.sub(self._handle, text)

    def _card(self, match: re.Match[str]) -> str:
        digits = _digits(match[0])
        return self._stand_in(digits, "[card {n}]") if _is_card(digits) else match[0]

    def _handle(self, match: re.Match[str]) -> str:
        if re.fullmatch(r"@member\d+", match[0]):
            return match[0]
        return self._stand_in(match[0].casefold(), "@member{n}")

    def _stand_in(self, found: str, form: str) -> str:
        if found.endswith("@example.org"):
            return found
        if found not in self._known:
            self._counts[form] = self._counts.get(form, 0) + 1
            self._known[found] = form.replace("{n}", str(self._counts[form]))
        return self._known[found]


def _digits(text: str) -> str:
    return re.sub(r"[^A-Z\d]", "", text)


def _is_card(digits: str) -> bool:
    """Whether the last digit is the check digit of those before (Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0

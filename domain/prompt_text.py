"""The words of a prompt, cleaned of characters that readers cannot see."""

from __future__ import annotations

import re
import unicodedata

from domain.errors import InvalidRequest
from domain.mentions import with_names
from domain.normal_forms import normalized
from domain.translation.messages import gettext

MAX_PROMPT_CHARS = 4000
"""Longest prompt in characters; Discord's own limit for a typed option is 6000, Slack's 4000."""

_BIDI_CONTROLS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def clean_prompt(text: str) -> str:
    """The prompt in NFC, without control characters, lone surrogates, direction overrides or ids of
    a chat platform.

    Line breaks and tabs become spaces; letters of every script, emoji and their joiners stay.

    Raises:
        InvalidRequest: Nothing readable is left, or it is longer than ``MAX_PROMPT_CHARS``.
    """
    if len(text) > MAX_PROMPT_CHARS * 4:
        raise _too_long(len(text))
    text = with_names(normalized("NFC", text.encode("utf-8", "replace").decode("utf-8")))
    text = text.translate(_BIDI_CONTROLS)
    text = "".join(" " if c in "\r\n\t\u2028\u2029" else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    text = re.sub(r"\s+", " ", text).strip()
    if not any(unicodedata.category(c)[0] in "LNS" for c in text):
        raise InvalidRequest(
            gettext("The prompt is empty. Describe the picture in a few words."),
            field="prompt",
        )
    if len(text) > MAX_PROMPT_CHARS:
        raise _too_long(len(text))
    return text


def _too_long(length: int) -> InvalidRequest:
    return InvalidRequest(
        gettext(
            "The prompt is {length:,} characters long. Shorten it to {max_prompt_chars:,}.",
            length=length,
            max_prompt_chars=MAX_PROMPT_CHARS,
        ),
        field="prompt",
    )

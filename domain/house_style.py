"""How a workspace words what it posts of the news: the house style of an agency or a broadcaster,
or a template of its own."""

from __future__ import annotations

import re
import string
from typing import Final

from domain.errors import InvalidRequest
from domain.translation.messages import gettext

PLAIN: Final = "plain"
AP: Final = "ap"
BBC: Final = "bbc"
HOUSE_STYLES: Final = (PLAIN, AP, BBC)
PLACES: Final = ("quote", "outlet", "author", "date", "time")
"""What a template of one's own may hold, each in braces."""
MAX_TEMPLATE_CHARS: Final = 200


def read_house_style(text: str) -> str:
    """A house style as it is kept: one of ``HOUSE_STYLES``, or a template such as
    ``"{quote}" – {outlet}, {date}``, whose quotation stands first.

    Raises:
        InvalidRequest: It is neither.
    """
    text = " ".join(text.split())
    if text.casefold() in HOUSE_STYLES:
        return text.casefold()
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        parts = []
    named = [name for _said, name, _form, _turn in parts if name is not None]
    begun = text.partition("{quote}")[0]
    whole = {"quote", "outlet"} <= set(named) <= set(PLACES) and named.count("quote") == 1
    bare = not any(form or turn for _said, _name, form, turn in parts)
    if not whole or not bare or re.search(r"\w", begun) or len(text) > MAX_TEMPLATE_CHARS:
        raise InvalidRequest(
            gettext(
                "{value!r} is no house style. Use {styles}, or a template that begins with the "
                "quotation, such as {example}; it may hold {places}.",
                value=text[:60],
                styles=", ".join(HOUSE_STYLES),
                example="“{quote}” – {outlet}, {date}",
                places=", ".join(f"{{{place}}}" for place in PLACES),
            ),
            field="house_style",
        )
    return text

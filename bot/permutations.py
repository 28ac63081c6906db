"""Several prompts in one: ``a {red, blue} car`` stands for two."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from domain.errors import InvalidRequest
from domain.translation.messages import gettext

MAX_PROMPTS: Final = 8
_CHOICE: Final = re.compile(r"\{([^{}]{1,400}(?:,[^{}]{1,400})+)\}")


def permuted(prompt: str) -> list[str]:
    """Every prompt that a text with choices in braces stands for, in their order; the text itself
    where it has none.

    Raises:
        InvalidRequest: There are more than ``MAX_PROMPTS``.
    """
    parts: list[str] = _CHOICE.split(prompt)
    choices: list[list[str]] = [[c.strip() for c in inside.split(",")] for inside in parts[1::2]]
    if not choices or prompt.startswith("-- "):
        return [prompt]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MAX_PROMPTS:
        raise InvalidRequest(
            gettext(
                "The choices in braces make {count} pictures; you can request at most "
                "{max_prompts} at once.",
                count=count,
                max_prompts=MAX_PROMPTS,
            ),
            field="prompt",
        )
    texts: list[str] = []
    for chosen in product(*choices):
        pieces = [parts[0]]
        for chosen_one, after in zip(chosen, parts[2::2], strict=True):
            pieces += [chosen_one, after]
        texts.append(" ".join("".join(pieces).split()))
    return list(dict.fromkeys(texts))

"""Words by which people ask for something else than a change: what they need a picture for, where
its facts are from, another one, the next one. Each is a hint for the learned model, no rule."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


def cues(plain: str) -> Iterator[str]:
    """The names of the hints in a folded text, in English and German alike.

    Raises ``FileNotFoundError`` where the data of this package are missing.
    """
    return (name for name, pattern in _patterns().items() if pattern.search(plain))


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    text = (files("bot.intents") / "data" / "cues.toml").read_text(encoding="utf-8")
    return {
        name: re.compile(str(pattern).replace("\n", ""))
        for name, pattern in tomllib.loads(text).items()
    }

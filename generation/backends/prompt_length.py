"""Prompts as long as a model reads them: counted with its own tokenizer, shortened by whole
sentences, and never cut in silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from domain.ordinals import spoken_of
from domain.sentences import sentences

DEFAULT_LENGTH = 512
"""Tokens that diffusers' pipelines read where nothing else is asked for."""


def prompt_limit(pipe: Any, arguments: dict[str, Any]) -> tuple[Callable[[str], int], int] | None:
    """How a pipeline's main text encoder counts tokens, and how many it reads; None where the
    pipeline has no tokenizer that is known here.

    Of several encoders the one that reads most counts: FLUX.1's CLIP gives only a rough direction
    beside T5.
    """
    counts: list[tuple[Callable[[str], int], int]] = []
    for name in ("tokenizer", "tokenizer_2", "tokenizer_3"):
        tokenizer = getattr(pipe, name, None)
        if not hasattr(tokenizer, "encode"):
            continue
        asked = int(arguments.get("max_sequence_length") or DEFAULT_LENGTH)
        limit = min(asked, int(getattr(tokenizer, "model_max_length", asked)))  # CLIP: 77

        def count(text: str, tokenizer: Any = tokenizer) -> int:
            return len(tokenizer.encode(text, verbose=False))

        counts.append((count, limit))
    return max(counts, key=lambda entry: entry[1], default=None)


def shortened(text: str, count: Callable[[str], int], limit: int) -> str:
    """The text in at most ``limit`` tokens: its first sentence and those that say how references
    are used stay longest; of the others the last go first. What is left of a single sentence that
    is still too long ends at a word."""
    if count(text) <= limit:
        return text
    said = [(s.start, s.start + len(s.text), s.text) for s in sentences(text)]
    order = sorted(range(1, len(said)), key=lambda n: (bool(spoken_of(said[n][2])), -said[n][0]))
    gone: set[int] = set()
    for number in order:
        gone.add(number)
        left = _without(text, [said[n][:2] for n in gone])
        if count(left) <= limit:
            return left
    words = said[0][2] if said else text
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(words[:middle]) <= limit else (low, middle - 1)
    cut = words[:low]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:–—-")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\s*\n\s*", "\n", text)).strip()

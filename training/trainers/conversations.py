"""Records as tensors: a conversation with its pictures, and which of its tokens are the agent's.

The agent's tokens are those between ``<|im_start|>assistant`` and ``<|im_end|>``, the end included,
as every ChatML template writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMAGE_MARK = "<image>"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A conversation as a model reads it; ``spans`` are the agent's tokens, a turn each."""

    inputs: Mapping[str, Any]
    spans: Sequence[tuple[int, int]]

    @property
    def length(self) -> int:
        """Tokens."""
        return int(self.inputs["input_ids"].shape[1])


def parts_of(content: str) -> list[dict[str, str]]:
    """A record's message as a chat template takes it: text and images in turn."""
    texts = content.split(IMAGE_MARK)
    parts: list[dict[str, str]] = []
    for n, text in enumerate(texts):
        if n:
            parts.append({"type": "image"})
        if text:
            parts.append({"type": "text", "text": text})
    return parts


def encode(processor: Any, record: Mapping[str, Any], root: Path, *, cutoff: int) -> Encoded | None:
    """A record as tensors; None where it is longer than ``cutoff`` tokens."""
    from PIL import Image

    messages = [{"role": m["role"], "content": parts_of(m["content"])} for m in record["messages"]]
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
    images = [Image.open(root / name).convert("RGB") for name in record.get("images", ())]
    try:
        inputs = processor(text=[text], images=images or None, return_tensors="pt")
    finally:
        for image in images:
            image.close()
    inputs.pop("token_type_ids", None)
    if inputs["input_ids"].shape[1] > cutoff:
        return None
    ids = inputs["input_ids"][0].tolist()
    return Encoded(dict(inputs), spans_of(processor.tokenizer, ids))


def spans_of(tokenizer: Any, ids: Sequence[int]) -> list[tuple[int, int]]:
    """The spans of the agent's turns, as (first token, one behind the last)."""
    start = tokenizer.convert_tokens_to_ids("<|im_start|>")
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    head = [start, *tokenizer.encode("assistant\n", add_special_tokens=False)]
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(ids):
        if [*ids[at : at + len(head)]] != head:
            at += 1
            continue
        first = at + len(head)
        last = first
        while last < len(ids) and ids[last] != end:
            last += 1
        spans.append((first, min(last + 1, len(ids))))
        at = last + 1
    return spans


def labels_of(encoded: Encoded, *, first_turn_only: bool = False) -> Any:
    """The tokens to learn; -100 for all that is not the agent's."""
    ids = encoded.inputs["input_ids"]
    labels = ids.new_full(ids.shape, -100)
    for first, last in encoded.spans[: 1 if first_turn_only else None]:
        labels[0, first:last] = ids[0, first:last]
    return labels


def read_records(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The records of JSONL files or of folders with them, in the order of their names."""
    for place in files:
        found = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
        for file in found:
            with file.open(encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)

"""The forms of records that trainers read, and what is wrong with one that they would refuse.

Supervised records are ShareGPT's (LLaMA-Factory's ``sharegpt`` formatting): ``messages`` of
``{role, content}``, a system message first or none, then strictly a user's and an assistant's in
turn, the assistant's last; ``images`` holds as many files as there are ``<image>`` marks.
Preference records end with a user's message and add ``chosen`` and ``rejected``. Records for
reinforcement learning are ``{id, question, gt_image}`` (Gen-Searcher, arXiv 2603.28767).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from domain.training import TrainingTurn

IMAGE_MARK = "<image>"
MAX_PIXELS = 160_000
"""Of a picture in a record, as the agent is shown it."""
CUTOFF_TOKENS = 32_768
CHARS_PER_TOKEN = 3.0
"""Of UTF-8 bytes; usual tokenizers take more, so that estimates are on the safe side."""
PATCH_PIXELS = 32 * 32
"""Of a picture that make one token of Qwen3-VL."""

Record = Mapping[str, Any]
ImagePath = Callable[[str], str]
"""The file of a picture by its SHA-256, as a record names it."""


def message_of(turn: TrainingTurn) -> dict[str, str]:
    """A turn as a record holds it: its pictures follow the text, as in use."""
    return {"role": turn.role, "content": turn.text + IMAGE_MARK * len(turn.images)}


def sft_record(turns: Sequence[TrainingTurn], image_path: ImagePath) -> dict[str, Any]:
    """The supervised record of a whole conversation."""
    return {
        "messages": [message_of(turn) for turn in turns],
        "images": [image_path(sha) for turn in turns for sha in turn.images],
    }


def preference_record(
    prefix: Sequence[TrainingTurn],
    chosen: TrainingTurn,
    rejected: TrainingTurn,
    image_path: ImagePath,
) -> dict[str, Any]:
    """The preference record of two answers to the same conversation."""
    return {
        **sft_record(prefix, image_path),
        "chosen": message_of(chosen),
        "rejected": message_of(rejected),
    }


def rl_record(identifier: str, question: str, gt_image: str) -> dict[str, str]:
    """The record of a question with its ground-truth picture."""
    return {"id": identifier, "question": question, "gt_image": gt_image}


def problems_of(record: Record, *, ranking: bool = False) -> list[str]:
    """The reason why a loader would refuse or silently skip a supervised or preference record;
    empty where it takes it."""
    raw = record.get("messages")
    if not isinstance(raw, list) or not raw:
        return ["it has no messages"]
    messages = cast("Sequence[Any]", raw)
    if not all(_is_message(message) for message in messages):
        return ["a message is not {role, content}"]
    found: list[str] = []
    turns = messages[1:] if messages[0]["role"] == "system" else messages
    expected = ("user", "assistant")
    if any(turn["role"] != expected[n % 2] for n, turn in enumerate(turns)):
        found.append("roles do not alternate")
    if len(turns) % 2 != (1 if ranking else 0) or not turns:
        found.append("it ends with the wrong role")
    marks = sum(str(m["content"]).count(IMAGE_MARK) for m in messages)
    if ranking:
        for name in ("chosen", "rejected"):
            answer = record.get(name)
            if not _is_message(answer) or cast("Record", answer)["role"] != "assistant":
                found.append(f"{name} is no assistant's message")
            else:
                marks += str(cast("Record", answer)["content"]).count(IMAGE_MARK)
    images: Any = record.get("images", [])
    if not isinstance(images, list) or marks != len(images):  # pyright: ignore[reportUnknownArgumentType]
        found.append("marks and images differ in number")
    return found


def rl_problems_of(record: Record) -> list[str]:
    """The same for a record for reinforcement learning."""
    wrong = [n for n in ("id", "question", "gt_image") if not isinstance(record.get(n), str)]
    empty = [n for n in ("id", "question", "gt_image") if not str(record.get(n) or "").strip()]
    return [f"{name} is missing" for name in dict.fromkeys((*wrong, *empty))]


def estimated_tokens(turns: Sequence[TrainingTurn]) -> int:
    """About how many tokens a conversation takes, rather too many than too few."""
    chars = sum(len(turn.text.encode()) for turn in turns)
    images = sum(len(turn.images) for turn in turns)
    return round(chars / CHARS_PER_TOKEN) + images * (MAX_PIXELS // PATCH_PIXELS + 2)


def _is_message(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    message = cast("Record", value)
    return isinstance(message.get("role"), str) and isinstance(message.get("content"), str)

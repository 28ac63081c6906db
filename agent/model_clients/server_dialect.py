"""The fields that a model server takes and refuses: learned from its own refusals, once each.

Servers with OpenAI's interface differ in which fields they take. A refusal that names one is
answered with the same request without it, or with its newer name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

MAX_REASON_CHARS = 300
LEAST_NEW_TOKENS = 512
"""Room for an answer below which a conversation counts as too long."""
_TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|size|limit)|maximum (?:model|prompt|sequence|input) length"
    r"|max_model_len|(?:prompt|input|request|message|conversation)s? (?:is|are) too (?:long|large)"
    r"|too many (?:input )?tokens|reduce (?:the|your) (?:length|prompt|input)|token limit|exceed\w*"
    r" (?:the )?(?:max\w*|model|available|limit|context|number)[\w ']*(?:tokens|context|length)"
    r"|string too long|payload too large|input length",
    re.IGNORECASE,
)
_PICTURES = re.compile(
    r"at most \d+ (?:image|picture|multimodal)|too many images|number of images"
    r"|(?:image|multi-?modal|vision)\w*(?: input)? (?:is|are|was)? ?(?:not|only|un)\s?supported"
    r"|(?:not|n't) (?:support|accept)\w* (?:image|multi-?modal|vision)|not a multi-?modal model"
    r"|image_url",
    re.IGNORECASE,
)
_ROOM = re.compile(
    r"maximum context length is (\d+).*?(?:has (\d+) input|\((\d+) in the (?:messages|input))",
    re.IGNORECASE | re.DOTALL,
)
_MOST_NEW = re.compile(
    r"max(?:_completion)?_tokens.*?"
    r"(?:at most|less than or equal to|<=|maximum(?: value)? (?:is|of))\s*(\d+)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ServerDialect:
    """The fields that a server takes. Everything is sent until it refuses something."""

    tokens_field: str = "max_tokens"
    streams: bool = True
    reports_usage: bool = True
    takes_sampling: bool = True
    takes_grammar: bool = True
    most_new_tokens: int = 0
    """0 for no limit."""

    def fields(
        self, *, model: str, max_tokens: int, temperature: float, top_p: float, grammar: str | None
    ) -> dict[str, object]:
        """The fields of a request besides its messages."""
        most = min(max_tokens, self.most_new_tokens or max_tokens)
        about: dict[str, object] = {"model": model, self.tokens_field: most}
        if self.takes_sampling:
            about |= {"temperature": temperature, "top_p": top_p}
        about["stream"] = self.streams
        if self.streams and self.reports_usage:
            about["stream_options"] = {"include_usage": True}
        if grammar and self.takes_grammar:
            about["structured_outputs"] = {"regex": grammar}
        return about

    def without_what(self, reason: str) -> ServerDialect | None:
        """The dialect of a server that refused a request for that reason; None where the reason
        names nothing that can be left out."""
        lowered = reason.lower()
        changes = (
            ("stream_options" in lowered, {"reports_usage": False}),
            ("structured_outputs" in lowered or "guided" in lowered, {"takes_grammar": False}),
            ("max_completion_tokens" in lowered, {"tokens_field": "max_completion_tokens"}),
            ("temperature" in lowered or "top_p" in lowered, {"takes_sampling": False}),
            (re.search(r"\bstream(?:ing)?\b", lowered) is not None, {"streams": False}),
            ("max_tokens" in lowered, {"tokens_field": "max_completion_tokens"}),
        )
        most = _MOST_NEW.search(reason)
        if most is not None and int(most[1]) not in (0, self.most_new_tokens):
            return replace(self, most_new_tokens=int(most[1]))
        for applies, change in changes:
            changed = replace(self, **cast("dict[str, Any]", change))
            if applies and changed != self:
                return changed
        return None


def room_for_answer(reason: str, max_tokens: int) -> int | None:
    """The tokens that are left for an answer, where a refusal says that only these are fewer than
    were asked for; None otherwise."""
    found = _ROOM.search(reason)
    if found is None:
        return None
    room = int(found[1]) - int(found[2] or found[3])
    return room if LEAST_NEW_TOKENS <= room < max_tokens else None


def is_too_long(status: int, reason: str) -> bool:
    """Whether a refusal says that the conversation is too long, or holds too many pictures."""
    return status == 413 or bool(_TOO_LONG.search(reason) or _PICTURES.search(reason))


def reason_in(body: object) -> str:
    """The sentence of an error body, on one line; "" where it holds none."""
    for _ in range(4):
        if isinstance(body, list):
            body = cast("list[object]", body)[0] if body else ""
        if not isinstance(body, Mapping):
            break
        fields = cast("Mapping[str, object]", body)
        where = " ".join(str(part) for part in _parts(fields.get("loc")))
        inner = next(
            (fields[k] for k in ("error", "message", "detail", "msg") if fields.get(k)), ""
        )
        body = f"{inner} {where}".strip() if isinstance(inner, str) else inner
    return re.sub(r"\s+", " ", str(body or "")).strip()[:MAX_REASON_CHARS]


def _parts(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []

"""A moderation service with OpenAI's interface, for texts and pictures (omni-moderation).

https://platform.openai.com/docs/guides/moderation
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from agent.model_clients.service_client import (
    ServiceClient,
    ServiceRefused,
    ServiceUnreachable,
)
from agent.policy.asking import MAX_PIXELS, describe, verdict
from agent.ports import PictureDecoder
from domain.errors import ModelUnavailable, UnusableReference
from domain.policy import Category, JudgedText, Verdict
from domain.translation.messages import gettext

FLAGGED: Final = 0.5
"""Least score of a category that the service flags, whatever number it gives."""
FLOOR_DOUBT: Final = 0.2
"""From this score on the floor counts even where the service does not flag it."""
PAUSE_S: Final = 0.5
"""Seconds before a service that is busy or away is asked once more, up to ``MOST_PAUSE_S`` where it
says so itself."""
MOST_PAUSE_S: Final = 10.0
_BUSY: Final = (408, 409, 429)
CATEGORIES: Final = {
    "sexual": Category.SEXUAL,
    "sexual/minors": Category.MINORS,
    "hate": Category.HATE,
    "hate/threatening": Category.HATE,
    "illicit": Category.DANGEROUS,
    "illicit/violent": Category.DANGEROUS,
    "self-harm": Category.SELF_HARM,
    "self-harm/intent": Category.SELF_HARM,
    "self-harm/instructions": Category.SELF_HARM,
    "violence/graphic": Category.VIOLENCE,
}
"""Its categories in ours. Violence that is not graphic and rude words are drawn."""


class ModerationServiceJudge:
    """Asks the service; ``name`` is how the audit log calls it."""

    local = False

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str,
        decoder: PictureDecoder,
        timeout_s: float,
        name: str = "moderation service",
    ) -> None:
        self.name = name
        self._model = model
        self._decoder = decoder
        self._client = ServiceClient(base_url, api_key=api_key or "none", timeout_s=timeout_s)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def judge_text(self, text: JudgedText) -> Verdict:
        """Its findings for a text. Raises ``ModelUnavailable``."""
        return await self._judge([{"type": "text", "text": describe(text)}])

    async def judge_picture(self, picture: bytes, *, text: str) -> Verdict:
        """Its findings for a picture and the words it came from. Raises ``ModelUnavailable``."""
        try:
            shown = await self._decoder.decode(picture, max_pixels=MAX_PIXELS)
        except UnusableReference as error:
            raise ModelUnavailable(gettext("the picture can't be read")) from error
        kind = "png" if shown.data.startswith(b"\x89PNG") else "jpeg"
        address = f"data:image/{kind};base64,{base64.b64encode(shown.data).decode()}"
        parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": address}}]
        if text:
            parts.append({"type": "text", "text": describe(JudgedText(text))})
        return await self._judge(parts)

    async def _judge(self, parts: Sequence[Mapping[str, Any]]) -> Verdict:
        body = json.dumps({"model": self._model, "input": parts}).encode()
        try:
            results = _results(await self._asked(body))
        except ServiceRefused as error:
            raise ModelUnavailable(
                gettext("it answered {status_code}", status_code=error.status)
            ) from error
        except ServiceUnreachable as error:
            raise ModelUnavailable(gettext("it can't be reached or took too long")) from error
        except (ValueError, RecursionError) as error:
            raise ModelUnavailable(gettext("its answer couldn't be read")) from error
        if not results:
            raise ModelUnavailable(gettext("its answer holds no result"))
        return verdict((f for result in results for f in _found(result)), self.name)

    async def _asked(self, body: bytes) -> object:
        """The answer; a service that is busy or away is asked twice."""
        try:
            return await self._answer(body)
        except ServiceUnreachable:
            pause_s = PAUSE_S
        except ServiceRefused as error:
            if error.status not in _BUSY and error.status < 500:
                raise
            pause_s = min(error.retry_after_s or PAUSE_S, MOST_PAUSE_S)
        await asyncio.sleep(pause_s)
        return await self._answer(body)

    async def _answer(self, body: bytes) -> object:
        async with self._client.post("/moderations", body) as answer:
            return await answer.json()


def _results(answer: object) -> list[Mapping[str, Any]]:
    results = _mapping(answer).get("results")
    found = cast("list[object]", results) if isinstance(results, list) else []
    return [known for known in map(_mapping, found) if known]


def _found(result: Mapping[str, Any]) -> Iterator[tuple[Category, float]]:
    flagged, scores = _mapping(result.get("categories")), _mapping(result.get("category_scores"))
    for name, category in CATEGORIES.items():
        given: object = scores.get(name)
        score = float(given) if isinstance(given, int | float) else 0.0
        if flagged.get(name):
            yield category, max(FLAGGED, score)
        elif category is Category.MINORS and score >= FLOOR_DOUBT:
            yield category, score


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}

"""A moderation service with OpenAI's interface, for texts and pictures (omni-moderation).

https://platform.openai.com/docs/guides/moderation
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

import openai
from openai.types import Moderation, ModerationMultiModalInputParam

from agent.policy.asking import MAX_PIXELS, describe, verdict
from agent.ports import PictureDecoder
from domain.errors import ModelUnavailable, UnusableReference
from domain.policy import Category, JudgedText, Verdict
from domain.translation.messages import gettext

FLAGGED: Final = 0.5
"""Least score of a category that the service flags, whatever number it gives."""
FLOOR_DOUBT: Final = 0.2
"""From this score on the floor counts even where the service does not flag it."""
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
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=1
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

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
        parts: list[ModerationMultiModalInputParam] = [
            {"type": "image_url", "image_url": {"url": address}}
        ]
        if text:
            parts.append({"type": "text", "text": describe(JudgedText(text))})
        return await self._judge(parts)

    async def _judge(self, parts: Sequence[ModerationMultiModalInputParam]) -> Verdict:
        try:
            answer = await self._client.moderations.create(model=self._model, input=list(parts))
        except openai.APIStatusError as error:
            raise ModelUnavailable(
                gettext("it answered {status_code}", status_code=error.status_code)
            ) from error
        except openai.OpenAIError as error:
            raise ModelUnavailable(gettext("it can't be reached or took too long")) from error
        if not answer.results:
            raise ModelUnavailable(gettext("its answer holds no result"))
        return verdict((f for result in answer.results for f in _found(result)), self.name)


def _found(result: Moderation) -> Iterator[tuple[Category, float]]:
    flagged: dict[str, Any] = result.categories.model_dump(by_alias=True)
    scores: dict[str, Any] = result.category_scores.model_dump(by_alias=True)
    for name, category in CATEGORIES.items():
        score = float(scores.get(name) or 0.0)
        if flagged.get(name):
            yield category, max(FLAGGED, score)
        elif category is Category.MINORS and score >= FLOOR_DOUBT:
            yield category, score

"""Gemini's image models: https://ai.google.dev/gemini-api/docs/image-generation."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from domain.illustrations import Recipe
from domain.translation.messages import gettext
from generation.capabilities import MODEL_LABEL, Capabilities
from generation.image_services.spec import ImageServiceSpec, Price, Service
from generation.image_services.wire import (
    Answer,
    Declined,
    Json,
    ServiceRequest,
    Unreadable,
    decoded,
    error_message,
    media_type_of,
    objects,
    within,
)

_GUIDE: Final = "https://ai.google.dev/gemini-api/docs/image-generation"

GEMINI_SIZES: Final = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
}
NEWER_SIZES: Final = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
"""Of the models from Gemini 3 on, at 1K."""
FLASH_SIZES: Final = {**NEWER_SIZES, "1:4": (512, 2048), "4:1": (2048, 512)}
"""Of Gemini 3.1 Flash Image, which also draws very wide and very tall pictures."""
_REFUSED: Final = frozenset(
    {
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
    }
)


class GeminiImages:
    """One picture of one ``generateContent``: the references first, in order, then the prompt."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> ServiceRequest:
        """The request for a recipe."""
        parts: list[dict[str, Any]] = [
            {
                "inlineData": {
                    "mimeType": media_type_of(data),
                    "data": base64.b64encode(data).decode("ascii"),
                }
            }
            for data in references
        ]
        parts.append({"text": recipe.prompt})
        config: dict[str, Any] = {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": _aspect(recipe)},
            "seed": recipe.seed % 2**31,
            **cast("Json", recipe.parameters.get("arguments", {})),
        }
        return ServiceRequest(
            f"/v1beta/models/{service.model}:generateContent",
            json={"contents": [{"role": "user", "parts": parts}], "generationConfig": config},
            headers={"x-goog-api-key": service.api_key},
        )

    def read(self, body: Json, service: Service) -> Answer:
        """The first picture of the answer, and its cost by the tokens used."""
        blocked = within(body, "promptFeedback").get("blockReason")
        if blocked:
            said = within(body, "promptFeedback").get("blockReasonMessage")
            raise Declined(str(said or "") or _in_words(str(blocked)))
        candidates = objects(body, "candidates")
        candidate: Json = candidates[0] if candidates else {}
        texts: list[str] = []
        for part in objects(within(candidate, "content"), "parts"):
            picture = within(part, "inlineData")
            if picture and not part.get("thought"):
                return Answer(decoded(picture.get("data")), cost_usd=_cost(body, service))
            texts.append(str(part.get("text") or ""))
        finish = str(candidate.get("finishReason") or "")
        if finish in _REFUSED:
            raise Declined(str(candidate.get("finishMessage") or _in_words(finish)))
        words = " ".join(texts).strip() or str(candidate.get("finishMessage") or finish)
        raise Unreadable(
            gettext("it answered without a picture ({words})", words=words or "no reason given")
        )

    def refusal(self, status: int, body: Json) -> str | None:
        """An unsuccessful answer that refers to its policies."""
        message = error_message(body)
        return message if status == 400 and "polic" in message.casefold() else None


def _aspect(recipe: Recipe) -> str:
    """The aspect that belongs to the recipe's size."""
    every = (*GEMINI_SIZES.items(), *FLASH_SIZES.items())
    by_size = {size: aspect for aspect, size in every}
    exactly = by_size.get((recipe.width, recipe.height))
    return exactly or _nearest(recipe.width / recipe.height)


def _nearest(shape: float) -> str:
    """The aspect of that shape as nearly as every model can: a size that another one gave."""
    return min(
        NEWER_SIZES,
        key=lambda name: abs(math.log(shape * NEWER_SIZES[name][1] / NEWER_SIZES[name][0])),
    )


def _in_words(reason: str) -> str:
    return reason.replace("_", " ").casefold()


def _cost(body: Json, service: Service) -> float:
    usage = within(body, "usageMetadata")
    price = service.price
    if not usage or not price.output_tokens:
        return price.picture
    inputs: object = usage.get("promptTokenCount")
    outputs: object = usage.get("candidatesTokenCount")
    if not isinstance(inputs, int) or not isinstance(outputs, int):
        return price.picture
    thoughts: object = usage.get("thoughtsTokenCount")
    words = sum(
        count
        for part in objects(usage, "candidatesTokensDetails")
        if part.get("modality") == "TEXT" and isinstance(count := part.get("tokenCount"), int)
    )
    tokens = (
        inputs * price.text_tokens
        + (outputs - words) * price.output_tokens
        + (words + (thoughts if isinstance(thoughts, int) else 0)) * price.text_output_tokens
    )
    return round(tokens / 1e6, 6)


def _adapted(can: Capabilities, model: str) -> Capabilities:
    """Models before Gemini 3 take fewer references and have other sizes; of the newer ones Flash
    alone draws the most extreme shapes."""
    if model.startswith("gemini-2"):
        return replace(can, max_references=3, sizes=GEMINI_SIZES)
    return can if model.startswith("gemini-3.1-flash") else replace(can, sizes=NEWER_SIZES)


SPEC = ImageServiceSpec(
    capabilities=Capabilities(
        name="gemini-image",
        label=MODEL_LABEL,
        is_model=True,
        max_references=14,
        license="the provider's terms",
        sizes=FLASH_SIZES,
        memory_gb=0,
    ),
    service=Service(
        base_url="https://generativelanguage.googleapis.com",
        model="gemini-3.1-flash-image",
        filtered=True,
    ),
    dialect=GeminiImages,
    about_address="Another address for Gemini.",
    prices={  # of November 2026
        "gemini-2.5-flash-image": Price(
            text_tokens=0.3, image_tokens=0.3, output_tokens=30, text_output_tokens=2.5
        ),
        "gemini-3.1-flash-image": Price(
            text_tokens=0.5, image_tokens=0.5, output_tokens=60, text_output_tokens=3
        ),
        "gemini-3-pro-image": Price(
            text_tokens=2, image_tokens=2, output_tokens=120, text_output_tokens=12
        ),
    },
    sources={
        "sizes": _GUIDE,
        "references": _GUIDE,
        "prices": "https://ai.google.dev/gemini-api/docs/pricing",
        "terms": "https://ai.google.dev/gemini-api/terms",
    },
    adapt=_adapted,
)

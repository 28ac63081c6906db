"""Seedream on Ark: https://www.volcengine.com/docs/82379/1541523."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from domain.illustrations import Recipe
from generation.backends.services import (
    Answer,
    Asked,
    Json,
    Unreadable,
    data_address,
    decoded,
    error_code,
    error_message,
    objects,
)
from generation.catalogue import Service


class Seedream:
    """One picture a request; references go along as ``data:`` addresses, in order."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> Asked:
        """The request for a recipe."""
        body: dict[str, Any] = {
            "model": service.model,
            "prompt": recipe.prompt,
            "size": f"{recipe.width}x{recipe.height}",
            "seed": recipe.seed % 2**31,
            "response_format": "b64_json",
            "sequential_image_generation": "disabled",
            "watermark": False,
            **cast("Json", recipe.parameters.get("arguments", {})),
        }
        if references:
            body["image"] = [data_address(data) for data in references]
        headers = {"Authorization": f"Bearer {service.api_key}"}
        return Asked("/images/generations", json=body, headers=headers)

    def read(self, body: Json, service: Service) -> Answer:
        """The picture, at the price of one."""
        pictures = objects(body, "data")
        if not pictures:
            raise Unreadable(error_message(body) or "the answer holds no picture")
        picture = pictures[0]
        if "error" in picture:
            raise Unreadable(error_message(picture))
        return Answer(decoded(picture.get("b64_json")), cost_usd=service.price.picture)

    def refusal(self, status: int, body: Json) -> str | None:
        """Whether it is the content filter that refuses."""
        return error_message(body) if "SensitiveContent" in error_code(body) else None

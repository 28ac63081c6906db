"""Seedream on Ark: https://www.volcengine.com/docs/82379/1541523."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from domain.illustrations import Recipe
from domain.translation.messages import gettext
from generation.capabilities import MODEL_LABEL, Capabilities
from generation.image_services.spec import NOT_FOUND, ImageServiceSpec, Price, Service
from generation.image_services.wire import (
    Answer,
    Declined,
    Json,
    ServiceRequest,
    Unreadable,
    data_address,
    decoded,
    error_code,
    error_message,
    objects,
)

_INTERFACE: Final = "https://www.volcengine.com/docs/82379/1541523"
_FILTERS: Final = ("SensitiveContent", "RiskDetection")


class Seedream:
    """One picture a request; references go along as ``data:`` addresses, in order."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> ServiceRequest:
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
        return ServiceRequest("/images/generations", json=body, headers=headers)

    def read(self, body: Json, service: Service) -> Answer:
        """The picture, at the price of one."""
        pictures = objects(body, "data")
        if not pictures:
            raise Unreadable(error_message(body) or gettext("the answer contains no picture"))
        picture = pictures[0]
        if "error" in picture:
            if _is_filtered(picture):  # a refusal inside a success
                raise Declined(error_message(picture) or gettext("its content filter"))
            raise Unreadable(error_message(picture))
        return Answer(decoded(picture.get("b64_json")), cost_usd=service.price.picture)

    def refusal(self, status: int, body: Json) -> str | None:
        """Whether it is the content filter that refuses."""
        words = error_message(body) or gettext("its content filter")
        return words if _is_filtered(body) else None


def _is_filtered(body: Json) -> bool:
    """Whether an error is the content filter's; Ark names it by what was looked at and found."""
    return any(mark in error_code(body) for mark in _FILTERS)


SPEC = ImageServiceSpec(
    capabilities=Capabilities(
        name="seedream",
        label=MODEL_LABEL,
        is_model=True,
        max_references=14,
        license="the provider's terms",
        pixels=2048 * 2048,
        min_side=512,
        max_side=6144,
        memory_gb=0,
    ),
    service=Service(
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        model="doubao-seedream-5-0-260128",
        filtered=True,
    ),
    dialect=Seedream,
    about_address="Another address for Ark.",
    prices={  # of November 2026
        "seedream-5-0-pro": Price(picture=0.09),
        "doubao-seedream-5-0-pro": Price(picture=0.09),
        "seedream-5-0": Price(picture=0.035),
        "doubao-seedream-5-0": Price(picture=0.035),
        "seedream-5-0-lite": Price(picture=0.035),
        "doubao-seedream-5-0-lite": Price(picture=0.035),
        "doubao-seedream-4-5": Price(picture=0.04),
        "seedream-4-5": Price(picture=0.04),
        "doubao-seedream-4-0": Price(picture=0.03),
        "seedream-4-0": Price(picture=0.03),
    },
    sources={
        "sizes": _INTERFACE,
        "references": _INTERFACE,
        "prices of 4.0 and 4.5": "https://docs.byteplus.com/en/docs/Byteplus_LAS/Large_model_billing",
        "prices of 5.0 in dollars": NOT_FOUND,
        "prices in yuan": "https://www.volcengine.com/docs/82379/1544106",
        "terms": NOT_FOUND,
    },
)

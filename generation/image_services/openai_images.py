"""The OpenAI Images interface: https://platform.openai.com/docs/api-reference/images.

OpenAI uses it, and so do servers of open models such as vLLM-Omni and SGLang; those also take a
seed, steps and guidance.
"""

from __future__ import annotations

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
    Json,
    ServiceRequest,
    Unreadable,
    decoded,
    error_code,
    error_message,
    media_type_of,
    objects,
    within,
)
from generation.prompt_reading import ROOMY, PromptLimit

_OLD_SIZES: Final = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
_POLICY: Final = frozenset(
    {
        "moderation_blocked",
        "content_policy_violation",
        "safety_violation",
        "content_filter",
        "contentFilter",
    }
)
"""The last two are Azure's."""


class OpenAiImages:
    """One picture a request: ``generations`` from words, ``edits`` with references."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> ServiceRequest:
        """The request for a recipe."""
        is_openai = service.model.startswith(("gpt-image", "chatgpt"))
        fields: dict[str, Any] = {
            **({"model": service.model} if service.model else {}),
            "prompt": recipe.prompt,
            "n": 1,
            "size": f"{recipe.width}x{recipe.height}",
        }
        if is_openai:
            fields["output_format"] = "png"
            if references and service.model.startswith("gpt-image-1.5"):
                fields["input_fidelity"] = "high"  # later models always look closely, and refuse it
        else:
            # vLLM-Omni draws without guidance where no negative prompt is sent; SGLang sends JPEG
            # and draws its noise on the GPU, where another GPU gives another picture.
            fields |= {
                "response_format": "b64_json",
                "output_format": "png",
                "seed": recipe.seed,
                "generator_device": "cpu",
                "negative_prompt": " ",
            }
        fields |= cast("Json", recipe.parameters.get("arguments", {}))
        headers = {"Authorization": f"Bearer {service.api_key}"} if service.api_key else {}
        if not references:
            return ServiceRequest("/images/generations", json=fields, headers=headers)
        name = "image[]" if is_openai else "image"
        files = [
            (name, (f"reference-{n}.{kind}", data, f"image/{kind}"))
            for n, data in enumerate(references, 1)
            for kind in (media_type_of(data).partition("/")[2],)
        ]
        form = {key: str(value) for key, value in fields.items()}
        return ServiceRequest("/images/edits", form=form, files=files, headers=headers)

    def read(self, body: Json, service: Service) -> Answer:
        """The picture, and its cost by the tokens used."""
        pictures = objects(body, "data")
        if not pictures:
            raise Unreadable(error_message(body) or gettext("the answer contains no picture"))
        encoded = pictures[0].get("b64_json")
        if encoded is None:
            raise Unreadable(gettext("the answer contains an address instead of a picture"))
        return Answer(decoded(encoded), cost_usd=_cost(within(body, "usage"), service.price))

    def refusal(self, status: int, body: Json) -> str | None:
        """Whether it is the safety system that refuses."""
        message = error_message(body)
        policy = error_code(body) in _POLICY or "safety system" in message.casefold()
        if status not in (400, 403, 422) or not policy:
            return None
        return message or gettext("its safety system")


def _cost(usage: Json, price: Price) -> float:
    """US dollars by the tokens an answer counts, or the price of a picture."""
    if not usage or not price.output_tokens:
        return price.picture
    inputs = within(usage, "input_tokens_details")
    tokens = (
        _count(inputs, "text_tokens") * price.text_tokens
        + _count(inputs, "image_tokens") * price.image_tokens
        + _count(usage, "output_tokens") * price.output_tokens
    )
    return round(tokens / 1e6, 6)


def _count(usage: Json, name: str) -> int:
    value: object = usage.get(name)
    return value if isinstance(value, int) else 0


def _adapted(can: Capabilities, model: str) -> Capabilities:
    """Servers of open models (vLLM-Omni, SGLang and others) take any size and a seed; OpenAI's
    models before gpt-image-2 three sizes alone."""
    if model.startswith(("gpt-image-1", "chatgpt")):
        return replace(can, sizes=_OLD_SIZES)
    if model.startswith("gpt-image") or not model:
        return can
    return replace(can, seeded=True, max_references=3, widest=math.inf, prompt=ROOMY)


SPEC = ImageServiceSpec(
    capabilities=Capabilities(
        name="openai-images",
        label=MODEL_LABEL,
        is_model=True,
        max_references=16,
        license="the provider's terms",
        prompt=PromptLimit(32_000),  # characters, says its reference
        best_sizes=_OLD_SIZES,
        pixels=1536 * 1024,
        max_side=3840,
        widest=3.0,
        seeded=False,
        memory_gb=0,
    ),
    service=Service(base_url="https://api.openai.com/v1", model="gpt-image-2", filtered=True),
    dialect=OpenAiImages,
    about_address=(
        "Other servers with OpenAI's Images API (SGLang, vLLM-Omni), such as "
        "http://127.0.0.1:8091/v1; several are separated by commas, and the least busy one draws. "
        "Leave empty for OpenAI itself."
    ),
    prices={  # of November 2026
        "gpt-image-2": Price(text_tokens=5, image_tokens=8, output_tokens=30),
        "gpt-image-1.5": Price(text_tokens=5, image_tokens=8, output_tokens=32),
        "gpt-image-1": Price(text_tokens=5, image_tokens=10, output_tokens=40),
        "gpt-image-1-mini": Price(text_tokens=2, image_tokens=2.5, output_tokens=8),
        "chatgpt-image": Price(text_tokens=5, image_tokens=8, output_tokens=32),
    },
    sources={
        "sizes": "https://developers.openai.com/api/docs/guides/image-generation",
        "references": "https://platform.openai.com/docs/api-reference/images/createEdit",
        "prices": "https://developers.openai.com/api/docs/pricing#image-generation",
        "terms": "https://openai.com/policies/services-agreement/",
    },
    adapt=_adapted,
    interface_is_open=True,
)

"""Gen-Searcher's own server for Qwen-Image-Edit: ``POST /generate`` with pictures as addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from domain.illustrations import Recipe
from domain.translation.messages import gettext
from generation.capabilities import MODEL_LABEL, Capabilities
from generation.image_services.spec import ImageServiceSpec, Service
from generation.image_services.wire import (
    Answer,
    Json,
    ServiceRequest,
    Unreadable,
    data_address,
    decoded,
)
from generation.prompt_reading import PromptLimit

_SERVER: Final = (
    "https://github.com/tulerfeng/Gen-Searcher/blob/bd9d9cd11ebf9cbf8866b64c55db37e57fd480b5/"
    "qwen_image_api_server/qwen-image-edit/api.py"
)
_CARD: Final = "https://huggingface.co/Qwen/Qwen-Image-Edit-2509"


class QwenEditServer:
    """The protocol of that server; it chooses the picture's shape by the last reference."""

    def ask(self, recipe: Recipe, references: Sequence[bytes], service: Service) -> ServiceRequest:
        """The request for a recipe."""
        body: dict[str, Any] = {
            "image_urls": [data_address(data) for data in references],
            "prompt": recipe.prompt,
            "seed": recipe.seed,
            "negative_prompt": " ",
            "true_cfg_scale": 4.0,
            **cast("Json", recipe.parameters.get("arguments", {})),
        }
        return ServiceRequest("/generate", json=body)

    def read(self, body: Json, service: Service) -> Answer:
        """The picture."""
        if not body.get("success"):
            reason = str(body.get("message") or gettext("it gave no reason"))
            raise Unreadable(gettext("the server couldn't draw it ({said})", said=reason))
        return Answer(decoded(body.get("image")), cost_usd=service.price.picture)

    def refusal(self, status: int, body: Json) -> str | None:
        """It has no policy."""
        return None


SPEC = ImageServiceSpec(
    capabilities=Capabilities(
        name="qwen-edit-server",
        label=MODEL_LABEL,
        is_model=True,
        max_references=3,
        min_references=1,
        license="Apache-2.0",
        prompt=PromptLimit(1019, "qwen"),
        memory_gb=0,
    ),
    service=Service(base_url="", needs_key=False, arguments={"num_inference_steps": 40}),
    dialect=QwenEditServer,
    about_address=(
        "Addresses of Gen-Searcher's servers for Qwen-Image-Edit, separated by commas; the least "
        "busy one draws."
    ),
    sources={"sizes": _SERVER, "steps": _SERVER, "references": _CARD, "terms": _CARD},
)

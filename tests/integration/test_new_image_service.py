"""An image service is one file: its generator, settings, reference and backend follow."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.added_module import look_at

MODULE = """
from generation.capabilities import MODEL_LABEL, Capabilities
from generation.image_services.seedream import Seedream
from generation.image_services.spec import ImageServiceSpec, Price, Service

SPEC = ImageServiceSpec(
    capabilities=Capabilities(
        name="easel", label=MODEL_LABEL, is_model=True, max_references=2, license="its terms",
        memory_gb=0,
    ),
    service=Service(base_url="https://easel.example/v1", model="easel-1"),
    dialect=Seedream,
    about_address="Another address for Easel.",
    prices={"easel-2": Price(picture=0.05)},
)
"""
LOOK = """
import asyncio, json, sys
import generation.image_services
generation.image_services.__path__.append(sys.argv[1])  # as if the file lay beside the others

from app.doctor import ask_peers
from app.generators import offered_generators
from app.settings import load_settings
from app.settings_docs import env_example
from domain.errors import InvalidSettings
from generation.registry import Renderers

try:
    load_settings(easel_base_url="easel")
except InvalidSettings as error:
    refused = str(error)
settings = load_settings()
(easel,) = [g for g in offered_generators(settings) if g.name == "easel"]
lacking = load_settings(easel_api_key=None)
print(json.dumps({
    "service": [easel.service.base_url, easel.service.api_key, easel.service.model],
    "price": easel.service.price.picture,
    "shown": settings.redactor.text("sent easel-key-0123456789"),
    "references": Renderers(default="easel", offered=[easel]).max_references("easel"),
    "refused": refused,
    "reference": env_example(),
    "findings": {f.name: [f.ok, f.text] for f in asyncio.run(ask_peers(lacking))},
}))
"""


def test_an_image_service_is_one_file(tmp_path: Path) -> None:
    found = look_at(
        tmp_path,
        "easel",
        MODULE,
        LOOK,
        LIMNER_GENERATORS="storyboard,easel",
        LIMNER_EASEL_API_KEY="easel-key-0123456789",
        LIMNER_EASEL_MODEL="easel-2",
    )
    assert found["service"] == ["https://easel.example/v1", "easel-key-0123456789", "easel-2"]
    assert found["price"] == 0.05
    assert found["references"] == 2
    assert "0123456789" not in found["shown"]
    assert found["refused"].startswith("The setting LIMNER_EASEL_BASE_URL is wrong: 'easel' is no")
    for line in (
        "# Another address for Easel.\n#LIMNER_EASEL_BASE_URL=\n",
        "# API key for easel.\n#LIMNER_EASEL_API_KEY=\n",
        "# Model name; defaults to easel-1.\n#LIMNER_EASEL_MODEL=\n",
    ):
        assert line in found["reference"]
    ok, text = found["findings"]["generator easel"]
    assert not ok
    assert "set LIMNER_EASEL_API_KEY" in text

"""Which generators are offered, by settings and by a file; what is wrong is said in one line."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from app.generators import offered_generators, pictures_at_once, queues_to_work_on
from app.settings import load_settings
from domain.errors import InvalidSettings
from domain.requests import AspectRatio
from generation.catalogue import CATALOGUE
from generation.generator import Generator


def offered(tmp_path: Path, toml: str = "", **settings: Any) -> dict[str, Generator]:
    if toml:
        path = tmp_path / "generators.toml"
        path.write_text(toml)
        settings["generators_file"] = path
    return {g.name: g for g in offered_generators(load_settings(**settings))}


def test_nothing_set_offers_the_storyboard(tmp_path: Path) -> None:
    assert list(offered(tmp_path)) == ["storyboard"]


def test_the_default_is_offered_without_being_named_twice(tmp_path: Path) -> None:
    names = offered(tmp_path, generator="qwen-image", generators="storyboard,flux1-dev")
    assert list(names) == ["storyboard", "flux1-dev", "qwen-image"]
    assert names["flux1-dev"].text == CATALOGUE["flux1-dev"].text


def test_a_gpu_draws_one_picture_at_a_time_and_everything_else_several() -> None:
    assert pictures_at_once(load_settings()) == 8
    assert pictures_at_once(load_settings(generators="storyboard,openai-images")) == 8
    assert pictures_at_once(load_settings(generators="storyboard,qwen-image")) == 1
    own = load_settings(generators="qwen-image", generation_concurrency=4)
    assert pictures_at_once(own) == 4


def test_a_preset_is_for_all_and_a_table_for_one(tmp_path: Path) -> None:
    known = offered(
        tmp_path,
        """
        [sdxl]
        preset = "small-card"
        steps = 12
        acceleration = { quantization = "bnb-4bit", batch = 2 }
        """,
        generators="sdxl,qwen-image",
        diffusers_preset="fast",
    )
    assert known["qwen-image"].preset == "fast"
    assert known["qwen-image"].acceleration.few_steps
    sdxl = known["sdxl"]
    assert sdxl.preset == "small-card"
    assert sdxl.acceleration.quantization == "bnb-4bit"
    assert sdxl.acceleration.offload == "model"
    assert sdxl.acceleration.batch == 2
    assert sdxl.text is not None
    assert sdxl.text.arguments["num_inference_steps"] == 12
    assert sdxl.text.arguments["guidance_scale"] == 5.0


def test_a_generator_of_ones_own(tmp_path: Path) -> None:
    ours = offered(
        tmp_path,
        """
        [our-style]
        based_on = "sdxl"
        model = "/models/our-sdxl"
        license = "our own"
        pixels = 262144
        lora = { source = "/models/loras", file = "style.safetensors", scale = 0.8 }
        [our-style.arguments]
        guidance_scale = 4.5
        """,
        generators="our-style",
    )["our-style"]
    assert ours.capabilities.license == "our own"
    assert ours.capabilities.size(AspectRatio(1, 1)) == (512, 512)
    assert ours.text is not None
    assert ours.text.source == "/models/our-sdxl"
    assert ours.text.distilled is None, "the LoRA for few steps belongs to the other weights"
    assert ours.text.lora is not None
    assert ours.text.lora.scale == 0.8
    assert ours.text.arguments["guidance_scale"] == 4.5
    assert CATALOGUE["sdxl"].capabilities.license != "our own"


def test_a_pair_keeps_its_other_model_and_revisions_go_where_they_belong(tmp_path: Path) -> None:
    pair = offered(
        tmp_path,
        """
        [qwen-image]
        model = "team/q"
        revision = "abc"
        edit_model = "Qwen/Qwen-Image-Edit-2509"
        """,
        generators="qwen-image",
    )["qwen-image"]
    assert pair.text is not None
    assert pair.edit is not None
    assert (pair.text.source, pair.text.revision) == ("team/q", "abc")
    assert (pair.edit.source, pair.edit.revision) == ("Qwen/Qwen-Image-Edit-2509", "")


def test_another_model_brings_neither_the_edits_nor_the_license_of_the_old_one(
    tmp_path: Path,
) -> None:
    ours = offered(
        tmp_path,
        '[ours]\nbased_on = "qwen-image"\nmodel = "team/q"\n',
        generators="ours",
    )["ours"]
    assert ours.edit is None
    assert ours.capabilities.max_references == 0
    assert ours.capabilities.license == "not stated"
    one = offered(
        tmp_path,
        '[ours]\nbased_on = "flux2-klein-4b"\nmodel = "team/k"\nlicense = "MIT"\n',
        generators="ours",
    )["ours"]
    assert one.text is not None
    assert one.edit is not None
    assert one.text.source == one.edit.source == "team/k"
    assert (one.capabilities.license, one.capabilities.max_references) == ("MIT", 4)


def test_an_edit_model_is_used_where_the_catalogue_has_none(tmp_path: Path) -> None:
    known = offered(
        tmp_path,
        """
        [z-edits]
        based_on = "z-image"
        edit_model = "our/z-edit"
        edit_revision = "abc"
        """,
        generators="z-edits",
    )["z-edits"]
    assert known.text == CATALOGUE["z-image"].text
    assert known.edit is not None
    assert (known.edit.source, known.edit.revision) == ("our/z-edit", "abc")
    assert known.capabilities.max_references == 1
    assert known.capabilities.license == "not stated"


@pytest.mark.parametrize(
    ("about", "license_name"),
    [
        ({}, "the provider's terms"),
        ({"base_url": "http://own/v1"}, "not stated"),
        ({"base_url": "http://own/v1", "model": "Qwen/Qwen-Image"}, "Apache-2.0"),
        (
            {"base_url": "http://own/v1", "model": "black-forest-labs/FLUX.2-dev"},
            "FLUX non-commercial license",
        ),
        (
            {
                "base_url": "http://own/v1",
                "model": "Qwen/Qwen-Image",
                "edit_model": "Qwen/Qwen-Image-2.1",
                "edit_base_url": "http://other/v1",
            },
            "Qwen research license, non-commercial",
        ),
        (
            {"edit_base_url": "http://own/v1", "edit_model": "our/edit"},
            "not stated",
        ),
        ({"base_url": "http://own/v1", "model": "our/model", "license": "MIT"}, "MIT"),
    ],
)
def test_a_server_of_ones_own_draws_under_its_models_license(
    tmp_path: Path, about: dict[str, str], license_name: str
) -> None:
    lines = "\n".join(f'{name} = "{value}"' for name, value in about.items())
    known = offered(tmp_path, f"[openai-images]\n{lines}\n", generators="openai-images")
    assert known["openai-images"].capabilities.license == license_name


def test_services_take_address_key_and_model_from_the_settings(tmp_path: Path) -> None:
    known = offered(
        tmp_path,
        "[seedream]\nprice = { picture = 0.02 }\n",
        generators="openai-images,gemini-image,seedream,qwen-edit-server",
        openai_images_base_url="http://127.0.0.1:8091/v1",
        openai_images_model="Qwen/Qwen-Image",
        gemini_image_api_key="g",
        gemini_image_model="gemini-3-pro-image-preview",
        seedream_api_key="s",
        qwen_edit_server_base_url="http://127.0.0.1:8765",
        render_timeout_s=77,
    )
    own = known["openai-images"].service
    assert own is not None
    assert not own.needs_key, "a server of one's own may ask for none"
    assert own.timeout_s == 77
    assert known["openai-images"].capabilities.size(AspectRatio(4, 1))[0] > 1024
    assert known["gemini-image"].capabilities.max_references == 14
    seedream = known["seedream"].service
    assert seedream is not None
    assert (seedream.api_key, seedream.price.picture) == ("s", 0.02)
    assert "s" not in repr(seedream).partition("api_key")[2]


@pytest.mark.parametrize(
    ("toml", "settings", "said"),
    [
        ("", {"generator": "dall-e"}, "LIMNER_GENERATOR is wrong: there is no generator 'dall-e'"),
        ("", {"generators": "sdxl,y"}, "LIMNER_GENERATORS is wrong: there is no generator 'y'"),
        ("[x]\nbased_on = 'y'", {"generators": "x"}, r"x\.based_on .* no generator 'y'"),
        ("[sdxl]\nspeed = 3", {}, r"sdxl\.speed .* extra inputs"),
        ("[sdxl]\nsteps = 'many'", {}, r"sdxl\.steps .* valid integer"),
        ("sdxl = 3", {}, "entry sdxl .* dictionary"),
        ("[sdxl", {}, "isn't valid TOML"),
        (
            "[sdxl]\npreset = 'turbo'",
            {"generators": "sdxl"},
            "'sdxl' is misconfigured: There is no preset 'turbo'",
        ),
        (
            "[sdxl.acceleration]\ncache = 'yes'",
            {"generators": "sdxl"},
            "cache can't be 'yes'; use first-block",
        ),
        ("", {"generators_file": "/nowhere/g.toml"}, "'/nowhere/g.toml' can't be read"),
        ("", {"diffusers_preset": "turbo"}, "LIMNER_DIFFUSERS_PRESET"),
        ("", {"diffusers_device": "gpu"}, "LIMNER_DIFFUSERS_DEVICE"),
        ("", {"seedream_base_url": "ark"}, "LIMNER_SEEDREAM_BASE_URL .* not an address"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    tmp_path: Path, toml: str, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidSettings, match=said) as caught:
        offered(tmp_path, toml, **settings)
    assert "\n" not in str(caught.value)


def test_a_machine_without_torch_leaves_the_generation_queue_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = ("research", "generation")
    light = load_settings()
    heavy = load_settings(generators="storyboard,sdxl")

    def installed(name: str) -> object:
        return name

    def nothing(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", installed)
    assert queues_to_work_on(both, heavy, named=True) == both
    monkeypatch.setattr(importlib.util, "find_spec", nothing)
    assert queues_to_work_on(both, light, named=True) == both
    assert queues_to_work_on(both, heavy, named=False) == ("research",)
    assert queues_to_work_on(("research",), heavy, named=True) == ("research",)
    with pytest.raises(InvalidSettings, match="can't draw with sdxl: torch isn't installed"):
        queues_to_work_on(both, heavy, named=True)

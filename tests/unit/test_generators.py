"""What generators can do is data, and a request that one cannot serve is refused with what can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import InvalidRequest, InvalidSettings
from domain.requests import AspectRatio, Attachment
from domain.research import GroundedPrompt, Reference
from evaluation.peers.values import SHA, a_recipe, a_request
from generation.catalogue import CATALOGUE
from generation.generator import OWN_CHOICE
from generation.image_services.registry import IMAGE_SERVICES, list_price
from generation.image_services.spec import NOT_FOUND
from generation.known_models import authors_arguments, of_service_model
from generation.presets import PRESETS, Acceleration, preset, read_cache
from generation.prompt_reading import PromptLimit
from generation.registry import Renderers

STORYBOARD = CATALOGUE["storyboard"]


def like(name: str, **about: object) -> Renderers:
    """Renderers that offer a storyboard with the abilities of another generator."""
    can = replace(CATALOGUE[name].capabilities, **about)  # type: ignore[arg-type]
    return Renderers(default=name, offered=(replace(STORYBOARD, capabilities=can), STORYBOARD))


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_built_in_generator_is_described(name: str) -> None:
    generator = CATALOGUE[name]
    can = generator.capabilities
    assert can.license
    assert can.is_model == (can.label == "AI-generated image")
    width, height = can.size(AspectRatio(1, 1))
    assert width == height
    assert can.preset in ("", *PRESETS)
    if generator.backend == "diffusers":
        assert generator.edit is not None or can.max_references == 0
        assert generator.text is not None or can.min_references == 1
        for model in filter(None, (generator.text, generator.edit)):
            assert model.arguments["num_inference_steps"]
            if model.distilled:
                steps = model.distilled.arguments["num_inference_steps"]
                assert steps < model.arguments["num_inference_steps"]


def test_a_fixed_size_is_chosen_by_aspect_or_refused_with_the_nearest() -> None:
    can = of_service_model(CATALOGUE["openai-images"], "gpt-image-1.5").capabilities
    assert can.size(AspectRatio(2, 3)) == (1024, 1536)
    with pytest.raises(InvalidRequest, match=r"16:9; the closest is 3:2\."):
        can.size(AspectRatio(16, 9))
    assert CATALOGUE["gemini-image"].capabilities.size(AspectRatio.parse("21:9")) == (1584, 672)
    older = of_service_model(CATALOGUE["gemini-image"], "gemini-2.5-flash-image").capabilities
    assert older.size(AspectRatio.parse("21:9")) == (1536, 672)


def test_newer_models_of_openai_take_any_shape_up_to_three_to_one() -> None:
    can = CATALOGUE["openai-images"].capabilities
    assert can.size(AspectRatio(1, 1)) == (1024, 1024)
    width, height = can.size(AspectRatio(16, 9))
    assert abs(width / height - 16 / 9) < 0.03
    assert width % 16 == height % 16 == 0
    assert can.size(AspectRatio(3, 1))[0] > 1536
    with pytest.raises(InvalidRequest, match=r"can't do the aspect ratio 4:1; its limit is 3:1"):
        can.size(AspectRatio(4, 1))


def test_no_size_of_a_service_is_wider_than_it_takes() -> None:
    can = CATALOGUE["openai-images"].capabilities
    shapes = {
        AspectRatio.parse(f"{w}:{h}")
        for w in range(1, 22)
        for h in range(1, 22)
        if w <= 3 * h <= 9 * w
    }
    for aspect in shapes:
        width, height = can.size(aspect)
        assert max(width, height) <= 3 * min(width, height), aspect
        assert width % 16 == height % 16 == 0
        assert 655_360 <= width * height <= 8_294_400
    assert can.size(AspectRatio(3, 1)) == (2160, 720)


def test_gemini_flash_draws_four_to_one_and_the_larger_model_does_not() -> None:
    flash = CATALOGUE["gemini-image"]
    assert flash.capabilities.size(AspectRatio(4, 1)) == (2048, 512)
    pro = of_service_model(flash, "gemini-3-pro-image")
    with pytest.raises(InvalidRequest, match="the closest is 21:9"):
        pro.capabilities.size(AspectRatio(4, 1))


def test_qwen_image_draws_the_sizes_of_its_card_and_edits_at_one_megapixel() -> None:
    can = CATALOGUE["qwen-image"].capabilities
    assert can.size(AspectRatio(16, 9)) == (1664, 928)
    assert can.size(AspectRatio(9, 16)) == (928, 1664)
    width, height = can.size(AspectRatio(16, 9), edits=True)
    assert abs(width * height - 1024 * 1024) < 30_000


def test_a_refusal_names_an_offered_generator_that_can() -> None:
    renderers = like("openai-images")
    with pytest.raises(InvalidRequest, match="limit is 3:1. storyboard can do it"):
        renderers.check(None, a_request(aspect=AspectRatio(4, 1), attachments=()))
    many = tuple(Attachment(f"{n}.png", SHA, 1, 1) for n in range(4))
    with pytest.raises(InvalidRequest, match="at most 3 reference.*has 4.*storyboard can do it"):
        like("qwen-image").check(None, a_request(attachments=many))
    with pytest.raises(InvalidRequest, match="takes no reference images"):
        like("sdxl").check(None, a_request())


def test_a_generator_that_is_not_set_up_is_refused_with_what_to_set() -> None:
    with pytest.raises(InvalidRequest, match="flux2-dev.*LIMNER_GENERATORS.*Available: storyboard"):
        Renderers(default="storyboard").check("flux2-dev", a_request())


def test_one_that_only_enlarges_draws_nothing() -> None:
    renderers = Renderers(
        default="storyboard",
        offered=(
            STORYBOARD,
            replace(STORYBOARD, capabilities=CATALOGUE["sd-upscaler"].capabilities),
        ),
    )
    with pytest.raises(InvalidRequest, match="only enlarges"):
        renderers.check("sd-upscaler", a_request())
    assert renderers.upscaler() == "sd-upscaler"
    recipe = renderers.plan_upscale(a_recipe(), SHA, size=(1024, 768), factor=2)
    assert (recipe.width, recipe.height) == (2048, 1536)
    assert recipe.parameters["operation"] == "upscale"
    assert [r.sha256 for r in recipe.references] == [SHA]
    with pytest.raises(InvalidRequest, match="2 or 4×, not 3×"):
        renderers.plan_upscale(a_recipe(), SHA, size=(1024, 768), factor=3)
    with pytest.raises(InvalidRequest, match="8192×6144"):
        renderers.plan_upscale(a_recipe(), SHA, size=(2048, 1536), factor=4)
    with pytest.raises(InvalidRequest, match="No generator here can enlarge"):
        Renderers(default="storyboard").plan_upscale(a_recipe(), SHA, size=(9, 9), factor=2)


def test_references_over_the_limit_are_put_into_words_and_reported() -> None:
    references = tuple(
        Reference(f"IMG_{n:03d}", SHA, f"note {n}", f"Title {n}", subject=f"Thing {n}")
        for n in (1, 2)
    )
    grounded = GroundedPrompt(
        "Use the first reference image for Thing 1. Use the second reference image for Thing 2.",
        references,
    )
    recipe = like("flux1-dev").plan(a_request(), grounded, (), generator="flux1-dev", seed=1)
    assert recipe.prompt == "Thing 1: note 1. Thing 2: note 2."
    assert recipe.references == ()
    (note,) = recipe.parameters["notes"]
    assert note == (
        "The generator takes no reference images, so these were described in words instead: "
        "'Title 1', 'Title 2'."
    )


def test_a_generator_that_only_edits_wants_a_reference() -> None:
    renderers = like("qwen-edit-server")
    with pytest.raises(InvalidRequest, match="only edits pictures"):
        renderers.plan(
            a_request(), GroundedPrompt("a cat"), (), generator="qwen-edit-server", seed=1
        )


def test_a_prompt_that_is_too_long_is_cut_at_a_word_and_reported() -> None:
    seedream = CATALOGUE["seedream"]
    can = replace(seedream.capabilities, prompt=PromptLimit(12))
    renderers = Renderers(default="seedream", offered=(replace(seedream, capabilities=can),))
    grounded = GroundedPrompt("a cat on a mat")
    recipe = renderers.plan(a_request(), grounded, (), generator="seedream", seed=1)
    assert recipe.prompt == "a cat on a"
    assert recipe.parameters["notes"][0].endswith("parts were left out: mat")
    assert recipe.parameters["left_out"] == ["mat"]


def test_what_is_left_out_of_a_prompt_twice_is_said_once() -> None:
    seedream = CATALOGUE["seedream"]
    can = replace(seedream.capabilities, prompt=PromptLimit(12))
    renderers = Renderers(default="seedream", offered=(replace(seedream, capabilities=can),))
    grounded = GroundedPrompt("a cat on a mat")
    recipe = renderers.plan(a_request(), grounded, (), generator="seedream", seed=1)
    again = renderers.fit_prompt(replace(recipe, prompt="a cat on a mat"))
    assert again.parameters["notes"] == recipe.parameters["notes"]


def test_servers_get_the_steps_and_the_guidance_in_their_own_count() -> None:
    turbo = authors_arguments("Tongyi-MAI/Z-Image-Turbo")
    assert turbo == {"num_inference_steps": 9, "guidance_scale": 0.0}  # the ninth changes nothing
    assert authors_arguments("krea/Krea-2-Turbo") == {"num_inference_steps": 8}
    assert authors_arguments("meituan-longcat/LongCat-Image-Edit", edits=True) == {
        "num_inference_steps": 50,
        "guidance_scale": 4.5,
    }


def test_every_model_says_where_its_numbers_are_from() -> None:
    for generator in CATALOGUE.values():
        for model in filter(None, (generator.text, generator.edit)):
            assert model.pipeline
            assert model.steps_from.startswith("https://") or model.steps_from in ("", OWN_CHOICE)
            few = model.distilled
            assert few is None or not few.schedule_from or few.schedule_from.startswith("https://")
        if generator.service is None:
            assert all(source.startswith("https://") for source in generator.sources.values())


@pytest.mark.parametrize("name", IMAGE_SERVICES)
def test_every_service_says_where_its_numbers_are_from(name: str) -> None:
    spec = IMAGE_SERVICES[name]
    needed = ["sizes", "references", "terms", *(["prices"] if spec.prices else [])]
    assert set(needed) <= {what.partition(" ")[0] for what in spec.sources}
    assert all(w == NOT_FOUND or w.startswith("https://") for w in spec.sources.values())
    assert CATALOGUE[name].sources == spec.sources


def test_few_sources_of_services_are_missing() -> None:
    missing = {
        (name, what)
        for name, spec in IMAGE_SERVICES.items()
        for what, where in spec.sources.items()
        if where == NOT_FOUND
    }
    assert missing == {("seedream", "prices of 5.0 in dollars"), ("seedream", "terms")}


def test_other_models_behind_a_service_bring_their_own_abilities() -> None:
    generator = CATALOGUE["openai-images"]
    assert generator.service is not None
    open_model = of_service_model(generator, "Qwen/Qwen-Image-Edit-2511")
    width, height = open_model.capabilities.size(AspectRatio(16, 9))
    assert abs(width / height - 16 / 9) < 0.03
    assert open_model.capabilities.seeded
    assert open_model.service is not None
    assert open_model.service.price == list_price("unknown")
    mini = of_service_model(generator, "gpt-image-1-mini")
    assert mini.capabilities.sizes
    assert mini.service is not None
    assert mini.service.price.output_tokens == 8
    newer = of_service_model(CATALOGUE["gemini-image"], "gemini-3-pro-image-preview")
    assert newer.capabilities.max_references == 14


def test_accelerations_are_checked_by_name_and_value() -> None:
    assert preset("fast").compile
    chosen = preset("fast").with_choices({"compile": False, "quantization": "bnb-4bit"})
    assert (chosen.compile, chosen.quantization) == (False, "bnb-4bit")
    assert Acceleration.of({**chosen.plain(), "from_the_future": 1}) == chosen
    assert read_cache("taylorseer:5") == ("taylorseer", 5.0)
    for wrong, said in (
        ({"speed": "high"}, "no acceleration 'speed'"),
        ({"compile": "yes"}, "compile can't be 'yes'"),
        ({"offload": "disk"}, "offload can't be 'disk'"),
        ({"cache": "first-block"}, "first-block:0.1"),
        ({"cache": "guess:1"}, "taylorseer:5"),
        ({"batch": 0}, "batch can't be 0"),
    ):
        with pytest.raises(InvalidSettings, match=said):
            Acceleration().with_choices(wrong)
    with pytest.raises(InvalidSettings, match="choose from quality, exact-fast, fast, small-card"):
        preset("turbo")

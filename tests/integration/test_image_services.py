"""Image services: the real wire formats, three tries, refusals in words, costs, hostile answers."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import re
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from domain.errors import GeneratorUnavailable, LimnerError, Refused, RenderFailed
from domain.illustrations import Picture, Recipe
from domain.requests import AspectRatio
from domain.research import GroundedPrompt, Reference
from evaluation.peers.values import SHA, a_request
from generation.backends.service_answers import retry_after_s
from generation.catalogue import CATALOGUE
from generation.generator import Generator
from generation.image_services.gemini_image import GeminiImages
from generation.image_services.registry import list_price
from generation.known_models import of_service_model
from generation.registry import Renderers
from generation.stamp import MADE_BY_MODEL, source_type_of
from tests.fakes.image_services import KEY, ImageServices, image_services
from tests.fakes.web import picture

PATHS = {
    "openai-images": "/v1",
    "gemini-image": "",
    "seedream": "/api/v3",
    "qwen-edit-server": "",
}
REFERENCES = [picture(1, kind="PNG"), picture(2)]


@pytest.fixture
async def services() -> AsyncIterator[ImageServices]:
    async with image_services() as running:
        yield running


def a_generator(services: ImageServices, name: str, model: str = "", **about: Any) -> Generator:
    known = CATALOGUE[name]
    assert known.service is not None
    generator = of_service_model(known, model or known.service.model)
    assert generator.service is not None
    key = KEY if known.service.needs_key else ""
    service = replace(
        generator.service,
        **{"base_url": services.base_url + PATHS[name], "api_key": key, **about},
    )
    return replace(generator, service=service)


def renderers(generator: Generator) -> Renderers:
    return Renderers(default=generator.name, offered=(generator,))


def planned(
    application: Renderers, name: str, *, references: int = 0, aspect: str = "1:1"
) -> Recipe:
    known = tuple(Reference(f"IMG_{n:03d}", SHA, "n", f"T{n}") for n in range(1, references + 1))
    request = a_request(aspect=AspectRatio.parse(aspect), attachments=())
    return application.plan(request, GroundedPrompt("a red cat", known), (), generator=name, seed=7)


async def told(fraction: float, preview: bytes | None = None) -> None:
    assert 0 <= fraction <= 1
    assert preview is None


async def drawn(generator: Generator, *, references: int = 0, aspect: str = "1:1") -> Picture:
    application = renderers(generator)
    recipe = planned(application, generator.name, references=references, aspect=aspect)
    try:
        return await application.render(recipe, REFERENCES[:references], progress=told)
    finally:
        await application.aclose()


async def failure(generator: Generator, *, references: int = 0) -> LimnerError:
    with pytest.raises(LimnerError) as caught:
        await drawn(generator, references=references)
    said = str(caught.value)
    assert KEY not in said
    assert "\n" not in said
    assert said.endswith(".")
    return caught.value


async def test_openai_draws_from_words_and_counts_what_it_costs(services: ImageServices) -> None:
    result = await drawn(a_generator(services, "openai-images", "gpt-image-1.5"), aspect="3:2")
    assert (result.width, result.height, result.media_type) == (1536, 1024, "image/png")
    assert result.cost_usd == pytest.approx((10 * 5 + 1056 * 32) / 1e6)
    assert source_type_of(result.data) == MADE_BY_MODEL
    (asked,) = services.asked
    assert asked["body"] == {
        "model": "gpt-image-1.5",
        "prompt": "a red cat",
        "n": 1,
        "size": "1536x1024",
        "output_format": "png",
    }


async def test_openai_gets_the_references_in_their_order(services: ImageServices) -> None:
    result = await drawn(a_generator(services, "openai-images", "gpt-image-1.5"), references=2)
    assert result.cost_usd == pytest.approx((10 * 5 + 600 * 8 + 1056 * 32) / 1e6)
    (asked,) = services.asked
    assert asked["path"] == "/v1/images/edits"
    assert asked["body"]["input_fidelity"] == "high"
    assert asked["files"] == [
        ("image[]", "image/png", REFERENCES[0]),
        ("image[]", "image/jpeg", REFERENCES[1]),
    ]


async def test_an_open_model_behind_the_same_interface_gets_seed_and_steps(
    services: ImageServices,
) -> None:
    generator = a_generator(
        services, "openai-images", "Qwen/Qwen-Image", arguments={"num_inference_steps": 20}
    )
    result = await drawn(generator, aspect="16:9")
    assert abs(result.width / result.height - 16 / 9) < 0.03
    assert services.asked[0]["body"]["seed"] == 7
    assert services.asked[0]["body"]["negative_prompt"] == " "
    assert services.asked[0]["body"]["num_inference_steps"] == 20
    await drawn(generator, references=2)
    assert [name for name, _, _ in services.asked[1]["files"]] == ["image", "image"]
    assert services.asked[1]["body"]["seed"] == "7"


async def test_gemini_sees_the_references_before_the_prompt(services: ImageServices) -> None:
    result = await drawn(a_generator(services, "gemini-image"), references=2, aspect="16:9")
    assert (result.width, result.height) == (1376, 768)
    assert result.cost_usd == pytest.approx((20 * 0.5 + 1290 * 60) / 1e6)
    parts = services.asked[0]["body"]["contents"][0]["parts"]
    assert [base64.b64decode(p["inlineData"]["data"]) for p in parts[:2]] == REFERENCES
    assert parts[2] == {"text": "a red cat"}
    assert services.asked[0]["body"]["generationConfig"]["imageConfig"]["aspectRatio"] == "16:9"


async def test_seedream_draws_without_a_watermark_at_its_price(services: ImageServices) -> None:
    result = await drawn(a_generator(services, "seedream"), references=2)
    assert (result.width, result.height, result.cost_usd) == (2048, 2048, 0.035)
    body = services.asked[0]["body"]
    assert body["watermark"] is False
    assert [part.partition(";")[0] for part in body["image"]] == [
        "data:image/png",
        "data:image/jpeg",
    ]


async def test_gen_searchers_server_edits_and_its_own_shape_is_reported(
    services: ImageServices,
) -> None:
    generator = a_generator(services, "qwen-edit-server")
    result = await drawn(generator, references=2, aspect="16:9")
    assert result.notes == (
        "The picture is 1024×1024 because the service chose that size instead of 1360×768.",
    )
    body = services.asked[0]["body"]
    assert body["num_inference_steps"] == 40
    assert body["seed"] == 7
    assert len(body["image_urls"]) == 2
    services.script = [(200, {"success": False, "message": "CUDA out of memory"})]
    assert "CUDA out of memory" in str(await failure(generator, references=1))


@pytest.mark.parametrize("name", [name for name in PATHS if name != "qwen-edit-server"])
async def test_a_busy_service_is_asked_three_times(services: ImageServices, name: str) -> None:
    services.script = [503, 429]
    assert (await drawn(a_generator(services, name))).width
    assert len(services.asked) == 3
    services.script = [500, 502, 503, 200]
    error = await failure(a_generator(services, name))
    assert isinstance(error, RenderFailed)
    assert not error.retryable, "the job engine must not multiply the tries"
    assert "answered 503" in str(error)
    assert len(services.asked) == 6


async def test_the_pause_that_a_service_asks_for_is_kept_within_the_time_limit(
    services: ImageServices,
) -> None:
    services.script, services.retry_after = [429], "3600"
    error = await failure(a_generator(services, "seedream", timeout_s=30))
    assert "answered 429, asks for a pause of 3600 s" in str(error)
    assert "within 30 s" in str(error)  # said at once and not after the time limit
    assert len(services.asked) == 1


async def test_a_service_that_hangs_is_given_up_and_one_that_is_gone_is_reported(
    services: ImageServices,
) -> None:
    services.delay_s = 30
    assert "didn't answer" in str(
        await failure(a_generator(services, "openai-images", timeout_s=0.3))
    )
    gone = a_generator(services, "openai-images", base_url="http://127.0.0.1:9/v1")
    assert "can't be reached" in str(await failure(gone))


POLICY: tuple[tuple[str, tuple[int, dict[str, Any]], str], ...] = (
    (
        "openai-images",
        (
            400,
            {"error": {"code": "moderation_blocked", "message": "Rejected by the safety\nsystem."}},
        ),
        "Rejected by the safety system",
    ),
    (
        "gemini-image",
        (200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        "prohibited",
    ),
    (
        "gemini-image",
        (200, {"candidates": [{"finishReason": "IMAGE_SAFETY", "finishMessage": "Unsafe hat."}]}),
        "Unsafe hat",
    ),
    (
        "seedream",
        (400, {"error": {"code": "OutputImageSensitiveContentDetected", "message": "Sensitive."}}),
        "Sensitive",
    ),
    (
        "seedream",
        (
            200,
            {
                "data": [
                    {
                        "error": {
                            "code": "OutputImageSensitiveContentDetected",
                            "message": "Sensitive.",
                        }
                    }
                ]
            },
        ),
        "Sensitive",
    ),
)


@pytest.mark.parametrize(("name", "answer", "said"), POLICY)
async def test_a_providers_refusal_is_reported_in_words_and_not_tried_again(
    services: ImageServices, name: str, answer: tuple[int, dict[str, Any]], said: str
) -> None:
    services.script = [answer]
    error = await failure(a_generator(services, name))
    assert isinstance(error, Refused)
    assert said in str(error)
    assert "choose another generator" in str(error)
    assert len(services.asked) == 1


async def test_a_wrong_key_is_the_operators_matter_and_never_shown(
    services: ImageServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = await failure(a_generator(services, "openai-images", api_key="sk-wrong-key"))
    assert isinstance(error, GeneratorUnavailable)
    wrong = await failure(a_generator(services, "gemini-image", api_key="sk-wrong-key"))
    assert isinstance(wrong, GeneratorUnavailable)
    assert "sk-wrong-key" not in str(error)
    assert "sk-wrong-key" not in caplog.text
    assert "sk-wrong-key" not in repr(a_generator(services, "seedream", api_key="sk-wrong-key"))
    services.script = [(429, {"error": {"message": "You exceeded your current quota."}})]
    assert isinstance(await failure(a_generator(services, "seedream")), GeneratorUnavailable)
    services.script = [(404, {"error": {"message": "no such model"}})]
    assert "doubao-seedream" in str(await failure(a_generator(services, "seedream")))


async def test_what_is_not_set_is_named(services: ImageServices) -> None:
    assert "LIMNER_SEEDREAM_API_KEY" in str(
        await failure(a_generator(services, "seedream", api_key=""))
    )
    error = await failure(a_generator(services, "qwen-edit-server", base_url=""), references=1)
    assert "LIMNER_QWEN_EDIT_SERVER_BASE_URL" in str(error)
    assert services.asked == []


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is that large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4s", 0, b"IDAT") + b"\x00" * 4


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (9, 9)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>", "other than a PNG, JPEG or WebP"),
        (gif(), "other than a PNG, JPEG or WebP"),
        (bomb(60_000, 60_000), "other than a PNG, JPEG or WebP|more than 25 million"),
        (bomb(6_000, 6_000), "more than 25 million"),
    ],
)
async def test_what_is_no_usable_picture_is_refused_before_it_is_decoded(
    services: ImageServices, data: bytes, said: str
) -> None:
    services.data = data
    error = await failure(a_generator(services, "openai-images"))
    assert isinstance(error, RenderFailed)
    assert len(services.asked) == 1
    assert re.search(said, str(error))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"data": ["x"]},
        {"data": [{"b64_json": "%%%"}]},
        {"data": [{"b64_json": 7}]},
        {"data": [{"url": "https://example.org/x.png"}]},
        {"data": {"b64_json": "x"}, "usage": 3},
        {"candidates": [{"content": {"parts": [{"text": "I would rather not."}]}}]},
        {"candidates": "x", "promptFeedback": []},
        {"success": True, "image": None},
        {"error": "everything is wrong"},
    ],
)
@pytest.mark.parametrize("name", PATHS)
async def test_answers_of_any_shape_become_one_sentence(
    services: ImageServices, name: str, body: dict[str, Any]
) -> None:
    services.script = [(200, body)]
    assert isinstance(await failure(a_generator(services, name), references=1), RenderFailed)


async def test_cancelling_ends_the_wait_for_a_service(services: ImageServices) -> None:
    services.delay_s = 30
    task = asyncio.create_task(drawn(a_generator(services, "seedream")))
    async with asyncio.timeout(240):
        await services.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_recipe_names_the_model_and_where_it_runs(services: ImageServices) -> None:
    application = renderers(a_generator(services, "seedream"))
    recipe = planned(application, "seedream")
    assert recipe.revision == "doubao-seedream-5-0-260128"
    assert recipe.device == "service 127.0.0.1"
    assert application.current(recipe) == recipe
    assert "reachable" in await application.examine("seedream")
    await application.aclose()


INSIDE: tuple[tuple[dict[str, Any], type[LimnerError], int], ...] = (
    ({"code": "moderation_blocked", "message": "By the safety system."}, Refused, 1),
    ({"code": "insufficient_quota", "message": "No credit."}, GeneratorUnavailable, 1),
    ({"code": 401, "message": "No auth credentials found"}, GeneratorUnavailable, 1),
    ({"code": 429, "message": "Rate limited. Please try again in 20ms."}, RenderFailed, 3),
    ({"code": 502, "message": "The provider is down."}, RenderFailed, 3),
    ({"code": "invalid_value", "message": "Invalid size."}, RenderFailed, 1),
)


@pytest.mark.parametrize(("error", "kind", "asked"), INSIDE)
async def test_an_error_inside_a_success_is_what_it_says(
    services: ImageServices, error: dict[str, Any], kind: type[LimnerError], asked: int
) -> None:
    services.script = [(200, {"error": error})] * 3
    assert isinstance(await failure(a_generator(services, "openai-images")), kind)
    assert len(services.asked) == asked


def test_a_price_is_of_that_model_and_of_its_dated_versions_alone() -> None:
    known = list_price("gpt-image-2")
    assert known.is_known
    assert list_price("gpt-image-2-2026-04-21") == known
    assert list_price("gemini-3-pro-image-preview") == list_price("gemini-3-pro-image")
    assert list_price("chatgpt-image-latest").is_known
    for model in ("gpt-image-2.5", "gpt-image-2.6", "gpt-image-2-mini", "gpt-image-20", ""):
        assert not list_price(model).is_known, model


PASSING: tuple[dict[str, Any], ...] = (
    {"message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"},
    {
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "details": [
            {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.02s"},
        ],
    },
    {"code": "rate_limit_exceeded", "message": "Rate limit reached. Please try again in 20ms."},
)
LASTING: tuple[dict[str, Any], ...] = (
    {"code": "insufficient_quota", "message": "You exceeded your current quota."},
    {
        "message": "You exceeded your current quota.",
        "details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]}],
    },
)


@pytest.mark.parametrize("error", PASSING)
async def test_a_limit_that_passes_is_waited_for(
    services: ImageServices, error: dict[str, Any]
) -> None:
    services.script = [(429, {"error": error})]
    assert (await drawn(a_generator(services, "gemini-image"))).width
    assert len(services.asked) == 2


@pytest.mark.parametrize("error", LASTING)
async def test_a_quota_that_is_used_up_is_the_operators_matter(
    services: ImageServices, error: dict[str, Any]
) -> None:
    services.script = [(429, {"error": error})]
    assert isinstance(await failure(a_generator(services, "gemini-image")), GeneratorUnavailable)
    assert len(services.asked) == 1


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("7", {}, 7.0),
        ("\u00b2", {}, None),
        ("9" * 5000, {}, 86_400.0),
        ("Wed, 99 Foo", {}, None),
        ("", {"error": {"details": [{"retryDelay": "34.5s"}]}}, 34.5),
        ("", {"error": {"details": [{"retryDelay": "soon"}]}}, None),
        ("", {"error": {"message": "Please try again in 12s."}}, 12.0),
        ("", {"error": {"message": "Please try again in 1m."}}, 60.0),
        ("2.5", {}, 2.5),
        ("", {"error": {"message": "limit: 20, model: x\nPlease retry in 31.44s."}}, 31.44),
        ("", {"error": {"message": "Please retry in 28.123456789s."}}, 28.123456789),
        ("", {"error": {"message": "Please retry after 24 seconds."}}, 24.0),
        ("", {"error": {"message": "Please try again in 300 milliseconds."}}, 0.3),
        ("", {"error": {"message": "Try again in 1 minute and 30 seconds."}}, 90.0),
        ("", {"error": {"message": "Please wait 2 minutes before the next."}}, 120.0),
        ("", {"error": {"message": "Try again in 1h2m3s."}}, 3723.0),
        ("", {"error": {"message": "Please try again in 5 months."}}, None),
        ("", {"error": {"message": "Please try again in a few moments."}}, None),
        ("", {}, None),
    ],
)
def test_the_pause_that_a_service_asks_for_is_read_from_header_details_or_words(
    header: str, body: dict[str, Any], seconds: float | None
) -> None:
    assert retry_after_s({"Retry-After": header}, body) == seconds


def test_what_gemini_thinks_and_says_beside_a_picture_is_counted() -> None:
    generator = CATALOGUE["gemini-image"]
    assert generator.service is not None
    service = replace(generator.service, price=list_price("gemini-3-pro-image"))
    data = base64.b64encode(REFERENCES[0]).decode()
    body = {
        "candidates": [{"content": {"parts": [{"inlineData": {"data": data}}]}}],
        "usageMetadata": {
            "promptTokenCount": 100,
            "candidatesTokenCount": 1150,
            "thoughtsTokenCount": 400,
            "candidatesTokensDetails": [
                {"modality": "IMAGE", "tokenCount": 1120},
                {"modality": "TEXT", "tokenCount": 30},
            ],
        },
    }
    cost = GeminiImages().read(body, service).cost_usd
    assert cost == pytest.approx((100 * 2 + 1120 * 120 + 430 * 12) / 1e6)


async def test_the_doctor_says_where_a_price_is_unknown(services: ImageServices) -> None:
    unknown = renderers(a_generator(services, "seedream", "doubao-seedream-9-9"))
    known = renderers(a_generator(services, "seedream"))
    try:
        assert "price is unknown" in await unknown.examine("seedream")
        assert "price" not in await known.examine("seedream")
    finally:
        await unknown.aclose()
        await known.aclose()

"""Answers of image services as they are seen in public, and what becomes of each: a picture at its
price, a refusal, a pause and another try, a word to the operator, or a failure in words.

Every shape names where it was seen: types of an SDK, a service's reference, or a public issue.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest

from domain.errors import GeneratorUnavailable, Refused, RenderFailed
from generation.backends.services import (
    ServiceBackend,
    _Retry,  # pyright: ignore[reportPrivateUsage]
)
from generation.catalogue import CATALOGUE
from generation.image_services.registry import IMAGE_SERVICES
from generation.image_services.wire import Declined, Unreadable
from generation.known_models import of_service_model
from tests.fakes.web import picture

PNG = base64.b64encode(picture(1, kind="PNG")).decode("ascii")
OPENAI_TYPES = "openai-python, types/images_response.py"
OPENAI_CODES = "platform.openai.com, guides/error-codes"
OPENAI_FORUM = "community.openai.com, reports of gpt-image errors"
GENAI_TYPES = "python-genai, types.py"
GENAI_ISSUES = "python-genai, issues on 429 and empty candidates"
GEMINI_DOC = "ai.google.dev, gemini-api/docs/troubleshooting"
ARK_DOC = "volcengine.com, docs/82379/1299023 (error codes)"
OMNI = "vllm-omni, entrypoints/openai"
SGLANG = "sglang, multimodal_gen/runtime/entrypoints/openai"
UPSTREAM = "Gen-Searcher, its server's /generate"


@dataclass(frozen=True)
class Shape:
    """One answer; ``then`` is what must become of it, ``says`` a part of the sentence."""

    name: str
    service: str
    source: str
    status: int
    body: Any
    then: str
    says: str = ""
    pause_s: float | None = None
    cost_usd: float | None = None
    model: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])


def openai_error(message: str, code: str | None, kind: str = "invalid_request_error") -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def google_error(code: int, message: str, status: str, *details: Any) -> Any:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def ark_error(code: str, message: str) -> Any:
    return {"error": {"code": code, "message": message, "param": "", "type": "BadRequest"}}


def candidate(*parts: Any, finish: str = "STOP", **about: Any) -> Any:
    content = {"content": {"parts": list(parts), "role": "model"}} if parts else {}
    return {"candidates": [{**content, "finishReason": finish, "index": 0}], **about}


INLINE = {"inlineData": {"mimeType": "image/png", "data": PNG}}
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}
QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"
SHAPES = [
    Shape(
        "a picture with its tokens",
        "openai-images",
        OPENAI_TYPES,
        200,
        {
            "created": 1,
            "data": [{"b64_json": PNG}],
            "usage": {
                "input_tokens": 60,
                "input_tokens_details": {"text_tokens": 10, "image_tokens": 50},
                "output_tokens": 1000,
                "total_tokens": 1060,
            },
        },
        "drawn",
        cost_usd=(10 * 5 + 50 * 8 + 1000 * 30) / 1e6,
    ),
    Shape(
        "a picture without usage",
        "openai-images",
        OPENAI_TYPES,
        200,
        {"created": 1, "data": [{"b64_json": PNG}]},
        "drawn",
        cost_usd=0.0,
    ),
    Shape(
        "an address",
        "openai-images",
        OPENAI_TYPES,
        200,
        {"created": 1, "data": [{"url": "https://x/y.png", "b64_json": None}]},
        "failed",
        "an address instead",
    ),
    Shape("no data", "openai-images", OPENAI_TYPES, 200, {"data": []}, "failed", "no picture"),
    Shape(
        "moderation",
        "openai-images",
        OPENAI_FORUM,
        400,
        openai_error(
            "Your request was rejected by the safety system. safety_violations=[sexual].",
            "moderation_blocked",
            "image_generation_user_error",
        ),
        "refused",
        "safety system",
    ),
    Shape(
        "content policy",
        "openai-images",
        OPENAI_CODES,
        400,
        openai_error(
            "Your prompt may contain text that is not allowed.", "content_policy_violation"
        ),
        "refused",
        "not allowed",
    ),
    Shape(
        "safety without a code",
        "openai-images",
        OPENAI_FORUM,
        400,
        openai_error("This request was rejected by the safety system.", None),
        "refused",
    ),
    Shape(
        "Azure's content filter",
        "openai-images",
        "learn.microsoft.com, Azure OpenAI images (content filtering)",
        400,
        openai_error("Your task failed as a result of our Safety System.", "contentFilter"),
        "refused",
        "Safety System",
    ),
    Shape(
        "Azure's pause in words",
        "openai-images",
        "learn.microsoft.com, Azure OpenAI quotas (429)",
        429,
        openai_error(
            "Requests have exceeded the rate limit. Please retry after 24 seconds.", "429"
        ),
        "again",
        pause_s=24,
    ),
    Shape(
        "a limit of nothing",
        "openai-images",
        OPENAI_FORUM,
        429,
        openai_error(
            "Rate limit reached for gpt-image-2 on images per min: Limit 0, Used 0, Requested 1.",
            "rate_limit_exceeded",
        ),
        "operator",
        "Limit 0",
    ),
    Shape(
        "wrong key",
        "openai-images",
        OPENAI_CODES,
        401,
        openai_error("Incorrect API key provided: sk-x.", "invalid_api_key"),
        "operator",
        "API key",
    ),
    Shape(
        "organization not verified",
        "openai-images",
        OPENAI_FORUM,
        403,
        openai_error("Your organization must be verified to use the model `gpt-image-2`.", None),
        "operator",
        "must be verified",
    ),
    Shape(
        "images a minute",
        "openai-images",
        OPENAI_FORUM,
        429,
        openai_error(
            "Rate limit reached for gpt-image-2 on input-images per min: Limit 5, Used 5. Please "
            "try again in 12s.",
            "rate_limit_exceeded",
            "input-images",
        ),
        "again",
        pause_s=12,
    ),
    Shape(
        "a pause in minutes and seconds",
        "openai-images",
        OPENAI_FORUM,
        429,
        openai_error("Rate limit reached. Please try again in 6m2.5s.", "rate_limit_exceeded"),
        "again",
        pause_s=362.5,
    ),
    Shape(
        "a pause in milliseconds",
        "openai-images",
        OPENAI_FORUM,
        429,
        openai_error("Rate limit reached. Please try again in 20ms.", "rate_limit_exceeded"),
        "again",
        pause_s=0.02,
    ),
    Shape(
        "a pause by header",
        "openai-images",
        OPENAI_CODES,
        429,
        openai_error("Too many requests.", "rate_limit_exceeded"),
        "again",
        pause_s=3,
        headers={"Retry-After": "3"},
    ),
    Shape(
        "a pause in milliseconds by header",
        "openai-images",
        "openai-python, _base_client.py (retry-after-ms)",
        429,
        openai_error("Too many requests.", "rate_limit_exceeded"),
        "again",
        pause_s=1.5,
        headers={"Retry-After-Ms": "1500"},
    ),
    Shape(
        "quota used up",
        "openai-images",
        OPENAI_CODES,
        429,
        openai_error(
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        ),
        "operator",
        "quota",
    ),
    Shape(
        "hard limit of billing",
        "openai-images",
        OPENAI_CODES,
        400,
        openai_error("Billing hard limit has been reached.", "billing_hard_limit_reached"),
        "operator",
        "Billing",
    ),
    Shape(
        "server error",
        "openai-images",
        OPENAI_CODES,
        500,
        openai_error("The server had an error.", None, "server_error"),
        "again",
    ),
    Shape(
        "overloaded",
        "openai-images",
        OPENAI_CODES,
        503,
        openai_error("The engine is currently overloaded.", None),
        "again",
    ),
    Shape(
        "a size that there is not",
        "openai-images",
        OPENAI_FORUM,
        400,
        openai_error("Invalid size '1x1'.", "invalid_value"),
        "failed",
        "Invalid size",
    ),
    Shape(
        "unknown model",
        "openai-images",
        OPENAI_CODES,
        404,
        openai_error("The model `gpt-image-9` does not exist.", "model_not_found"),
        "operator",
        "doesn't know the model",
    ),
    Shape("a gateway's page", "openai-images", OPENAI_FORUM, 502, "<html>502</html>", "again"),
    Shape(
        "a gateway that waited too long",
        "openai-images",
        OPENAI_FORUM,
        524,
        "<html>A timeout occurred</html>",
        "again",
    ),
    Shape(
        "an open server's mistake",
        "openai-images",
        OMNI,
        400,
        {"error": {"message": "size is wrong", "type": "BadRequestError", "code": 400}},
        "failed",
        "size is wrong",
        model="Qwen/Qwen-Image",
    ),
    Shape(
        "fields that a server does not take",
        "openai-images",
        OMNI,
        422,
        {"detail": [{"loc": ["body", "seed"], "msg": "Input should be an integer", "type": "x"}]},
        "failed",
        "seed: Input should be an integer",
        model="Qwen/Qwen-Image",
    ),
    Shape(
        "an engine that starts",
        "openai-images",
        OMNI,
        503,
        {"detail": "Engine is not initialized"},
        "again",
        model="Qwen/Qwen-Image",
    ),
    Shape(
        "no cloud storage",
        "openai-images",
        SGLANG,
        400,
        {"detail": "response_format='url' requires cloud storage to be configured."},
        "failed",
        "cloud storage",
        model="Qwen/Qwen-Image",
    ),
    Shape(
        "memory of an open server",
        "openai-images",
        SGLANG,
        500,
        {"detail": "CUDA out of memory"},
        "again",
        model="Qwen/Qwen-Image",
    ),
    Shape(
        "thoughts beside a picture",
        "gemini-image",
        GENAI_TYPES,
        200,
        candidate(
            {"thought": True, **INLINE},
            INLINE,
            usageMetadata={
                "promptTokenCount": 20,
                "candidatesTokenCount": 1290,
                "thoughtsTokenCount": 100,
            },
        ),
        "drawn",
        cost_usd=(20 * 0.5 + 1290 * 60 + 100 * 3) / 1e6,
    ),
    Shape(
        "a prompt that is blocked",
        "gemini-image",
        GENAI_TYPES,
        200,
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        "refused",
        "prohibited content",
    ),
    Shape(
        "a picture that is held back",
        "gemini-image",
        GENAI_TYPES,
        200,
        candidate(finish="IMAGE_SAFETY", modelVersion="x"),
        "refused",
        "image safety",
    ),
    Shape(
        "recitation",
        "gemini-image",
        GENAI_TYPES,
        200,
        candidate(finish="IMAGE_RECITATION"),
        "refused",
    ),
    Shape(
        "no image",
        "gemini-image",
        GENAI_ISSUES,
        200,
        candidate(finish="NO_IMAGE"),
        "failed",
        "NO_IMAGE",
    ),
    Shape(
        "words alone",
        "gemini-image",
        GENAI_ISSUES,
        200,
        candidate({"text": "Which cat do you mean?"}),
        "failed",
        "Which cat",
    ),
    Shape("no candidates", "gemini-image", GENAI_ISSUES, 200, {}, "failed", "without a picture"),
    Shape(
        "a minute's limit",
        "gemini-image",
        GENAI_ISSUES,
        429,
        google_error(429, "You exceeded your current quota.", "RESOURCE_EXHAUSTED", RETRY_INFO),
        "again",
        pause_s=37,
    ),
    Shape(
        "a limit that passes in seconds",
        "gemini-image",
        GENAI_ISSUES,
        429,
        google_error(429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED"),
        "again",
    ),
    Shape(
        "a day's quota",
        "gemini-image",
        GENAI_ISSUES,
        429,
        google_error(
            429,
            "You exceeded your current quota.",
            "RESOURCE_EXHAUSTED",
            {"@type": QUOTA, "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]},
            RETRY_INFO,
        ),
        "operator",
        "quota",
    ),
    Shape(
        "a pause in words alone",
        "gemini-image",
        GENAI_ISSUES,
        429,
        google_error(
            429,
            "You exceeded your current quota, please check your plan and billing details. Quota "
            "exceeded for metric: generate_content_requests, limit: 20, model: gemini-3.1-flash-"
            "image\nPlease retry in 31.44s.",
            "RESOURCE_EXHAUSTED",
        ),
        "again",
        pause_s=31.44,
    ),
    Shape(
        "a model that the plan does not include",
        "gemini-image",
        GENAI_ISSUES,
        429,
        google_error(
            429,
            "You exceeded your current quota. Quota exceeded for metric: "
            "generate_content_free_tier_requests, limit: 0, model: gemini-3-pro-image\n"
            "Please retry in 31.44s.",
            "RESOURCE_EXHAUSTED",
            RETRY_INFO,
        ),
        "operator",
        "limit: 0",
    ),
    Shape(
        "a prompt that is blocked, in words",
        "gemini-image",
        GENAI_TYPES,
        200,
        {"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "Not this one."}},
        "refused",
        "Not this one",
    ),
    Shape(
        "wrong key as 400",
        "gemini-image",
        GEMINI_DOC,
        400,
        google_error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT"),
        "operator",
        "API key not valid",
    ),
    Shape(
        "service not enabled",
        "gemini-image",
        GEMINI_DOC,
        403,
        google_error(403, "Generative Language API has not been used.", "PERMISSION_DENIED"),
        "operator",
    ),
    Shape(
        "overloaded model",
        "gemini-image",
        GEMINI_DOC,
        503,
        google_error(503, "The model is overloaded. Please try again later.", "UNAVAILABLE"),
        "again",
    ),
    Shape(
        "a model that was shut down",
        "gemini-image",
        GEMINI_DOC,
        404,
        google_error(404, "models/gemini-2.5-flash-image is not found.", "NOT_FOUND"),
        "operator",
        "doesn't know the model",
    ),
    Shape(
        "a refusal inside a success",
        "seedream",
        ARK_DOC,
        200,
        {
            "data": [
                {"error": {"code": "OutputImageSensitiveContentDetected", "message": "sensitive"}}
            ]
        },
        "refused",
        "sensitive",
    ),
    Shape(
        "a prompt that Ark refuses",
        "seedream",
        ARK_DOC,
        400,
        ark_error("InputTextSensitiveContentDetected", "The request failed because of the text."),
        "refused",
    ),
    Shape(
        "a reference that Ark refuses",
        "seedream",
        ARK_DOC,
        400,
        ark_error("InputImageSensitiveContentDetected.PrivacyInformation", "A real person."),
        "refused",
    ),
    Shape(
        "an account overdue",
        "seedream",
        ARK_DOC,
        403,
        ark_error("AccountOverdueError", "The account is overdue."),
        "operator",
    ),
    Shape(
        "a limit that the account set",
        "seedream",
        ARK_DOC,
        429,
        ark_error("SetLimitExceeded", "Your account has reached the set inference limit."),
        "operator",
        "inference limit",
    ),
    Shape(
        "requests a minute",
        "seedream",
        ARK_DOC,
        429,
        ark_error("RateLimitExceeded.EndpointRPMExceeded", "Requests per minute exceeded."),
        "again",
    ),
    Shape(
        "a risk that Ark sees",
        "seedream",
        ARK_DOC,
        400,
        ark_error("InputTextRiskDetection", "The text may contain sensitive information."),
        "refused",
        "sensitive information",
    ),
    Shape(
        "a price by picture",
        "seedream",
        ARK_DOC,
        200,
        {"data": [{"b64_json": PNG}], "usage": {"generated_images": 1}},
        "drawn",
        cost_usd=0.035,
    ),
    Shape(
        "a price of an older model",
        "seedream",
        ARK_DOC,
        200,
        {"data": [{"b64_json": PNG}]},
        "drawn",
        cost_usd=0.04,
        model="doubao-seedream-4-5-251128",
    ),
    Shape(
        "no such endpoint",
        "seedream",
        ARK_DOC,
        404,
        ark_error("InvalidEndpointOrModel.NotFound", "The model does not exist."),
        "operator",
    ),
    Shape(
        "upstream out of memory",
        "qwen-edit-server",
        UPSTREAM,
        200,
        {"success": False, "message": "CUDA out of memory"},
        "failed",
        "CUDA out of memory",
    ),
    Shape(
        "upstream's picture",
        "qwen-edit-server",
        UPSTREAM,
        200,
        {"success": True, "image": PNG},
        "drawn",
        cost_usd=0.0,
    ),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.service}: {shape.name}")
async def test_what_a_service_answers_is_told_for_what_it_is(shape: Shape) -> None:
    known = CATALOGUE[shape.service]
    assert known.service is not None
    generator = of_service_model(known, shape.model or known.service.model)
    assert generator.service is not None
    address = generator.service.base_url or "http://127.0.0.1:9"
    key = "k" if generator.service.needs_key else ""
    service = replace(generator.service, base_url=address, api_key=key)
    dialect = IMAGE_SERVICES[shape.service].dialect()
    backend = ServiceBackend(replace(generator, service=service), dialect)
    body: dict[str, Any] = {} if isinstance(shape.body, str) else shape.body
    if shape.status == 200:
        outcome, said, cost = "drawn", "", None
        try:
            cost = dialect.read(body, service).cost_usd
        except Declined as error:
            outcome, said = "refused", str(error)
        except Unreadable as error:
            outcome, said = "failed", str(error)
        assert outcome == shape.then
        assert cost == (None if shape.cost_usd is None else pytest.approx(shape.cost_usd))
    else:
        response = httpx2.Response(shape.status, headers=shape.headers)
        told = backend._unsuccessful(  # pyright: ignore[reportPrivateUsage]
            response, body, "place"
        )
        kinds: dict[type[Exception], str] = {
            Refused: "refused",
            GeneratorUnavailable: "operator",
            RenderFailed: "failed",
            _Retry: "again",
        }
        assert kinds[type(told)] == shape.then, str(told)
        said = str(told)
        if isinstance(told, _Retry):
            assert told.retry_after_s == pytest.approx(shape.pause_s)
    assert shape.says in said
    await backend.aclose()


def test_there_are_forty_shapes_and_each_says_where_it_was_seen() -> None:
    assert len(SHAPES) >= 40
    assert len({(shape.service, shape.name) for shape in SHAPES}) == len(SHAPES)
    assert all(shape.source for shape in SHAPES)

"""Wiring of the content policy's judges: which models of the settings judge texts and pictures."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from agent.policy.queued import JudgeQueue, QueuedJudge
from agent.sandbox.picture_decoder import DecodingPool
from app.models import chat_model, research_model
from app.settings import Settings, secret
from domain.errors import ModelUnavailable
from domain.policy import JudgedText, Verdict
from jobs.common.ports import PictureJudge, TextJudge

HARMLESS: Final = JudgedText("a lighthouse by the sea")
"""The text that the doctor has judged."""


@dataclass(frozen=True, slots=True)
class Judges:
    """The models that judge, besides the rules."""

    texts: tuple[TextJudge, ...] = ()
    pictures: tuple[PictureJudge, ...] = ()


def configured_judges(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Judges:
    """The judges over models that the settings name; ``stack`` closes their connections."""
    services = _moderation_service(settings, stack, decoder)
    guards = _guard_model(settings, stack, decoder)
    general = _research_model(settings, stack, decoder)
    return Judges(
        texts=(*services.texts, *guards.texts, *general.texts),
        pictures=(*services.pictures, *guards.pictures, *general.pictures),
    )


def _moderation_service(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Judges:
    if not settings.moderation_base_url:
        return Judges()
    from agent.policy.moderation_service import ModerationServiceJudge

    judge = ModerationServiceJudge(
        base_url=settings.moderation_base_url,
        model=settings.moderation_model,
        api_key=secret(settings.moderation_api_key),
        decoder=decoder,
        timeout_s=settings.judge_timeout_s,
    )
    stack.push_async_callback(judge.aclose)
    queued = QueuedJudge(judge, JudgeQueue(settings.judge_concurrency))
    return Judges((queued,), (queued,))


def _guard_model(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Judges:
    if not settings.guard_base_url:
        return Judges()
    from agent.policy.guards import FAMILIES, GuardModelJudge, get_family
    from agent.policy.rubric import RubricJudge

    model = chat_model(
        settings,
        stack,
        base_urls=settings.guard_base_url,
        model=settings.guard_model,
        api_key=secret(settings.guard_api_key),
        timeout_s=settings.judge_timeout_s,
        temperature=0.0,
    )
    queue = JudgeQueue(settings.judge_concurrency)
    key = settings.guard_family or get_family(settings.guard_model)
    if key is None or key == "rubric":
        # gpt-oss-safeguard and others take the policy as it is given.
        return Judges((QueuedJudge(RubricJudge(model, name=settings.guard_model), queue),))
    family = FAMILIES[key]
    judge = GuardModelJudge(
        model, family, name=settings.guard_model, decoder=decoder if family.pictures else None
    )
    queued = QueuedJudge(judge, queue)
    return Judges((queued,) if family.texts else (), (queued,) if family.pictures else ())


def _research_model(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Judges:
    if not settings.model_base_url or not settings.model_judges:
        return Judges()
    from agent.policy.rubric import RubricJudge

    model = research_model(settings, stack, temperature=0.0, timeout_s=settings.judge_timeout_s)
    judge = RubricJudge(model, name=settings.model_name, decoder=decoder)
    queued = QueuedJudge(judge, JudgeQueue(settings.judge_concurrency))
    return Judges((queued,), (queued,))


async def examine_judges(settings: Settings) -> tuple[bool, str]:
    """Whether every judge over a model answers; says what holds where one does not."""
    async with AsyncExitStack() as stack:
        decoder = DecodingPool(size=1)
        stack.push_async_callback(decoder.aclose)
        judges = configured_judges(settings, stack, decoder)
        if not judges.texts and not judges.pictures:
            return True, (
                "Only Limner's built-in rules check requests, so generated pictures of "
                "people need approval in public channels. Set LIMNER_MODERATION_BASE_URL "
                "or LIMNER_GUARD_BASE_URL to add a model."
            )
        asked = [_asked(judge.name, judge.judge_text(HARMLESS)) for judge in judges.texts]
        picture = _blank()
        asked += [
            _asked(judge.name, judge.judge_picture(picture, text=HARMLESS.request))
            for judge in judges.pictures
        ]
        silent = {name: why for name, why in await asyncio.gather(*asked) if why}
    known = [*(judge.name for judge in judges.texts), *(judge.name for judge in judges.pictures)]
    names = dict.fromkeys(known)
    if not silent:
        return True, f"Checked by built-in rules and {', '.join(names)}."
    absent = "; ".join(f"{name} isn't answering: {why}" for name, why in silent.items())
    return False, (
        f"{absent}. Until it does, nothing is drawn in public channels (unless their setting "
        "`unjudged` is `open`), and no pictures of people are drawn anywhere."
    )


async def _asked(name: str, answer: Awaitable[Verdict]) -> tuple[str, str]:
    """A judge's name, and why it does not answer, if it does not."""
    try:
        await answer
    except ModelUnavailable as error:
        return name, error.why
    return name, ""


def _blank() -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(data, "PNG")
    return data.getvalue()

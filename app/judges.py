"""Wiring of the content policy's judges: which models of the settings judge texts and pictures."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from agent.images import DecodingPool
from app.models import chat_model, research_model
from app.settings import Settings, secret
from jobs.ports import PictureJudge, TextJudge


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
    return Judges((judge,), (judge,))


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
    key = settings.guard_family or get_family(settings.guard_model)
    if key is None or key == "rubric":
        # gpt-oss-safeguard and others take the policy as they are told.
        return Judges((RubricJudge(model, name=settings.guard_model),))
    family = FAMILIES[key]
    judge = GuardModelJudge(
        model, family, name=settings.guard_model, decoder=decoder if family.pictures else None
    )
    return Judges((judge,) if family.texts else (), (judge,) if family.pictures else ())


def _research_model(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Judges:
    if not settings.model_base_url or not settings.model_judges:
        return Judges()
    from agent.policy.rubric import RubricJudge

    model = research_model(settings, stack, temperature=0.0, timeout_s=settings.judge_timeout_s)
    judge = RubricJudge(model, name=settings.model_name, decoder=decoder)
    return Judges((judge,), (judge,))

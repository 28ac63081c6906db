"""The doctor's checks of the research model: its profile, its server, its summaries."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from agent.ports import Message
from agent.profiles.profile import AgentProfile
from agent.profiles.registry import profile_for
from app.models import research_model, research_profile, summary_model
from app.settings import Settings
from domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from agent.model_clients.chat import OpenAiChatModel

PROBE_TOKENS = 16


async def examine_profile(settings: Settings) -> tuple[bool, str]:
    """The profile in use, where its texts come from, and whether it fits the served model."""
    if not settings.model_base_url:
        return True, "No research model is set up, so no profile is used."
    profile = research_profile(settings)
    names = await _served_names(settings)
    fitting = profile_for((settings.model_name, *names))
    summary = f"{profile.name} ({profile.title}), {_texts(profile, settings)}."
    if fitting.name == profile.name:
        return True, summary
    served = ", ".join(dict.fromkeys((settings.model_name, *names)))
    return False, (
        f"{summary} The profile {fitting.name} fits the served model ({served}) better; set "
        f"LIMNER_AGENT_PROFILE to {fitting.name}, or to auto."
    )


async def examine_model(settings: Settings) -> tuple[bool, str]:
    """Whether the research model and the one for summaries answer, and what their servers say
    where they do not."""
    if not settings.model_base_url:
        return True, "Not set up; set LIMNER_MODEL_BASE_URL to research with a model."
    async with AsyncExitStack() as stack:
        asked = {settings.model_name: research_model(settings, stack)}
        if settings.summary_base_url or settings.summary_model:
            name = f"{settings.summary_model or settings.model_name} (summaries of pages)"
            asked[name] = summary_model(settings, stack)
        answers = await asyncio.gather(*(_probed(model) for model in asked.values()))
    failed = [f"{name}: {why}" for name, why in zip(asked, answers, strict=True) if why]
    if failed:
        return False, f"{'; '.join(failed)}."
    return True, f"Answering: {', '.join(asked)}."


async def _probed(model: OpenAiChatModel) -> str:
    """The reason why a model does not answer; "" when it does."""
    try:
        await model.complete([Message("user", "Say yes.")], max_tokens=PROBE_TOKENS)
    except ModelUnavailable as error:
        return f"{error.why} (its server said: {error.detail})" if error.detail else error.why
    return ""


async def _served_names(settings: Settings) -> tuple[str, ...]:
    """The server's name of its model, and where the weights come from; nothing where it does not
    say."""
    async with AsyncExitStack() as stack:
        try:
            served = await research_model(settings, stack).served_names()
        except ModelUnavailable:
            return ()
    return tuple(served) if len(served) <= 2 or settings.model_name not in served else ()


def _texts(profile: AgentProfile, settings: Settings) -> str:
    if settings.model_prompt_file is not None:
        return "with the system prompt of LIMNER_MODEL_PROMPT_FILE"
    if profile.is_imported:
        return f"with the trained texts of commit {profile.texts_from[:7]}"
    if profile.origin is None:
        return "with Limner's own texts"
    return (
        f"with Limner's own texts; import the trained ones from a checkout of "
        f"{profile.origin.repository} with `limner agent import`"
    )

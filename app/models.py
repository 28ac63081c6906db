"""Wiring of what models do: research, words for the news, checking pictures, moderation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.ports import Researcher, TranscriptKeeper
from agent.profiles.imported import with_imported_texts, with_skills_of
from agent.profiles.profile import AgentProfile
from agent.profiles.registry import AUTO, PROFILES, profile_for
from agent.research.planner import RulePlanner
from agent.research.prompts import read_template
from agent.research.search_gate import SearchGate
from agent.research.tools import SearchTools
from agent.sandbox.picture_decoder import DecodingPool
from app.searching import Searching
from app.settings import Settings, secret
from domain.requests import Job
from generation.registry import Renderers
from jobs.common.ports import BlobStore, Newsroom, Verifier
from storage.knowledge import SqlGeneratorKnowledge

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from agent.model_clients.chat import OpenAiChatModel
    from agent.model_clients.describer import PictureDescriber
    from agent.model_clients.intents import ModelIntents
    from agent.research.support.judge import ClaimJudge

JUDGE_CLAIMS_S: Final = 30.0
"""Most seconds that the judge of claims may take; a shorter time limit of models holds too."""
INTENT_TIMEOUT_S = 2.5
"""Requests whose answer a user waits for, and that the rules can answer too."""


def researcher(
    settings: Settings,
    stack: AsyncExitStack,
    decoder: DecodingPool,
    blobs: BlobStore,
    tools_for: Callable[[Job], SearchTools],
    renderer: Renderers,
    gate: SearchGate,
    keeper: TranscriptKeeper | None = None,
) -> Researcher:
    """The model-driven agent where a model is configured, the rule-based planner otherwise."""
    if not settings.model_base_url:
        return RulePlanner(tools_for=tools_for, search_usd=settings.search_usd, gate=gate)
    return model_researcher(settings, stack, decoder, blobs, tools_for, renderer, gate, keeper)


def model_researcher(
    settings: Settings,
    stack: AsyncExitStack,
    decoder: DecodingPool,
    blobs: BlobStore,
    tools_for: Callable[[Job], SearchTools],
    renderer: Renderers,
    gate: SearchGate,
    keeper: TranscriptKeeper | None,
    *,
    checkpoint: str = "",
) -> Researcher:
    """The model-driven agent of the settings; ``checkpoint`` is the id of the trained agent that it
    is, if it is one."""
    from agent.research.loop import LoopSettings, ModelResearcher
    from agent.research.protocol import answer_grammar, turn_grammar

    profile = research_profile(settings)

    def max_references(job: Job) -> int:
        return renderer.max_references(job.request.generator)

    return ModelResearcher(
        model=research_model(settings, stack, temperature=profile.temperature, top_p=profile.top_p),
        summarizer=summary_model(settings, stack),
        tools_for=tools_for,
        max_references=max_references,
        decoder=decoder,
        pictures=blobs,
        judge=claim_judge(settings, stack),
        settings=LoopSettings(
            profile=profile,
            template=read_template(settings.model_prompt_file),
            max_new_tokens=settings.model_max_tokens,
            max_job_s=settings.research_max_s,
            max_job_usd=settings.research_max_usd,
            model_name=settings.model_name,
            checkpoint=checkpoint,
            summary_model_name=settings.summary_model,
            prompt_usd=settings.model_prompt_usd,
            answer_usd=settings.model_answer_usd,
            search_usd=settings.search_usd,
            asks_for_gaps=settings.research_gaps,
            turn_grammar=turn_grammar(tools=tuple(profile.tools), skills=profile.skill_names)
            if settings.model_grammar
            else None,
            answer_grammar=answer_grammar() if settings.model_grammar else None,
        ),
        gate=gate,
        keeper=keeper,
    )


def search_gate(settings: Settings, web: Searching, engine_db: AsyncEngine) -> SearchGate:
    """Decides what of a request is looked up."""
    return SearchGate(
        knowledge=SqlGeneratorKnowledge(engine_db),
        entities=web.entities,
        default_generator=settings.generator,
    )


def claim_judge(settings: Settings, stack: AsyncExitStack) -> ClaimJudge | None:
    """The model that says what pages say of claims; None where rules alone do."""
    base_urls = settings.check_base_url or settings.model_base_url
    if not base_urls or not settings.judge_claims:
        return None
    from agent.research.support.judge import ClaimJudge

    own = bool(settings.check_base_url)
    key = settings.check_api_key if own else settings.model_api_key
    name = (settings.check_model if own else "") or settings.model_name
    timeout_s = min(settings.model_timeout_s, JUDGE_CLAIMS_S)
    return ClaimJudge(
        chat_model(
            settings,
            stack,
            base_urls=base_urls,
            model=name,
            api_key=secret(key),
            temperature=0.0,
            timeout_s=timeout_s,
        ),
        model_name=name,
        timeout_s=timeout_s,
        prompt_usd=0.0 if own else settings.model_prompt_usd,
        answer_usd=0.0 if own else settings.model_answer_usd,
    )


def newsroom(settings: Settings, stack: AsyncExitStack, web: Searching) -> Newsroom:
    """The newsroom, whose stories the research model words where there is one."""
    from agent.news.budget import WordsSettings
    from agent.news.newsroom import WebNewsroom

    if not settings.model_base_url:
        return WebNewsroom(fetcher=web.fetcher, providers=web.news, pool=web.pool, cache=web.cache)
    return WebNewsroom(
        fetcher=web.fetcher,
        providers=web.news,
        pool=web.pool,
        cache=web.cache,
        model=research_model(settings, stack),
        words=WordsSettings(
            model_name=settings.model_name,
            prompt_usd=settings.model_prompt_usd,
            answer_usd=settings.model_answer_usd,
            max_usd=settings.research_max_usd,
        ),
    )


def verifier(settings: Settings, stack: AsyncExitStack, decoder: DecodingPool) -> Verifier | None:
    """The checker of finished pictures: the vision model, else a reader of their text where the
    extra ``ocr`` is installed; None where there is neither or the check is off."""
    base_urls = settings.check_base_url or settings.model_base_url
    if not settings.check_pictures:
        return None
    if not base_urls:
        return _text_verifier(decoder)
    from agent.model_clients.verifier import PictureVerifier

    own = bool(settings.check_base_url)
    key = settings.check_api_key if own else settings.model_api_key
    name = settings.check_model or settings.model_name
    model = chat_model(settings, stack, base_urls=base_urls, model=name, api_key=secret(key))
    return PictureVerifier(model, decoder, model_name=name)


def _text_verifier(decoder: DecodingPool) -> Verifier | None:
    from agent.sandbox.text_reading import TextReader, installed_reader

    name = installed_reader()
    if not name:
        return None
    from agent.model_clients.text_verifier import TextVerifier

    return TextVerifier(TextReader(name), decoder)


def describer(
    settings: Settings, stack: AsyncExitStack, decoder: DecodingPool
) -> PictureDescriber | None:
    """The vision model that says what pictures show; None where none is configured."""
    base_urls = settings.check_base_url or settings.model_base_url
    if not base_urls:
        return None
    from agent.model_clients.describer import PictureDescriber

    own = bool(settings.check_base_url)
    key = settings.check_api_key if own else settings.model_api_key
    name = settings.check_model or settings.model_name
    model = chat_model(settings, stack, base_urls=base_urls, model=name, api_key=secret(key))
    return PictureDescriber(model, decoder)


def research_profile(settings: Settings) -> AgentProfile:
    """The profile of the research model, with the texts that were imported for it.

    Raises:
        InvalidSettings: The imported texts or the guides cannot be read.
    """
    chosen = settings.agent_profile
    profile = profile_for((settings.model_name,)) if chosen == AUTO else PROFILES[chosen]
    profile = with_imported_texts(profile, settings.data_dir)
    return with_skills_of(profile, settings.agent_skills_dir)


def summary_model(settings: Settings, stack: AsyncExitStack) -> OpenAiChatModel:
    """The model that sums up pages: one of its own, or the research model."""
    own = bool(settings.summary_base_url)
    key = settings.summary_api_key if own else settings.model_api_key
    return chat_model(
        settings,
        stack,
        base_urls=settings.summary_base_url or settings.model_base_url,
        model=settings.summary_model or settings.model_name,
        api_key=secret(key),
        temperature=0.0,
    )


def intents(settings: Settings, stack: AsyncExitStack) -> ModelIntents | None:
    """The model that helps to read the intent of messages; None without a model."""
    if not settings.model_base_url:
        return None
    from agent.model_clients.intents import ModelIntents

    model = research_model(settings, stack, temperature=0.0, timeout_s=INTENT_TIMEOUT_S)
    return ModelIntents(model, grammar=settings.model_grammar)


def research_model(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    timeout_s: float | None = None,
) -> OpenAiChatModel:
    """The research model, perhaps with sampling and a time limit (seconds) of its own."""
    return chat_model(
        settings,
        stack,
        base_urls=settings.model_base_url,
        model=settings.model_name,
        api_key=secret(settings.model_api_key),
        temperature=temperature,
        top_p=top_p,
        timeout_s=timeout_s,
    )


def chat_model(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    base_urls: tuple[str, ...],
    model: str,
    api_key: str,
    temperature: float | None = None,
    top_p: float | None = None,
    timeout_s: float | None = None,
) -> OpenAiChatModel:
    """A model behind OpenAI's interface; ``stack`` closes its connections."""
    from agent.model_clients.chat import ModelSettings, OpenAiChatModel

    made = ModelSettings(
        base_urls=base_urls,
        model=model,
        api_key=api_key or None,
        timeout_s=settings.model_timeout_s if timeout_s is None else timeout_s,
    )
    if temperature is not None:
        made = replace(made, temperature=temperature)
    chat = OpenAiChatModel(made if top_p is None else replace(made, top_p=top_p))
    stack.push_async_callback(chat.aclose)
    return chat

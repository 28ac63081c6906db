"""Filters that keep jobs out of the training data, each with the word that the data card counts it
by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from agent.profiles.profile import AgentProfile
from agent.research.calls import CallLimits, MalformedTurn
from agent.research.protocol import read_turn
from domain.licences import Use, allows
from domain.research import EvidenceVerdict, ToolName
from training.data.candidates import Candidate
from training.records import CUTOFF_TOKENS, estimated_tokens

MIN_VALUE: Final = 0.5


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """``min_value`` is the least rating of a result by people or judges; ``needs_value`` leaves out
    those without a rating. ``licensed`` demands that every chosen reference allows changes and,
    with ``commercial``, commercial use. ``min_supported`` is the least share of cited sentences
    that a page supports or mentions. ``profile`` is the name of the profile that is trained."""

    profile: str
    min_value: float = MIN_VALUE
    needs_value: bool = False
    licensed: bool = False
    commercial: bool = True
    min_supported: float = 0.5
    cutoff_tokens: int = CUTOFF_TOKENS
    generators: Collection[str] = ()
    """The ids whose jobs count; all where empty."""


def reason_against(
    candidate: Candidate, settings: FilterSettings, profile: AgentProfile
) -> str | None:
    """The reason why a candidate is left out; None where it is taken."""
    if candidate.refused:
        return "safety: it was refused"
    if not candidate.finished:
        return "not finished"
    if candidate.agent.get("profile") != settings.profile:
        return "profile: another agent's dialect"
    if settings.generators and candidate.generator not in settings.generators:
        return "generator: another one"
    return (
        _protocol(candidate, profile)
        or _length(candidate, settings)
        or _judged(candidate, settings)
        or _rights(candidate, settings)
    )


def _protocol(candidate: Candidate, profile: AgentProfile) -> str | None:
    """Roles in turn, every turn in the trained form, at least one picture search, an answer."""
    turns = candidate.turns
    if not candidate.answered or candidate.trimmed:
        return "protocol: no answer" if not candidate.answered else "protocol: shortened"
    if len(turns) < 3 or turns[0].role != "system":
        return "protocol: incomplete"
    expected = ("user", "assistant")
    if any(t.role != expected[n % 2] for n, t in enumerate(turns[1:])) or len(turns) % 2 == 0:
        return "protocol: turns do not alternate"  # a forced answer, for example
    limits = CallLimits(
        tools=tuple(profile.tools), queries=profile.max_queries, results=profile.max_results
    )
    spoken = turns[2::2]
    called: list[ToolName] = []
    for turn in spoken[:-1]:
        try:
            read = read_turn(turn.text, limits)
        except MalformedTurn:
            return "protocol: a malformed turn"
        if read.call is None:
            return "protocol: an answer that was not taken"
        called.append(read.call.name)
    try:
        if read_turn(spoken[-1].text, limits).answer is None:
            return "protocol: no answer"
    except MalformedTurn:
        return "protocol: a malformed turn"
    texts = [turn.text for turn in spoken]
    if len(set(texts)) < len(texts):
        return "protocol: a repeated turn"
    return None if ToolName.IMAGE_SEARCH in called else "protocol: no picture search"


def _length(candidate: Candidate, settings: FilterSettings) -> str | None:
    tokens = estimated_tokens(candidate.turns)
    return "length: beyond the cutoff" if tokens > settings.cutoff_tokens else None


def _judged(candidate: Candidate, settings: FilterSettings) -> str | None:
    if candidate.value is None:
        if settings.needs_value:
            return "judge: nobody said anything of it"
    elif candidate.value < settings.min_value:
        return "judge: a poor result"
    cited = sum(candidate.evidence.values())
    held = sum(
        candidate.evidence.get(verdict.value, 0)
        for verdict in (EvidenceVerdict.SUPPORTED, EvidenceVerdict.MENTIONED)
    )
    if candidate.evidence.get(EvidenceVerdict.CONTRADICTED.value):
        return "entailment: a sentence contradicts its page"
    if cited and held / cited < settings.min_supported:
        return "entailment: too little is supported"
    return None


def _rights(candidate: Candidate, settings: FilterSettings) -> str | None:
    if not settings.licensed:
        return None
    use = Use(commercial=settings.commercial, derivatives=True)
    if all(licence is not None and allows(licence, use) for licence in candidate.licences):
        return None
    return "licence: a reference may not be used"

"""Which facts a picture needs that its generator lacks, by a research model: one short question
before the search (SearchGen, arXiv 2607.05382, stage "analyse gaps")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, cast

from agent.ports import ChatModel, Completion, Message
from agent.research.search_gate import Decision
from agent.research.subject_models import Subject, SubjectKind
from agent.research.tolerant_json import UnreadableJson, loads
from domain.errors import ModelUnavailable
from domain.special_tokens import break_special_tokens
from domain.translation.messages import gettext, joined

MAX_GAPS: Final = 3
MAX_QUERY_CHARS: Final = 120
MAX_FACT_CHARS: Final = 160
MAX_TOKENS: Final = 600

SYSTEM: Final = """\
You plan research for an image generator. List the facts that a correct picture of the request \
needs and that {generator} probably does not know: how particular people, places, works, products, \
species or events look, and what happened after it was trained. Everyday things, styles and \
compositions need no research. Answer with JSON alone: {{"gaps": [{{"fact": "...", "query": "...", \
"weight": "critical|important|minor"}}]}}. At most {most} gaps, the weightiest first; an empty \
list when nothing is missing. A query is two to six words in the language of the request."""


class Weight(StrEnum):
    """How much a picture suffers from a missing fact."""

    CRITICAL = "critical"
    IMPORTANT = "important"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that a generator lacks, and what to search for."""

    fact: str
    query: str
    weight: Weight


async def ask_for_gaps(model: ChatModel, prompt: str, *, generator: str) -> Completion:
    """Ask a model once; a failure is kept in the answer, and never an error."""
    system = SYSTEM.format(generator=generator, most=MAX_GAPS)
    messages = [Message("system", system), Message("user", break_special_tokens(prompt))]
    try:
        return await model.complete(messages, max_tokens=MAX_TOKENS)
    except ModelUnavailable as error:
        return Completion("", failure=error.why)


def with_gaps(decision: Decision, answer: str, *, generator: str, linked: bool) -> Decision:
    """A decision to search, once a model was asked: nothing is searched where no fact of weight
    is missing, otherwise what is missing. ``linked`` requests bring an address that is read in any
    case. An answer that cannot be read changes nothing."""
    gaps = read_gaps(answer)
    if gaps is None:
        return decision
    if not gaps:
        told = gettext(
            "Nothing was looked up: the research model finds no fact that {generator} lacks.",
            generator=generator,
        )
        return replace(decision, search=linked, subjects=(), reasons=(told,))
    subjects = tuple(Subject(gap.query, True, 0, SubjectKind.NAME) for gap in gaps)
    reasons = tuple(
        gettext(
            "“{name}” was looked up: {why}.",
            name=gap.query,
            why=joined(gap.fact or gettext("a fact is missing"), f"({gap.weight.value})"),
        )
        for gap in gaps
    )
    return replace(decision, subjects=subjects, reasons=reasons)


def read_gaps(text: str) -> tuple[Gap, ...] | None:
    """The critical and important gaps of an answer, at most three; None where it cannot be read."""
    try:
        answer: object = loads(text.rpartition("</think>")[2])
    except UnreadableJson:
        return None
    if not isinstance(answer, dict):
        return None
    listed = cast("Mapping[str, Any]", answer).get("gaps")
    if not isinstance(listed, list):
        return None
    gaps = [gap for entry in cast("Sequence[object]", listed) if (gap := _gap(entry)) is not None]
    weighty = [gap for gap in gaps if gap.weight is not Weight.MINOR]
    return tuple(sorted(weighty, key=lambda gap: gap.weight is not Weight.CRITICAL)[:MAX_GAPS])


def _gap(entry: object) -> Gap | None:
    if not isinstance(entry, dict):
        return None
    told = cast("Mapping[str, object]", entry)
    query = " ".join(str(told.get("query") or "").split())[:MAX_QUERY_CHARS]
    fact = " ".join(str(told.get("fact") or "").split())[:MAX_FACT_CHARS]
    try:
        weight = Weight(str(told.get("weight")).strip().lower())
    except ValueError:
        return None
    return Gap(fact, query, weight) if query else None

"""The prompt that a model wrote, with every sentence of it tied to what was read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent.language.identification import find_language
from agent.research.answers import Accepted, sentences
from agent.research.grounding import CHANGE, brought
from agent.research.support.judge import ClaimJudge, ModelVerdicts, apply_verdicts
from agent.research.support.pages import ReadPages, get_passages
from agent.research.support.reading import read
from agent.research.support.rules import Judgement, judge_claim
from agent.research.trajectory import TrajectoryRecorder
from domain.ordinals import renumbered, spoken_of
from domain.requests import Job, JobKind, UnsupportedClaims
from domain.research import (
    Evidence,
    EvidenceVerdict,
    GroundedPrompt,
    Reference,
    Source,
    SourceKind,
)
from domain.sentences import Passage

ASKED_FOR: Final = 0.6
"""The share of a sentence's words that the request holds, from which on it was asked for."""


def get_pages(sources: Sequence[Source]) -> ReadPages:
    """The pages among sources, to be cited."""
    return ReadPages([source for source in sources if source.kind is SourceKind.PAGE])


def judge_answer(answer: Accepted, pages: ReadPages, *, weighed: bool = True) -> list[Judgement]:
    """What the pages say of each sentence of an answer, by rules and, where it is ``weighed``, the
    trained models."""
    return [judge_claim(claim, pages, weighed=weighed) for claim in sentences(answer.prompt)]


def _weigh_rest(
    judged: Sequence[Judgement], verdicts: ModelVerdicts, pages: ReadPages
) -> list[Judgement]:
    """The judgements with those weighed that are no quotations and of which the model said
    nothing."""
    settled = {verdict.claim for verdict in verdicts.claims}
    settled |= {j.claim for j in judged if j.verdict is EvidenceVerdict.SUPPORTED}
    return [j if j.claim in settled else judge_claim(j.claim, pages) for j in judged]


async def ground_answer(
    answer: Accepted, trail: TrajectoryRecorder, job: Job, *, judge: ClaimJudge | None
) -> GroundedPrompt:
    """The answer's prompt with its citations: rules compare each sentence with the pages, and the
    ``judge`` decides where they found no quotation."""
    # In threads: every sentence is compared with every page.
    pages = await asyncio.to_thread(get_pages, trail.sources)
    asked = judge is not None and await trail.steps.is_patched("judge-claims")
    judged = await asyncio.to_thread(judge_answer, answer, pages, weighed=not asked)
    if judge is not None and asked:
        by_rules = tuple(judged)
        said = await trail.steps.run(
            "judge-claims", lambda: judge.judge(by_rules, pages), ModelVerdicts
        )
        judged = apply_verdicts(judged, said, pages)
        judged = await asyncio.to_thread(_weigh_rest, judged, said, pages)
        if said.completion.tokens:
            await trail.notebook.spent("judge-claims", judge.get_spending(said))
    return await asyncio.to_thread(grounded, answer, trail.sources, job, judged)


def grounded(
    answer: Accepted, sources: tuple[Source, ...], job: Job, judged: Sequence[Judgement]
) -> GroundedPrompt:
    """The prompt with its references, and every sentence of it tied to what was read.

    The requester's own pictures come before the chosen ones, whose ordinals move up. A sentence
    that names something or counts something, and that no page supports, is kept as an
    unsupported claim.
    """
    shown = {source.img_id: source for source in sources if source.img_id is not None}
    edits = job.kind is JobKind.EDIT
    references, uses = brought(job.request, edits=edits)
    first = len(references)
    references += [
        Reference(
            img_id=named.img_id,
            sha256=shown[named.img_id].sha256,
            note=named.note,
            title=shown[named.img_id].title,
            source_id=shown[named.img_id].id,
        )
        for named in answer.references
    ]
    moved = {n: n + first for n in range(1, len(answer.references) + 1)}
    prompt = answer.prompt
    if job.request.unsupported is UnsupportedClaims.DROP:
        prompt = without_unsupported(prompt, judged, asked=job.request.prompt)
    prompt = renumbered(prompt, moved)
    lines = (f"{CHANGE} {job.request.prompt}", prompt) if edits else (prompt,)
    evidence = cite(judged, references)
    return GroundedPrompt("\n".join((*lines, *uses)), tuple(references), evidence)


def without_unsupported(prompt: str, judged: Sequence[Judgement], *, asked: str) -> str:
    """The prompt without the sentences that state facts which no page supports, or which one
    contradicts; what the requester ``asked`` for stays, and so does the last sentence."""
    dropped = {
        judgement.claim
        for judgement in judged
        if not judgement.verdict.holds
        and not spoken_of(judgement.claim)
        and (_is_factual(judgement.claim) or judgement.verdict is EvidenceVerdict.CONTRADICTED)
        and not _is_asked_for(judgement.claim, asked)
    }
    every = get_passages(prompt)
    lost = [passage for passage in every if passage.text in dropped]
    if len(lost) == len(every):
        return prompt
    for passage in reversed(lost):
        prompt = prompt[: passage.start] + prompt[passage.start + len(passage.text) :]
    return re.sub(r"[ \t]+", " ", prompt).strip()


def _is_asked_for(claim: str, asked: str) -> bool:
    """Whether most of what a sentence says stands in the request."""
    code = find_language(asked) or "en"
    wished = {word.stem for word in read(asked, code).content}
    said = [word.stem for word in read(claim, code).content]
    return sum(stem in wished for stem in said) >= ASKED_FOR * len(said)


def cite(judged: Sequence[Judgement], references: Sequence[Reference]) -> tuple[Evidence, ...]:
    """The numbered citations of judged claims, then those of the chosen pictures."""
    evidence: list[Evidence] = []
    for judgement in judged:
        for source, passage, verdict in _citations(judgement):
            evidence.append(
                Evidence(
                    len(evidence) + 1,
                    judgement.claim,
                    source.id if source else None,
                    passage.text if passage else None,
                    passage.start if passage else None,
                    verdict,
                )
            )
    for reference in references:
        if reference.source_id is not None:
            claim = reference.note or f"Picture: {reference.title}"
            evidence.append(Evidence(len(evidence) + 1, claim, reference.source_id))
    return tuple(evidence)


def _citations(
    judgement: Judgement,
) -> Iterator[tuple[Source | None, Passage | None, EvidenceVerdict]]:
    """What a judged claim cites: the passage that decided, and one that disagrees with it."""
    if judgement.verdict is not EvidenceVerdict.UNSUPPORTED:
        yield judgement.source, judgement.passage, judgement.verdict
    elif not spoken_of(judgement.claim) and _is_factual(judgement.claim):
        yield None, None, judgement.verdict
    if judgement.against is not None:
        yield *judgement.against, EvidenceVerdict.CONTRADICTED


def _is_factual(claim: str) -> bool:
    """Whether a sentence names or counts something, so that it could be wrong."""
    words = claim.split()[1:]
    return any(word[:1].isupper() or any(c.isdigit() for c in word) for word in words)

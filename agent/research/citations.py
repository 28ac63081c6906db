"""The prompt that a model wrote, with every sentence of it tied to what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.research.answers import Accepted, sentences
from agent.research.grounding import CHANGE, brought
from agent.research.support.pages import ReadPages
from agent.research.support.rules import Judgement, judge_claim
from domain.ordinals import renumbered, spoken_of
from domain.requests import Job, JobKind
from domain.research import (
    Evidence,
    EvidenceVerdict,
    GroundedPrompt,
    Reference,
    Source,
    SourceKind,
)
from domain.sentences import Passage


def grounded(answer: Accepted, sources: tuple[Source, ...], job: Job) -> GroundedPrompt:
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
    prompt = renumbered(answer.prompt, moved)
    lines = (f"{CHANGE} {job.request.prompt}", prompt) if edits else (prompt,)
    pages = ReadPages([source for source in sources if source.kind is SourceKind.PAGE])
    judged = [judge_claim(claim, pages) for claim in sentences(answer.prompt)]
    evidence = cite(judged, references)
    return GroundedPrompt("\n".join((*lines, *uses)), tuple(references), evidence)


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

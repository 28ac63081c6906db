"""A job that may become training data: its conversation, and the ratings of people and judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.training import TrainingTurn


@dataclass(frozen=True, slots=True)
class Candidate:
    """The data of one job when training data are made.

    ``id`` does not identify the requester. ``value`` is the worth of the result, from 0 to 1, None
    where it has no rating. ``picture`` is the SHA-256 of the finished picture that people liked,
    for ground truth.
    """

    id: str
    workspace_id: str
    job_id: str
    question: str
    turns: tuple[TrainingTurn, ...]
    subjects: tuple[str, ...] = ()
    agent: Mapping[str, str] = field(default_factory=dict[str, str])
    generator: str = ""
    answered: bool = True
    trimmed: int = 0
    finished: bool = True
    refused: bool = False
    value: float | None = None
    marks_score: float | None = None
    votes_up: int = 0
    votes_down: int = 0
    approved: bool | None = None
    corrections: tuple[str, ...] = ()
    """The later edits of the picture, in people's words."""
    evidence: Mapping[str, int] = field(default_factory=dict[str, int])
    """The number of sentences of the prompt with each verdict."""
    licences: tuple[str | None, ...] = ()
    """Of the chosen references; None where one is unknown."""
    picture: str | None = None
    cost_usd: float = 0.0
    tokens: int = 0

    @property
    def images(self) -> tuple[str, ...]:
        """The hashes of all pictures that the conversation shows."""
        return tuple(dict.fromkeys(sha for turn in self.turns for sha in turn.images))


def value_of(
    *, approved: bool | None, votes_up: int, votes_down: int, marks: float | None, corrected: bool
) -> float | None:
    """The worth of a result, from 0 to 1: people's decision first, then their votes, then the
    self-check; None without any. A result that was corrected and that has no vote in favour is
    worth less than one that was taken as it is."""
    if approved is False:
        return 0.0
    votes = votes_up + votes_down
    if votes and votes_up != votes_down:
        return votes_up / votes
    if approved:
        return 1.0
    if marks is None:
        return 0.25 if corrected else None
    return marks * (0.5 if corrected else 1.0)


def plain_summary(candidate: Candidate) -> dict[str, object]:
    """A candidate's entry in provenance records, without its texts."""
    return {
        "id": candidate.id,
        "agent": dict(candidate.agent),
        "generator": candidate.generator,
        "value": candidate.value,
        "marks": candidate.marks_score,
        "votes": [candidate.votes_up, candidate.votes_down],
        "approved": candidate.approved,
        "corrections": list(candidate.corrections),
        "evidence": dict(candidate.evidence),
        "licences": sorted({each or "unknown" for each in candidate.licences}),
        "cost_usd": candidate.cost_usd,
        "tokens": candidate.tokens,
    }


def subject_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of subjects in one spelling, each once."""
    plain = (" ".join(name.casefold().split()) for name in names)
    return tuple(dict.fromkeys(name for name in plain if name))

"""The parts of every benchmark: samples, a question for the judge, and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Marks = Mapping[str, float | None]
"""A judge's marks for one picture, by dimension; None where a dimension does not apply."""
Missing = Literal["skip", "zero"]
"""The treatment of a sample without marks: it is left out, or it counts 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with one row or file, to be counted and named."""

    kind: str
    where: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}{f' ({self.detail})' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of a benchmark; ``kind`` is its category in the benchmark's own words."""

    id: str
    prompt: str
    kind: str = ""
    difficulty: str = ""
    ground_truth: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further inputs of the judge or the scorer."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A benchmark's samples as they lie on this machine."""

    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]
    sha256: str
    """Of all files that were read, in the order of their names."""
    is_published: bool | None = None
    """Whether the files are byte for byte the published ones; None where no hash is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one sample in one condition."""

    sample_id: str
    status: str
    """``done``, ``failed``, ``refused``, ``cancelled`` or ``missing`` (its picture is gone)."""
    picture: Path | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A sample with its marks; None where there are none, which ``why`` explains."""

    sample: Sample
    marks: Marks | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The mean of one group or dimension over so many samples; None over none."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Scores:
    """``overall`` is the benchmark's headline number on its own scale; ``parts`` what it is made
    of, in the order to be shown."""

    overall: float | None
    n: int
    parts: Mapping[str, Part] = field(default_factory=dict[str, Part])


@dataclass(frozen=True, slots=True)
class Question:
    """A question for a judge. Pictures follow the text in this order: those of ``pictures``, each
    named in the text, and last the picture to judge."""

    system: str
    text: str
    pictures: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A published score with the place it stands in."""

    name: str
    score: float
    source: str


class Benchmark(Protocol):
    """A benchmark: reads its data, asks a judge, scores, and writes what upstream reads."""

    name: str
    title: str
    top: float
    """The best possible overall score: 1 or 100."""
    where: str
    """Instructions for getting the data."""
    published: Sequence[PublishedRow]

    def load(self, data: Path) -> Loaded:
        """Read the user's download. Raises ``InvalidRequest`` where it is not there."""
        ...

    def question(self, sample: Sample) -> Question:
        """The question for our own judge. Raises ``InvalidRequest`` without what it must see."""
        ...

    def read_marks(self, answer: str, sample: Sample) -> Marks | None:
        """The marks in a judge's answer; None where it cannot be read. Nothing is guessed."""
        ...

    def score(self, rows: Sequence[Row], *, missing: Missing = "skip") -> Scores:
        """The scores by the published formula."""
        ...

    def write_outputs(
        self, folder: Path, samples: Sequence[Sample], outcomes: Mapping[str, Outcome], name: str
    ) -> list[Path]:
        """Write the files that upstream's judge reads, about the condition ``name``."""
        ...

    def upstream_commands(
        self, checkout: Path, folder: Path, data: Path, judge: UpstreamJudge
    ) -> list[list[str]]:
        """The commands that run upstream's scripts of a checkout on those files."""
        ...


@dataclass(frozen=True, slots=True)
class UpstreamJudge:
    """The model that upstream's script asks. Its key goes through the environment where the script
    allows that."""

    base_url: str
    model: str
    api_key: str = "none"
    workers: int = 8
    python: str = "python3"


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None

"""Our own judge: any vision model behind OpenAI's interface, with each benchmark's rubric.

A judge that does not answer, or answers in a form that holds no clear mark, leaves the sample
*missing*, with the reason. It is asked again by the next ``limner evaluate score``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.ports import ChatModel, Message, PictureDecoder
from domain.errors import InvalidRequest, ModelUnavailable, UnusableReference
from evaluation.benchmarks.model import Benchmark, Marks, Outcome, Sample
from evaluation.runs.records import RunFolder, append_line, read_lines

MAX_PIXELS = 1_500_000
MAX_TOKENS = 8192
TRIES = 3
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judge's result for one picture; ``marks`` is None where they are missing."""

    judge: str
    condition: str
    sample: str
    marks: Marks | None
    why: str = ""
    picture_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """A model and the name under which its marks are kept."""

    name: str
    model: ChatModel


class Judging:
    """Marks the pictures of a run, many at once, and keeps each mark as soon as it is there."""

    def __init__(self, benchmark: Benchmark, folder: RunFolder, decoder: PictureDecoder) -> None:
        self._benchmark = benchmark
        self._folder = folder
        self._decoder = decoder
        self._pictures: dict[Path, bytes] = {}

    async def mark(
        self,
        judge: Judge,
        condition: str,
        samples: Sequence[Sample],
        outcomes: Mapping[str, Outcome],
        *,
        at_once: int = AT_ONCE,
        on_judged: Callable[[Judgement], None] = lambda _judgement: None,
    ) -> None:
        """Mark every picture of a condition that this judge has not marked yet."""
        hashes = {
            r.sample: r.sha256 for (c, _), r in self._folder.records().items() if c == condition
        }
        known = judgements(self._folder).get((judge.name, condition), {})
        pending = [
            (sample, outcome.picture)
            for sample in samples
            if (outcome := outcomes.get(sample.id)) and outcome.picture is not None
            if not _is_marked(known.get(sample.id), hashes.get(sample.id, ""))
        ]
        queue = iter(pending)

        async def worker() -> None:
            for sample, picture in queue:
                marks, why = await self._marked(judge, sample, picture)
                found = Judgement(
                    judge.name, condition, sample.id, marks, why, hashes.get(sample.id, "")
                )
                await asyncio.to_thread(keep, self._folder, found)
                on_judged(found)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(pending))):
                group.create_task(worker())

    async def _marked(
        self, judge: Judge, sample: Sample, picture: Path
    ) -> tuple[Marks | None, str]:
        try:
            question = self._benchmark.question(sample)
            shown = [await self._shown(file, keep=True) for file in question.pictures]
            shown.append(await self._shown(picture))
        except (InvalidRequest, UnusableReference, OSError) as error:
            return None, str(error)
        asked = [
            Message("system", question.system),
            Message("user", question.text, tuple(shown)),
        ]
        answer = ""
        for _ in range(TRIES):
            try:
                answer = (await judge.model.complete(asked, max_tokens=MAX_TOKENS)).text
            except ModelUnavailable as error:
                return None, f"the judge did not answer: {error}"
            marks = self._benchmark.read_marks(answer, sample)
            if marks is not None:
                return marks, ""
        excerpt = " ".join(answer.split())[:200]
        return None, f"the judge's answer holds no clear marks: {excerpt!r}"

    async def _shown(self, file: Path, *, keep: bool = False) -> bytes:
        if file in self._pictures:
            return self._pictures[file]
        data = await asyncio.to_thread(file.read_bytes)
        small = (await self._decoder.decode(data, max_pixels=MAX_PIXELS)).data
        if keep and len(self._pictures) < AT_ONCE:
            self._pictures[file] = small
        return small


def _is_marked(known: Judgement | None, sha256: str) -> bool:
    return known is not None and known.marks is not None and known.picture_sha256 == sha256


def keep(folder: RunFolder, found: Judgement) -> None:
    """Append a judgement to those of the run."""
    plain: dict[str, Any] = {
        "judge": found.judge,
        "condition": found.condition,
        "sample": found.sample,
        "marks": found.marks,
        "why": found.why,
        "picture_sha256": found.picture_sha256,
    }
    append_line(folder.folder / "marks.jsonl", plain)


def judgements(folder: RunFolder) -> dict[tuple[str, str], dict[str, Judgement]]:
    """The latest judgement of each judge, condition and sample; marks that were given stand where
    a later try was missing."""
    found: dict[tuple[str, str], dict[str, Judgement]] = {}
    for plain in read_lines(folder.folder / "marks.jsonl"):
        one = Judgement(
            judge=str(plain.get("judge", "")),
            condition=str(plain.get("condition", "")),
            sample=str(plain.get("sample", "")),
            marks=plain.get("marks"),
            why=str(plain.get("why", "")),
            picture_sha256=str(plain.get("picture_sha256", "")),
        )
        of_judge = found.setdefault((one.judge, one.condition), {})
        before = of_judge.get(one.sample)
        same_picture = before is not None and before.picture_sha256 == one.picture_sha256
        if one.marks is None and before is not None and before.marks is not None and same_picture:
            continue
        of_judge[one.sample] = one
    return found

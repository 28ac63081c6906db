"""From kept conversations to shards that trainers read, in two passes with flat memory.

The first pass filters and appends what passes to a work file; the second splits and writes the
shards. An export that was killed goes on with the job after the last one in its work file. Data of
people who withdrew meanwhile is left out by the second pass, and the work file goes with its end.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from PIL import Image
from pydantic import TypeAdapter

from agent.ports import PictureDecoder
from agent.profiles.profile import AgentProfile
from domain.errors import InvalidRequest, NotFound
from domain.stores import Store
from training.data.candidates import Candidate, plain_summary
from training.data.card import DataCard, markdown
from training.data.collect import collect
from training.data.duplicates import SAME_REQUEST, NearDuplicates, benchmark_index, plain
from training.data.filters import FilterSettings, reason_against
from training.data.preferences import pairs
from training.data.shards import SHARD_RECORDS, ShardWriter, image_file, json_line, write_image
from training.data.splits import HELD_OUT, HELD_OUT_SHARE, TRAIN, Part, SubjectGroups
from training.records import (
    MAX_PIXELS,
    estimated_tokens,
    preference_record,
    problems_of,
    rl_record,
    sft_record,
)

CANDIDATE: TypeAdapter[Candidate] = TypeAdapter(Candidate)
WORK_FILE = "candidates.work.jsonl"
PARTS: tuple[Part, ...] = (TRAIN, HELD_OUT)
KINDS = ("sft", "rl", "dpo")
TOLD_EACH = 1000
PER_QUESTION = 4
"""Results of one request, or of nearly the same, that are taken."""


class PictureSource(Protocol):
    """The store of pictures."""

    async def get(self, workspace_id: str, sha256: str) -> bytes:
        """The bytes. Raises ``NotFound``."""
        ...


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """``benchmarks`` are the prompts of each benchmark whose files are there, ``unchecked`` the
    names of the others."""

    out: Path
    profile: AgentProfile
    filters: FilterSettings
    benchmarks: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    unchecked: Sequence[str] = ()
    shard_records: int = SHARD_RECORDS
    held_out: float = HELD_OUT_SHARE
    on_progress: Callable[[int], None] = lambda _seen: None


async def export(
    store: Store, pictures: PictureSource, decoder: PictureDecoder, settings: ExportSettings
) -> DataCard:
    """Write everything below the folder ``settings.out``; gives the counts.

    Raises:
        InvalidRequest: The work file of an earlier export was made with other settings.
        StorageUnavailable: The database cannot be used.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    work = settings.out / WORK_FILE
    card = DataCard(
        settings.filters.profile,
        checked={name: len(prompts) for name, prompts in settings.benchmarks.items()},
        unchecked=settings.unchecked,
    )
    groups = SubjectGroups(settings.held_out)
    await _filter(store, settings, work, card, groups)
    repeated = _repeated(work)
    writer = _Writer(settings, pictures, decoder, card, repeated)
    async for candidate in _still_kept(store, work):
        await writer.take(candidate, groups)
    files = await writer.close()
    card.subjects = len(writer.subjects)
    about = json.dumps(card.as_json(), ensure_ascii=False, indent=1) + "\n"
    (settings.out / "card.json").write_text(about, encoding="utf-8")
    (settings.out / "README.md").write_text(markdown(card, files), encoding="utf-8")
    (settings.out / "dataset_info.json").write_text(_dataset_info(files), encoding="utf-8")
    work.unlink()
    return card


async def _filter(
    store: Store, settings: ExportSettings, work: Path, card: DataCard, groups: SubjectGroups
) -> None:
    """Append what passes the filters to the work file, after what an earlier run put there."""
    against = await asyncio.to_thread(benchmark_index, settings.benchmarks)
    kept = _Kept()
    about = {
        "profile": settings.filters.profile,
        "benchmarks": sorted(settings.benchmarks),
        "filters": repr(settings.filters),
    }
    after, begun = ("", ""), False
    for line in _lines(work):
        if "about" in line:
            begun = True
            if line["about"] != about:
                raise InvalidRequest(
                    f"{str(settings.out)!r} holds an unfinished export with other settings. "
                    "Choose another folder, or remove it."
                )
            continue
        after = (line["after"][0], line["after"][1])
        card.seen += 1
        card.left_out.update(line["left_out"])
        if "candidate" in line:
            candidate = CANDIDATE.validate_python(line["candidate"])
            kept.add(candidate)
            groups.add(candidate.subjects)
    with work.open("ab") as out:
        if not begun:
            out.truncate(0)
            out.write(json_line({"about": about}))
        async for candidate in collect(store, after=after):
            card.seen += 1
            reason = reason_against(candidate, settings.filters, settings.profile)
            if reason is None:
                found = against.find(candidate.question)
                reason = f"benchmark: {found}" if found is not None else None
            reason = reason or kept.reason_against(candidate)
            counted = {reason: 1} if reason is not None else {}
            card.left_out.update(counted)
            entry: dict[str, Any] = {
                "after": [candidate.workspace_id, candidate.job_id],
                "left_out": counted,
            }
            if reason is None:
                kept.add(candidate)
                groups.add(candidate.subjects)
                entry["candidate"] = CANDIDATE.dump_python(candidate, mode="json")
            out.write(json_line(entry))
            if card.seen % TOLD_EACH == 0:
                out.flush()
                settings.on_progress(card.seen)


class _Kept:
    """The results taken so far: no result twice, and of requests that are nearly the same a few."""

    def __init__(self) -> None:
        self._results: set[bytes] = set()
        self._questions = NearDuplicates(same=SAME_REQUEST, parts=False)
        self._counts: Counter[str] = Counter()

    def reason_against(self, candidate: Candidate) -> str | None:
        """The reason why a candidate adds nothing; None where it does."""
        if _digest(candidate) in self._results:
            return "duplicate: the same result"
        same = self._questions.find(candidate.question)
        if same is not None and self._counts[same] >= PER_QUESTION:
            return "duplicate: the same request"
        return None

    def add(self, candidate: Candidate) -> None:
        """Take note of a candidate."""
        self._results.add(_digest(candidate))
        same = self._questions.find(candidate.question)
        if same is None:
            same = candidate.id
            self._questions.add(same, candidate.question)
        self._counts[same] += 1


def _digest(candidate: Candidate) -> bytes:
    whole = f"{plain(candidate.question)}\0{candidate.turns[-1].text}"
    return hashlib.sha256(whole.encode()).digest()


def _lines(work: Path) -> Iterator[dict[str, Any]]:
    if not work.exists():
        return
    with work.open("rb") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                return  # a killed process left half a line


def _repeated(work: Path) -> Collection[str]:
    """The requests that were asked more than once: only their results are kept in memory."""
    counts = Counter(
        plain(line["candidate"]["question"]) for line in _lines(work) if "candidate" in line
    )
    return {question for question, n in counts.items() if n > 1}


async def _still_kept(store: Store, work: Path) -> AsyncIterator[Candidate]:
    """The candidates of the work file whose conversations are still kept."""
    found = (
        CANDIDATE.validate_python(line["candidate"]) for line in _lines(work) if "candidate" in line
    )
    for workspace_id, own in groupby(found, key=lambda c: c.workspace_id):
        for some in _batches(own, 100):
            async with store.workspace(workspace_id, read_only=True) as unit:
                known = set(await unit.trajectories.known([c.job_id for c in some]))
            for candidate in some:
                if candidate.job_id in known:
                    yield candidate


def _batches(items: Iterable[Candidate], size: int) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class _Writer:
    """Splits candidates and writes their records."""

    def __init__(
        self,
        settings: ExportSettings,
        pictures: PictureSource,
        decoder: PictureDecoder,
        card: DataCard,
        repeated: Collection[str],
    ) -> None:
        self._repeated = repeated
        self._settings = settings
        self._pictures = pictures
        self._decoder = decoder
        self._card = card
        self._shards = {
            f"{kind}/{part}": ShardWriter(settings.out / kind / part, size=settings.shard_records)
            for kind in KINDS
            for part in PARTS
        }
        self._about = ShardWriter(settings.out / "about", size=settings.shard_records)
        self._same_question: dict[str, list[Candidate]] = {}
        self._written: dict[str, str] = {}
        self._questions: set[str] = set()
        self._files: set[str] = set()
        """All pictures that this export writes."""
        self.subjects: set[str] = set()

    async def take(self, candidate: Candidate, groups: SubjectGroups) -> None:
        """Write the records of one candidate."""
        key = plain(candidate.question)
        part = groups.part_of(candidate.subjects, fallback=key)
        try:
            for sha in candidate.images:
                await self._image(candidate.workspace_id, sha)
        except NotFound:
            self._card.left_out["picture: it was removed"] += 1
            return
        self.subjects |= set(candidate.subjects)
        about = {**plain_summary(candidate), "part": part}
        if self._add("sft", part, sft_record(candidate.turns, self._written.__getitem__)):
            about["sft"] = True
        if key not in self._questions and await self._ground_truth(candidate, part):
            self._questions.add(key)
        self._about.add(about)
        self._count(candidate)
        await self._pair(candidate, key, part)

    async def _ground_truth(self, candidate: Candidate, part: Part) -> bool:
        if candidate.picture is None:
            return False
        try:
            data = await self._pictures.get(candidate.workspace_id, candidate.picture)
        except NotFound:
            return False
        name = image_file(candidate.picture, data).replace("images/", "ground-truth/")
        await asyncio.to_thread(write_image, self._settings.out, name, data)
        self._files.add(name)
        self._add("rl", part, rl_record(candidate.id, candidate.question, name))
        return True

    async def _pair(self, candidate: Candidate, key: str, part: Part) -> None:
        """Write a preference once there are two results of one request that differ in worth."""
        if candidate.value is None or key not in self._repeated:
            return
        for pair in pairs(candidate, self._same_question.setdefault(key, [])):
            record = preference_record(
                pair.prefix, pair.chosen, pair.rejected, self._written.__getitem__
            )
            self._add("dpo", part, record)

    def _add(self, kind: str, part: Part, record: Mapping[str, Any]) -> bool:
        wrong = problems_of(record, ranking=kind == "dpo") if kind != "rl" else []
        if wrong:
            self._card.left_out[f"form: {wrong[0]}"] += 1
            return False
        self._shards[f"{kind}/{part}"].add(record)
        self._card.parts[f"{kind}/{part}"] += 1
        return True

    def _count(self, candidate: Candidate) -> None:
        card = self._card
        card.licences.update(licence or "unknown" for licence in candidate.licences)
        card.generators[candidate.generator or "none"] += 1
        card.agents[str(candidate.agent.get("model", "unknown"))] += 1
        card.tokens += estimated_tokens(candidate.turns)
        card.cost_usd += candidate.cost_usd

    async def _image(self, workspace_id: str, sha256: str) -> None:
        if sha256 in self._written:
            return
        data = await self._pictures.get(workspace_id, sha256)
        if await asyncio.to_thread(_pixels, data) > MAX_PIXELS:
            data = (await self._decoder.decode(data, max_pixels=MAX_PIXELS)).data
        name = image_file(sha256, data)
        await asyncio.to_thread(write_image, self._settings.out, name, data)
        self._written[sha256] = name
        self._files.add(name)
        self._card.images += 1

    async def close(self) -> dict[str, list[str]]:
        """Write what is left; gives the files by kind and part."""
        for shard in (*self._shards.values(), self._about):
            shard.close()
        await asyncio.to_thread(self._remove_others)
        return {name: [*shard.files] for name, shard in self._shards.items()}

    def _remove_others(self) -> None:
        """Remove pictures of an earlier export that this one leaves out."""
        for folder in ("images", "ground-truth"):
            for file in (self._settings.out / folder).rglob("*.*"):
                if file.relative_to(self._settings.out).as_posix() not in self._files:
                    file.unlink()


def _pixels(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return image.width * image.height


def _dataset_info(files: Mapping[str, Sequence[str]]) -> str:
    """LLaMA-Factory's description of the data: its ``sharegpt`` formatting."""
    tags = {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    }
    info: dict[str, Any] = {}
    for kind in ("sft", "dpo"):
        for part in PARTS:
            if not files[f"{kind}/{part}"]:
                continue
            columns = {"messages": "messages", "images": "images"}
            entry: dict[str, Any] = {
                "file_name": f"{kind}/{part}",
                "formatting": "sharegpt",
                "columns": columns,
                "tags": tags,
            }
            if kind == "dpo":
                entry["ranking"] = True
                entry["columns"] = {**columns, "chosen": "chosen", "rejected": "rejected"}
            info[f"limner_{kind}_{part.replace('-', '_')}"] = entry
    return json.dumps(info, indent=1) + "\n"

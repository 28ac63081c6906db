"""The files of a run: its recipe, one line per finished sample, and the pictures.

Lines are appended and flushed to the disk one by one, so that a killed run loses at most the line
that it was writing; that sample's job is found again by its event key and not done twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Outcome
from evaluation.runs.matrix import Condition, Shard

RUN_FILE = "run.json"
DONE, FAILED, REFUSED, CANCELLED, MISSING = "done", "failed", "refused", "cancelled", "missing"


@dataclass(frozen=True, slots=True)
class Record:
    """The outcome of one sample in one condition; times in seconds, money in US dollars."""

    sample: str
    condition: str
    status: str
    job_id: str = ""
    error: str = ""
    picture: str = ""
    """The file's path relative to the run's folder."""
    sha256: str = ""
    seconds: float = 0.0
    cost_usd: float = 0.0
    searched: bool = False
    hops: int = 0
    calls: tuple[Mapping[str, Any], ...] = ()
    """The tool calls of the research, with their arguments."""
    prompt: str = ""
    """The prompt for the generator."""
    references: tuple[Mapping[str, Any], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    usage: tuple[Mapping[str, Any], ...] = ()
    attempt: int = 0
    """The number of earlier attempts at the sample."""


_FIELDS = tuple(each.name for each in fields(Record))


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to make the run again."""

    run_id: str
    benchmark: str
    data: str
    data_sha256: str
    is_published: bool | None
    conditions: tuple[Condition, ...]
    limit: int | None
    samples: tuple[str, ...]
    started_at: str
    version: str
    commit: str
    models: Mapping[str, Any] = field(default_factory=dict[str, Any])


class RunFolder:
    """A run on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def is_begun(self) -> bool:
        """Whether there is a run in it."""
        return (self.folder / RUN_FILE).is_file()

    def write_recipe(self, recipe: Recipe) -> None:
        """Keep the recipe of a new run."""
        write_atomically(self.folder / RUN_FILE, json.dumps(asdict(recipe), indent=2).encode())

    def recipe(self) -> Recipe:
        """The recipe. Raises ``InvalidRequest`` where there is none."""
        try:
            plain: dict[str, Any] = json.loads((self.folder / RUN_FILE).read_text())
            plain["conditions"] = tuple(Condition(**c) for c in plain["conditions"])
            plain["samples"] = tuple(plain["samples"])
            return Recipe(**plain)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InvalidRequest(
                f"{str(self.folder)!r} holds no run that can be read ({type(error).__name__})."
            ) from error

    def condition_folder(self, condition: str) -> Path:
        """The folder of upstream's files and pictures of a condition."""
        return self.folder / "conditions" / condition

    def picture_file(self, condition: str, sample: str) -> Path:
        """The path of a sample's picture: ``{id}.png``, or a hash where the id is no file name."""
        safe = sample if re.fullmatch(r"\w[\w.-]{0,99}", sample, re.ASCII) else _hashed(sample)
        return self.condition_folder(condition) / "images" / f"{safe}.png"

    def engine_folder(self, group: str, shard: Shard) -> Path:
        """The data folder of the product for conditions that share their settings."""
        return self.folder / "engine" / f"{group}{shard.tag}"

    def append(self, record: Record, shard: Shard) -> None:
        """Keep a record; it is on the disk when this returns."""
        append_line(self.folder / f"records{shard.tag}.jsonl", asdict(record))

    def records(self) -> dict[tuple[str, str], Record]:
        """The latest record of each condition and sample, of all shards."""
        found: dict[tuple[str, str], Record] = {}
        for file in sorted(self.folder.glob("records*.jsonl")):
            for plain in read_lines(file):
                known = {name: plain[name] for name in _FIELDS if name in plain}
                for name in ("calls", "references", "evidence", "notes", "usage"):
                    known[name] = tuple(known.get(name, ()))
                record = Record(**known)
                found[record.condition, record.sample] = record
        return found

    def outcomes(self, condition: str) -> dict[str, Outcome]:
        """The outcome of each sample in a condition. A picture that is gone since is
        ``missing``."""
        found: dict[str, Outcome] = {}
        for (name, sample), record in self.records().items():
            if name != condition:
                continue
            file = self.folder / record.picture if record.picture else None
            status, error = record.status, record.error
            if status == DONE and (file is None or not file.is_file()):
                status, error, file = MISSING, "its picture file is gone", None
            found[sample] = Outcome(sample, status, file, error)
        return found


def append_line(file: Path, value: Mapping[str, Any]) -> None:
    """Append one JSON line and flush it to the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    with file.open("ab") as out:
        if out.tell() and not _ends_with_newline(file):
            line = b"\n" + line  # a killed process left half a line
        out.write(line)
        out.flush()
        os.fsync(out.fileno())


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, without lines that a killed process left unfinished."""
    if not file.is_file():
        return
    for line in file.read_bytes().splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)


def counts(records: Sequence[Record]) -> dict[str, int]:
    """The number of each outcome."""
    found: dict[str, int] = {}
    for record in records:
        found[record.status] = found.get(record.status, 0) + 1
    return found


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as source:
        source.seek(-1, os.SEEK_END)
        return source.read(1) == b"\n"


def _hashed(sample: str) -> str:
    return f"id-{hashlib.sha256(sample.encode()).hexdigest()[:24]}"

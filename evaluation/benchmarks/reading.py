"""Reading a user's download: rows of JSON and JSON lines, with everything odd about them named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Problem

MAX_BYTES = 256_000_000
Plain = Mapping[str, Any]


def find_file(data: Path, names: Sequence[str], *, where: str) -> Path:
    """The first of these files under ``data``, by their relative names.

    Raises:
        InvalidRequest: None is there; the message says where to get them.
    """
    if data.is_file():
        return data
    for name in names:
        if (data / name).is_file():
            return data / name
    listed = " or ".join(names)
    raise InvalidRequest(f"{str(data)!r} holds no {listed}. {where}", field="data")


def read_rows(file: Path, problems: list[Problem]) -> list[Plain]:
    """The objects of a JSON array or of JSON lines; what is no object is named and left out.

    Raises:
        InvalidRequest: The file is too large or no JSON at all.
    """
    if file.stat().st_size > MAX_BYTES:
        raise InvalidRequest(f"{str(file)!r} is larger than {MAX_BYTES // 1_000_000} MB.")
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    entries: list[tuple[int, Any]]
    if text.lstrip().startswith("["):
        try:
            found: list[Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(f"{str(file)!r} is not valid JSON: {error}") from error
        entries = list(enumerate(found, 1))
    else:
        entries = list(_lines(text, file, problems))
    rows: list[Plain] = []
    for number, entry in entries:
        if isinstance(entry, dict):
            rows.append(cast("Plain", entry))
        else:
            problems.append(Problem("row is no object", f"{file.name}:{number}"))
    return rows


def _lines(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            problems.append(Problem("row is not JSON", f"{file.name}:{number}"))


def hash_of(files: Sequence[Path]) -> str:
    """SHA-256 over the bytes of all files, in the order of their names."""
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def sha256_of(file: Path) -> str:
    """SHA-256 of one file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def text_of(row: Plain, *names: str) -> str:
    """The first of these fields that holds text or a number, stripped."""
    for name in names:
        value = row.get(name)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, (str, int, float)) and str(value).strip():
            return str(value).strip()
    return ""


def meta_of(row: Plain) -> Plain:
    """The row's ``meta`` object, or an empty one."""
    meta = row.get("meta")
    return cast("Plain", meta) if isinstance(meta, dict) else {}


class Ids:
    """Names rows whose id is missing or was there before; only the first row of an id counts."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._seen: set[str] = set()

    def take(self, identifier: str, prompt: str, where: str) -> bool:
        """Whether the row can be used."""
        if not identifier:
            self._problems.append(Problem("row without an id", where))
            return False
        if identifier in self._seen:
            self._problems.append(Problem("two rows with one id", identifier, where))
            return False
        self._seen.add(identifier)
        if not prompt:
            self._problems.append(Problem("row without a prompt", identifier, where))
            return False
        return True


def inside(root: Path, relative: str) -> Path | None:
    """The file of a relative path under ``root``; None where it leads out or is not there."""
    if not relative:
        return None
    file = (root / relative).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None


def check_count(found: int, published: int, name: str, problems: list[Problem]) -> None:
    """Name a number of samples that is not the published one."""
    if found != published:
        problems.append(
            Problem("number of samples", name, f"{found} here, {published} as published")
        )

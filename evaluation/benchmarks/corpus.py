"""The packaged corpus of our own benchmark: pages, pictures and requests, read once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "data" / "limner"
PICTURES = FOLDER / "pictures"
RIGHT = "right"


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """A page; ``role`` says what it is worth for requests about its subject ``about``."""

    id: str
    title: str
    language: str
    role: str
    about: str
    is_encyclopedia: bool
    text: str


@dataclass(frozen=True, slots=True)
class CorpusPicture:
    """A picture of the subject ``about``; ``fits`` says whether it shows it as requests want."""

    id: str
    file: str
    title: str
    author: str
    license: str
    about: str
    fits: bool
    page: str


@dataclass(frozen=True, slots=True)
class CorpusRequest:
    """A request with what a right grounded prompt holds.

    ``subjects`` and ``facts`` are lists of wordings of which any one will do; ``wrong`` holds
    statements of other subjects, other times or bad sources.
    """

    id: str
    prompt: str
    language: str
    kind: str
    needs_search: bool
    about: tuple[str, ...]
    subjects: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, ...], ...]
    wrong: tuple[str, ...]
    tags: tuple[str, ...]
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything, by id."""

    pages: dict[str, CorpusPage]
    pictures: dict[str, CorpusPicture]
    requests: dict[str, CorpusRequest]


@cache
def corpus() -> Corpus:
    """The corpus."""
    pages = [CorpusPage(**each) for each in _read("pages.json")]
    pictures = [CorpusPicture(**each) for each in _read("pictures.json")]
    requests = [_request(each) for each in _read("requests.json")]
    return Corpus(
        {page.id: page for page in pages},
        {picture.id: picture for picture in pictures},
        {request.id: request for request in requests},
    )


def _request(plain: dict[str, Any]) -> CorpusRequest:
    for name in ("about", "wrong", "tags"):
        plain[name] = tuple(plain[name])
    for name in ("subjects", "facts"):
        plain[name] = tuple(tuple(wordings) for wordings in plain[name])
    return CorpusRequest(**plain)


def corpus_hash() -> str:
    """SHA-256 over every file of the corpus that decides about a score."""
    files = [*FOLDER.glob("p*.json"), FOLDER / "requests.json", *PICTURES.glob("*.jpg")]
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found

"""Looks at a picture that a user found, in a worker process."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from PIL import Image

from domain.provenance import MARK_BYTES
from generation.provenance import watermark
from generation.provenance.credentials import read_credentials
from generation.provenance.hashes import HASHES_BYTES, asked_hashes, nearest
from generation.provenance.keypoints import compare, keypoints

LEAST_SURE: Final = 7.0
"""Standard deviations from which on a watermark is one: of a hundred thousand that were given out,
one is taken for another once in a million pictures."""
BLOCK: Final = 10_000
CANDIDATES: Final = 10
"""Kept pictures that are compared point by point, of each ``BLOCK``: the more there are, the more
look like the one at hand by chance."""


def run(facts: Mapping[str, Any], data: bytes) -> tuple[Any, list[bytes]]:
    """One of the questions below, as ``facts["ask"]`` says."""
    return {"credentials": _credentials, "find": _find, "compare": _compare}[facts["ask"]](
        facts, data
    )


def _credentials(facts: Mapping[str, Any], data: bytes) -> tuple[Any, list[bytes]]:
    """The content credentials of the bytes; None where there are none."""
    found = read_credentials(data, str(facts["media_type"]), root=str(facts["root"]))
    return (asdict(found) if found else None), []


def _find(facts: Mapping[str, Any], data: bytes) -> tuple[Any, list[bytes]]:
    """The kept pictures that it may be. The data is the picture, as it was decoded and encoded
    again; then 16 bytes of watermark for each kept picture, and then the hashes of each."""
    size, count = int(facts["picture"]), int(facts["count"])
    with Image.open(io.BytesIO(data[:size])) as image:
        image.load()
    marks = np.frombuffer(data, np.uint8, count * MARK_BYTES, size).reshape(count, MARK_BYTES)
    place, sure = _marked(image, marks, turned=bool(facts["turned"]))
    if place is not None or facts["turned"]:
        return {"marked": place, "sure": sure, "near": []}, []
    at = size + count * MARK_BYTES
    kept = [data[start : start + HASHES_BYTES] for start in range(at, len(data), HASHES_BYTES)]
    near = candidates(asked_hashes(image), kept)
    return {"marked": None, "sure": 0.0, "near": near}, []


def candidates(asked: bytes, kept: Sequence[bytes]) -> list[int]:
    """The places of the kept hashes that are likeliest those of the picture at hand."""
    return [
        start + place
        for start in range(0, len(kept), BLOCK)
        for place in nearest(asked, kept[start : start + BLOCK], most=CANDIDATES)
    ]


def _marked(image: Image.Image, marks: Any, *, turned: bool) -> tuple[int | None, float]:
    """The place of the watermark that a picture carries, and how sure that is, from 0 to 1."""
    best, place = 0.0, None
    readings = watermark.read(image, turned=turned) if len(marks) else []
    for start in range(0, len(marks) if readings else 0, BLOCK):
        scores = watermark.scores(readings, marks[start : start + BLOCK])
        likeliest = int(scores.argmax())
        if scores[likeliest] > max(best, LEAST_SURE):
            best, place = float(scores[likeliest]), start + likeliest
    by_chance = len(marks) * len(readings) * 0.5 * math.erfc(best / math.sqrt(2))
    return place, (1 - by_chance if place is not None else 0.0)


def _compare(facts: Mapping[str, Any], data: bytes) -> tuple[Any, list[bytes]]:
    """The match of each kept picture with the one at hand, which is the first of the data."""
    asked, *kept = [keypoints(image) for image in _pictures(facts["sizes"], data)]
    matches = [compare(asked, each) for each in kept]
    return [{"same": match.same, "alike": match.alike} for match in matches], []


def _pictures(sizes: Sequence[int], data: bytes) -> list[Image.Image]:
    pictures: list[Image.Image] = []
    at = 0
    for size in sizes:
        with Image.open(io.BytesIO(data[at : at + size])) as opened:
            opened.draft("L", (512, 512))
            pictures.append(opened.convert("RGBA" if opened.has_transparency_data else "RGB"))
        at += size
    return pictures

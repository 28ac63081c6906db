"""Measures how long a picture is looked up among many kept ones.

Run ``python -m evaluation.lookup_bench --pictures 100000 --probes 6``. The kept pictures are random
watermarks and hashes, with those of the probes among them. Each probe is looked up twice, as the
worker process does it: among 10,000 kept pictures at a time, and among all of them at once. Printed
are the processor times, their ratio, and whether both found the same pictures. A picture is then
compared point by point with those, which takes the same time either way and is not measured.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from domain.provenance import MARK_BYTES
from evaluation.provenance_bench import CHANGES, samples
from generation.provenance.hashes import HASHES_BYTES, hashes_of
from generation.provenance.reading_worker import BLOCK, run
from generation.provenance.watermark import with_watermark


@dataclass(frozen=True, slots=True)
class Kept:
    """The watermarks and hashes of all kept pictures, in one order."""

    marks: list[bytes]
    hashes: list[bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """The place of the picture with the watermark, and the places of those that look alike."""

    marked: int | None
    near: tuple[int, ...]


def kept_pictures(count: int, seed: int = 1) -> Kept:
    """So many random pictures."""
    random = np.random.default_rng(seed)
    marks = [random.bytes(MARK_BYTES) for _ in range(count)]
    return Kept(marks, [random.bytes(HASHES_BYTES) for _ in range(count)])


def look_up(picture: bytes, kept: Kept, *, at_once: int) -> Found:
    """Look a picture up among so many kept ones at a time, as ``/verify`` does."""
    near: list[int] = []
    for turned in (False, True):
        for start in range(0, len(kept.marks), at_once):
            marks, hashes = (each[start : start + at_once] for each in (kept.marks, kept.hashes))
            facts = {"ask": "find", "picture": len(picture), "count": len(marks), "turned": turned}
            data = b"".join((picture, *marks, *(() if turned else hashes)))
            found, _bodies = run(facts, data)
            if found["marked"] is not None:
                return Found(start + found["marked"], ())
            near += [start + place for place in found["near"]]
    return Found(None, tuple(near))


def probes(count: int, kept: Kept) -> list[bytes]:
    """Pictures as they come back from the world, among them marked, unmarked and unknown ones; the
    marks and hashes of the first two take places among the kept ones."""
    random = np.random.default_rng(2)
    changes = list(CHANGES.values())
    found: list[bytes] = []
    for number, sample in zip(range(count), samples(step=7), strict=False):
        picture = sample.picture
        place = int(random.integers(len(kept.marks)))
        if number % 3 < 2:
            kept.hashes[place] = hashes_of(picture)
        if number % 3 == 0:
            picture = with_watermark(picture, kept.marks[place])
        found.append(_png(changes[number % len(changes)](picture)))
    return found


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _timed(look: Callable[[], Found]) -> tuple[Found, float]:
    begun = time.process_time()
    return look(), time.process_time() - begun


def main() -> int:
    """Print the times; 1 where the two ways found something else."""
    parser = argparse.ArgumentParser(description="Look pictures up among many.")
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--probes", type=int, default=6)
    options = parser.parse_args()
    kept = kept_pictures(options.pictures)
    asked = probes(options.probes, kept)
    parts_s = whole_s = 0.0
    differ = 0
    for number, picture in enumerate(asked):
        parts, first_s = _timed(partial(look_up, picture, kept, at_once=BLOCK))
        whole, second_s = _timed(partial(look_up, picture, kept, at_once=len(kept.marks)))
        parts_s, whole_s = parts_s + first_s, whole_s + second_s
        differ += parts != whole
        how = "marked" if whole.marked is not None else f"{len(whole.near)} candidates"
        print(f"probe {number}: {first_s:.2f} s, {second_s:.2f} s, {how}")
    ratio = parts_s / whole_s
    print(
        f"{options.pictures} pictures: {parts_s / len(asked):.2f} s by {BLOCK}, "
        f"{whole_s / len(asked):.2f} s at once, {ratio:.1f} times as fast; {differ} differ"
    )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())

"""What is made of the package's data files, kept beside the program as Python keeps its bytecode.

A file holds plain JSON behind two digests: of what it was made from, so that it is never older than
the data and the code, and of itself, so that a broken one is made anew.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")


def kept(
    name: str, make: Callable[[], T], *, made_from: Iterable[bytes], place: Path | None = None
) -> T:
    """What ``make`` gives, which is made once for the same ``made_from`` and then read.

    It must be data that JSON holds. Where the file (``place``, or one of this ``name`` in the
    folder of the package's bytecode) can be neither read nor written, it is made each time.
    """
    place = place or _get_place(name)
    digest = _get_digest(made_from)
    found = _read(place, digest)
    if found is not None:
        return cast("T", found)
    made = make()
    _write(place, digest, made)
    return made


def _get_place(name: str) -> Path:
    bytecode = Path(importlib.util.cache_from_source(__file__))
    return bytecode.with_name(f"{name}.{sys.implementation.cache_tag}.json")


def _get_digest(parts: Iterable[bytes]) -> bytes:
    # What folding a letter gives depends on the version of Unicode.
    found = blake2b(unicodedata.unidata_version.encode(), digest_size=16)
    for part in parts:
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest().encode()


def _read(place: Path, digest: bytes) -> object:
    """What the file holds; None where it is not there, older or broken."""
    try:
        made_from, own, body = place.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    if made_from != digest or own != _get_digest([body]):
        return None
    return json.loads(body)


def _write(place: Path, digest: bytes, made: object) -> None:
    body = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    new = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):  # the folder is somebody else's, or the disk is full
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.write_bytes(b"\n".join((digest, _get_digest([body]), body)))
            new.replace(place)
        finally:
            new.unlink(missing_ok=True)

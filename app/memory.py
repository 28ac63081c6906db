"""Memory settings of this process: how it takes memory from the system and gives it back."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from domain.encoder.text_encoder import get_text_encoder
from domain.sentence_vectors import get_sentence_encoder

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
"""Parameters of ``mallopt`` (malloc.h of the GNU C library)."""
ARENAS: Final = 2
"""Heaps beside each other; threads share them. Of its own the library makes eight a processor, and
each keeps what its busiest moment took."""
LARGE_BYTES: Final = 1 << 20
"""Larger pieces are given back as soon as they are free. By default the library raises this bound
up to 32 MB, and such pieces then leave holes in the heap. Most pictures are smaller: to take the
memory for each from the system anew, page by page, costs a twentieth of all that a job does
here."""


def limit_heap() -> None:
    """Have a process that runs for long give back what it no longer needs; nothing happens with
    another C library than GNU's."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, ARENAS)
        library.mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(_TRIM_THRESHOLD, 16 * LARGE_BYTES)


LOOK_S: Final = 1.0
GROWN_BYTES: Final = 24 << 20
"""So much more memory than was left the last time, and what is free within is given back."""
REST_LOOKS: Final = 5
"""After so many looks that is done in any case: what jobs took is free once they have ended."""


async def give_back_memory(
    *, look_s: float = LOOK_S, trim: Callable[[], object] | None = None
) -> None:
    """Return the free parts of the heap to the system as the process grows and now and then, until
    cancelled.

    By default the library returns only what is free at the heap's end. After many jobs at once that
    left 100 MB of holes among what is kept. ``trim`` is what returns them, by default the library's
    own way, and the weights of encoders while they read no text; it runs in a thread, since it
    takes some milliseconds.
    """
    trim = trim or _default_trim()
    kept = looks = 0
    while True:
        await asyncio.sleep(look_s)
        looks += 1
        if resident_bytes() > kept + GROWN_BYTES or looks >= REST_LOOKS:
            await asyncio.to_thread(trim)
            kept, looks = resident_bytes(), 0


def resident_bytes() -> int:
    """The memory that this process takes now; 0 where the system does not say."""
    try:
        fields = Path("/proc/self/statm").read_bytes().split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def _default_trim() -> Callable[[], object]:
    trim_heap = _library_trim()

    def trim() -> None:
        get_text_encoder().rest()
        get_sentence_encoder().rest()
        trim_heap()

    return trim


def _library_trim() -> Callable[[], object]:
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        trim = library.malloc_trim
        return lambda: trim(0)
    return lambda: None

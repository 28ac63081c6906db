"""Memory settings of this process: how it takes memory from the system and gives it back."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

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

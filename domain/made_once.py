"""Values that are made once, however many threads ask for them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import TypeVar, TypeVarTuple

_Arguments = TypeVarTuple("_Arguments")
_Made = TypeVar("_Made")


def made_once(make: Callable[[*_Arguments], _Made]) -> Callable[[*_Arguments], _Made]:
    """Keeps what a function gives for its arguments, which must be hashable; an error is not kept.

    ``functools.cache`` lets all threads that ask before the first value is there make one each: a
    burst of jobs read the same word lists thirty times. Here one makes it and the others wait. For
    what takes more than some milliseconds.
    """
    kept: dict[tuple[*_Arguments], _Made] = {}
    lock = RLock()  # a value may need another of the same function

    @wraps(make)
    def get(*arguments: *_Arguments) -> _Made:
        if arguments not in kept:
            with lock:
                if arguments not in kept:
                    kept[arguments] = make(*arguments)
        return kept[arguments]

    return get

"""Standard output and error without secrets, whichever code prints there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TextIO, cast


class RedactedStream:
    """A text stream that takes secrets out of what is written; all else is the stream's own."""

    def __init__(self, stream: TextIO, redact: Callable[[str], str]) -> None:
        self._stream = stream
        self._redact = redact

    def write(self, text: str) -> int:
        """Write the text without its secrets; gives how many characters were taken."""
        self._stream.write(self._redact(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Any:
        return iter(self._stream)


@contextmanager
def redacted_output(redact: Callable[[str], str]) -> Generator[None]:
    """Let everything that this process prints go through ``redact`` while the block runs."""
    out, err = sys.stdout, sys.stderr
    given = cast("tuple[TextIO | None, ...]", (out, err))  # None where they were closed
    sys.stdout, sys.stderr = (
        cast("TextIO", RedactedStream(stream, redact)) if stream else out for stream in given
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err

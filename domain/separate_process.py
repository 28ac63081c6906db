"""Work that would hold this process's interpreter lock for a second, done by another process."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress


def ran_apart(module: str, *arguments: str) -> bool:
    """Run a module of this program, which lowers its own priority, and wait for it; False where no
    process could do its work. A thread would not do: an event loop that gives the lock away beside
    one waits milliseconds each time to get it back, and answers half a second late."""
    command = [sys.executable, "-I", "-m", module, *arguments]
    with suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    return False

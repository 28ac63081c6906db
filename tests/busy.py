"""Runs a command beside processes that never rest, as on a machine that has other work to do.

``python -m tests.busy 6 COMMAND…`` runs it beside six, ends them, and exits as the command did.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import Final

_LOOP: Final = "while True: pass"


def run_beside_load(count: int, command: list[str]) -> int:
    """The exit status of a command that ran beside ``count`` busy processes."""
    with ExitStack() as stack:
        for _ in range(count):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", _LOOP]))
            stack.callback(loop.kill)
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(run_beside_load(int(sys.argv[1]), sys.argv[2:]))

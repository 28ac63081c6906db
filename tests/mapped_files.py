"""What mapped files take of a test's process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

SMAPS: Final = Path("/proc/self/smaps")
"""Linux alone has it."""


def resident_kib(path: Path) -> int:
    """What a file, or those in a folder, take of this process's memory."""
    pattern = rf" {re.escape(str(path))}(?:/.*)?\n(?:.*\n)*?Rss: +(\d+) kB"
    return sum(map(int, re.findall(pattern, SMAPS.read_text("utf-8"))))

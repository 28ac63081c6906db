"""What a process that reads strangers' bytes takes from itself before it begins."""

from __future__ import annotations

import resource


def limit_process(*, memory_bytes: int, cpu_s: int) -> None:
    """No more memory and processor time than these, no files and no core dumps; the kernel ends the
    process when it takes more."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

"""Several servers behind one generator: the least busy one that answers gets the next request."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

REST_S = 30.0
"""Seconds for which a server that failed is asked only where no other is left."""


@dataclass
class _Server:
    address: str
    busy: int = 0
    """Requests of this process that it works on."""
    served: int = 0
    rests_until: float = float("-inf")


@dataclass
class Addresses:
    """The servers of one kind of request. Counts what this process asks, not what others do."""

    known: Sequence[str]
    clock: Callable[[], float] = time.monotonic
    _servers: list[_Server] = field(init=False)

    def __post_init__(self) -> None:
        self._servers = [_Server(address) for address in self.known]

    @contextmanager
    def least_busy(self, avoid: Sequence[str] = ()) -> Generator[str]:
        """The address to ask now; it counts as busy until the block ends. Those of ``avoid``, which
        failed before in the same request, come last."""
        now = self.clock()
        server = min(
            self._servers,
            key=lambda s: (s.address in avoid, s.rests_until > now, s.busy, s.served),
        )
        server.busy += 1
        server.served += 1
        try:
            yield server.address
        finally:
            server.busy -= 1

    def failed(self, address: str) -> None:
        """Leave a server that failed alone for a while."""
        for server in self._servers:
            if server.address == address:
                server.rests_until = self.clock() + REST_S

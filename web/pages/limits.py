"""Rate limits by address: a bucket for each, refilled at a steady pace."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web.connections import Network

MAX_BUCKETS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then ``per_s`` a second."""

    burst: float
    per_s: float


PAGES: Final = Rate(240, 40.0)
"""Pages and their pictures: one page loads some twenty."""
GUESSES: Final = Rate(30, 0.5)
"""Addresses that lead nowhere: a visitor needs few, and link guessing produces many."""
UPLOADS: Final = Rate(12, 0.2)
SIGN_INS: Final = Rate(20, 0.2)


class RateLimiter:
    """Counts what each address asks for."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, Rate], tuple[float, float]] = OrderedDict()

    def take(self, address: str, rate: Rate) -> bool:
        """Count one; False where it is one too many."""
        left = self._left(address, rate)
        taken = left >= 1.0
        self._buckets[address, rate] = (left - 1.0 if taken else left, self._clock())
        self._buckets.move_to_end((address, rate))
        while len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return taken

    def has_room(self, address: str, rate: Rate) -> bool:
        """Whether one more would be taken."""
        return self._left(address, rate) >= 1.0

    def _left(self, address: str, rate: Rate) -> float:
        left, at = self._buckets.get((address, rate), (rate.burst, self._clock()))
        return min(rate.burst, left + (self._clock() - at) * rate.per_s)


def client_address(peer: str, headers: Mapping[str, str], proxies: Sequence[Network]) -> str:
    """The client's address: the peer or, where that is one of the operator's proxies, the last one
    it names.

    IPv6 addresses count by their network of 64 bits, which one customer has for themselves.
    """
    found = _parsed(peer)
    if found is not None and any(found in network for network in proxies):
        named = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        found = _parsed(named) or found
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found is not None else peer


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found

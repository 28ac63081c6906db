"""robots.txt (RFC 9309): read once for each site, for all callers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from protego import Protego
from yarl import URL

from agent.fetching.failures import fail_as
from agent.fetching.single_flight import SingleFlight
from agent.ports import Cache, Fetched
from domain.errors import FetchFailed, NotFetched
from domain.translation.messages import gettext

PRODUCT = "Limner"
MAX_BYTES = 500_000
TTL_S = 86_400.0
"""Seconds that an answer holds; RFC 9309 allows a day."""
FAILED_TTL_S = 600.0
"""Seconds after which a site that failed is asked again."""
REMEMBERED_S = 600.0
"""Seconds that the rules stay in memory beside the cache."""
MAX_HOSTS = 500
_NOTHING = "User-agent: *\nDisallow: /"
_AGENT = re.compile(r"user[- ]?agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_OF_THE_SITE = re.compile(r"(?:site-?maps?|host)\s*[:\s]", re.IGNORECASE)
"""Directives that stand in a group without belonging to it."""


class Robots:
    """The rules of sites' robots.txt; ``read`` fetches one, and ``cache`` shares the result with
    other processes and later ones."""

    def __init__(
        self, read: Callable[[str], Awaitable[Fetched]], cache: Cache | None = None
    ) -> None:
        self._read = read
        self._cache = cache
        self._known: dict[str, tuple[float, Protego]] = {}
        self._flights = SingleFlight()

    async def allow(self, url: URL) -> bool:
        """Whether the site lets Limner read that page: a missing file allows everything, a server
        that fails or an answer that cannot be read allows nothing. Raises ``NotFetched``."""
        origin = str(url.origin())
        known = self._known.get(origin)
        if known is not None and known[0] > time.monotonic():
            rules = known[1]
        else:
            rules = await self._flights.run(origin, lambda: self._rules(origin))
        with fail_as(FetchFailed(str(url), gettext("its robots.txt couldn't be read"))):
            return rules.can_fetch(str(url), PRODUCT)

    async def _rules(self, origin: str) -> Protego:
        text = await self._kept(origin)
        if text is None:
            text, ttl_s = await self._fetch(origin)
            if self._cache is not None:
                await self._cache.put("robots", origin, text.encode(), ttl_s=ttl_s)
        # Half a megabyte of rules takes half a second, which the event loop does not have.
        rules = await asyncio.to_thread(Protego.parse, text)
        while len(self._known) >= MAX_HOSTS:
            self._known.pop(next(iter(self._known)))
        self._known[origin] = (time.monotonic() + REMEMBERED_S, rules)
        return rules

    async def _kept(self, origin: str) -> str | None:
        kept = None if self._cache is None else await self._cache.get("robots", origin)
        return None if kept is None else kept.decode("utf-8", "replace")

    async def _fetch(self, origin: str) -> tuple[str, float]:
        """The rules for Limner, and the seconds for which they hold."""
        try:
            found = await self._read(f"{origin}/robots.txt")
            return await asyncio.to_thread(rules_for_limner, found.body), TTL_S
        except NotFetched:
            raise
        except FetchFailed as error:
            missing = error.status is not None and 400 <= error.status < 500
            return ("", TTL_S) if missing else (_NOTHING, FAILED_TTL_S)


def rules_for_limner(body: bytes) -> str:
    """The groups of a robots.txt that may concern Limner, in linear time.

    Protego keeps each rule once for each user agent of its group, so that a few thousand agents
    over a few thousand rules would take minutes.
    """
    kept: list[str] = []
    in_header = False
    agents: set[str] = set()
    for raw in body[:MAX_BYTES].decode("utf-8", "replace").splitlines():
        line = raw.partition("#")[0].strip()
        if not line or _OF_THE_SITE.match(line):
            continue
        agent = _AGENT.match(line)
        if agent is None:
            in_header = False
            if agents:
                kept.append(line)
            continue
        if not in_header:
            in_header = True
            agents = set[str]()
        name = agent[1].strip().lower()
        name = name if name == "*" else name.replace("*", "")
        if name not in agents and (name == "*" or (name and PRODUCT.lower().startswith(name))):
            agents.add(name)
            kept.append(f"User-agent: {name}")
    return "\n".join(kept)

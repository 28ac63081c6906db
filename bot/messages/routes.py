"""Ways to bring something to people, tried one after the other until one of them is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from bot.refusals import MessageLost, MessageRefused, PlaceRefused
from domain.errors import SurfaceRefused
from domain.translation.messages import gettext

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route(Generic[T]):
    """One way: ``put`` gives what it made, or None where the message that it was to change is gone.

    ``place`` identifies the place that a route leads to; one that is ``simpler`` than the routes
    before it may be open although those were refused in that place.
    """

    name: str
    place: str
    put: Callable[[], Awaitable[T | None]]
    simpler: bool = False


async def first_open(routes: Sequence[Route[T]], *, job_id: str) -> tuple[Route[T], T]:
    """Go the first way that is open; gives it, and its result.

    A permanent refusal leaves nothing behind, so nothing is shown twice. An unclear answer ends the
    round: the next attempt first looks for what is there.

    Raises:
        TransientError: The platform did not answer clearly.
        SurfaceRefused: All ways are closed, or the app's access has ended.
    """
    closed: dict[str, SurfaceRefused] = {}
    last: SurfaceRefused | None = None
    for route in routes:
        before = closed.get(route.place)
        if isinstance(before, PlaceRefused) or (before is not None and not route.simpler):
            continue
        try:
            made = await route.put()
        except MessageLost as error:
            last = error
        except (MessageRefused, PlaceRefused) as error:
            last = closed[route.place] = error
        else:
            if made is not None:
                return route, made
            continue
        log.warning("route_closed", job_id=job_id, route=route.name, code=last.code)
    raise last or SurfaceRefused(
        gettext("The platform"), gettext("it can't deliver to the requester")
    )

"""What the doctor's checks find: a check that breaks is a finding too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from app.logs import LOG_FILE
from app.settings import Settings
from domain.errors import LimnerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``required`` ones must be ok for Limner to work."""

    name: str
    ok: bool
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at; ``look_at`` says what a person looks at when it breaks."""

    name: str
    work: Callable[[Settings], Awaitable[tuple[bool, str] | list[Finding]]]
    required: bool
    look_at: str = "this machine"


async def run_check(check: Check, settings: Settings, limit_s: float) -> list[Finding]:
    """The findings of a check; any failure of it is a finding too."""
    try:
        async with asyncio.timeout(limit_s):
            found = await check.work(settings)
    except LimnerError as error:
        found = False, str(error)
    except TimeoutError:
        why = f"No answer within {limit_s:.0f} s"
        found = False, f"{why}; check {check.look_at} and the network."
    except Exception as error:  # what a peer sends may break any library
        log.warning("check_broke", check=check.name, exc_info=error)
        found = (
            False,
            (
                f"This check failed unexpectedly ({type(error).__name__}); check "
                f"{check.look_at}, and see {LOG_FILE} for details."
            ),
        )
    if isinstance(found, list):
        return found
    ok, text = found
    return [Finding(check.name, ok, text, check.required)]

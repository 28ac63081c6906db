"""Budgets of a month (UTC): what a person and a workspace may spend in money and in GPU time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from domain.errors import LimitReached, utc_text
from domain.metrics import BUDGETS_NEAR, BUDGETS_SPENT
from domain.stores import UnitOfWork
from domain.team import GPU, UsageTotal
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

WARNED_AT: Final = 0.8
"""The share of a budget from which on warnings are sent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most for one month: US dollars, and seconds of a GPU; 0 for no limit."""

    usd: float = 0.0
    gpu_s: float = 0.0

    def share(self, totals: Sequence[UsageTotal]) -> float:
        """The used share of it, from 0; the larger of both."""
        spent_usd = sum(total.cost_usd for total in totals)
        gpu_s = sum(total.amount for total in totals if total.kind == GPU)
        shares = [
            used / most for used, most in ((spent_usd, self.usd), (gpu_s, self.gpu_s)) if most
        ]
        return max(shares, default=0.0)

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return bool(self.usd or self.gpu_s)


@dataclass(frozen=True, slots=True)
class Budgets:
    """The operator's limits for each person and each workspace."""

    person: Budget = Budget()
    workspace: Budget = Budget()

    async def check(self, unit: UnitOfWork, member_id: str, *, now: datetime) -> tuple[str, ...]:
        """Sentences for the requester where a budget is nearly used up; none for most.

        What is running when a budget ends is finished, so a month may cost a little more.

        Raises:
            LimitReached: One is used up.
        """
        notes: list[str] = []
        for name, budget, member in (
            ("person", self.person, member_id),
            ("workspace", self.workspace, None),
        ):
            if not budget.limited:
                continue
            share = budget.share(await unit.ledger.totals(now, member_id=member))
            if share >= 1.0:
                BUDGETS_SPENT.add(whose=name)
                log.warning("budget_spent", whose=name, share=round(share, 2))
                until = _next_month(now)
                raise LimitReached(_spent(until, own=member is not None), until=until)
            if share >= WARNED_AT:
                BUDGETS_NEAR.add(whose=name)
                log.warning("budget_near", whose=name, share=round(share, 2))
                notes.append(_near(share, own=member is not None))
        return tuple(notes)


def _next_month(now: datetime) -> datetime:
    """The beginning of the next month (UTC)."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=31)).replace(day=1)


def _spent(until: datetime, *, own: bool) -> str:
    if own:
        return gettext(
            "You have used up this month's budget. The next one starts on {until}; the person who "
            "runs Limner can raise it.",
            until=utc_text(until),
        )
    return gettext(
        "Your team has used up this month's budget. The next one starts on {until}; the person "
        "who runs Limner can raise it.",
        until=utc_text(until),
    )


def _near(share: float, *, own: bool) -> str:
    percent = int(share * 100)
    if own:
        return gettext("You have used {percent} % of this month's budget.", percent=percent)
    return gettext("Your team has used {percent} % of this month's budget.", percent=percent)

"""``limner usage --month``: what the whole installation did and spent in a month."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from app.cli.edge import echo_json
from domain.errors import InvalidRequest
from domain.translation.messages import gettext

if TYPE_CHECKING:
    from app.settings import Settings
    from storage.report import MonthReport


async def report(settings: Settings, month: str, *, as_json: bool) -> int:
    """Print the report of a month; ``month`` is ``2026-03``, ``this`` or ``last``."""
    from app import database
    from storage.report import SqlReports

    begins, ends = span(month, now=datetime.now(UTC))
    engine = await database.opened(settings)
    try:
        found = await SqlReports(engine).month(begins, ends)
    finally:
        await engine.dispose()
    if as_json:
        echo_json(asdict(found))
    else:
        click.echo("\n".join(lines(found)))
    return 0


def span(month: str, *, now: datetime) -> tuple[datetime, datetime]:
    """The start and the end of a month (UTC). Raises ``InvalidRequest``."""
    if month in ("this", "last"):
        number = now.year * 12 + now.month - 1 - (month == "last")
    else:
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
        if match is None or match[1] == "0000" or month == "9999-12":
            raise InvalidRequest(
                gettext(
                    "{month!r} isn't a month; write it like 2026-03, this or last.", month=month
                ),
                field="month",
            )
        number = int(match[1]) * 12 + int(match[2]) - 1
    begins, ends = (
        datetime(each // 12, each % 12 + 1, 1, tzinfo=UTC) for each in (number, number + 1)
    )
    return begins, ends


def lines(report: MonthReport) -> list[str]:
    """The report for people."""
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(report.outcomes.items()))
    paragraphs = [
        (
            f"{report.month} (UTC): {report.jobs} requests of {report.people} people for "
            f"{report.pictures} pictures; {outcomes or 'none ended'}."
        ),
    ]
    if report.seconds_p50 is not None:
        paragraphs.append(
            f"From request to result: {report.seconds_p50:.1f} s for half of them, "
            f"{report.seconds_p95:.1f} s for 95 %."
        )
    paragraphs.append(f"Spent: ${report.cost_usd:,.2f}.")
    for total in report.totals:
        cost = f", ${total.cost_usd:,.2f}" if total.cost_usd else ""
        paragraphs.append(f"  {total.kind} · {total.name}: {total.amount:,.0f} {total.unit}{cost}")
    if report.workspaces:
        paragraphs.append("Workspaces that spent or asked most:")
    paragraphs += [
        f"  {use.workspace_id}: {use.jobs} requests, {use.pictures} pictures, ${use.cost_usd:,.2f}"
        for use in report.workspaces
    ]
    return paragraphs

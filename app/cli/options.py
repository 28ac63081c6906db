"""Options that many commands have, and how a command runs. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from app.settings import Settings

json_option = click.option(
    "--json", "as_json", is_flag=True, help=("Print the result as one JSON object.")
)


def run_command(
    work: Callable[[Settings], Awaitable[int]],
    *,
    as_json: bool = False,
    waits: bool = True,
    explain: Callable[[str], Mapping[str, Any]] = lambda _sentence: {},
    load: Callable[[], Settings] | None = None,
) -> None:
    """Run a command to its end, see :func:`app.cli.edge.run`."""
    from app.cli.edge import run as run_to_its_end

    run_to_its_end(work, as_json=as_json, waits=waits, explain=explain, load=load)

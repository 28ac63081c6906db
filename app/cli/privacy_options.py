"""``limner privacy``: the options of its commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def privacy() -> None:
    """Export or delete everything that is kept of a person or a workspace."""


def _whose(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--team", is_flag=True, help="Of everybody in the workspace."),
        click.option("--member", metavar="ID", help="Of this member instead of yourself."),
        click.option(
            "--workspace", metavar="ID", help="In this workspace, such as discord:123456789."
        ),
    ):
        command = option(command)
    return command


@privacy.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@_whose
@json_option
def export(*, file: Path, as_json: bool, **whose: Any) -> None:
    """Write everything that is kept into the zip archive FILE."""

    async def work(settings: Settings) -> int:
        from app.cli.privacy import export

        return await export(settings, file, as_json=as_json, **whose)

    run_command(work, as_json=as_json)


@privacy.command("delete")
@click.option("--yes", is_flag=True, help="Don't ask.")
@_whose
@json_option
def delete(*, yes: bool, as_json: bool, **whose: Any) -> None:
    """Delete everything that is kept, for good.

    Asks twice unless --yes is given. Export it first if you want to keep a copy.
    """

    async def work(settings: Settings) -> int:
        from app.cli.privacy import delete

        return await delete(settings, yes=yes, as_json=as_json, **whose)

    run_command(work, as_json=as_json)

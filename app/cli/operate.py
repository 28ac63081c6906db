"""Commands for the person who runs an installation: schema, backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def db() -> None:
    """Check or upgrade the database schema."""


@db.command("upgrade")
@click.option("--dry-run", is_flag=True, help="List the migrations without running them.")
@json_option
def db_upgrade(*, dry_run: bool, as_json: bool) -> None:
    """Upgrade the database schema to this version of Limner."""
    _database("plan" if dry_run else "upgrade", as_json=as_json)


@db.command("check")
@click.option("--blobs", is_flag=True, help="Also compare the stored files with the database.")
@click.option("--mend", is_flag=True, help="Remove files that nothing uses (with --blobs).")
@click.option(
    "--backup",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Put missing files back from this backup (with --blobs).",
)
@json_option
def db_check(*, blobs: bool, mend: bool, backup: Path | None, as_json: bool) -> None:
    """Check that the database schema fits this version of Limner, and that no file is missing."""
    if not blobs:
        if mend or backup is not None:
            raise click.UsageError("--mend and --backup need --blobs.")
        _database("check", as_json=as_json)
        return

    async def work(settings: Settings) -> int:
        from app.cli.backup import check_blobs

        return await check_blobs(settings, mend=mend, backup=backup, as_json=as_json)

    run_command(work, as_json=as_json)


def _database(what: str, *, as_json: bool) -> None:
    async def work(settings: Settings) -> int:
        from app import database
        from app.cli.edge import echo_json

        sentence = await getattr(database, what)(settings)
        if as_json:
            echo_json({"ok": True, "text": sentence})
        else:
            click.echo(sentence)
        return 0

    run_command(work, as_json=as_json)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def backup(*, folder: Path, as_json: bool) -> None:
    """Copy the databases and stored files into FOLDER; later runs add only what is new."""

    async def work(settings: Settings) -> int:
        from app.cli.backup import backup

        return await backup(settings, folder, as_json=as_json)

    run_command(work, as_json=as_json)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def restore(*, folder: Path, as_json: bool) -> None:
    """Put the backup in FOLDER back into an empty installation."""

    async def work(settings: Settings) -> int:
        from app.cli.backup import restore

        return await restore(settings, folder, as_json=as_json)

    run_command(work, as_json=as_json)

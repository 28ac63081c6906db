"""`limner library` and its commands, with their options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def library() -> None:
    """Your own pages and pictures, searched before the web."""


@library.command("add")
@click.argument("places", nargs=-1, required=True, metavar="FILE|FOLDER|ADDRESS…")
@click.option("--title", help="Title to use instead of the file name.")
@click.option("--author", help="Author of the picture or text.")
@click.option("--license", help='License, such as "CC BY 4.0" or "own work".')
@click.option("--tag", "tags", multiple=True, help="Tag to find it by; repeat for more.")
@json_option
def library_add(*, places: tuple[str, ...], as_json: bool, **about: Any) -> None:
    """Add pictures and texts to the library."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_add

        return await library_add(settings, places, as_json=as_json, **about)

    run_command(work, as_json=as_json)


@library.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@json_option
def library_list(*, limit: int, as_json: bool) -> None:
    """List the library."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_list

        return await library_list(settings, limit=limit, as_json=as_json)

    run_command(work, as_json=as_json)


@library.command("remove")
@click.argument("identifier", metavar="ID")
@json_option
def library_remove(*, identifier: str, as_json: bool) -> None:
    """Remove an item from the library."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_remove

        return await library_remove(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)

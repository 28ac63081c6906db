"""The commands about where pictures come from, with their options; nothing heavy is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.command()
@click.argument("place", metavar="FILE|URL")
@json_option
def verify(*, place: str, as_json: bool) -> None:
    """Find out where a picture comes from: a FILE, or what a web address holds."""

    async def work(settings: Settings) -> int:
        from app.cli.verify import verify

        return await verify(settings, place, as_json=as_json)

    run_command(work, as_json=as_json)


@click.command()
@click.argument("place", metavar="FILE|URL")
@json_option
def describe(*, place: str, as_json: bool) -> None:
    """Describe what a picture shows (needs LIMNER_CHECK_BASE_URL)."""

    async def work(settings: Settings) -> int:
        from app.cli.describe import describe

        return await describe(settings, place, as_json=as_json)

    run_command(work, as_json=as_json)


@click.group()
def provenance() -> None:
    """Sign pictures."""


@provenance.command("init")
@json_option
def provenance_init(*, as_json: bool) -> None:
    """Make a development certificate that signs pictures; an existing one is kept."""

    async def work(settings: Settings) -> int:
        from app.cli.verify import provenance_init

        return await provenance_init(settings, as_json=as_json)

    run_command(work, as_json=as_json)

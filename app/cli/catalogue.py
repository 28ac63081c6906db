"""The commands of ``limner catalogue``. Nothing heavy is imported here, as in ``root``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def catalogue() -> None:
    """The generators that Limner knows by name."""


@catalogue.command("check")
@json_option
def catalogue_check(*, as_json: bool) -> None:
    """Compare the built-in generators with the Hugging Face Hub and the services' model lists.

    Needs a network; HF_TOKEN lets it see gated models.
    """

    async def work(settings: Settings) -> int:
        from app.cli.show import check_catalogue

        return await check_catalogue(settings, as_json=as_json)

    run_command(work, as_json=as_json)

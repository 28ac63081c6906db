"""The commands of ``limner agent``. Nothing heavy is imported here, as in ``root``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def agent() -> None:
    """The research agent: what its model was trained with."""


@agent.command("import")
@click.argument("path", metavar="PATH")
@json_option
def agent_import(*, path: str, as_json: bool) -> None:
    """Import the trained prompt and texts from a checkout of the agent's repository.

    PATH is a checkout of tulerfeng/Gen-Searcher or MeiGen-AI/GenEvolve.
    """

    async def work(settings: Settings) -> int:
        from app.cli.importing import import_texts

        return await import_texts(settings, path, as_json=as_json)

    run_command(work, as_json=as_json)

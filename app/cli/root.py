"""Every command with its options. Nothing heavy is imported here, so that ``--help`` is quick."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import click

from app.cli.agent import agent
from app.cli.catalogue import catalogue
from app.cli.evaluate_options import evaluate
from app.cli.library_options import library
from app.cli.news_options import news
from app.cli.operate import backup, db, restore
from app.cli.options import (
    drawing_options,
    generator_option,
    json_option,
    out_option,
    run_command,
    seed_option,
)
from app.cli.origins import describe, provenance, verify
from app.cli.privacy_options import privacy
from app.cli.train_options import train

if TYPE_CHECKING:
    from app.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="limner", message="limner %(version)s")
def cli() -> None:
    """Limner looks things up before it draws."""


@cli.command()
@json_option
def demo(*, as_json: bool) -> None:
    """Try Limner on sample data: research, draw, then redraw the same picture."""

    async def work(settings: Settings) -> int:
        from app.demo import demo

        return await demo(settings, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("prompt")
@drawing_options
@out_option
@json_option
def imagine(*, as_json: bool, **arguments: Any) -> None:
    """Research PROMPT, then draw it ("-" reads PROMPT from standard input).

    Options may stand at the end of PROMPT too, as in the chats, and choices in braces, separated
    by commas, draw a picture each. Options that are left out come from `limner settings`.
    """
    source = click.get_current_context().get_parameter_source
    typed = [name for name in arguments if source(name) is click.core.ParameterSource.COMMANDLINE]

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.make import imagine

        return imagine(settings, arguments, typed, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@seed_option
@generator_option
@out_option
@json_option
def regenerate(*, identifier: str, as_json: bool, **arguments: Any) -> None:
    """Redraw picture ID from its recipe, without new research."""

    async def work(settings: Settings) -> int:
        from app.cli.make import regenerate

        return await regenerate(settings, identifier, as_json=as_json, **arguments)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@out_option
@json_option
def research(*, identifier: str, out: str | None, as_json: bool) -> None:
    """Repeat the research of job ID, redraw, and show what changed."""

    async def work(settings: Settings) -> int:
        from app.cli.make import research

        return await research(settings, identifier, out=out, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def sources(*, identifier: str, as_json: bool) -> None:
    """Show the sources of a picture or job."""

    async def work(settings: Settings) -> int:
        from app.cli.show import sources

        return await sources(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="[ID]", required=False)
@json_option
def jobs(*, identifier: str | None, as_json: bool) -> None:
    """List your latest jobs, or show job ID in detail."""

    async def work(settings: Settings) -> int:
        from app.cli.show import jobs

        return await jobs(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def cancel(*, identifier: str, as_json: bool) -> None:
    """Cancel a job."""

    async def work(settings: Settings) -> int:
        from app.cli.show import cancel

        return await cancel(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@json_option
def queue(*, as_json: bool) -> None:
    """List pictures that need approval (see approve and reject)."""

    async def work(settings: Settings) -> int:
        from app.cli.show import queue

        return await queue(settings, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def approve(*, identifier: str, as_json: bool) -> None:
    """Approve a picture or job, so that it is saved."""

    async def work(settings: Settings) -> int:
        from app.cli.make import decide

        return await decide(settings, identifier, approved=True, reason=None, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def allow(*, identifier: str, as_json: bool) -> None:
    """Draw a refused request this once.

    Some categories are never drawn; those stay refused.
    """

    async def work(settings: Settings) -> int:
        from app.cli.make import allow

        return await allow(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def refused(*, identifier: str, as_json: bool) -> None:
    """Show where refused pictures of a job are kept (needs keep_refused)."""

    async def work(settings: Settings) -> int:
        from app.cli.show import refused

        return await refused(settings, identifier, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option("--reason", metavar="TEXT", help="Reason to show to the person who asked.")
@json_option
def reject(*, identifier: str, reason: str | None, as_json: bool) -> None:
    """Reject and discard a picture that needs approval."""

    async def work(settings: Settings) -> int:
        from app.cli.make import decide

        return await decide(settings, identifier, approved=False, reason=reason, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@json_option
def settings(*, name: str | None, value: str | None, as_json: bool) -> None:
    """Show the settings, or set NAME to VALUE.

    Without VALUE, NAME goes back to its default. The content policy is the setting
    "categories", such as "violence: approve, hate: refuse".
    """

    async def work(settings: Settings) -> int:
        from app.cli.show import preferences

        return await preferences(settings, name, value, as_json=as_json)

    run_command(work, as_json=as_json)


@cli.command()
@click.option("--team", is_flag=True, help="Show everyone's usage, not just yours.")
@click.option(
    "--month", metavar="MONTH", help="Report on all workspaces: 2026-03, this or last (UTC)."
)
@json_option
def usage(*, team: bool, month: str | None, as_json: bool) -> None:
    """Show pictures made and money spent this month, news included."""

    async def work(settings: Settings) -> int:
        if month is not None:
            from app.cli.report import report

            return await report(settings, month, as_json=as_json)
        from app.cli.show import usage

        return await usage(settings, team=team, as_json=as_json)

    run_command(work, as_json=as_json)


queue_choice = click.Choice(["research", "generation", "delivery", "news"])


@cli.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=queue_choice,
    help="Queue to work on besides the chats, where workers do the rest; repeat for more. "
    "[default: all]",
)
def run(*, queues: tuple[str, ...]) -> None:
    """Run the chat bots and all work in this process until stopped."""

    async def work(settings: Settings) -> int:
        from app.cli.reader import reader_language
        from app.service import run

        await run(settings, queues, language=reader_language())
        return 0

    run_command(work, waits=False)


@cli.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    required=True,
    type=queue_choice,
    help="Queue to work on; repeat for more.",
)
def worker(*, queues: tuple[str, ...]) -> None:
    """Work on the given queues until stopped."""

    async def work(settings: Settings) -> int:
        from app.cli.reader import reader_language
        from app.service import work

        await work(settings, queues, language=reader_language())
        return 0

    run_command(work, waits=False)


@cli.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Check that everything Limner needs is set up and safe."""

    wrong: list[str] = []

    def load() -> Settings:
        """The settings, those that are wrong left out, so that the rest is looked at."""
        from app.redaction import redactor_of_environment
        from app.settings import load_readable_settings
        from app.storage_settings import PREFIX

        settings, sentence = load_readable_settings()
        wrong.append(redactor_of_environment(PREFIX).text(sentence))
        return settings

    async def work(settings: Settings) -> int:
        from app.cli.show import doctor

        return await doctor(settings, as_json=as_json, wrong="".join(wrong))

    def explain(sentence: str) -> dict[str, Any]:
        """A finding about what keeps the doctor from looking at anything."""
        broken = {"name": "settings", "ok": False, "required": True, "text": sentence}
        return {"ok": False, "findings": [broken]}

    run_command(work, as_json=as_json, waits=False, explain=explain, load=load)


_MORE = (library, news, verify, describe, provenance, privacy, agent, catalogue, evaluate, train)
for command in (db, backup, restore, *_MORE):
    cli.add_command(command)

"""Every command with its options. Nothing heavy is imported here, so that ``--help`` is quick."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from app.settings import Settings

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out_option = click.option("--out", metavar="FILE", help="Write the picture there.")
generator_option = click.option("--generator", metavar="NAME", help="Render with this generator.")
seed_option = click.option("--seed", type=int, metavar="N", help="0 to 4294967295.")


def _run(
    work: Callable[[Settings], Awaitable[int]], *, as_json: bool = False, waits: bool = True
) -> None:
    from app.cli.edge import run

    run(work, as_json=as_json, waits=waits)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="limner", message="limner %(version)s")
def cli() -> None:
    """Limner looks things up before it draws."""


@cli.command()
@json_option
def demo(*, as_json: bool) -> None:
    """Fill the sample library, draw from it, and draw it again bit for bit."""

    async def work(settings: Settings) -> int:
        from app.demo import demo

        return await demo(settings, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("prompt")
@click.option("--reference", multiple=True, metavar="FILE", help="A picture to go by (up to 5).")
@click.option(
    "--research",
    type=click.Choice(["auto", "off", "quick", "deep"]),
    default="auto",
    show_default=True,
    help="How much to look up.",
)
@click.option(
    "--rights",
    type=click.Choice(["any", "licensed", "library"]),
    default="any",
    show_default=True,
    help="Which pictures may become references.",
)
@generator_option
@seed_option
@click.option("--aspect", default="1:1", show_default=True, metavar="W:H", help="Up to 4:1.")
@click.option("--count", type=int, default=1, show_default=True, metavar="N", help="1 to 4.")
@click.option("--style", metavar="TEXT", help="How it should look.")
@out_option
@json_option
def imagine(*, as_json: bool, **wishes: Any) -> None:
    """Look up what PROMPT speaks of and draw it ("-" reads PROMPT from standard input)."""

    def work(settings: Settings) -> Awaitable[int]:
        from app.cli.make import Wishes, imagine

        return imagine(settings, Wishes(**wishes), as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@seed_option
@generator_option
@out_option
@json_option
def regenerate(*, identifier: str, as_json: bool, **wishes: Any) -> None:
    """Draw the picture ID again from its recipe, without searching."""

    async def work(settings: Settings) -> int:
        from app.cli.make import regenerate

        return await regenerate(settings, identifier, as_json=as_json, **wishes)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@out_option
@json_option
def research(*, identifier: str, out: str | None, as_json: bool) -> None:
    """Search again for the job ID, draw, and show how the evidence changed."""

    async def work(settings: Settings) -> int:
        from app.cli.make import research

        return await research(settings, identifier, out=out, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def sources(*, identifier: str, as_json: bool) -> None:
    """Show what the picture or job ID rests on."""

    async def work(settings: Settings) -> int:
        from app.cli.show import sources

        return await sources(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="[ID]", required=False)
@json_option
def jobs(*, identifier: str | None, as_json: bool) -> None:
    """Show the newest jobs, or the job ID with everything known about it."""

    async def work(settings: Settings) -> int:
        from app.cli.show import jobs

        return await jobs(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def cancel(*, identifier: str, as_json: bool) -> None:
    """Stop the job ID."""

    async def work(settings: Settings) -> int:
        from app.cli.show import cancel

        return await cancel(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@json_option
def queue(*, as_json: bool) -> None:
    """Show what waits for approval; `limner approve` and `limner reject` decide."""

    async def work(settings: Settings) -> int:
        from app.cli.show import queue

        return await queue(settings, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def approve(*, identifier: str, as_json: bool) -> None:
    """Let the picture or job ID, which waits for approval, be written."""

    async def work(settings: Settings) -> int:
        from app.cli.make import decide

        return await decide(settings, identifier, approved=True, reason=None, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def allow(*, identifier: str, as_json: bool) -> None:
    """Draw the refused request ID this once; what is never drawn stays refused."""

    async def work(settings: Settings) -> int:
        from app.cli.make import allow

        return await allow(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@json_option
def refused(*, identifier: str, as_json: bool) -> None:
    """Print where the refused pictures of the job ID lie, with the setting "keep_refused"."""

    async def work(settings: Settings) -> int:
        from app.cli.show import refused

        return await refused(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("identifier", metavar="ID")
@click.option("--reason", metavar="TEXT", help="What whoever asked is told.")
@json_option
def reject(*, identifier: str, reason: str | None, as_json: bool) -> None:
    """Throw the picture of the job ID away, which waits for approval."""

    async def work(settings: Settings) -> int:
        from app.cli.make import decide

        return await decide(settings, identifier, approved=False, reason=reason, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.argument("name", required=False)
@click.argument("value", required=False)
@json_option
def settings(*, name: str | None, value: str | None, as_json: bool) -> None:
    """Show what is set here, or set NAME; without VALUE it is taken back.

    The content policy is the setting "categories", such as "violence: approve, hate: refuse".
    """

    async def work(settings: Settings) -> int:
        from app.cli.show import preferences

        return await preferences(settings, name, value, as_json=as_json)

    _run(work, as_json=as_json)


@cli.command()
@click.option("--team", is_flag=True, help="Of everybody, not of you alone.")
@json_option
def usage(*, team: bool, as_json: bool) -> None:
    """Show what was asked for and spent this month, the news desk's words included."""

    async def work(settings: Settings) -> int:
        from app.cli.show import usage

        return await usage(settings, team=team, as_json=as_json)

    _run(work, as_json=as_json)


@cli.group()
def library() -> None:
    """Pages and pictures of your own, searched before the web."""


@library.command("add")
@click.argument("places", nargs=-1, required=True, metavar="FILE|FOLDER|ADDRESS…")
@click.option("--title", help="Instead of the file's name.")
@click.option("--author", help="Who made it.")
@click.option("--license", help='Such as "CC BY 4.0" or "own work".')
@click.option("--tag", "tags", multiple=True, help="A word to find it by; may be repeated.")
@json_option
def library_add(*, places: tuple[str, ...], as_json: bool, **about: Any) -> None:
    """Add pictures and texts."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_add

        return await library_add(settings, places, as_json=as_json, **about)

    _run(work, as_json=as_json)


@library.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@json_option
def library_list(*, limit: int, as_json: bool) -> None:
    """Show what is in it."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_list

        return await library_list(settings, limit=limit, as_json=as_json)

    _run(work, as_json=as_json)


@library.command("remove")
@click.argument("identifier", metavar="ID")
@json_option
def library_remove(*, identifier: str, as_json: bool) -> None:
    """Take the item ID out."""

    async def work(settings: Settings) -> int:
        from app.cli.show import library_remove

        return await library_remove(settings, identifier, as_json=as_json)

    _run(work, as_json=as_json)


@cli.group()
def news() -> None:
    """Stories of the news, illustrated on a schedule."""


def _schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a schedule; texts, as they are on every surface."""
    known = (
        ("--when", 'Such as "weekdays at 9", or a cron expression.'),
        ("--topic", "What the news should be about."),
        ("--feeds", "Addresses of RSS or Atom feeds, apart by commas."),
        ("--name", "What it is called; the topic where it has no name."),
        ("--time-zone", "Such as Europe/Berlin; UTC where none is given."),
        ("--language", "The language of the text, such as en."),
        ("--style", "How the pictures should look."),
        ("--generator", "Render with this generator."),
        ("--sources", "Independent sources that a story needs: 1 to 5."),
        ("--quiet", "Days without posts, such as sat,sun,2026-12-24."),
        ("--ends", "The last day, such as 2026-12-31."),
        ("--grace", "Hours after which a missed time is skipped."),
    )
    for name, text in reversed(known):
        command = click.option(name, metavar="TEXT", help=text)(command)
    return command


@news.command("add")
@_schedule_options
@json_option
def news_add(*, as_json: bool, **options: str | None) -> None:
    """Make a schedule; limner run works on it."""

    async def work(settings: Settings) -> int:
        from app.cli.news import add

        return await add(settings, _given(options), as_json=as_json)

    _run(work, as_json=as_json)


@news.command("list")
@json_option
def news_list(*, as_json: bool) -> None:
    """Show all schedules, their next times and what became of the latest."""

    async def work(settings: Settings) -> int:
        from app.cli.news import listed

        return await listed(settings, as_json=as_json)

    _run(work, as_json=as_json)


@news.command("edit")
@click.argument("schedule", metavar="NAME|ID")
@_schedule_options
@json_option
def news_edit(*, schedule: str, as_json: bool, **options: str | None) -> None:
    """Change a schedule."""

    async def work(settings: Settings) -> int:
        from app.cli.news import edit

        return await edit(settings, schedule, _given(options), as_json=as_json)

    _run(work, as_json=as_json)


def _steering(what: str, text: str) -> None:
    @news.command(what, help=text)
    @click.argument("schedule", metavar="NAME|ID")
    @json_option
    def command(*, schedule: str, as_json: bool) -> None:
        async def work(settings: Settings) -> int:
            from app.cli.news import steer

            return await steer(settings, what, schedule, as_json=as_json)

        _run(work, as_json=as_json)

    del command


_steering("pause", "Stop a schedule until it is resumed.")
_steering("resume", "Take a schedule up again, from now on.")
_steering("remove", "Take a schedule away; what it posted stays.")


def _now(what: str, text: str) -> None:
    @news.command(what, help=text)
    @click.argument("schedule", metavar="NAME|ID")
    @json_option
    def command(*, schedule: str, as_json: bool) -> None:
        async def work(settings: Settings) -> int:
            from app.cli.news import work_now

            return await work_now(settings, schedule, preview=what == "preview", as_json=as_json)

        _run(work, as_json=as_json)

    del command


_now("preview", "Try a schedule now; the story may still be told later.")
_now("run", "Run a schedule now, beside its own times.")


def _given(options: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


@cli.command()
def run() -> None:
    """Work on everything in this process until it is stopped."""

    async def work(settings: Settings) -> int:
        from app.service import run

        await run(settings)
        return 0

    _run(work)


@cli.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    required=True,
    type=click.Choice(["research", "generation", "delivery", "news"]),
    help="May be repeated.",
)
def worker(*, queues: tuple[str, ...]) -> None:
    """Work on some queues until stopped."""

    async def work(settings: Settings) -> int:
        from app.service import work

        await work(settings, queues)
        return 0

    _run(work)


@cli.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@json_option
def db_upgrade(*, as_json: bool) -> None:
    """Bring the schema to this program's version."""
    _database("upgrade", as_json=as_json)


@db.command("check")
@json_option
def db_check(*, as_json: bool) -> None:
    """Compare the schema with this program's."""
    _database("check", as_json=as_json)


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

    _run(work, as_json=as_json)


@cli.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look whether everything that Limner needs is there and safe."""

    async def work(settings: Settings) -> int:
        from app.cli.show import doctor

        return await doctor(settings, as_json=as_json)

    _run(work, as_json=as_json, waits=False)

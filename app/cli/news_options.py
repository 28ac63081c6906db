"""`limner news` and its commands, with their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from app.cli.options import json_option, run_command

if TYPE_CHECKING:
    from app.settings import Settings


@click.group()
def news() -> None:
    """Illustrate the news on a schedule."""


def _schedule_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a schedule; texts, as they are on every surface."""
    known = (
        ("--when", 'When to post, such as "weekdays at 9", or a cron expression.'),
        ("--topic", "What the news should be about."),
        ("--feeds", "RSS or Atom feed addresses, comma-separated."),
        ("--name", "Name of the schedule; defaults to its topic."),
        ("--time-zone", "Time zone, such as Europe/Berlin; defaults to UTC."),
        ("--language", "Language of the posts, such as en."),
        ("--style", "Style of the pictures."),
        ("--generator", "Generator to draw with."),
        ("--sources", "Number of independent sources a story needs, 1 to 5."),
        ("--quiet", "Days to skip, such as sat,sun,2026-12-24."),
        ("--ends", "Last day, such as 2026-12-31."),
        ("--grace", "Skip a post that is more than this many hours late."),
    )
    for name, text in reversed(known):
        command = click.option(name, metavar="TEXT", help=text)(command)
    return command


@news.command("add")
@_schedule_options
@json_option
def news_add(*, as_json: bool, **options: str | None) -> None:
    """Create a schedule (needs `limner run`)."""

    async def work(settings: Settings) -> int:
        from app.cli.news import add

        return await add(settings, _given(options), as_json=as_json)

    run_command(work, as_json=as_json)


@news.command("list")
@json_option
def news_list(*, as_json: bool) -> None:
    """List all schedules with their next and latest posts."""

    async def work(settings: Settings) -> int:
        from app.cli.news import listed

        return await listed(settings, as_json=as_json)

    run_command(work, as_json=as_json)


@news.command("edit")
@click.argument("schedule", metavar="NAME|ID")
@_schedule_options
@json_option
def news_edit(*, schedule: str, as_json: bool, **options: str | None) -> None:
    """Change a schedule."""

    async def work(settings: Settings) -> int:
        from app.cli.news import edit

        return await edit(settings, schedule, _given(options), as_json=as_json)

    run_command(work, as_json=as_json)


def _steering(what: str, text: str) -> None:
    @news.command(what, help=text)
    @click.argument("schedule", metavar="NAME|ID")
    @json_option
    def command(*, schedule: str, as_json: bool) -> None:
        async def work(settings: Settings) -> int:
            from app.cli.news import steer

            return await steer(settings, what, schedule, as_json=as_json)

        run_command(work, as_json=as_json)

    del command


_steering("pause", "Pause a schedule.")
_steering("resume", "Resume a paused schedule.")
_steering("remove", "Delete a schedule; its posts stay.")


def _now(what: str, text: str) -> None:
    @news.command(what, help=text)
    @click.argument("schedule", metavar="NAME|ID")
    @json_option
    def command(*, schedule: str, as_json: bool) -> None:
        async def work(settings: Settings) -> int:
            from app.cli.news import work_now

            return await work_now(settings, schedule, preview=what == "preview", as_json=as_json)

        run_command(work, as_json=as_json)

    del command


_now("preview", "Try a schedule now without posting; the story stays available.")
_now("run", "Run a schedule now, in addition to its regular times.")


def _given(options: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}

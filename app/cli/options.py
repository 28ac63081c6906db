"""Options that many commands have, and how a command runs. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from app.settings import Settings

json_option = click.option(
    "--json", "as_json", is_flag=True, help=("Print the result as one JSON object.")
)

out_option = click.option("--out", metavar="FILE", help="Save the picture to this file.")
generator_option = click.option("--generator", metavar="NAME", help="Generator to draw with.")
seed_option = click.option("--seed", type=int, metavar="N", help="Seed, 0 to 4294967295.")

_DRAWING_OPTIONS: Final = (
    click.option(
        "--reference", multiple=True, metavar="FILE", help="Reference image; repeat for up to 5."
    ),
    click.option(
        "--research",
        type=click.Choice(["auto", "off", "quick", "deep"]),
        default="auto",
        show_default=True,
        help="How much research to do.",
    ),
    click.option(
        "--rights",
        type=click.Choice(["any", "licensed", "library"]),
        default="any",
        show_default=True,
        help="Which images may be used as references.",
    ),
    generator_option,
    seed_option,
    click.option(
        *("--aspect", "--ar"),
        default="1:1",
        show_default=True,
        metavar="W:H",
        help="Aspect ratio, up to 4:1.",
    ),
    click.option(
        "--count", type=int, default=1, show_default=True, metavar="N", help="Pictures, 1 to 4."
    ),
    click.option("--style", metavar="TEXT", help='Style of the picture, such as "ink drawing".'),
    click.option("--no", metavar="TEXT", help='What must not be in the picture, such as "people".'),
)


def drawing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a request, in the order in which help lists them."""
    for option in reversed(_DRAWING_OPTIONS):
        command = option(command)
    return command


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

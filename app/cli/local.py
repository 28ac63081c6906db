"""The requester on the command line, with the same commands as in the chats."""

from __future__ import annotations

import os
import platform

import click
from ulid import ULID

from app.chats import services_of
from app.cli.output import paths_of
from app.cli.places import writable_path
from app.cli.reader import reader_language
from app.wiring import Application
from bot.cards.builders import result_card
from bot.cards.evidence import evidence_card
from bot.cards.models import Card
from bot.commands.service import Commands
from bot.terminal.view import card_lines, result_lines
from domain.requests import LOCAL_WORKSPACE, Destination
from domain.team import Role
from jobs.admission.requests import Requester
from jobs.common.views import JobView


def local_requester(out: str | None) -> Requester:
    """The requester on the command line, and where the picture goes.

    Raises:
        InvalidRequest: The path cannot be written to.
    """
    path = None if out is None else writable_path(out)
    destination = Destination("terminal", platform.node(), str(path) if path else None)
    return Requester(
        LOCAL_WORKSPACE,
        f"local-{os.getuid()}",
        destination,
        Role.ADMIN,
        language=reader_language(),
    )


def local_commands(application: Application, requester: Requester | None = None) -> Commands:
    """The commands of the command line."""
    return Commands(services_of(application), requester or local_requester(None))


def new_key() -> str:
    """An event key of its own: each command is a new request."""
    return f"cli:{ULID()}"


def show_card(card: Card) -> None:
    """Print a card."""
    for line in card_lines(card, reader_language()):
        click.echo(line)


def show_result(view: JobView) -> None:
    """Print the pictures of a job that is done, with all of their sources."""
    result, evidence = result_card(view), evidence_card(view)
    for line in result_lines(result, evidence, paths_of(view), language=reader_language()):
        click.echo(line)

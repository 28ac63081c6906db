"""``limner describe``: what a picture shows, in words."""

from __future__ import annotations

from pathlib import Path

import click

from app.application import open_application
from app.chats import services_of
from app.cli.edge import DONE, echo_json
from app.cli.local import local_requester
from app.cli.places import read_picture
from app.settings import Settings
from bot.cards.models import NoteCard
from bot.commands.describing import describe as describe_pictures


async def describe(settings: Settings, place: str, *, as_json: bool) -> int:
    """Print what a picture shows that lies in a file or at a web address, by the vision model."""
    is_address = place.startswith(("http://", "https://"))
    pictures = [] if is_address else [(Path(place).name, read_picture(place))]
    async with open_application(settings, work=()) as application:
        reply = await describe_pictures(
            services_of(application),
            local_requester(None),
            pictures=pictures,
            address=place if is_address else None,
        )
    description = reply.card.text if isinstance(reply.card, NoteCard) else ""
    if as_json:
        echo_json({"description": description})
    else:
        click.echo(description)
    return DONE

"""The commands about where pictures come from: verify, provenance init."""

from __future__ import annotations

import asyncio

from app.application import open_application
from app.cli.edge import DONE, echo_json
from app.cli.local import local_requester
from app.cli.places import read_picture
from app.cli.reader import say
from app.provenance import FOLDER, signing_identity
from app.settings import Settings
from bot.cards.provenance import provenance_text
from bot.text import plain
from domain.provenance import Provenance
from domain.translation.messages import gettext


async def verify(settings: Settings, place: str, *, as_json: bool) -> int:
    """Print what is known of a picture, in a file or at a web address."""
    is_address = place.startswith(("http://", "https://"))
    data = b"" if is_address else read_picture(place)
    async with open_application(settings, work=()) as application:
        if is_address:
            _name, data = await application.library.read(place)
        found = await application.provenance.verify(local_requester(None), data)
    if as_json:
        echo_json(provenance_object(found))
    else:
        say(plain(provenance_text(found)))
        if found.job_id is not None:
            rests = gettext(
                "Run {command} to see its sources.", command=f"`limner sources {found.job_id}`"
            )
            say(rests)
    return DONE


def provenance_object(found: Provenance) -> dict[str, object]:
    """As ``limner verify --json`` prints it."""
    return {
        "verdict": found.verdict.value,
        "illustration": found.illustration_id,
        "job": found.job_id,
        "layer": found.layer.value if found.layer else None,
        "confidence": found.confidence,
        "signer": found.signer or None,
    }


async def provenance_init(settings: Settings, *, as_json: bool) -> int:
    """Make the development certificate, unless one is there or configured."""
    identity = await asyncio.to_thread(signing_identity, settings)
    folder = settings.data_dir / FOLDER
    where = str(settings.signing_certificate or folder)
    if as_json:
        echo_json({"signer": identity.issuer if identity else None, "path": where})
    elif identity is None:
        say(gettext("Content credentials are switched off (LIMNER_CONTENT_CREDENTIALS)."))
    else:
        signed = gettext(
            "Pictures are signed by {issuer}; see {place}.",
            issuer=plain(identity.issuer),
            place=plain(where),
        )
        say(signed)
    return DONE

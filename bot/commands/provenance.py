"""Commands about the provenance of a picture."""

from __future__ import annotations

from collections.abc import Sequence

from bot.buttons import Button, ButtonAction
from bot.cards.models import NoteCard, Reply
from bot.cards.provenance import provenance_text
from bot.commands.ports import Services
from bot.locale.provenance import provenance_phrase
from bot.text import plain
from domain.errors import InvalidRequest, NotPossibleNow
from domain.translation.messages import gettext
from jobs.admission.requests import Requester


async def verify(
    services: Services,
    requester: Requester,
    *,
    pictures: Sequence[tuple[str, bytes]] = (),
    address: str | None = None,
) -> Reply:
    """The provenance of the pictures, or of the one at a web address, for the requester alone.

    Raises:
        FetchFailed: The address cannot be read.
        InvalidRequest: There is no picture.
        NotPossibleNow: Pictures cannot be looked at here now.
        UnusableReference: One is no picture that can be read.
    """
    if services.provenance is None:
        raise NotPossibleNow(gettext("Pictures can't be verified here."))
    if not pictures and address:
        pictures = [await services.library.read(address.strip())]
    if not pictures:
        raise InvalidRequest(provenance_phrase("nothing", requester.language))
    lines: list[str] = []
    buttons: list[Button] = []
    page: str | None = None
    for name, data in pictures:
        found = await services.provenance.verify(requester, data)
        text = provenance_text(found, requester.language)
        lines.append(f"{plain(name, most=80)}: {text}" if len(pictures) > 1 else text)
        if found.job_id is not None:
            button = Button(ButtonAction.SOURCES, found.job_id)
            buttons += [button] if button not in buttons else []
            view = await services.jobs.view(requester.workspace_id, found.job_id)
            page = view.page if len(pictures) == 1 else None
    card = NoteCard(lines[0], tuple(lines[1:]), tuple(buttons[:5]), address=page)
    return Reply(card, private=True)

"""Descriptions of what pictures show."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.models import NoteCard, Reply
from bot.commands.ports import Services
from bot.text import plain
from domain.errors import InvalidRequest, NotPossibleNow
from domain.translation.catalogue import language_of
from domain.translation.messages import gettext
from jobs.admission.requests import Requester

MAX_PICTURES = 4


async def describe(
    services: Services,
    requester: Requester,
    *,
    pictures: Sequence[tuple[str, bytes]] = (),
    address: str | None = None,
) -> Reply:
    """A description of each picture, or of the one at a web address, for the requester alone.

    Raises:
        FetchFailed: The address cannot be read.
        InvalidRequest: There is no picture.
        ModelUnavailable: The vision model did not answer.
        NotPossibleNow: No vision model is configured.
        UnusableReference: One is no picture that can be read.
    """
    if services.describer is None:
        raise NotPossibleNow(
            gettext(
                "Pictures can't be described here, because no vision model is set up. The operator "
                "can name one with LIMNER_CHECK_BASE_URL."
            )
        )
    if not pictures and address:
        pictures = [await services.library.read(address.strip())]
    if not pictures:
        raise InvalidRequest(gettext("Send a picture, or the web address of one."))
    language = language_of(requester.language)
    sentences = [
        plain(await services.describer.describe(data, language=language), most=1500)
        for _name, data in pictures[:MAX_PICTURES]
    ]
    return Reply(NoteCard(sentences[0], tuple(sentences[1:])), private=True)

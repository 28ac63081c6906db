"""Previews of Limner's own pages, where a user posts the address of one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, cast

from bot.cards.builders import result_card
from bot.slack.handlers.responder import SlackResponder
from bot.slack.payloads.slack_event import Json, SlackEvent
from bot.slack.view.blocks import Block
from bot.slack.view.unfurl import preview_blocks

LINKS: Final = 5
"""Addresses of one message that are looked at."""


async def link_shared(responder: SlackResponder, turn: SlackEvent, body: Json) -> None:
    """Show beside the address of a page what all readers there may see of it, and nothing else."""
    event, previews = cast("Json", body["event"]), responder.services.previews
    if previews is None:
        return
    language = await responder.known_language(turn)
    unfurls: dict[str, dict[str, list[Block]]] = {}
    for link in cast("list[Json]", event.get("links") or [])[:LINKS]:
        address = str(link.get("url", ""))
        found = await previews.preview(address, turn.tenant.workspace_id)
        if found is None:
            continue
        card = result_card(found.view)
        shown = tuple(one for one in card.pictures if one.illustration_id == found.illustration_id)
        if shown:
            card = replace(card, pictures=shown, buttons=(), asked_by="")
            blocks = preview_blocks(
                card, address=address, picture=found.thumbnail, language=language
            )
            unfurls[address] = {"blocks": blocks}
    if unfurls:
        await responder.api.call(turn.tenant, "chat.unfurl", unfurls=unfurls, **_message_of(event))


def _message_of(event: Json) -> dict[str, Any]:
    """The ids of a message, also of one that is only being written."""
    if event.get("unfurl_id") and event.get("source"):
        return {"unfurl_id": event["unfurl_id"], "source": event["source"]}
    return {"channel": event.get("channel"), "ts": event.get("message_ts")}

"""Links that end because one of the two channels, or the app there, disappeared."""

from __future__ import annotations

from dataclasses import replace

import structlog
from ulid import ULID

from domain.errors import InvalidRequest
from domain.links import ChannelCode
from domain.news import Notice
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

LOOKED_THROUGH = 500
"""How many entries of the audit log are searched for the member who linked a channel."""
ENDED = gettext(
    "A channel here is no longer linked: the channel that it was linked with ({code}) is gone, or "
    "Limner was removed there. Nothing of this channel is shown there any more."
)


async def end_links(store: Store, workspace_id: str, channel: str | None = None) -> int:
    """Unlink what was linked with a channel that disappeared, or with any channel of a workspace
    that the app was removed from (``channel`` None), and notify the member who linked it on the
    other side; gives how many links ended. Calling twice is harmless."""
    async with store.workspace(workspace_id, read_only=True) as unit:
        codes = await unit.privacy.linked()
    ended = 0
    for code in codes:
        there = _read(code)
        if there is not None and there.workspace_id != workspace_id:
            ended += await _end(store, there, gone=workspace_id, channel=channel)
    if channel is not None and ended:
        async with store.workspace(workspace_id) as unit:
            await _clear(unit, channel)
    return ended


async def _end(store: Store, there: ChannelCode, *, gone: str, channel: str | None) -> bool:
    """Unlink a channel from the one that disappeared; False where it names another one."""
    async with store.workspace(there.workspace_id) as unit:
        named = (await unit.preferences.get(Scope.CHANNEL, there.channel)).linked
        lost = _read(named)
        if lost is None or lost.workspace_id != gone or channel not in (None, lost.channel):
            return False
        await _clear(unit, there.channel)
        log.info("link_ended", here=str(there), gone=str(lost))
        member_id = await _who_linked(unit, str(lost))
        if member_id is not None:
            text = str(ENDED.format(code=str(lost)))
            await unit.stories.add_notice(
                Notice(f"unlinked:{ULID()}", there.workspace_id, there.surface, member_id, text)
            )
    return True


async def _clear(unit: UnitOfWork, channel: str) -> None:
    """Take a channel's link back."""
    before = await unit.preferences.get(Scope.CHANNEL, channel)
    await unit.preferences.save(Scope.CHANNEL, channel, replace(before, linked=None))


async def _who_linked(unit: UnitOfWork, code: str) -> str | None:
    """The member who linked a channel with that one last."""
    for entry in await unit.ledger.audit(limit=LOOKED_THROUGH):
        if entry.action == "settings" and entry.details.get("linked") == code:
            return entry.member_id
    return None


def _read(code: str | None) -> ChannelCode | None:
    try:
        return ChannelCode.parse(code) if code else None
    except InvalidRequest:
        return None

"""Galleries in chat that still show a picture which was deleted."""

from __future__ import annotations

from domain.stores import Store
from jobs.common.ports import Dispatcher
from jobs.common.tasks import gallery_task


async def refresh_galleries(store: Store, dispatcher: Dispatcher, workspace_id: str) -> None:
    """Have the galleries brought up to date that show a deleted picture."""
    async with store.workspace(workspace_id, read_only=True) as unit:
        stale = await unit.galleries.stale()
    for message in stale:
        await dispatcher.enqueue(gallery_task(workspace_id, message))

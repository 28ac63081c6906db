"""Whether the messages of a workspace may be searched for a job: where its admins turned that on,
and nobody but its members sees the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from domain.requests import Job
from domain.stores import Store
from domain.team import Scope
from domain.team_messages import MessageSearch, MessagesFound
from domain.translation.messages import gettext

LINKED: Final = gettext(
    "Messages weren't searched: pictures from this channel are shown in another channel too."
)
PUBLISHED: Final = gettext(
    "Messages weren't searched: pictures from this channel have public pages."
)
ELSEWHERE: Final = gettext(
    "Messages weren't searched: the process that does the research isn't connected to Slack."
)


class AllowedMessageSearch:
    """Asks the platform of a job, unless the settings of its workspace or channel forbid it. Fits
    ``MessageSearch``."""

    def __init__(self, store: Store, platforms: Mapping[str, MessageSearch]) -> None:
        """``platforms`` are those that this process can ask, by the names of their surfaces; it may
        be filled later."""
        self._store = store
        self._platforms = platforms

    async def search(self, job: Job, queries: Sequence[str]) -> MessagesFound:
        """The messages, or why there are none; nothing where it is not turned on."""
        place = job.request.routing.destination
        async with self._store.workspace(job.workspace_id, read_only=True) as unit:
            scopes = ((Scope.CHANNEL, place.channel), (Scope.WORKSPACE, ""))
            channel, workspace = await unit.preferences.get_each(scopes)
            mirrored = await unit.mirrors.get(job.id)
        if workspace.search_messages is not True:
            return MessagesFound()
        if channel.linked or mirrored is not None:
            return MessagesFound(problem=LINKED)
        if channel.publish:
            return MessagesFound(problem=PUBLISHED)
        platform = self._platforms.get(place.surface)
        if platform is None:
            return MessagesFound(problem=ELSEWHERE)
        return await platform.search(job, queries)

    async def finish(self, job: Job) -> None:
        """Forget what the platform needed."""
        platform = self._platforms.get(job.request.routing.destination.surface)
        if platform is not None:
            await platform.finish(job)

"""Library commands: list, add and remove; never by a path."""

from __future__ import annotations

from bot.cards.models import NoteCard, Reply
from bot.cards.team import library_card
from bot.commands.ports import LibraryService
from bot.text import plain
from domain.errors import InvalidRequest, Refused
from domain.team import Role
from domain.translation.messages import gettext
from jobs.admission.requests import Requester
from jobs.services.team import TeamService


class LibraryCommands:
    """The library commands of one person in one place."""

    def __init__(self, library: LibraryService, team: TeamService, requester: Requester) -> None:
        self._library = library
        self._team = team
        self._requester = requester

    async def read(self, address: str) -> tuple[str, bytes]:
        """The picture that a web address holds, to be brought along as a reference.

        Raises:
            FetchFailed: The address cannot be read.
        """
        return await self._library.read(address.strip())

    async def add(
        self,
        *,
        address: str | None = None,
        upload: tuple[str, bytes] | None = None,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
    ) -> Reply:
        """Put a file or what an address holds into the library.

        Raises:
            InvalidRequest: There is neither, or nothing usable in it.
            FetchFailed: The address cannot be read.
            Refused: Only moderators may.
            UnusableReference: The picture cannot be used.
        """
        await self._check_moderates()
        about = {"title": title, "author": author, "license": license}
        details = {key: plain(text, most=300) if text else None for key, text in about.items()}
        workspace_id = self._requester.workspace_id
        if upload is not None:
            name, data = upload
            item = await self._library.add_upload(workspace_id, name, data, **details)
        elif address:
            item = await self._library.add_address(workspace_id, address.strip(), **details)
        else:
            raise InvalidRequest(
                gettext("Attach a file, or give the address of a web page or picture.")
            )
        return Reply(library_card([item]), private=True)

    async def list(self, *, after: str | None = None) -> Reply:
        """The items of the library, 25 at a time."""
        items = [*await self._library.list(self._requester.workspace_id, limit=26, after=after)]
        return Reply(library_card(items[:25], more=len(items) > 25), private=True)

    async def remove(self, item_id: str) -> Reply:
        """Take an item out of the library. Raises ``NotFound`` or ``Refused``."""
        await self._check_moderates()
        await self._library.remove(self._requester.workspace_id, item_id.strip())
        return Reply(NoteCard(gettext("Removed from the library.")), private=True)

    async def _check_moderates(self) -> None:
        if await self._team.role(self._requester) is Role.MEMBER:
            raise Refused(gettext("Only moderators can change the library. Ask one of them."))

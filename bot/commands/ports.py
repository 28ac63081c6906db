"""What the surfaces need besides the services, as Protocols; ``app`` wires the implementations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.commands.intent_model import IntentModel
from domain.library import LibraryItem
from jobs.common.views import JobView
from jobs.news.destinations import DestinationService
from jobs.news.service import NewsService
from jobs.services.galleries import GalleryService
from jobs.services.jobs import JobService
from jobs.services.page_previews import PagePreviews
from jobs.services.privacy import PrivacyService
from jobs.services.provenance import ProvenanceService
from jobs.services.team import TeamService


class LibraryService(Protocol):
    """The library of each workspace, as far as chat may touch it: never by a path."""

    async def add_address(
        self,
        workspace_id: str,
        address: str,
        *,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
    ) -> LibraryItem:
        """Add what a web address holds. Raises ``InvalidRequest``, ``FetchFailed`` or
        ``UnusableReference``."""
        ...

    async def add_upload(
        self,
        workspace_id: str,
        name: str,
        data: bytes,
        *,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
    ) -> LibraryItem:
        """Add a file sent by a user. Raises ``InvalidRequest`` or ``UnusableReference``."""
        ...

    async def read(self, address: str) -> tuple[str, bytes]:
        """A name for what a web address holds, and its bytes; nothing is added. Raises
        ``FetchFailed``."""
        ...

    async def list(
        self, workspace_id: str, *, limit: int = 50, after: str | None = None
    ) -> Sequence[LibraryItem]:
        """Items in the order of their ids, after that one."""
        ...

    async def remove(self, workspace_id: str, item_id: str) -> None:
        """Take an item out. Raises ``NotFound``."""
        ...


class Describer(Protocol):
    """Describes in words what a picture shows."""

    async def describe(self, picture: bytes, *, language: str = "en") -> str:
        """One paragraph in that language. Asking twice is harmless. Raises ``ModelUnavailable`` or
        ``UnusableReference``."""
        ...


class Dossier(Protocol):
    """Writes down a picture's evidence."""

    def __call__(self, view: JobView, language: str, *, message: str | None) -> str:
        """Request, prompt, passages, references, self-check and recipe of a job that has pictures,
        as Markdown; ``message`` is the address of the message that shows them."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The services behind the commands; ``generators`` are the names that can be requested."""

    jobs: JobService
    team: TeamService
    library: LibraryService
    generators: Sequence[str] = field(default=())
    news: NewsService | None = None
    intents: IntentModel | None = None
    """Helps to classify messages by intent, where a model is configured."""
    redact: Callable[[str], str] = str
    """Removes secrets from what a person is shown."""
    provenance: ProvenanceService | None = None
    privacy: PrivacyService | None = None
    galleries: GalleryService | None = None
    """Called with galleries that were posted."""
    describer: Describer | None = None
    """Describes pictures, where a vision model is configured."""
    destinations: DestinationService | None = None
    """Called when places disappear and come back."""
    count_today: Callable[[str], Awaitable[int]] | None = None
    """Counts something that is done on a day (UTC), across all processes; gives how often it was
    done with this time. Raises ``StorageUnavailable``."""
    dossier: Dossier | None = None
    """Writes down the evidence of a finished picture, for documents in chat."""
    previews: PagePreviews | None = None
    """Finds what one of Limner's own pages shows, where there are pages."""

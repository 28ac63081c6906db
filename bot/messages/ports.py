"""The port of chat platforms for messages about jobs, and how a message is recognised again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, Protocol

from bot.cards.models import Card, NoteCard
from bot.messages.lanes import Lane
from domain.illustrations import DeliveryKind
from domain.requests import Destination
from domain.team import JobMessage
from jobs.common.views import JobView

POST_S: Final = 6.0
"""How long the making of a message that is claimed may take; with the look before it, that is well
below the time after which a claim counts as that of a dead process."""


@dataclass(frozen=True, slots=True)
class MessageKey:
    """Hidden metadata of a message, so that it can be found again; ``delivery_id`` once it holds
    what that delivery was to bring."""

    job_id: str
    delivery_id: str | None = None

    @property
    def kind(self) -> DeliveryKind | None:
        """The kind of that delivery; None for a message that only shows how the job stands."""
        if self.delivery_id is None:
            return None
        return DeliveryKind(self.delivery_id.rpartition(":")[2])


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as it stands on the platform; ``thread`` is where replies to it are, ``files`` the
    platform's id of each picture in it, by the hash of its bytes."""

    channel: str
    message: str
    thread: str | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def receipt(self) -> str:
        """The message as JSON, for receipts of deliveries."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


class Chat(Protocol):
    """A chat platform's operations on messages about jobs; each raises ``TransientError`` to be
    tried again, and where that is of no use one of ``bot.refusals``, or ``SurfaceRefused`` where
    the app's access has ended."""

    @property
    def name(self) -> str:
        """The platform's name in destinations and in ``JobMessage``."""
        ...

    @property
    def title(self) -> str:
        """The platform's name for people."""
        ...

    @property
    def answers_in_place(self) -> bool:
        """Whether a command is answered at once by a message that becomes the job's: then one may
        exist that no process has claimed yet."""
        ...

    def command(self, job_id: str) -> str:
        """The command that shows a job there."""
        ...

    def receipt(self, posted: Posted) -> str:
        """The receipt of a delivery, which names its message."""
        ...

    async def turn(self, view: JobView, place: Destination, lane: Lane) -> None:
        """Wait until a message may be made there, as the platform's pace has it."""
        ...

    def try_turn(self, view: JobView, place: Destination) -> bool:
        """Whether a message that can be left out may be made there; it has its turn then."""
        ...

    async def post(self, view: JobView, place: Destination, card: Card, mark: MessageKey) -> Posted:
        """Make a message. Never tried twice by itself: after an unclear answer it raises. One that
        is no delivery is claimed, so it is made about ``POST_S`` seconds later or not at all."""
        ...

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: MessageKey, lane: Lane
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone. Raises ``NoRoom`` where that is only
        progress and something else would have to wait for it."""
        ...

    async def is_live(self, view: JobView, message: JobMessage) -> bool:
        """Whether a job's message still shows how the job stands, and no result: asked of the
        platform, since storage may be out of reach. Raises ``NoRoom``."""
        ...

    async def open_thread(self, view: JobView, posted: Posted) -> str | None:
        """The thread that hangs on a job's new message; None where the place wants none, or has
        them without being asked. Raises ``Refused`` where it may not be opened."""
        ...

    async def discard(self, view: JobView, message: JobMessage) -> None:
        """Remove a message of a job; one that is gone already is well."""
        ...

    async def look_up(self, view: JobView, place: Destination, mark: MessageKey) -> Posted | None:
        """The message that carries the mark, and where that names a delivery this one too."""
        ...

    async def send_privately(self, view: JobView, card: Card) -> None:
        """Show something to the requester alone, in the first of its forms that the platform
        takes."""
        ...

    async def notify(self, view: JobView, result: Posted, card: NoteCard) -> None:
        """Reply to a result so that the platform notifies the requester, once."""
        ...

    async def home(self, view: JobView) -> Destination:
        """The requester's own messages, where only they read."""
        ...

    async def moderators(self, view: JobView) -> Sequence[Destination]:
        """The own messages of people who may approve; a few at the most. Empty where none are
        known."""
        ...

    def is_private(self, view: JobView, place: Destination) -> bool:
        """Whether only the requester of the job reads there."""
        ...

    def is_hidden(self, view: JobView) -> bool:
        """Whether the job's message is one that only the requester sees, in a place where others
        may read: it can only be made from the command's answer, and is not found again."""
        ...


def uploaded(receipt: str | None) -> Mapping[str, str]:
    """The platform's id of each picture, by its hash, in the receipt of a message; none in any
    other."""
    try:
        return {str(sha256): str(id_) for sha256, id_ in json.loads(receipt or "")["files"].items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}

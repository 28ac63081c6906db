"""The life of a job's message, the same on every platform: one message, however often a process
dies, and only one, however many there are.

It is made when the job begins, shows how the job goes on, and becomes its result. Whoever makes a
message claims it first; whoever comes after a claim looks for what the earlier one may have made.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from bot.cards import Card
from bot.live import LiveMessages
from bot.present import card_of, failure_card, result_card, review_card, told_card
from domain.errors import SurfaceUnavailable
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import Destination, JobStatus
from domain.team import JobMessage, MessageKind
from jobs.desk import Desk
from jobs.team import TeamDesk
from jobs.views import JobView

BY_DELIVERY = frozenset({JobStatus.DELIVERING, JobStatus.DONE, JobStatus.FAILED})
"""What a job's message says from here on is written by its delivery alone."""
POST_S = 6.0
LOOK_S = 6.0
"""Together well below the time after which a claim counts as that of a dead process."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a message carries unseen, so that it can be found again; ``delivery_id`` once it holds
    what that delivery was to bring."""

    job_id: str
    delivery_id: str | None = None


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
        """The receipt of a delivery that this message is."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


class Chat(Protocol):
    """What a platform can do with messages about jobs; each raises ``TransientError`` to be tried
    again and ``SurfaceRefused`` where that is of no use."""

    @property
    def name(self) -> str:
        """The platform's name in destinations and in ``JobMessage``."""
        ...

    async def turn(self, view: JobView, place: Destination) -> None:
        """Wait until a message may be made there, as the platform's pace has it."""
        ...

    async def post(self, view: JobView, place: Destination, card: Card, mark: Mark) -> Posted:
        """Make a message. Never tried twice by itself: after an unclear answer it raises. One that
        is no delivery is claimed, so it is made about ``POST_S`` seconds later or not at all."""
        ...

    async def edit(
        self, view: JobView, message: JobMessage, card: Card, mark: Mark
    ) -> Posted | None:
        """Bring a message up to date; None where it is gone. Without a delivery in its mark it may
        be left out when there is no time."""
        ...

    async def look_up(self, view: JobView, place: Destination, mark: Mark) -> Posted | None:
        """The message that carries the mark, and where that names a delivery this one too."""
        ...

    async def tell(self, view: JobView, card: Card) -> None:
        """Show something to whoever asked, and to nobody else where the platform can."""
        ...

    async def home(self, view: JobView) -> Destination:
        """Where only whoever asked reads."""
        ...

    def is_private(self, place: Destination) -> bool:
        """Whether only whoever asked reads there."""
        ...


class JobMessages:
    """Makes, shows and finishes the messages of jobs on one platform."""

    def __init__(
        self, *, chat: Chat, desk: Desk, team: TeamDesk, live: LiveMessages | None = None
    ) -> None:
        self._chat = chat
        self._desk = desk
        self._team = team
        self._live = live or LiveMessages()

    async def begin(self, workspace_id: str, job_id: str) -> bool:
        """Make the message of a job that has none; False where it has one, needs none any more, or
        somebody else is making it."""
        view = await self._desk.view(workspace_id, job_id)
        if self._kept(view) or view.job.status in BY_DELIVERY:
            return False
        await self._chat.turn(view, view.job.request.destination)
        async with self._live.showing(job_id) as may:
            view = await self._desk.view(workspace_id, job_id)
            if not may or self._kept(view) or view.job.status in BY_DELIVERY:
                return False
            return await self._made(view) is not None

    async def show(self, view: JobView) -> bool:
        """Bring a job's message up to date; False where it is gone."""
        job_id = view.job.id
        await self._show_again(view)
        async with self._live.showing(job_id) as may:
            view = await self._desk.view(view.job.workspace_id, job_id)
            message = self._kept(view)
            if not may or message is None or view.job.status in BY_DELIVERY:
                return True
            shown = await self._chat.edit(view, message, card_of(view), Mark(job_id))
            return shown is not None

    async def send(self, delivery: Delivery) -> str:
        """Make what a delivery brings appear; gives the receipt."""
        view = await self._desk.view(delivery.workspace_id, delivery.job_id)
        if delivery.kind is DeliveryKind.REVIEW:
            mark = Mark(view.job.id, delivery.id)
            posted = await self._chat.post(view, delivery.destination, review_card(view), mark)
            await self._keep(view, posted, MessageKind.REVIEW)
            return posted.receipt
        async with self._live.finishing(view.job.id):
            view = await self._desk.view(delivery.workspace_id, delivery.job_id)
            if delivery.kind is DeliveryKind.RESULT:
                return (await self._finished(view, delivery, result_card(view))).receipt
            return (await self._failed(view, delivery)).receipt

    async def find(self, delivery: Delivery) -> str | None:
        """The receipt of an earlier try of which nobody heard."""
        view = await self._desk.view(delivery.workspace_id, delivery.job_id)
        mark = Mark(delivery.job_id, delivery.id)
        found = await self._chat.look_up(view, delivery.destination, mark)
        if found is None:
            return None
        if not any(m.message == found.message for m in view.messages):
            is_review = delivery.kind is DeliveryKind.REVIEW
            await self._keep(view, found, MessageKind.REVIEW if is_review else MessageKind.RESULT)
        return found.receipt

    async def refresh(self, workspace_id: str, job_id: str) -> None:
        """Bring all messages of a job up to date at once, after somebody decided something."""
        view = await self._desk.view(workspace_id, job_id)
        await self.show(view)
        for message in self._of_kind(view, MessageKind.REVIEW):
            await self._edit_again(view, message)

    async def _show_again(self, view: JobView) -> None:
        """Bring the messages of a job up to date whose words were changed after they were sent."""
        for message in self._of_kind(view, MessageKind.REVIEW, MessageKind.RESULT):
            if message.open:
                await self._edit_again(view, message)

    async def _edit_again(self, view: JobView, message: JobMessage) -> None:
        is_review = message.kind is MessageKind.REVIEW
        kind = DeliveryKind.REVIEW if is_review else DeliveryKind.RESULT
        sent = [delivery.id for delivery in view.deliveries if delivery.kind is kind]
        mark = Mark(view.job.id, sent[0] if sent else None)
        card = review_card(view) if is_review else card_of(view)
        await self._chat.edit(view, message, card, mark)

    async def _finished(self, view: JobView, delivery: Delivery, card: Card) -> Posted:
        mark = Mark(view.job.id, delivery.id)
        message = self._kept(view) or await self._adopted(view)
        posted = await self._chat.edit(view, message, card, mark) if message else None
        if posted is None:
            await self._chat.turn(view, delivery.destination)
            posted = await self._chat.post(view, delivery.destination, card, mark)
            await self._keep(view, posted, MessageKind.RESULT)
        return posted

    async def _failed(self, view: JobView, delivery: Delivery) -> Posted:
        """Say in the job's message that nothing came of it, and why only to whoever asked; without
        a message nobody else hears of it."""
        mark = Mark(view.job.id, delivery.id)
        why = failure_card(view)
        message = self._kept(view) or await self._adopted(view)
        if message is not None:
            private = self._chat.is_private(delivery.destination)
            posted = await self._chat.edit(view, message, why if private else told_card(view), mark)
            if posted is not None:
                if not private:
                    await self._chat.tell(view, why)
                return posted
        return await self._chat.post(view, await self._chat.home(view), why, mark)

    async def _adopted(self, view: JobView) -> JobMessage | None:
        """The message that a process made and died before it could say so; afterwards nobody else
        makes one."""
        if not view.job.request.live:
            return None
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            raise SurfaceUnavailable(self._chat.name, "the message is just being made")
        mark = Mark(view.job.id)
        found = (
            await self._chat.look_up(view, view.job.request.destination, mark) if earlier else None
        )
        return await self._keep(view, found, MessageKind.LIVE) if found else None

    async def _made(self, view: JobView) -> JobMessage | None:
        """Make the live message, or find the one that somebody made who claimed it earlier."""
        earlier = await self._team.claim_message(view.job.workspace_id, view.job.id)
        if earlier is None:
            return None
        place, mark = view.job.request.destination, Mark(view.job.id)
        posted = await self._looked_up(view, place, mark) if earlier else None
        posted = posted or await self._chat.post(view, place, card_of(view), mark)
        return await self._keep(view, posted, MessageKind.LIVE)

    async def _looked_up(self, view: JobView, place: Destination, mark: Mark) -> Posted | None:
        try:
            async with asyncio.timeout(LOOK_S):
                return await self._chat.look_up(view, place, mark)
        except TimeoutError:
            why = "it took too long to look for the message"
            raise SurfaceUnavailable(self._chat.name, why) from None

    async def _keep(self, view: JobView, posted: Posted, kind: MessageKind) -> JobMessage:
        message = JobMessage(
            surface=self._chat.name,
            channel=posted.channel,
            message=posted.message,
            job_id=view.job.id,
            kind=kind,
            created_at=datetime.now(UTC),
            open=kind is MessageKind.LIVE,
            thread=posted.thread,
        )
        await self._team.keep_message(view.job.workspace_id, message)
        return message

    def _kept(self, view: JobView) -> JobMessage | None:
        """The job's own message here, as far as it is known: live, or its result."""
        return next(iter(self._of_kind(view, MessageKind.LIVE, MessageKind.RESULT)), None)

    def _of_kind(self, view: JobView, *kinds: MessageKind) -> Sequence[JobMessage]:
        return [m for m in view.messages if m.surface == self._chat.name and m.kind in kinds]


def uploaded(receipt: str | None) -> Mapping[str, str]:
    """The platform's id of each picture, by its hash, in the receipt of a message; none in any
    other."""
    try:
        return {str(sha256): str(id_) for sha256, id_ in json.loads(receipt or "")["files"].items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}

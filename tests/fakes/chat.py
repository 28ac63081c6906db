"""A chat surface without a platform: messages in memory, shown as the cards that they carry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.application import Application
from bot.cards.builders import card_of, failure_card, result_card, review_card
from bot.cards.models import Card
from bot.messages.throttle import LiveMessages
from domain.illustrations import Delivery, DeliveryKind
from domain.news import Notice
from domain.team import JobMessage, MessageKind
from jobs.common.views import JobView
from jobs.services.jobs import JobService
from jobs.services.team import TeamService


@dataclass
class ChatPeer:
    """The messages of a chat, by channel and id, with every card that each has shown."""

    name: str = "chat"
    messages: dict[tuple[str, str], list[Card]] = field(
        default_factory=dict[tuple[str, str], list[Card]]
    )
    notices: list[Notice] = field(default_factory=list[Notice])
    job_service: JobService | None = None
    team: TeamService | None = None
    live: LiveMessages = field(default_factory=LiveMessages)

    @asynccontextmanager
    async def opened(self, application: Application) -> AsyncGenerator[ChatPeer]:
        """The surface over a wired house."""
        self.job_service, self.team = application.job_service, application.team
        yield self

    connected: bool = False

    async def run(self) -> None:
        """Stay connected."""
        self.connected = True
        await asyncio.Event().wait()

    def has_room(self, workspace_id: str, channel: str, *, new: bool) -> bool:
        """There always is."""
        del workspace_id, channel, new
        return True

    async def open(self, view: JobView) -> bool:
        """Post the live message of a job."""
        await self._post(view, view.job.request.destination.channel, card_of(view), open_=True)
        return True

    def begun(self, job_id: str) -> JobView | None:
        """Nothing is remembered."""
        del job_id
        return None

    async def pause(self, view: JobView) -> None:
        """Say that a job is paused."""
        await self.show(view)

    async def show(self, view: JobView) -> bool:
        """Bring it up to date."""
        message = view.messages[0]
        async with self.live.showing(view.job.id) as may:
            if may:
                self.messages[message.channel, message.message].append(card_of(view))
        return True

    async def send(self, delivery: Delivery) -> str:
        """Turn the live message into the result, or post what has none."""
        assert self.job_service is not None
        view = await self.job_service.view(delivery.workspace_id, delivery.job_id)
        match delivery.kind:
            case DeliveryKind.REVIEW | DeliveryKind.APPEAL:
                return await self._post(view, delivery.destination.channel, review_card(view))
            case DeliveryKind.FAILURE:
                card: Card = failure_card(view)
            case DeliveryKind.RESULT:
                card = result_card(view)
        live = [m for m in view.messages if m.kind is MessageKind.LIVE]
        async with self.live.finishing(view.job.id):
            if not live:
                return await self._post(view, delivery.destination.channel, card)
            self.messages[live[0].channel, live[0].message].append(card)
        return live[0].message

    async def notify(self, notice: Notice) -> None:
        """Tell a person."""
        self.notices.append(notice)

    async def find(self, delivery: Delivery) -> str | None:
        """Nothing gets lost here."""
        return None

    async def _post(self, view: JobView, channel: str, card: Card, *, open_: bool = False) -> str:
        assert self.team is not None
        message = f"m{len(self.messages) + 1}"
        self.messages[channel, message] = [card]
        kept = JobMessage(
            surface=self.name,
            channel=channel,
            message=message,
            job_id=view.job.id,
            kind=MessageKind.LIVE if open_ else MessageKind.REVIEW,
            created_at=datetime.now(UTC),
            open=open_,
        )
        await self.team.keep_message(view.job.workspace_id, kept)
        return message

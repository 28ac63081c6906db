"""Delivery: make a message appear in chat exactly once.

The outbox row is claimed before a try and gets its receipt after it. A try that finds an earlier
claim without a receipt first asks the surface whether that earlier message got through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from domain.errors import (
    LimnerError,
    NotPossibleNow,
    Refused,
    SurfaceRefused,
    SurfaceUnavailable,
)
from domain.illustrations import Delivery, DeliveryKind
from domain.metrics import DELIVERIES
from domain.patience import is_pause
from domain.requests import MODERATORS, JobStatus, is_quiet
from domain.stores import Store
from domain.team import Scope
from domain.translation.messages import gettext
from jobs.common.ports import StepRunner, Surface

log = structlog.get_logger(__name__)

PATIENCE_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, *(3600,) * 23)
"""Pauses in seconds between rounds of tries while a surface is out of reach: about a day."""
KEPT = "kept"
"""The receipt where no surface took the result: it waits in the history for the requester."""


class DeliveryWorker:
    """Delivers what the outbox holds over the surfaces that this process is connected to."""

    def __init__(
        self,
        *,
        store: Store,
        surfaces: Mapping[str, Surface],
        sleep: Callable[[float], Awaitable[None]],
        reached: Callable[[str], None] = lambda _name: None,
        place_closed: Callable[[str, str], Awaitable[object]] | None = None,
    ) -> None:
        """``place_closed`` is called with the workspace and the channel in which nothing can be
        posted."""
        self._place_closed = place_closed
        self._store = store
        self._surfaces = surfaces
        self._sleep = sleep
        self._reached = reached

    async def deliver(self, workspace_id: str, delivery_id: str, steps: StepRunner) -> None:
        """Send one delivery and close its job; waits out a surface that is out of reach.

        A result that the surface does not take in any way, or not for a day, is done all the same:
        it stays in the history. ``sleep`` must be durable, so that the pauses survive a restart.

        Raises:
            LimnerError: The surface does not take a draft, or a story.
        """
        receipt = await self._sent(workspace_id, delivery_id, steps)
        await steps.run(
            "close", lambda: self._close(workspace_id, delivery_id, receipt), type(None)
        )

    async def _sent(self, workspace_id: str, delivery_id: str, steps: StepRunner) -> str:
        """Try, and try again after each pause of ``PATIENCE_S``; gives the receipt."""
        for round_, pause_s in enumerate(PATIENCE_S):
            try:
                return await self._round(round_, workspace_id, delivery_id, steps)
            except LimnerError as error:
                if not error.retryable or is_pause(error):
                    raise
                log.warning("delivery_postponed", delivery_id=delivery_id, pause_s=pause_s)
            await self._sleep(pause_s)
        return await self._round(len(PATIENCE_S), workspace_id, delivery_id, steps)

    async def _round(
        self, round_: int, workspace_id: str, delivery_id: str, steps: StepRunner
    ) -> str:
        last = round_ == len(PATIENCE_S)
        return await steps.run(
            f"send-{round_}", lambda: self._send(workspace_id, delivery_id, last=last), str
        )

    async def _send(self, workspace_id: str, delivery_id: str, *, last: bool) -> str:
        async with self._store.workspace(workspace_id) as unit:
            before = await unit.deliveries.claim(delivery_id, now=datetime.now(UTC))
        if before.receipt is not None:
            return before.receipt
        surface = self._surface(before)
        try:
            receipt = await self._found_or_sent(surface, before)
        except (SurfaceRefused, SurfaceUnavailable) as error:
            again = error.retryable and not last
            _measure(before, "postponed" if again else "refused")
            if again or not await self._is_kept(before):
                if isinstance(error, SurfaceRefused) and error.place_closed:
                    await self._note_closed(before)
                raise
            log.error("delivery_kept", delivery_id=delivery_id, error=str(error))  # noqa: TRY400
            receipt = KEPT
        async with self._store.workspace(workspace_id) as unit:
            await unit.deliveries.delivered(delivery_id, receipt=receipt, now=datetime.now(UTC))
        _measure(before, "kept" if receipt == KEPT else "sent")
        log.info(
            "delivered",
            what=before.kind.value,
            surface=before.destination.surface,
            job_id=before.job_id,
        )
        return receipt

    async def _found_or_sent(self, surface: Surface, delivery: Delivery) -> str:
        """The receipt of an earlier attempt, or of this one. On any failure in a platform's library
        the result is not given up: it is tried again."""
        try:
            receipt = await surface.find(delivery) if delivery.attempts else None
            if receipt is None:
                await self._check_may_send(delivery)
                self._reached("before-send")
                receipt = await surface.send(delivery)
                self._reached("after-send")
        except LimnerError:
            raise
        except Exception as error:
            log.exception("surface_broke", delivery_id=delivery.id)
            name = delivery.destination.surface
            raise SurfaceUnavailable(name, gettext("something went wrong on the way")) from error
        return receipt

    async def _is_kept(self, delivery: Delivery) -> bool:
        """Whether something that no surface takes counts as done: when its requester can still look
        it up. A draft would wait for ever, and a story's owner must be notified."""
        if delivery.kind is DeliveryKind.REVIEW:
            return False
        async with self._store.workspace(delivery.workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(delivery.job_id)
        return job.request.origin.story_id is None or job.request.routing.live

    async def _note_closed(self, delivery: Delivery) -> None:
        """Pause the news of a place in which nothing can be posted any more."""
        place = delivery.destination
        if self._place_closed is not None and place.channel != MODERATORS:
            await self._place_closed(delivery.workspace_id, place.thread or place.channel)

    async def _check_may_send(self, delivery: Delivery) -> None:
        """An admin's kill switch stops stories until the very last moment; and a process that stood
        still since its claim may have lost the delivery, which a unit that may write finds out."""
        async with self._store.workspace(delivery.workspace_id) as unit:
            job = await unit.jobs.get(delivery.job_id)
            paused = (await unit.preferences.get(Scope.WORKSPACE)).paused
        if paused and is_quiet(job.request):
            raise Refused(gettext("An admin paused Limner here."))

    async def notify(self, workspace_id: str, notice_id: str, steps: StepRunner) -> None:
        """Notify one person, once: the body of the workflow ``notice``.

        A person who cannot be reached, because of closed direct messages for example, still sees it
        in the list of schedules.
        """

        async def send() -> None:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                notice = await unit.stories.notice(notice_id)
            if notice.sent_at is not None:
                return
            surface = self._surfaces.get(notice.surface)
            if surface is None:
                raise NotPossibleNow(
                    gettext("This process isn't connected to {surface}.", surface=notice.surface)
                )
            await surface.notify(notice)
            async with self._store.workspace(workspace_id) as unit:
                await unit.stories.notice_sent(notice_id, now=datetime.now(UTC))

        async def give_up() -> None:
            async with self._store.workspace(workspace_id) as unit:
                await unit.stories.notice_sent(notice_id, now=datetime.now(UTC))

        try:
            await steps.run("notify", send, type(None))
        except LimnerError as error:
            if is_pause(error):
                raise
            log.warning("notice_lost", notice_id=notice_id, error=str(error))
            await steps.run("give-up", give_up, type(None))

    def _surface(self, delivery: Delivery) -> Surface:
        name = delivery.destination.surface
        surface = self._surfaces.get(name)
        if surface is None:
            raise NotPossibleNow(gettext("This process isn't connected to {name}.", name=name))
        return surface

    async def _close(self, workspace_id: str, delivery_id: str, receipt: str) -> None:
        async with self._store.workspace(workspace_id) as unit:
            delivery = next(
                d
                for d in await unit.deliveries.of_job(delivery_id.partition(":")[0])
                if d.id == delivery_id
            )
            job = await unit.jobs.get(delivery.job_id)
            await unit.events.append(
                job.id,
                "delivered",
                {"receipt": receipt, "kind": delivery.kind.value},
                key=f"delivered:{delivery.kind.value}",
            )
            if delivery.kind is DeliveryKind.REVIEW and job.status is JobStatus.DELIVERING:
                await unit.jobs.save(replace(job, status=JobStatus.REVIEWING))
                await unit.events.append(
                    job.id,
                    "reviewing",
                    {"approvals": job.request.routing.approvals},
                    key="reviewing",
                )
            if delivery.kind is DeliveryKind.RESULT and not job.status.final:
                await unit.jobs.save(
                    replace(job, status=JobStatus.DONE, finished_at=datetime.now(UTC))
                )
                await unit.events.append(job.id, "done", {}, key="done")


def _measure(delivery: Delivery, outcome: str) -> None:
    DELIVERIES.add(surface=delivery.destination.surface, what=delivery.kind.value, outcome=outcome)

"""Delivery: make a message appear in chat exactly once.

The outbox row is claimed before a try and gets its receipt after it. A try that finds an earlier
claim without a receipt first asks the surface whether that earlier message got through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from domain.errors import LimnerError, NotPossibleNow, Refused
from domain.illustrations import Delivery, DeliveryKind
from domain.patience import is_pause
from domain.requests import JobStatus, is_quiet
from domain.team import Scope
from jobs.ports import StepRunner, Surface
from jobs.stores import Store

log = structlog.get_logger(__name__)

PATIENCE_S = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Pauses in seconds between rounds of tries while a surface is out of reach: about 1 h 48 min."""


class Courier:
    """Delivers what the outbox holds over the surfaces that this process is connected to."""

    def __init__(
        self,
        *,
        store: Store,
        surfaces: Mapping[str, Surface],
        sleep: Callable[[float], Awaitable[None]],
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._surfaces = surfaces
        self._sleep = sleep
        self._reached = reached

    async def deliver(self, workspace_id: str, delivery_id: str, steps: StepRunner) -> None:
        """Send one delivery and close its job; waits out a surface that is out of reach.

        ``sleep`` must be durable, so that the pauses survive a restart.

        Raises:
            LimnerError: The surface refuses the message, or stayed out of reach to the end.
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
        return await steps.run(f"send-{round_}", lambda: self._send(workspace_id, delivery_id), str)

    async def _send(self, workspace_id: str, delivery_id: str) -> str:
        async with self._store.workspace(workspace_id) as unit:
            before = await unit.deliveries.claim(delivery_id, now=datetime.now(UTC))
        if before.receipt is not None:
            return before.receipt
        surface = self._surface(before)
        receipt = await surface.find(before) if before.attempts else None
        if receipt is None:
            await self._check_may_send(before)
            self._reached("before-send")
            receipt = await surface.send(before)
            self._reached("after-send")
        async with self._store.workspace(workspace_id) as unit:
            await unit.deliveries.delivered(delivery_id, receipt=receipt, now=datetime.now(UTC))
        return receipt

    async def _check_may_send(self, delivery: Delivery) -> None:
        """An admin's kill switch stops stories until the very last moment; and a process that stood
        still since its claim may have lost the delivery, which a unit that may write finds out."""
        async with self._store.workspace(delivery.workspace_id) as unit:
            job = await unit.jobs.get(delivery.job_id)
            paused = (await unit.preferences.get(Scope.WORKSPACE)).paused
        if paused and is_quiet(job.request):
            raise Refused("An admin paused all posts of this team.")

    async def notify(self, workspace_id: str, notice_id: str, steps: StepRunner) -> None:
        """Tell one person something, once: the body of the workflow ``notice``.

        Who cannot be reached, for closed direct messages say, still sees it in the list of
        schedules.
        """

        async def tell() -> None:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                notice = await unit.stories.notice(notice_id)
            if notice.sent_at is not None:
                return
            surface = self._surfaces.get(notice.surface)
            if surface is None:
                raise NotPossibleNow(f"This process is not connected to {notice.surface}.")
            await surface.notify(notice)
            async with self._store.workspace(workspace_id) as unit:
                await unit.stories.notice_sent(notice_id, now=datetime.now(UTC))

        async def give_up() -> None:
            async with self._store.workspace(workspace_id) as unit:
                await unit.stories.notice_sent(notice_id, now=datetime.now(UTC))

        try:
            await steps.run("notify", tell, type(None))
        except LimnerError as error:
            if is_pause(error):
                raise
            log.warning("notice_lost", notice_id=notice_id, error=str(error))
            await steps.run("give-up", give_up, type(None))

    def _surface(self, delivery: Delivery) -> Surface:
        name = delivery.destination.surface
        surface = self._surfaces.get(name)
        if surface is None:
            raise NotPossibleNow(
                f"This process is not connected to {name}; start `limner run` where it is set up."
            )
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
                    job.id, "reviewing", {"approvals": job.request.approvals}, key="reviewing"
                )
            if delivery.kind is DeliveryKind.RESULT and not job.status.final:
                await unit.jobs.save(
                    replace(job, status=JobStatus.DONE, finished_at=datetime.now(UTC))
                )
                await unit.events.append(job.id, "done", {}, key="done")

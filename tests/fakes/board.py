"""A board of tasks in memory, which any number of processes of one test share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.tasks import ClaimedTask, Task, Waiting
from jobs.engine.dispatch import NONE_FULL, Full


@dataclass
class _Place:
    claimed: ClaimedTask
    seq: int
    turn: int
    executor_id: str | None = None

    @property
    def here(self) -> tuple[str, str]:
        """The queue and the workspace."""
        return self.claimed.task.queue, self.claimed.task.workspace_id


@dataclass
class MemoryTaskBoard:
    """Keeps the order and the limits that the real one keeps."""

    executors: set[str] = field(default_factory=set[str])
    places: dict[str, _Place] = field(default_factory=dict[str, _Place])
    added: int = 0
    served: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    """How many tasks had been claimed when one of a queue's workspace last was."""
    claims: int = 0

    async def add(self, task: Task, *, attempts: int = 0) -> bool:
        """Let a task wait."""
        if task.id in self.places:
            return False
        self.added += 1
        turn = 0
        if task.partition is not None:
            here = (task.queue, task.workspace_id)
            same = [p for p in self.places.values() if p.here == here]
            own = [p.turn for p in same if p.claimed.task.partition == task.partition]
            waits = [p.turn for p in same if p.executor_id is None]
            latest = [p.turn for p in same]
            turn = max(max(own, default=0) + 1, min(waits, default=0) or max(latest, default=0))
        self.places[task.id] = _Place(ClaimedTask(task, attempts=attempts), self.added, turn)
        return True

    async def waiting(
        self, executor_id: str, queues: Sequence[str], *, full: Full = NONE_FULL
    ) -> Waiting:
        """What there is to do."""
        claimable = [p for p in self.places.values() if self._claimable(p, queues, full)]
        mine = [p for p in self.places.values() if p.executor_id == executor_id]
        return Waiting(
            queues=frozenset(p.claimed.task.queue for p in claimable if not p.claimed.suspect),
            suspects=any(p.claimed.suspect for p in claimable),
            cancelled=frozenset(p.claimed.task.id for p in mine if p.claimed.cancelled),
        )

    async def take(
        self,
        executor_id: str,
        room: Mapping[str, int],
        *,
        over: Sequence[str] = (),
        full: Full = NONE_FULL,
    ) -> Sequence[ClaimedTask]:
        """Claim tasks."""
        for task_id in over:
            if (place := self.places.get(task_id)) and place.executor_id == executor_id:
                del self.places[task_id]
        taken: list[ClaimedTask] = []
        for queue, most in room.items():
            for _ in range(most):
                taken += self._claim(executor_id, [queue], alone=False, full=full)
        return taken

    async def take_suspect(self, executor_id: str, queues: Sequence[str]) -> ClaimedTask | None:
        """Claim a suspect."""
        return next(iter(self._claim(executor_id, queues, alone=True)), None)

    async def give_back(self, executor_id: str, task_ids: Sequence[str]) -> None:
        """Let tasks wait again."""
        for task_id in task_ids:
            place = self.places[task_id]
            if place.executor_id == executor_id:
                place.executor_id = None
                place.claimed = replace(place.claimed, alone=False)

    async def count_death(
        self, executor_id: str, claim: ClaimedTask, *, give_back: bool = False
    ) -> bool:
        """Keep what was counted."""
        place = self.places.get(claim.task.id)
        if place is None or place.executor_id != executor_id:
            return False
        place.claimed = replace(
            place.claimed,
            suspect=claim.suspect,
            died=False,
            steps=claim.steps,
            deaths=claim.deaths,
            lone_deaths=claim.lone_deaths,
        )
        place.executor_id = None if give_back else executor_id
        return True

    async def cancel(self, task_ids: Sequence[str]) -> None:
        """Have tasks stopped."""
        for task_id in task_ids:
            place = self.places.get(task_id)
            if place is None:
                continue
            if place.executor_id is None and place.claimed.attempts == 0:
                del self.places[task_id]
            else:
                place.claimed = replace(place.claimed, cancelled=True)

    async def known(self, task_ids: Sequence[str]) -> frozenset[str]:
        """Which are there."""
        return frozenset(task_ids) & self.places.keys()

    def die(self, executor_id: str, *, died: bool = True) -> None:
        """A process is gone; its tasks wait for others."""
        self.executors.discard(executor_id)
        for place in self.places.values():
            if place.executor_id == executor_id:
                place.executor_id = None
                if died:
                    claimed = place.claimed
                    place.claimed = replace(
                        claimed,
                        died=True,
                        deaths=claimed.deaths + 1,
                        lone_deaths=claimed.lone_deaths + claimed.alone,
                    )

    def _claim(
        self, executor_id: str, queues: Sequence[str], *, alone: bool, full: Full = NONE_FULL
    ) -> list[ClaimedTask]:
        if executor_id not in self.executors:
            return []
        found = [
            place
            for place in self.places.values()
            if self._claimable(place, queues, full) and place.claimed.suspect == alone
        ]
        if not found:
            return []
        place = min(found, key=lambda p: (self.served.get(p.here, 0), p.turn, p.seq))
        self.claims += 1
        self.served[place.here] = self.claims
        place.executor_id = executor_id
        place.claimed = replace(place.claimed, attempts=place.claimed.attempts + 1, alone=alone)
        return [place.claimed]

    def _claimable(self, place: _Place, queues: Sequence[str], full: Full) -> bool:
        task = place.claimed.task
        if task.workspace_id in full.get(task.queue, ()):
            return False
        if place.executor_id is not None or task.queue not in queues:
            return False
        return task.partition is None or not any(
            other.claimed.task.queue == task.queue
            and other.claimed.task.partition == task.partition
            and (other.executor_id is not None or other.seq < place.seq)
            for other in self.places.values()
        )

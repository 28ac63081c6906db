"""Promotion of trained agents: compared first, then a share of jobs, then all of them, or none.

A checkpoint that lost its comparison is never promoted: its id follows from its weights, so that
registering them again changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import InvalidRequest, NotPossibleNow
from domain.training import AgentCheckpoint, AgentComparison, CheckpointState, CheckpointStore

DEFAULT_SHARE = 0.1
NEEDED = ("config.json", "tokenizer_config.json")
"""Files without which a server does not load a checkpoint."""
OWN = ""
"""The agent of the settings, which is no checkpoint."""


class Promotion:
    """The states of checkpoints and the steps between them."""

    def __init__(
        self,
        store: CheckpointStore,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._clock = clock

    async def all(self) -> Sequence[AgentCheckpoint]:
        """Every checkpoint, in the order of their ids."""
        return await self._store.all()

    async def find(self, name: str) -> AgentCheckpoint:
        """The checkpoint whose id begins so. Raises ``InvalidRequest`` where none or several do."""
        found = [each for each in await self._store.all() if each.id.startswith(name)]
        if len(found) != 1 or not name:
            known = ", ".join(each.id for each in await self._store.all()) or "there is none yet"
            what = "Several checkpoints begin" if found else "No checkpoint begins"
            raise InvalidRequest(f"{what} with {name!r}; {known}.")
        return found[0]

    async def serving(self) -> AgentCheckpoint | None:
        """The checkpoint that serves; None while the agent of the settings does."""
        every = await self._store.all()
        return next((each for each in every if each.state is CheckpointState.SERVED), None)

    async def register(
        self,
        folder: Path,
        *,
        base_urls: Sequence[str],
        model: str,
        profile: str,
        about: Mapping[str, str] | None = None,
    ) -> AgentCheckpoint:
        """Make a checkpoint known, or change where a known one is served.

        Raises:
            InvalidRequest: The folder holds no checkpoint.
        """
        identifier, place = await asyncio.to_thread(_named, folder)
        known = {each.id: each for each in await self._store.all()}
        fresh = AgentCheckpoint(
            id=identifier,
            folder=place,
            base_urls=tuple(base_urls),
            model=model,
            profile=profile,
            changed_at=self._clock(),
            about=dict(about or {}),
        )
        before = known.get(identifier)
        if before is not None:
            fresh = replace(
                fresh,
                state=before.state,
                share=before.share,
                comparison=before.comparison,
                about={**before.about, **fresh.about},
            )
        await self._store.save(fresh)
        return fresh

    async def compared(self, name: str, comparison: AgentComparison) -> AgentCheckpoint:
        """Take note of how a checkpoint compares; one that is worse has lost for good.

        Raises:
            NotPossibleNow: It lost before.
        """
        checkpoint = await self.find(name)
        if checkpoint.state is CheckpointState.LOST:
            raise _lost(checkpoint)
        state: CheckpointState = checkpoint.state
        if comparison.is_worse:
            state = CheckpointState.LOST
        elif not state.is_active:
            state = CheckpointState.BETTER if comparison.is_better else CheckpointState.CANDIDATE
        changed = replace(
            checkpoint,
            state=state,
            share=checkpoint.share if state.is_active else 0.0,
            comparison=replace(comparison, at=self._clock()),
            changed_at=self._clock(),
        )
        await self._store.save(changed)
        return changed

    async def give_share(self, name: str, share: float = DEFAULT_SHARE) -> AgentCheckpoint:
        """Give a share of jobs to a checkpoint that is better than what serves.

        Raises:
            InvalidRequest: The share is not between 0 and 1.
            NotPossibleNow: It is not better, or another one has a share.
        """
        if not 0 < share < 1:
            raise InvalidRequest(f"The share must be between 0 and 1, not {share:g}.")
        checkpoint = await self._promotable(name)
        for other in await self._store.all():
            if other.state is CheckpointState.CANARY and other.id != checkpoint.id:
                raise NotPossibleNow(
                    f"The checkpoint {other.id} has a share of jobs. Promote it or roll it back "
                    "first."
                )
        changed = replace(
            checkpoint, state=CheckpointState.CANARY, share=share, changed_at=self._clock()
        )
        await self._store.save(changed)
        return changed

    async def promote(self, name: str) -> AgentCheckpoint:
        """Let a checkpoint serve all jobs. Raises ``NotPossibleNow`` where it is not better."""
        checkpoint = await self._promotable(name)
        now = self._clock()
        before = await self.serving()
        changed = replace(checkpoint, state=CheckpointState.SERVED, share=1.0, changed_at=now)
        rows = [changed]
        if before is not None:
            rows.append(replace(before, state=CheckpointState.REPLACED, share=0.0, changed_at=now))
        await self._store.save(*rows)
        return changed

    async def roll_back(self) -> tuple[AgentCheckpoint, AgentCheckpoint | None]:
        """Take the canary out of use, or else what serves; gives it and what serves then: the
        checkpoint before it, or None for the agent of the settings.

        Raises:
            NotPossibleNow: No checkpoint is in use.
        """
        every = await self._store.all()
        now = self._clock()
        canary = next((each for each in every if each.state is CheckpointState.CANARY), None)
        serving = next((each for each in every if each.state is CheckpointState.SERVED), None)
        if canary is not None:
            out = replace(canary, state=CheckpointState.ROLLED_BACK, share=0.0, changed_at=now)
            await self._store.save(out)
            return out, serving
        if serving is None:
            raise NotPossibleNow("No checkpoint is in use; the agent of the settings serves.")
        out = replace(serving, state=CheckpointState.ROLLED_BACK, share=0.0, changed_at=now)
        earlier = [each for each in every if each.state is CheckpointState.REPLACED]
        back = max(earlier, key=lambda each: each.changed_at, default=None)
        if back is not None:
            back = replace(back, state=CheckpointState.SERVED, share=1.0, changed_at=now)
        await self._store.save(out, *((back,) if back is not None else ()))
        return out, back

    async def _promotable(self, name: str) -> AgentCheckpoint:
        checkpoint = await self.find(name)
        if checkpoint.state is CheckpointState.LOST:
            raise _lost(checkpoint)
        comparison = checkpoint.comparison
        if comparison is None or not comparison.is_better:
            raise NotPossibleNow(
                f"The checkpoint {checkpoint.id} is not known to be better than what serves. Run "
                "`limner train compare` first."
            )
        serving = await self.serving()
        against = serving.id if serving is not None else OWN
        if comparison.against != against:
            raise NotPossibleNow(
                f"The checkpoint {checkpoint.id} was compared with another agent than the one that "
                "serves now. Run `limner train compare` again."
            )
        return checkpoint


def checkpoint_id(folder: Path) -> str:
    """The id of the weights in a folder.

    Raises:
        InvalidRequest: The folder holds no checkpoint that a server could load.
    """
    weights = sorted(folder.glob("*.safetensors"))
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not weights or missing:
        lacks = ", ".join(missing or ["*.safetensors"])
        raise InvalidRequest(f"{str(folder)!r} holds no checkpoint: it lacks {lacks}.")
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as data:
            while block := data.read(1 << 20):
                digest.update(block)
    return f"agent-{digest.hexdigest()[:16]}"


def _named(folder: Path) -> tuple[str, str]:
    return checkpoint_id(folder), str(folder.resolve())


def _lost(checkpoint: AgentCheckpoint) -> NotPossibleNow:
    return NotPossibleNow(
        f"The checkpoint {checkpoint.id} lost its comparison, so it is never promoted."
    )

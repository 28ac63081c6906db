"""The correction watch: the pages that a posted story cites are read again after a day and a week;
the owner hears what changed, and may have the post annotated or replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.errors import NotFound
from domain.news import Story
from domain.stores import NewsOperations, Store
from domain.translation.messages import gettext
from jobs.common.ports import Dispatcher, Newsroom, StepRunner
from jobs.common.tasks import recheck_task
from jobs.news.slots import RECHECK_AFTER, tell_owner


@dataclass(frozen=True, slots=True)
class Changes:
    """What one look at a story's pages found, a sentence each."""

    sentences: tuple[str, ...] = ()


class CorrectionWatch:
    """Reads cited pages again."""

    def __init__(
        self,
        *,
        store: Store,
        operations: NewsOperations,
        newsroom: Newsroom,
        dispatcher: Dispatcher,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._operations = operations
        self._newsroom = newsroom
        self._dispatcher = dispatcher
        self._clock = clock

    async def look(self) -> int:
        """Have the pages read of every story whose time has come; gives how many those are."""
        due = await self._operations.to_recheck(now=self._clock())
        for workspace_id, story_id in due:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                story = await unit.stories.get(story_id)
            # Outside: the task is another transaction, and on SQLite one at a time writes.
            await self._dispatcher.enqueue(recheck_task(workspace_id, story_id, story.rechecks + 1))
        return len(due)

    async def work(self, workspace_id: str, story_id: str, steps: StepRunner) -> None:
        """Read one story's pages again: the body of the workflow ``recheck``."""

        async def read() -> Changes:
            async with self._store.workspace(workspace_id, read_only=True) as unit:
                story = await unit.stories.get(story_id)
            found = [await self._newsroom.recheck(page) for page in story.text.pages]
            return Changes(tuple(change.sentence for change in found if change is not None))

        changes = await steps.run("read", read, Changes)
        keep = self._keep
        await steps.run("keep", lambda: keep(workspace_id, story_id, changes), type(None))

    async def _keep(self, workspace_id: str, story_id: str, changes: Changes) -> None:
        """Keep what changed and when to look next, and a notice for the owner."""
        async with self._store.workspace(workspace_id) as unit:
            story = await unit.stories.get(story_id)
            fresh = [s for s in changes.sentences if s not in story.corrections]
            after = _after(replace(story, corrections=(*story.corrections, *fresh)))
            await unit.stories.save(after)
            if not fresh:
                return
            try:
                schedule = await unit.schedules.get(story.schedule_id)
            except NotFound:
                return
            text = gettext(
                "There is news about your post {headline!r}: {fresh}",
                headline=story.text.headline,
                fresh=" ".join(fresh),
            )
            notice_id = f"story:{story.id}:{after.rechecks}"
            offers = ("annotate", "replace")
            await tell_owner(unit, schedule, notice_id, text, offers=offers, about=story.id)


def _after(story: Story) -> Story:
    """The story once its pages were read again."""
    rechecks = story.rechecks + 1
    posted = story.posted_at or story.found_at
    later = posted + RECHECK_AFTER[rechecks] if rechecks < len(RECHECK_AFTER) else None
    return replace(story, rechecks=rechecks, recheck_at=later)

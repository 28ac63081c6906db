"""What surfaces call about the news: schedules, previews, and what to do with drafts and posts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from domain.errors import InvalidRequest, NotFound, NotPossibleNow, Refused
from domain.news import (
    GOING_ON,
    Candidate,
    ClosedBy,
    Preview,
    Schedule,
    Slot,
    SlotKey,
    SlotStatus,
    Story,
)
from domain.requests import Job, JobStatus
from domain.research import Account
from domain.stores import Store, UnitOfWork
from domain.team import Role
from domain.translation.messages import gettext, ngettext
from jobs.admission.access import Access, Action
from jobs.admission.requests import (
    Requester,
    check_may_ask,
    logged,
    preferences_for,
    record,
    with_role,
)
from jobs.common.messages import show_again
from jobs.common.ports import Dispatcher, Newsroom
from jobs.common.tasks import slot_task
from jobs.common.views import JobView
from jobs.news.calendar import Calendar
from jobs.news.editor import NewsEditor
from jobs.news.schedule_check import check_schedule
from jobs.news.slots import next_posts, team_preferences
from jobs.services.jobs import JobService

MAX_SCHEDULES = 20
NEXT_TIMES = 5
CHECK_FEEDS_S = 10.0
_TIMING = frozenset({"cron", "time_zone", "ends_on", "quiet_days", "paused"})
"""Changes after which a schedule must post again."""
SHOWN_SLOTS = 5


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with its next due times and its latest slots, the newest first; each time is as
    people of its time zone write it."""

    schedule: Schedule
    next_times: tuple[str, ...]
    slots: tuple[tuple[str, Slot], ...]
    problems: tuple[str, ...] = ()
    """What is wrong with its feeds, found when they were added."""


class NewsService:
    """The door to the news of every workspace; each method stays within the requester's."""

    def __init__(
        self,
        *,
        store: Store,
        dispatcher: Dispatcher,
        job_service: JobService,
        editor: NewsEditor,
        newsroom: Newsroom,
        max_schedules: int = MAX_SCHEDULES,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._job_service = job_service
        self._editor = editor
        self._newsroom = newsroom
        self._max_schedules = max_schedules
        self._access = Access(store)
        self._clock = clock

    async def add(self, requester: Requester, schedule: Schedule) -> ScheduleView:
        """Keep a new schedule; its owner is the requester.

        Raises:
            InvalidRequest: The schedule cannot be used, or there are too many.
            Refused: Only moderators and admins may.
        """
        now = self._clock()
        check_schedule(schedule, now=now)
        made = replace(
            schedule,
            id=str(ULID()),
            workspace_id=requester.workspace_id,
            owner_id=requester.member_id,
            created_at=now,
            counted_from=now,
        )
        async with self._store.workspace(requester.workspace_id) as unit:
            if (await with_role(unit, requester)).role is Role.MEMBER:
                raise Refused(
                    gettext("Only moderators and admins can schedule news. Ask one of them.")
                )
            if len(await unit.schedules.list()) >= self._max_schedules:
                raise InvalidRequest(
                    ngettext(
                        "You already have {count} schedule, the maximum. Delete one first.",
                        "You already have {count} schedules, the maximum. Delete one first.",
                        self._max_schedules,
                    ),
                    field="name",
                )
            await unit.schedules.save(made)
            await record(unit, requester, "news-add", made.id, name=made.name, cron=made.cron)
        return await self._with_problems(self._viewed(made, ()), made.feeds)

    async def time_zone(self, requester: Requester) -> str | None:
        """The zone that was set for the requester's workspace."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return (await team_preferences(unit)).time_zone

    async def schedules(self, requester: Requester) -> Sequence[ScheduleView]:
        """All schedules of the workspace with what became of their latest slots."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return [
                self._viewed(schedule, await unit.schedules.slots(schedule.id))
                for schedule in await unit.schedules.list()
            ]

    async def find(self, requester: Requester, named: str) -> Schedule:
        """The schedule that an id, the end of one, or a name means. Raises ``NotFound``."""
        named = named.strip()
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            every = await unit.schedules.list()
        for schedule in every:
            if named and named.upper() in (schedule.id, schedule.id[-6:]):
                return schedule
        for schedule in every:
            if schedule.name.casefold() == named.casefold():
                return schedule
        raise NotFound("schedule", named[:60])

    async def change(self, requester: Requester, schedule_id: str, **changes: Any) -> ScheduleView:
        """Change a schedule, by the names of ``Schedule``; due times before now are not looked at.

        Raises:
            InvalidRequest: It could not be used like that.
            NotFound: There is no such schedule here.
            Refused: Only its owner and admins may.
        """
        now = self._clock()
        async with self._store.workspace(requester.workspace_id) as unit:
            schedule = await _owned(unit, requester, schedule_id)
            moved = changes.keys() & {"destination", "review"}
            if moved and schedule.closed_by is ClosedBy.CHANNEL:
                # Another channel was chosen instead of the one that cannot be posted in.
                changes = {**GOING_ON, **changes}
            changed = replace(schedule, **changes, revision=schedule.revision + 1, counted_from=now)
            # An ended schedule can still be paused or renamed.
            check_schedule(changed, now=now, times=bool(_TIMING & changes.keys()))
            await unit.schedules.save(changed)
            said = {name: logged(value) for name, value in changes.items()}
            await record(unit, requester, "news-edit", schedule_id, **said)
            slots = await unit.schedules.slots(schedule_id)
        added = [feed for feed in changed.feeds if feed not in schedule.feeds]
        return await self._with_problems(self._viewed(changed, slots), added)

    async def pause(self, requester: Requester, schedule_id: str) -> ScheduleView:
        """Stop a schedule until it is taken up again. Raises as :meth:`change`."""
        return await self.change(
            requester, schedule_id, paused=True, paused_why=None, closed_by=None
        )

    async def resume(self, requester: Requester, schedule_id: str) -> ScheduleView:
        """Take a schedule up again, from now on. Raises as :meth:`change`."""
        return await self.change(requester, schedule_id, **GOING_ON)

    async def remove(self, requester: Requester, schedule_id: str) -> Schedule:
        """Take a schedule away; what it posted stays. Raises as :meth:`change`."""
        async with self._store.workspace(requester.workspace_id) as unit:
            schedule = await _owned(unit, requester, schedule_id)
            await unit.schedules.remove(schedule_id)
            await record(unit, requester, "news-remove", schedule_id, name=schedule.name)
        return schedule

    async def run_now(self, requester: Requester, schedule_id: str) -> Slot:
        """Work on a schedule now, beside its own times. Raises as :meth:`change`."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            schedule = await _owned(unit, requester, schedule_id)
        return await self._extra(requester, schedule, None)

    async def preview(self, requester: Requester, schedule_id: str) -> Slot:
        """Try a schedule: the story and its picture are shown to the requester alone.

        Raises:
            NotFound: There is no such schedule here.
            Refused: The requester may not ask for pictures here.
        """
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            schedule = await unit.schedules.get(schedule_id)
            check_may_ask(await with_role(unit, requester), await preferences_for(unit, requester))
        return await self._extra(
            requester, schedule, Preview(requester.member_id, requester.destination)
        )

    async def edit_text(
        self,
        requester: Requester,
        job_id: str,
        *,
        headline: str,
        sentences: Sequence[str],
        event_key: str,
    ) -> Story:
        """Change the words of a draft that waits for approval. A picture that prints them is made
        again, so that another draft takes its place.

        Raises:
            InvalidRequest: There is no headline.
            NotFound: There is no such draft here.
            NotPossibleNow: It does not wait any more.
            Refused: Changing it is not the requester's, or the policy stands against the words.
        """
        headline = " ".join(headline.split())[:300]
        if not headline:
            raise InvalidRequest(gettext("The headline is empty. Write one."), field="headline")
        await self._access.check(requester, Action.DRAFT, job_id)
        said = tuple(" ".join(sentence.split())[:600] for sentence in sentences if sentence.strip())
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            _job, story = await _draft(unit, job_id)
        written = replace(story.text, headline=headline, sentences=said)
        await self._editor.judge_words(requester.workspace_id, written)
        async with self._store.workspace(requester.workspace_id) as unit:
            _job, story = await _draft(unit, job_id)
            known = dict(zip(story.text.sentences, story.text.rests_on, strict=False))
            rests_on = tuple(known.get(sentence, ()) for sentence in said)
            text = replace(story.text, headline=headline, sentences=said, rests_on=rests_on)
            if any(sentence not in known for sentence in said):
                text = replace(text, by_model=False)  # a person took them over
            text = replace(text, doubtful=False, doubts=())
            story = replace(story, text=text)
            await unit.stories.save(story)
            await show_again(unit, job_id, ended=False)
            await unit.events.append(job_id, "story_edited", {"by": requester.member_id})
            await record(unit, requester, "news-text", job_id, headline=headline)
            printed = any(
                "story" in picture.recipe.parameters
                for picture in await unit.illustrations.of_job(job_id)
            )
        if printed:
            await self.another_picture(requester, job_id, event_key=event_key)
        return story

    async def another_picture(self, requester: Requester, job_id: str, *, event_key: str) -> Job:
        """Put another picture in the place of a draft's: the same recipe with another seed. Raises
        ``NotFound`` or ``NotPossibleNow``."""
        await self._access.check(requester, Action.DRAFT, job_id)
        async with self._store.workspace(requester.workspace_id) as unit:
            job, story = await _draft(unit, job_id)
            [first, *_rest] = await unit.illustrations.of_job(job_id)
            await _replaced(unit, job)
            await record(unit, requester, "news-picture", job_id)
        owner = Requester(
            job.workspace_id,
            job.request.origin.member_id,
            job.request.routing.destination,
            Role.ADMIN,
        )
        again = await self._job_service.vary(owner, first.id, event_key=event_key)
        async with self._store.workspace(requester.workspace_id) as unit:
            slot = await unit.schedules.slot(story.schedule_id, story.due_at)
            await unit.schedules.save_slot(replace(slot, job_id=again.id))
            await unit.stories.save(replace(story, job_id=again.id))
        return again

    async def another_story(self, requester: Requester, job_id: str, *, event_key: str) -> Job:
        """Put the next best story in the place of a draft.

        Raises:
            NotFound: There is no such draft here.
            NotPossibleNow: It does not wait any more, or there was no other story.
        """
        await self._access.check(requester, Action.DRAFT, job_id)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job, story = await _draft(unit, job_id)
            schedule = await unit.schedules.get(story.schedule_id)
        account = Account()
        chosen = await self._next(schedule, story, account)
        async with self._store.workspace(requester.workspace_id) as unit:
            job, story = await _draft(unit, job_id)
            await _replaced(unit, job)
            await unit.stories.save(replace(story, taken=False))
            await unit.stories.save(chosen)
            await record(unit, requester, "news-story", job_id, headline=chosen.text.headline)
        return await self._editor.ask_for(
            schedule, chosen.id, event_key=event_key, spent=account.spent, reviewed=True
        )

    async def annotate(self, requester: Requester, story_id: str) -> Story:
        """Have a posted story say what was found changed since. Raises ``NotFound``,
        ``NotPossibleNow`` or ``Refused``."""
        async with self._store.workspace(requester.workspace_id) as unit:
            story = await unit.stories.get(story_id)
            await _owned(unit, requester, story.schedule_id)
            if not story.corrections or story.posted_at is None:
                raise NotPossibleNow(gettext("No changes were found in this post's sources."))
            story = replace(story, annotated=True)
            await unit.stories.save(story)
            if story.job_id is not None:
                await show_again(unit, story.job_id, ended=False)
            await record(unit, requester, "news-annotate", story_id)
        return story

    async def replace_post(self, requester: Requester, story_id: str) -> JobView:
        """Have a posted story replaced: its pictures are deleted, and the schedule runs again.
        Gives its job as it was, so that the messages can be removed. Raises as :meth:`annotate`."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            story = await unit.stories.get(story_id)
            schedule = await _owned(unit, requester, story.schedule_id)
            if story.job_id is None or story.posted_at is None:
                raise NotPossibleNow(gettext("This story wasn't posted."))
            posted = await unit.jobs.get(story.job_id)
        there = replace(requester, role=Role.ADMIN, destination=posted.request.routing.destination)
        before = await self._job_service.delete(there, posted.id)
        await self._extra(requester, schedule, None)
        return before

    async def slot(self, requester: Requester, schedule_id: str, due_at: datetime) -> Slot:
        """What became of a slot so far. Raises ``NotFound``."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            return await unit.schedules.slot(schedule_id, due_at)

    async def _extra(
        self, requester: Requester, schedule: Schedule, preview: Preview | None
    ) -> Slot:
        now = self._clock()
        slot = Slot(schedule.id, now, SlotStatus.DUE, now, extra=True, preview=preview)
        async with self._store.workspace(requester.workspace_id) as unit:
            await unit.schedules.claim(slot)
            action = "news-run" if preview is None else "news-preview"
            await record(unit, requester, action, schedule.id, name=schedule.name)
        await self._dispatcher.enqueue(slot_task(SlotKey(requester.workspace_id, schedule.id, now)))
        return slot

    async def _next(self, schedule: Schedule, story: Story, account: Account) -> Story:
        """The next story that can be told instead; nothing is kept yet."""
        for number, candidate in enumerate(story.alternatives):
            text = await self._newsroom.write(schedule, candidate, account=account)
            if text is None:
                continue
            try:
                text = await self._editor.judged(schedule, candidate, text)
            except Refused:
                continue
            return replace(
                story,
                id=str(ULID()),
                text=text,
                fingerprint=candidate.fingerprint,
                found_at=self._clock(),
                job_id=None,
                alternatives=_after(story.alternatives, number),
            )
        raise NotPossibleNow(
            gettext("There is no other story. Reject the draft, or run the schedule again later.")
        )

    async def _with_problems(self, view: ScheduleView, feeds: Sequence[str]) -> ScheduleView:
        """The view with what is wrong with feeds that were just added, as far as that is quick."""
        if not feeds:
            return view
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_FEEDS_S):
                wrong = await self._newsroom.check_feeds(feeds)
                return replace(view, problems=tuple(why for _feed, why in wrong))
        return view

    def _viewed(self, schedule: Schedule, slots: Sequence[Slot]) -> ScheduleView:
        calendar = Calendar(schedule.cron, schedule.time_zone)
        times = next_posts(schedule, now=self._clock(), count=NEXT_TIMES)
        real = [slot for slot in slots if slot.preview is None][:SHOWN_SLOTS]
        return ScheduleView(
            schedule,
            tuple(calendar.shown(time) for time in times),
            tuple((calendar.shown(slot.due_at), slot) for slot in real),
        )


def _after(candidates: tuple[Candidate, ...], number: int) -> tuple[Candidate, ...]:
    return candidates[number + 1 :]


async def _owned(unit: UnitOfWork, requester: Requester, schedule_id: str) -> Schedule:
    """The schedule, if the requester may change it. Raises ``NotFound`` or ``Refused``."""
    schedule = await unit.schedules.get(schedule_id)
    role = (await with_role(unit, requester)).role
    if schedule.owner_id != requester.member_id and role is not Role.ADMIN:
        raise Refused(
            gettext("Only the person who created the schedule, or an admin, can change it.")
        )
    return schedule


async def _draft(unit: UnitOfWork, job_id: str) -> tuple[Job, Story]:
    job = await unit.jobs.get(job_id)
    if job.request.origin.story_id is None:
        raise NotFound("draft", job_id)
    if job.status is not JobStatus.REVIEWING:
        raise NotPossibleNow(gettext("This draft no longer needs approval."))
    return job, await unit.stories.get(job.request.origin.story_id)


async def _replaced(unit: UnitOfWork, job: Job) -> None:
    """End a draft in whose place another one comes."""
    now = datetime.now(UTC)
    ended = replace(
        job, status=JobStatus.CANCELLED, error="Replaced by another draft.", finished_at=now
    )
    await unit.jobs.save(ended)
    await unit.events.append(job.id, "cancelled", {"why": "replaced"}, key="cancelled")

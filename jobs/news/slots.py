"""What is written about slots, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.news import Notice, Schedule, Slot, SlotStatus
from domain.stores import UnitOfWork
from domain.team import Preferences, Scope
from domain.translation.messages import gettext
from jobs.news.calendar import Calendar

MAX_FAILURES = 5
"""Failed slots in a row after which a schedule pauses itself."""
MOST_LOOKED_AT = 400
RECHECK_AFTER = (timedelta(days=1), timedelta(days=7))


def reason_to_skip(schedule: Schedule, slot: Slot, wished: Preferences, now: datetime) -> str:
    """Why nothing is posted for a slot; empty where something is."""
    calendar = Calendar(schedule.cron, schedule.time_zone)
    date, weekday = calendar.local_date(slot.due_at)
    if slot.status.final:
        return slot.note
    if wished.paused:
        return gettext("An admin paused Limner here.")
    if slot.extra:
        return ""
    if schedule.paused:
        return gettext("The schedule is paused.")
    if _ended(schedule, date):
        return gettext("The schedule has ended.")
    if {date, weekday} & set(schedule.quiet_days):
        return gettext("No posts on quiet days ({shown}).", shown=calendar.shown(slot.due_at))
    if now > slot.due_at + schedule.grace:
        late = (now - slot.due_at).total_seconds() / 3600
        return gettext(
            "Skipped: it was {late:.1f} hours late, more than the schedule allows.", late=late
        )
    return ""


def next_posts(schedule: Schedule, *, now: datetime, count: int) -> list[datetime]:
    """The next times (UTC) at which a schedule posts: without its quiet days and what comes after
    its end; fewer where there are no more within the next 400 due times."""
    calendar = Calendar(schedule.cron, schedule.time_zone)
    found: list[datetime] = []
    due = now
    for _ in range(MOST_LOOKED_AT):
        following = calendar.next_after(due)
        if following is None:
            break
        due = following
        date, weekday = calendar.local_date(due)
        if _ended(schedule, date):
            break
        if not {date, weekday} & set(schedule.quiet_days):
            found.append(due)
            if len(found) == count:
                break
    return found


def lead_of(schedule: Schedule) -> timedelta:
    """How long before its due time a slot is begun."""
    approved = schedule.approvals > 0 and schedule.review is not None
    return schedule.lead if approved else timedelta(0)


def _ended(schedule: Schedule, local_date: str) -> bool:
    return schedule.ends_on is not None and local_date > schedule.ends_on.isoformat()


async def team_preferences(unit: UnitOfWork) -> Preferences:
    """What was set for the whole workspace."""
    return await unit.preferences.get(Scope.WORKSPACE)


async def note(unit: UnitOfWork, slot: Slot, status: SlotStatus, why: str, now: datetime) -> None:
    """Write what became of a slot, and why."""
    await unit.schedules.save_slot(replace(slot, status=status, note=why, changed_at=now))


async def posted(unit: UnitOfWork, slot: Slot, now: datetime) -> None:
    """Note that a slot's story was posted, and when its pages are to be read again."""
    await note(unit, slot, SlotStatus.POSTED, slot.note.replace("Illustrating:", "Posted:"), now)
    if slot.story_id is not None:
        story = await unit.stories.get(slot.story_id)
        await unit.stories.save(replace(story, posted_at=now, recheck_at=now + RECHECK_AFTER[0]))


async def untaken(unit: UnitOfWork, slot: Slot) -> None:
    """A story that was not posted may be told another time."""
    if slot.story_id is not None:
        story = await unit.stories.get(slot.story_id)
        await unit.stories.save(replace(story, taken=False))


async def close(
    unit: UnitOfWork,
    schedule: Schedule,
    slot: Slot,
    status: SlotStatus,
    why: str,
    now: datetime,
) -> None:
    """Write what became of a slot, count failures, and keep a notice where somebody must be told.

    What is no failure (an empty day, a rejected draft) is seen in the list alone; expired drafts
    and failures are told to the owner, and after the fifth failure in a row the schedule pauses.
    Of a preview only who asked for it hears.
    """
    await note(unit, slot, status, why, now)
    if slot.preview is not None:
        notice_id = f"preview:{schedule.id}:{slot.due_at.isoformat()}"
        preview = gettext("Preview of {name}: {why}", name=schedule.name, why=why)
        surface, member = slot.preview.destination.surface, slot.preview.member_id
        notice = Notice(
            notice_id, schedule.workspace_id, surface, member, preview[:1500], schedule.id
        )
        await unit.stories.add_notice(notice)
        return
    if status is SlotStatus.EMPTY and schedule.failures:
        await unit.schedules.save(replace(schedule, failures=0))
    text = f"{schedule.name}: {why}"
    if status is SlotStatus.FAILED:
        schedule = _failed_again(schedule, why)
        await unit.schedules.save(schedule)
        if schedule.paused:
            text = str(
                gettext(
                    "{name} has been paused. {paused_why}",
                    name=schedule.name,
                    paused_why=schedule.paused_why,
                )
            )
    told = schedule.closed_by is not None  # what comes of a closed place is said once
    if status in (SlotStatus.FAILED, SlotStatus.EXPIRED) and not told:
        await tell_owner(unit, schedule, f"slot:{schedule.id}:{slot.due_at.isoformat()}", text)


def _failed_again(schedule: Schedule, why: str) -> Schedule:
    failures = schedule.failures + 1
    if failures < MAX_FAILURES or schedule.paused:
        return replace(schedule, failures=failures)
    return replace(
        schedule,
        failures=failures,
        paused=True,
        paused_why=gettext(
            "It failed {failures} times in a row. Last error: {why}", failures=failures, why=why
        ),
        revision=schedule.revision + 1,
    )


async def tell_owner(
    unit: UnitOfWork,
    schedule: Schedule,
    notice_id: str,
    text: str,
    *,
    offers: tuple[str, ...] = (),
    about: str = "",
) -> None:
    """Keep a notice for a schedule's owner, unless it was kept before."""
    notice = Notice(
        id=notice_id,
        workspace_id=schedule.workspace_id,
        surface=schedule.destination.surface,
        member_id=schedule.owner_id,
        text=text[:1500],
        about=about or schedule.id,
        offers=offers,
    )
    await unit.stories.add_notice(notice)

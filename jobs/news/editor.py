"""What the news desk does at a due time: find a story, check it, have it illustrated and posted.

A slot's work ends when its picture is a job; what becomes of the job is looked at by
:class:`~jobs.news.settling.Settler`, so that nothing waits for anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from ulid import ULID

from domain.errors import JobCancelled, NotFound, Refused, public_sentence
from domain.news import (
    MOST_CONSIDERED,
    Candidate,
    Considered,
    Gathering,
    Outcome,
    Schedule,
    SlotKey,
    SlotStatus,
    Story,
    StoryText,
)
from domain.patience import is_pause
from domain.requests import Job
from domain.research import Account, Spending
from domain.stores import Store
from domain.team import UsageEntry
from domain.translation.messages import gettext, joined, ngettext
from jobs.admission.judging import Policy
from jobs.common.ports import Newsroom, StepRunner
from jobs.common.tasks import slot_of_task
from jobs.news.house_style import in_house_style
from jobs.news.judging import judge_words, judged_story
from jobs.news.review import decides_itself, review_place, tell_unchecked, unchecked
from jobs.news.slots import close, note, reason_to_skip, team_preferences, tell_owner
from jobs.news.stories import found_sources, illustration_request
from jobs.services.jobs import JobService

log = structlog.get_logger(__name__)

TOLD_DAYS = 90
"""How long a story that was told is not told again."""
TRIED = 4
"""Candidates that are read before a slot is given up as empty."""
ALTERNATIVES = 3
MAX_NOTE_CHARS = 1_000
OWN_WORDS = gettext("(quoted from its pages, because the model's budget was used up)")


@dataclass(frozen=True, slots=True)
class Begun:
    """The schedule of a slot that is worked on."""

    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The story of a slot as a step keeps it; empty where there is none, and ``why`` says so."""

    candidate: Candidate | None = None
    text: StoryText | None = None
    others: tuple[Candidate, ...] = ()
    why: str = ""
    failed: bool = False
    spent: Spending | None = None
    """What the model took for the words, also for those of stories that were not taken."""
    used_up: bool = False
    """Whether its budget ended before, so that the words are the pages' own."""
    unchecked: bool = False
    """Whether there was a story that nobody can check here before it is posted."""
    dead: tuple[tuple[str, str], ...] = ()
    """The feeds that will not come back, each with a sentence that says so."""
    considered: tuple[Considered, ...] = ()
    """What was looked at, the chosen story first."""


class NewsEditor:
    """Works on slots; one instance serves all of a process's workflows."""

    def __init__(
        self,
        *,
        store: Store,
        newsroom: Newsroom,
        job_service: JobService,
        policy: Policy,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        reached: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._store = store
        self._newsroom = newsroom
        self._job_service = job_service
        self._policy = policy
        self._clock = clock
        self._reached = reached

    async def work(self, workspace_id: str, subject_id: str, steps: StepRunner) -> None:
        """Work on one slot: the body of the workflow ``news``."""
        key = slot_of_task(workspace_id, subject_id)
        try:
            begun = await steps.run("begin", lambda: self._begin(key), Begun)
            schedule = begun.schedule
            if schedule is None:
                return
            self._reached("news-begun")
            gathering = await steps.run("gather", lambda: self._gather(schedule), Gathering)
            self._reached("news-gathered")
            found = await steps.run("choose", lambda: self._choose(schedule, gathering), Found)
            found = replace(found, dead=gathering.dead)
            story_id = await steps.run("keep", lambda: self._keep(key, schedule, found), str)
            self._reached("news-kept")
            if story_id:
                await steps.run(
                    "ask", lambda: self._ask(key, schedule, story_id, found), type(None)
                )
        except JobCancelled:
            raise
        except Exception as error:  # the edge: whatever broke, the slot says so
            if is_pause(error):
                raise
            sentence = public_sentence(error)
            log.exception("news_broke", slot=subject_id)
            await steps.run("fail", lambda: self._fail(key, sentence), type(None))

    async def _begin(self, key: SlotKey) -> Begun:
        """Take the slot up; without a schedule, and the reason kept, where nothing is posted."""
        now = self._clock()
        async with self._store.workspace(key.workspace_id) as unit:
            slot = await unit.schedules.slot(key.schedule_id, key.due_at)
            try:
                schedule = await unit.schedules.get(key.schedule_id)
            except NotFound:
                await note(
                    unit, slot, SlotStatus.SKIPPED, gettext("The schedule was deleted."), now
                )
                return Begun()
            why = reason_to_skip(schedule, slot, await team_preferences(unit), now)
            if why:
                await note(unit, slot, SlotStatus.SKIPPED, why, now)
                return Begun()
            await note(unit, slot, SlotStatus.WORKING, gettext("Looking for a story."), now)
            return Begun(schedule)

    async def _gather(self, schedule: Schedule) -> Gathering:
        since = self._clock() - timedelta(days=TOLD_DAYS)
        async with self._store.workspace(schedule.workspace_id, read_only=True) as unit:
            known = await unit.stories.told(since=since)
        about = [fingerprint for _id, fingerprint in known]
        gathering = await self._newsroom.gather(schedule, known=about)
        if gathering.grown:
            # A story goes on: what its later articles say is recognised as its own from then on.
            async with self._store.workspace(schedule.workspace_id) as unit:
                for place, fingerprint in gathering.grown:
                    with suppress(NotFound):  # deleted meanwhile
                        story = await unit.stories.get(known[place][0])
                        await unit.stories.save(replace(story, fingerprint=fingerprint))
        candidates = gathering.candidates[: TRIED + ALTERNATIVES]
        return replace(gathering, candidates=candidates, grown=())

    async def _choose(self, schedule: Schedule, gathering: Gathering) -> Found:
        """The first candidate that can be told: read, put into words, and against no policy."""
        refused, account = "", Account()
        tried: dict[int, Considered] = {}
        doubtful: dict[int, tuple[Candidate, StoryText]] = {}
        for number, candidate in enumerate(gathering.candidates[:TRIED]):
            text = await self._newsroom.write(schedule, candidate, account=account)
            if text is None:
                tried[number] = _considered(candidate, Outcome.UNREAD)
                continue
            try:
                text = await self.judged(schedule, candidate, text)
            except Refused as error:
                refused = str(error)
                tried[number] = _considered(candidate, Outcome.REFUSED)
                continue
            if not text.doubtful:
                chosen = (number, candidate, text)
                return _found(chosen, gathering, tried, account, doubtful=doubtful)
            doubtful[number] = (candidate, text)
        if doubtful and await self._is_checked(schedule):
            number, (candidate, text) = next(iter(doubtful.items()))
            chosen = (number, candidate, text)
            return _found(chosen, gathering, tried, account, doubtful=doubtful)
        problems = " ".join(gathering.problems[:3])
        if doubtful:
            _first_candidate, text = next(iter(doubtful.values()))
            held = [_considered_doubtful(each, said) for each, said in doubtful.values()]
            return Found(
                why=joined(unchecked(text.headline, text.doubts), problems, _taken(account)),
                unchecked=True,
                spent=account.spent,
                used_up=account.used_up,
                considered=_first((*held, *tried.values(), *gathering.dropped)),
            )
        if not gathering.items and gathering.problems:
            unread = gettext("None of the sources could be read.")
            return Found(why=joined(unread, problems), failed=True)
        looked = ngettext(
            "No story worth a picture today: checked {count} article.",
            "No story worth a picture today: checked {count} articles.",
            gathering.items,
        )
        return Found(
            why=joined(looked, refused, problems, _taken(account)),
            spent=account.spent,
            used_up=account.used_up,
            considered=_first((*tried.values(), *gathering.dropped)),
        )

    async def _keep(self, key: SlotKey, schedule: Schedule, found: Found) -> str:
        """Keep the story, or why there is none; gives its id, or ""."""
        now = self._clock()
        async with self._store.workspace(key.workspace_id) as unit:
            slot = await unit.schedules.slot(key.schedule_id, key.due_at)
            if slot.story_id is not None:
                return slot.story_id
            if slot.status.final:
                return ""
            for feed, why in found.dead:
                name = hashlib.sha256(feed.encode()).hexdigest()[:16]
                text = joined(f"{schedule.name}:", why, gettext("Replace or remove it."))
                await tell_owner(unit, schedule, f"feed:{schedule.id}:{name}", text)
            slot = replace(slot, considered=found.considered)
            if found.text is None or found.candidate is None:
                status = SlotStatus.FAILED if found.failed else SlotStatus.EMPTY
                await close(unit, schedule, slot, status, found.why, now)
                if found.unchecked:
                    await tell_unchecked(unit, schedule, slot, found.why)
            else:
                story = Story(
                    id=str(ULID()),
                    workspace_id=key.workspace_id,
                    schedule_id=schedule.id,
                    due_at=key.due_at,
                    text=found.text,
                    fingerprint=found.candidate.fingerprint,
                    found_at=now,
                    alternatives=found.others,
                    taken=slot.preview is None,
                )
                await unit.stories.save(story)
                told = gettext("Illustrating: {headline}", headline=found.text.headline)
                own = OWN_WORDS if found.used_up else ""
                note = joined(told, own, *(f"({why})" for _feed, why in found.dead))[
                    :MAX_NOTE_CHARS
                ]
                await unit.schedules.save_slot(
                    replace(slot, story_id=story.id, note=note, changed_at=now)
                )
                return story.id
        return ""

    async def _ask(self, key: SlotKey, schedule: Schedule, story_id: str, found: Found) -> None:
        """Ask for the story's picture, as Limner's own request."""
        async with self._store.workspace(key.workspace_id, read_only=True) as unit:
            if (await unit.schedules.slot(key.schedule_id, key.due_at)).job_id is not None:
                return
        event_key = f"news:{schedule.id}:{key.due_at}"
        await self.ask_for(schedule, story_id, event_key=event_key, spent=found.spent)

    async def _is_checked(self, schedule: Schedule) -> bool:
        """Whether somebody sees a schedule's story before it is posted."""
        if decides_itself(schedule):
            return True
        async with self._store.workspace(schedule.workspace_id, read_only=True) as unit:
            return await review_place(unit, schedule) is not None

    async def judged(self, schedule: Schedule, candidate: Candidate, text: StoryText) -> StoryText:
        """A story as it may be posted. Raises ``Refused`` where it may not."""
        async with self._store.workspace(schedule.workspace_id, read_only=True) as unit:
            wished = await team_preferences(unit)
        text = in_house_style(
            text,
            style=wished.house_style,
            time_zone=schedule.time_zone,
            language=schedule.language,
        )
        return await judged_story(self._policy, schedule, text, candidate.fingerprint, wished)

    async def judge_words(self, workspace_id: str, text: StoryText) -> None:
        """See that words that a person wrote for a story may be posted. Raises ``Refused``."""
        async with self._store.workspace(workspace_id, read_only=True) as unit:
            wished = await team_preferences(unit)
        await judge_words(self._policy, text, wished)

    async def ask_for(
        self,
        schedule: Schedule,
        story_id: str,
        *,
        event_key: str,
        spent: Spending | None,
        reviewed: bool = False,
    ) -> Job:
        """Ask for a story's picture, and keep what it rests on as the job's first sources, and what
        the model took for its words as spent for the job. With ``reviewed`` it takes the place of a
        draft and waits for approval as that did."""
        async with self._store.workspace(schedule.workspace_id, read_only=True) as unit:
            story = await unit.stories.get(story_id)
            slot = await unit.schedules.slot(schedule.id, story.due_at)
            place = await review_place(unit, schedule)
        needed = schedule.approvals if schedule.review is not None else 0
        if reviewed or (story.text.doubtful and not decides_itself(schedule)):
            needed = max(1, needed)
        request = illustration_request(
            schedule, story, approvals=needed, review=place, preview=slot.preview
        )
        job = await self._job_service.submit(request, event_key=event_key)
        async with self._store.workspace(schedule.workspace_id) as unit:
            story = await unit.stories.get(story_id)
            await unit.research.save_hop(job.id, *found_sources(story))
            if spent is not None:
                await unit.ledger.spend([self._entry(job, spent)])
            await unit.stories.save(replace(story, job_id=job.id))
            slot = replace(slot, job_id=job.id, story_id=story_id, changed_at=self._clock())
            if slot.preview is not None:
                slot = replace(
                    slot, status=SlotStatus.SKIPPED, note=gettext("A preview for one person.")
                )
            await unit.schedules.save_slot(slot)
        return job

    def _entry(self, job: Job, spent: Spending) -> UsageEntry:
        return UsageEntry(
            key="news-words",
            at=self._clock(),
            job_id=job.id,
            member_id=job.request.origin.member_id,
            **asdict(spent),
        )

    async def _fail(self, key: SlotKey, sentence: str) -> None:
        async with self._store.workspace(key.workspace_id) as unit:
            slot = await unit.schedules.slot(key.schedule_id, key.due_at)
            if slot.status.final:
                return
            try:
                schedule = await unit.schedules.get(key.schedule_id)
            except NotFound:
                await note(unit, slot, SlotStatus.FAILED, sentence, self._clock())
                return
            await close(unit, schedule, slot, SlotStatus.FAILED, sentence, self._clock())


def _found(
    chosen: tuple[int, Candidate, StoryText],
    gathering: Gathering,
    tried: Mapping[int, Considered],
    account: Account,
    *,
    doubtful: Mapping[int, tuple[Candidate, StoryText]],
) -> Found:
    """A candidate that is told, and what else was looked at; those ``tried`` in vain and those that
    are ``doubtful``, by their numbers."""
    number, candidate, text = chosen
    told = replace(_considered(candidate, Outcome.CHOSEN), headline=text.headline)
    held = [_considered_doubtful(*each) for n, each in doubtful.items() if n != number]
    others = [
        other for n, other in enumerate(gathering.candidates) if n != number and n not in tried
    ][:ALTERNATIVES]
    unread = [other for n, other in enumerate(gathering.candidates) if n not in doubtful]
    later = [_considered(other, Outcome.ALTERNATIVE) for other in others if other in unread]
    return Found(
        *(candidate, text, tuple(others)),
        spent=account.spent,
        used_up=account.used_up,
        considered=_first((told, *held, *tried.values(), *later, *gathering.dropped)),
    )


def _considered_doubtful(candidate: Candidate, text: StoryText) -> Considered:
    return replace(
        _considered(candidate, Outcome.DOUBTFUL), headline=text.headline, doubts=text.doubts
    )


def _considered(candidate: Candidate, outcome: Outcome) -> Considered:
    first = candidate.items[0]
    return Considered(first.title, first.site, candidate.sites, outcome)


def _first(stories: Sequence[Considered]) -> tuple[Considered, ...]:
    return tuple(stories[:MOST_CONSIDERED])


def _taken(account: Account) -> str:
    """What the model took for nothing; there is no job that it could be spent for."""
    if account.spent is None:
        return ""
    if account.used_up:
        return gettext(
            "The model used {amount:,.0f} tokens, its whole budget.", amount=account.spent.amount
        )
    return gettext("The model used {amount:,.0f} tokens.", amount=account.spent.amount)

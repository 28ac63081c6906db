"""Refused requests: they are written down, may be sent to moderators, and repeated attempts at the
floor suspend a person until a moderator lifts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ulid import ULID

from domain.errors import NotPossibleNow, Refused
from domain.illustrations import Delivery
from domain.policy import CATEGORIES, RULES_JUDGE, SURE, Category
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus, Request
from domain.stores import Store, UnitOfWork
from domain.team import Scope
from domain.translation.messages import gettext
from jobs.admission.refusals import failure_data, get_refusal
from jobs.admission.requests import Requester, preferences_for, record
from jobs.admission.rulings import PolicyRefused
from jobs.admission.verdicts import notify_moderators

FLOOR_ATTEMPT: Final = "floor"
"""The action of the audit log that is counted."""
ATTEMPTS: Final = 3
WITHIN: Final = timedelta(hours=24)
NOT_KEPT: Final = "(not kept)"
"""Stands for the words of a refused request where the workspace keeps none."""


async def write_refused(
    store: Store,
    requester: Requester,
    request: Request,
    *,
    event_key: str,
    why: PolicyRefused,
) -> tuple[str, Delivery | None]:
    """Keep a refused request as a job that failed, so that it can be looked at and allowed.

    The verdict goes into the audit log, without the words. Gives the job, and the notice to
    moderators where it was one attempt at the floor too many. The same event counts once.
    """
    now = datetime.now(UTC)
    async with store.workspace(request.origin.workspace_id) as unit:
        preferences = await preferences_for(unit, requester)
        request = request.with_parts(audience=requester.audience, language=requester.language)
        kept = request if preferences.keep_refused is not False else _without_words(request)
        new = Job(
            str(ULID()),
            kept,
            JobStatus.FAILED,
            now,
            finished_at=now,
            error=str(why),
            refusal=why.refusal,
        )
        job = await unit.jobs.add(new, event_key=f"refused:{event_key}")
        if job.id != new.id:
            return job.id, None
        await unit.events.append(
            job.id, "failed", failure_data(str(why), why.refusal), key="failed"
        )
        found = why.finding
        await record(
            unit,
            requester,
            "refuse",
            job.id,
            category=found.category.value if found else "blocked words",
            score=f"{found.score:.2f}" if found else None,
            judge=found.judge if found else None,
        )
        return job.id, await count_floor_attempt(unit, job) if is_attempt(why) else None


def is_attempt(why: PolicyRefused) -> bool:
    """Whether a refusal counts as an attempt at the floor: what rules only doubt does not, since a
    harmless request may be worded so."""
    found = why.finding
    is_doubt = found is not None and found.judge == RULES_JUDGE and found.score < SURE
    return why.floor and not is_doubt


async def count_floor_attempt(unit: UnitOfWork, job: Job) -> Delivery | None:
    """Count an attempt at the floor; with the third in 24 hours the person is suspended, where the
    workspace does not say otherwise. Gives the notice to moderators in that case."""
    person = Requester(
        job.workspace_id, job.request.origin.member_id, job.request.routing.destination
    )
    await record(unit, person, FLOOR_ATTEMPT, job.id)
    since = datetime.now(UTC) - WITHIN
    attempts = await unit.ledger.count_actions(
        FLOOR_ATTEMPT, member_id=person.member_id, since=since
    )
    if attempts < ATTEMPTS or job.workspace_id == LOCAL_WORKSPACE:
        return None
    preferences = await preferences_for(unit, person)
    if preferences.suspends is not False:
        own = await unit.preferences.get(Scope.MEMBER, person.member_id)
        await unit.preferences.save(Scope.MEMBER, person.member_id, replace(own, suspended=True))
        await record(unit, person, "suspended", person.member_id, attempts=attempts)
    return await notify_moderators(unit, job, preferences)


async def send_appeal(unit: UnitOfWork, requester: Requester, job: Job) -> Delivery | None:
    """Put an appeal into the outbox; None on the command line, where moderators allow it there.

    Raises:
        NotPossibleNow: Nothing was refused, or its words were not kept. Refused: It belongs to
        another member, or cannot be allowed.
    """
    allowable_category(job)
    if job.request.origin.member_id != requester.member_id:
        raise Refused(gettext("Only the person who asked can send it to the moderators."))
    preferences = await preferences_for(unit, requester)
    await record(unit, requester, "appeal", job.id)
    return await notify_moderators(unit, job, preferences)


def allowable_category(job: Job) -> Category:
    """The category of a refused job that a moderator may let through.

    Raises:
        NotPossibleNow: Nothing was refused, or its words were not kept. Refused: It is of the
        floor, which cannot be allowed.
    """
    refusal = get_refusal(job)
    category = refusal.category if refusal is not None else None
    if job.status is not JobStatus.FAILED or category is None:
        raise NotPossibleNow(
            gettext("The content policy didn't refuse this, so there is nothing to allow.")
        )
    if CATEGORIES[category].floor:
        raise Refused(
            gettext(
                "No one can allow this: {name} are never drawn.", name=CATEGORIES[category].name
            )
        )
    if job.request.prompt == NOT_KEPT:
        raise NotPossibleNow(
            gettext("The text of that request wasn't kept. Ask a moderator directly.")
        )
    return category


def _without_words(request: Request) -> Request:
    return replace(request, prompt=NOT_KEPT, style=None, attachments=())

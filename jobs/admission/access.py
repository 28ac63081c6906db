"""Permissions for jobs: every action is checked here, and nowhere else, against the job's owner,
the person's role in the workspace, and the places of the person and the job.

Buttons and ids prove nothing, since any user can send any. A job that a person may not see is
reported as missing, so that ids reveal nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import NotFound, Refused
from domain.illustrations import Delivery, DeliveryKind
from domain.requests import LOCAL_WORKSPACE, Job, JobStatus
from domain.stores import Store, UnitOfWork
from domain.team import JobMessage, MessageKind, Role
from domain.translation.messages import gettext
from jobs.admission.requests import Requester, preferences_for, with_role


class Action(StrEnum):
    """An action on a job."""

    READ = "read"
    """See how it stands, its picture, sources and references."""
    VOTE = "vote"
    MAKE = "make"
    """Make another picture from it: again, varied, enlarged, changed, or researched anew."""
    CHOOSE = "choose"
    """Say which references it is drawn with."""
    MANAGE = "manage"
    """Stop or delete it."""
    DECIDE = "decide"
    """Approve or reject it."""
    INSPECT = "inspect"
    """Look at its refused pictures, where they are kept."""
    DRAFT = "draft"
    """Change the words, the picture or the story of a draft of the news desk."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The relation of a person to a job."""

    owner: bool
    """They asked for it."""
    moderates: bool
    """They are a moderator of the workspace or of the job's channel, or an admin."""
    leads: bool
    """They are a moderator of the whole workspace, or an admin."""
    may_ask: bool
    """They may ask for pictures where they are."""
    reviews: bool
    """They are in the channel in which it waits for approval."""
    approvers_named: bool
    """The workspace says who moderates it, so being in that channel is not enough."""

    @property
    def decides(self) -> bool:
        """Whether approving and rejecting is theirs."""
        return self.moderates or (self.reviews and not self.approvers_named)


_RULES: Mapping[Action, tuple[Callable[[Standing], bool], str]] = {
    Action.READ: (lambda _who: True, ""),
    Action.VOTE: (lambda _who: True, ""),
    Action.MAKE: (lambda _who: True, ""),  # asking is held against limits and roles of its own
    Action.CHOOSE: (
        lambda who: who.owner or who.moderates or who.may_ask,
        gettext("You don't have access here, so you can't choose reference images either."),
    ),
    Action.MANAGE: (
        lambda who: who.owner or who.moderates,
        gettext("Only the person who asked, or a moderator, can do that."),
    ),
    Action.DECIDE: (
        lambda who: who.decides,
        gettext(
            "Only moderators can decide this (or, if none are set, people in the review channel)."
        ),
    ),
    Action.INSPECT: (
        lambda who: who.moderates,
        gettext("Only moderators may look at refused pictures."),
    ),
    Action.DRAFT: (
        lambda who: who.owner or who.decides,
        (
            gettext(
                "Only the person who created the schedule, or someone who can "
                "approve the draft, can change it."
            )
        ),
    ),
}
"""For each action who may, and the refusal for all others."""


_LOOKED_AT = frozenset({Action.READ, Action.DECIDE, Action.INSPECT})
"""Actions of a workspace's moderators on their queue, wherever the request was made."""
_REPORTED = frozenset({Action.READ, Action.DECIDE, Action.MANAGE})
"""The same about a picture that was reported."""


class Access:
    """Answers for every workspace; each question is about the requester's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def check(self, requester: Requester, action: Action, job_id: str) -> Job:
        """See that the requester may do that about a job, and give the job.

        Raises:
            NotFound: This workspace has no such job that the requester can see.
            Refused: They may not; the message says who may.
        """
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job = await unit.jobs.get(job_id)
            messages = await unit.messages.of_job(job_id)
            who = await standing(unit, requester, job)
            sent = await unit.deliveries.of_job(job_id) if who.leads else ()
        looked_at = (action in _LOOKED_AT and _waits_for_moderators(job, sent)) or (
            action in _REPORTED and any(d.kind is DeliveryKind.REPORT for d in sent)
        )
        if not (who.leads and looked_at) and not await sees(requester, job, messages):
            raise NotFound("job", job_id)
        may, otherwise = _RULES[action]
        if not may(who):
            raise Refused(otherwise)
        return job

    async def check_picture(
        self, requester: Requester, action: Action, illustration_id: str
    ) -> Job:
        """The same about the job of a picture. Raises as :meth:`check`, with the picture's id."""
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job_id = (await unit.illustrations.get(illustration_id)).job_id
        try:
            return await self.check(requester, action, job_id)
        except NotFound:
            raise NotFound("illustration", illustration_id) from None

    async def visible(self, requester: Requester, jobs: Sequence[Job]) -> list[Job]:
        """Those of the jobs that the requester can see, in their order."""
        return [job for job in jobs if await sees(requester, job, ())]


async def standing(unit: UnitOfWork, requester: Requester, job: Job) -> Standing:
    """The relation of the requester to a job of this workspace."""
    request = job.request
    known = await with_role(unit, requester)
    preferences = await preferences_for(unit, requester)
    allowed = preferences.allowed_groups
    here = requester.destination.channel
    near = here == request.routing.destination.channel or _is_review(job, here)
    return Standing(
        owner=request.origin.member_id == requester.member_id,
        leads=known.role is not Role.MEMBER,
        moderates=known.role is not Role.MEMBER or (requester.moderates_here and near),
        may_ask=not allowed
        or known.role is not Role.MEMBER
        or bool(requester.groups & set(allowed)),
        reviews=_is_review(job, here),
        approvers_named=bool(preferences.moderator_groups),
    )


async def sees(requester: Requester, job: Job, messages: Sequence[JobMessage]) -> bool:
    """Whether a person can see a job: their own, one that is shown where they are, or one of a
    channel that they can read. A private one is visible to its requester alone."""
    request = job.request
    if requester.workspace_id == LOCAL_WORKSPACE and requester.role is Role.ADMIN:
        return True  # on the command line everything is the operator's
    if request.origin.member_id == requester.member_id:
        return True
    if request.routing.private:
        return False
    here = {requester.destination.channel, requester.destination.thread} - {None}
    shown = [each.channel for each in messages if each.kind is not MessageKind.CANVAS]
    places = {request.routing.destination.channel, *shown}
    if here & places or _is_review(job, requester.destination.channel):
        return True
    return requester.reads is not None and await requester.reads(
        request.routing.destination.channel
    )


def _waits_for_moderators(job: Job, sent: Sequence[Delivery]) -> bool:
    """Whether a job was sent to moderators, for approval or as refused, and they may look at it."""
    notified = any(delivery.kind is DeliveryKind.APPEAL for delivery in sent)
    return notified and job.status in (JobStatus.REVIEWING, JobStatus.FAILED)


def _is_review(job: Job, channel: str) -> bool:
    return job.request.routing.review is not None and job.request.routing.review.channel == channel

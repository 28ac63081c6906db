"""The policy of a linked channel on a job that is to be shown there too.

The asking side's own ruling says whether the job goes on; here only whether the other side may see
it. What is refused there is withheld from it, what needs approval there waits for it on both sides.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import structlog

from domain.errors import NotFound
from domain.links import MirroredJob
from domain.policy import JudgedText
from domain.requests import Job, Request
from domain.stores import Store, UnitOfWork
from domain.team import Preferences
from jobs.admission.judging import Policy, get_earlier_prompts, get_earlier_requests
from jobs.admission.rulings import PolicyRefused, Ruling, Terms, terms_elsewhere
from jobs.admission.verdicts import hold_for_approval
from jobs.linked.links import other_side

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The effective policy for a job in the linked channel; ``blocked`` are that workspace's own
    words."""

    terms: Terms
    blocked: tuple[str, ...]

    def rule_text(self, policy: Policy, text: JudgedText) -> Ruling:
        """The ruling of the rules on a text there."""
        try:
            return policy.check(text, terms=self.terms, blocked=self.blocked)
        except PolicyRefused as error:
            return Ruling(refused=error.finding, unjudged=error.finding is None)


async def get_earlier_elsewhere(store: Store, request: Request) -> tuple[str, ...]:
    """The changed requests that belong to another workspace only, the oldest first: the prompts
    before a picture that a linked channel shows. They are judged with it, and never shown."""
    if request.parent_id is None:
        return ()
    async with store.workspace(request.origin.workspace_id, read_only=True) as unit:
        first, *_later = (*await get_earlier_requests(unit, request), request)
    ref = first.origin.shadow_of
    if ref is None:
        return ()
    with suppress(NotFound):
        async with store.workspace(ref.workspace_id, read_only=True) as unit:
            original = (await unit.jobs.get(ref.job_id)).request
            earlier = await get_earlier_prompts(unit, original)
        return (*await get_earlier_elsewhere(store, original), *earlier)
    return ()


async def get_elsewhere(
    store: Store, request: Request, mirrored: MirroredJob | None
) -> Elsewhere | None:
    """The effective policy where a job is shown too; None where it is shown nowhere else, or no
    longer."""
    if mirrored is None or mirrored.withheld:
        return None
    side = await other_side(store, mirrored.here)
    if side is None or side.there != mirrored.there:
        return None
    return Elsewhere(
        terms_elsewhere(request, side.preferences), tuple(side.preferences.blocked or ())
    )


async def apply_elsewhere(
    unit: UnitOfWork, job: Job, ruling: Ruling | None, preferences: Preferences
) -> None:
    """Withhold a job from the linked channel, or have it wait for approval, as the ruling there
    says; ``preferences`` is what holds where it was asked for. None changes nothing."""
    if ruling is None:
        return
    if ruling.refused is not None or ruling.unjudged:
        log.info("mirror_withheld", job_id=job.id)
        await unit.mirrors.withhold(job.id)
    elif ruling.approval:
        await hold_for_approval(unit, job, preferences)

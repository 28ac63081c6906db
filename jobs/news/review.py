"""Which stories wait for an editor, and where: one that is doubtful is posted by nobody's leave
only where the operator asks for it on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from domain.news import Doubt, Schedule, Slot
from domain.requests import LOCAL_WORKSPACE, Destination
from domain.stores import UnitOfWork
from domain.team import Scope
from domain.translation.messages import gettext, joined
from jobs.common.status_words import DOUBT_WORDS
from jobs.news.slots import tell_owner


def decides_itself(schedule: Schedule) -> bool:
    """Whether a schedule's posts are seen by the operator alone, who decides what becomes of
    them."""
    return schedule.workspace_id == LOCAL_WORKSPACE or schedule.destination.surface == "terminal"


async def review_place(unit: UnitOfWork, schedule: Schedule) -> Destination | None:
    """Where a schedule's stories can be reviewed: in its own review channel, or in the one that was
    set for its channel or its workspace; None where there is none."""
    if schedule.review is not None:
        return schedule.review
    here = schedule.destination
    places = ((Scope.CHANNEL, here.channel), (Scope.WORKSPACE, ""))
    named = [wished.review_channel for wished in await unit.preferences.get_each(places)]
    channel = next((name for name in named if name and name != here.channel), None)
    return Destination(here.surface, channel) if channel else None


def why_doubtful(doubts: Sequence[Doubt]) -> str:
    """The reasons in words: at most the two gravest."""
    return joined(*(DOUBT_WORDS[doubt] for doubt in doubts[:2]), by="; ")


def unchecked(headline: str, doubts: Sequence[Doubt]) -> str:
    """Why a story was not posted where nobody reviews it, and what to do. The gravest reason alone,
    since what is kept as text is translated by its templates."""
    return gettext(
        "“{headline}” needs an editor, so it wasn't posted: {why}. Choose a review channel to "
        "approve such posts.",
        headline=headline,
        why=why_doubtful(doubts[:1]),
    )


async def tell_unchecked(unit: UnitOfWork, schedule: Schedule, slot: Slot, why: str) -> None:
    """Tell a schedule's owner that a story waits for nobody; at most once a week, since the list
    says it of each."""
    if slot.preview is not None:
        return
    year, week, _day = slot.due_at.isocalendar()
    text = joined(f"{schedule.name}:", why)
    await tell_owner(unit, schedule, f"unchecked:{schedule.id}:{year}-{week}", text)

"""Who may do what: every action, by every role, in every place; and what ids and codes that were
made up can reach."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.buttons import Button, ButtonAction
from domain.errors import LimnerError, NotFound, NotPossibleNow, Refused
from domain.requests import Destination, JobStatus
from domain.team import Role, Scope
from jobs.admission.access import Action
from jobs.admission.requests import Requester
from tests.fakes.job_service import ANN, Office, an_office, at, everywhere

ADMIN = Requester("w1", "root", Destination("chat", "c1"), Role.ADMIN)
PEOPLE = {
    "owner": ANN,
    "member": replace(ANN, member_id="bob"),
    "local moderator": replace(ANN, member_id="loc", moderates_here=True),
    "moderator": replace(ANN, member_id="mod", role=Role.MODERATOR),
    "named": replace(ANN, member_id="n1", groups=frozenset({"111"})),
    "admin": replace(ANN, member_id="root", role=Role.ADMIN),
    "stranger": Requester("w2", "ann", Destination("chat", "c1"), Role.ADMIN),
}
PLACES: dict[str, Callable[[Requester], Requester]] = {
    "here": lambda who: at(who, "c1"),
    "review": lambda who: at(who, "99999"),
    "elsewhere": lambda who: at(who, "c2"),
    "elsewhere, reading here": lambda who: replace(at(who, "c2"), reads=everywhere),
}
SEES = {"here", "review", "elsewhere, reading here"}
ANYBODY = {"owner", "member", "local moderator", "moderator", "named", "admin"}
LEADS = {"moderator", "admin"}


def expected(action: Action, person: str, place: str, *, private: bool, named: bool) -> str:
    """``yes``, ``refused``, or ``hidden`` where there is no such job for them."""
    if person == "stranger":
        return "hidden"
    if person != "owner" and (private or place not in SEES):
        return "hidden"
    leads = person in LEADS or (person == "named" and named)
    leads = leads or (person == "local moderator" and place in ("here", "review"))
    decides = leads or (place == "review" and not named)
    match action:
        case Action.READ | Action.VOTE | Action.MAKE | Action.CHOOSE:
            may = person in ANYBODY
        case Action.MANAGE:
            may = person == "owner" or leads
        case Action.DECIDE:
            may = decides
        case Action.INSPECT:
            may = leads
        case Action.DRAFT:
            may = person == "owner" or decides
    return "yes" if may else "refused"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as opened:
        yield opened


async def a_job_in_review(office: Office, *, text: str = "a cat") -> str:
    """Of Ann, in ``c1``, waiting for approval in the channel 99999."""
    for name, value in (("review_channel", "99999"), ("approvals", "1")):
        await office.commands(ADMIN).settings(Scope.WORKSPACE, name, value)
    reply = await office.commands(ANN).imagine(text, event_key=text)
    await office.reviewing(reply.job_id or "")
    return reply.job_id or ""


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("named", [False, True])
async def test_every_action_by_every_role_in_every_place(
    office: Office, private: bool, named: bool
) -> None:
    job_id = await a_job_in_review(office, text="a cat --private" if private else "a cat")
    if named:
        await office.team.prefer(ADMIN, Scope.WORKSPACE, moderator_groups=("111",))
    for action, person, place in itertools.product(Action, PEOPLE, PLACES):
        requester = PLACES[place](PEOPLE[person])
        try:
            await office.job_service.check(requester, action, job_id)
            found = "yes"
        except Refused:
            found = "refused"
        except NotFound:
            found = "hidden"
        review = place if not private else place.replace("review", "here")
        wanted = expected(action, person, review, private=private, named=named)
        assert found == wanted, (action, person, place)


@dataclass(frozen=True)
class Forged:
    """A made-up button for a job or a picture of another user."""

    action: ButtonAction
    about_picture: bool = False


FORGED = (
    *(
        Forged(action)
        for action in (
            ButtonAction.RERESEARCH,
            ButtonAction.SOURCES,
            ButtonAction.REFERENCES,
            ButtonAction.CANCEL,
        )
    ),
    *(
        Forged(action)
        for action in (
            ButtonAction.DELETE,
            ButtonAction.APPROVE,
            ButtonAction.REJECT,
            ButtonAction.GO,
            ButtonAction.KEEP,
        )
    ),
    *(
        Forged(action)
        for action in (
            ButtonAction.SHOW,
            ButtonAction.TEXT,
            ButtonAction.PICTURE,
            ButtonAction.STORY,
            ButtonAction.REPLACE,
        )
    ),
    Forged(ButtonAction.REVEAL),
    *(
        Forged(action, True)
        for action in (
            ButtonAction.RERENDER,
            ButtonAction.VARY,
            ButtonAction.EDIT,
            ButtonAction.UP,
            ButtonAction.DOWN,
        )
    ),
)


@pytest.mark.parametrize("forged", FORGED, ids=lambda forged: forged.action.value)
@pytest.mark.parametrize("who", ["member elsewhere", "admin and a private one", "stranger"])
async def test_a_forged_button_reaches_nothing(office: Office, forged: Forged, who: str) -> None:
    private = who == "admin and a private one"
    job_id = await a_job_in_review(office, text="a cat --private" if private else "a cat")
    view = await office.job_service.view("w1", job_id)
    subject = view.illustrations[0].id if forged.about_picture else job_id
    requester = {
        "member elsewhere": at(PEOPLE["member"], "c2"),
        "admin and a private one": ADMIN,
        "stranger": PEOPLE["stranger"],
    }[who]
    before = len(office.dispatcher.tasks), len(await office.job_service.recent("w1"))
    with pytest.raises(NotFound) as told:
        await office.commands(requester).press(
            Button(forged.action, subject),
            message="m",
            text="x",
            pictures=[("a.png", b"x")][:0]
            if forged.action is not ButtonAction.REPLACE
            else [("a.png", b"not read")],
        )
    assert "a cat" not in str(told.value)
    after = await office.job_service.view("w1", job_id)
    assert after.job.status is JobStatus.REVIEWING
    assert (after.decisions, after.tallies) == (view.decisions, view.tallies)
    assert (len(office.dispatcher.tasks), len(await office.job_service.recent("w1"))) == before


async def test_a_member_in_the_channel_cannot_decide_but_in_the_review_channel_can(
    office: Office,
) -> None:
    job_id = await a_job_in_review(office)
    member = PEOPLE["member"]
    for approved in (True, False):
        with pytest.raises(Refused, match="people in the review channel"):
            await office.commands(member).decide(job_id, approved=approved)
    await office.commands(at(member, "99999")).decide(job_id, approved=True)
    with pytest.raises(NotPossibleNow):
        await office.commands(at(member, "99999")).decide(job_id, approved=True)


async def test_lists_hold_what_one_can_see(office: Office) -> None:
    for number, text in enumerate(("open", "hidden")):
        reply = await office.commands(ANN).imagine(
            f"{text} cat" + (" --private" if text == "hidden" else ""), event_key=text
        )
        [picture] = await office.finished(reply.job_id or "", sha256=str(number) * 64)
        await office.team.vote(ANN, picture.id, 1)
    for requester, seen in (
        (PEOPLE["member"], 1),
        (at(PEOPLE["member"], "c2"), 0),
        (replace(at(PEOPLE["member"], "c2"), reads=everywhere), 1),
        (ADMIN, 1),
    ):
        assert len(await office.team.gallery(requester)) == seen
        newest = await office.job_service.recent("w1")
        assert len(await office.job_service.visible(requester, newest)) == seen


async def test_quotas_count_pictures(office: Office) -> None:
    await office.team.prefer(ADMIN, Scope.WORKSPACE, daily_per_member=5, approvals=0)
    commands = office.commands(ANN)
    reply = await commands.imagine("a cat count:4", event_key="1")
    [first, *_rest] = await office.finished(reply.job_id or "", pictures=4)
    asks: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: commands.imagine("a dog count:2", event_key="2"),
        lambda: commands.vary(first.id, event_key="3", count=2),
        lambda: commands.research(reply.job_id or "", event_key="4"),
    )
    for ask in asks:
        with pytest.raises(Refused, match=r"You have 1 of 5 pictures left today. Ask for fewer"):
            await ask()
    await commands.regenerate(first.id, event_key="5")
    with pytest.raises(Refused, match=r"reached today's limit of 5 pictures"):
        await commands.vary(first.id, event_key="6")
    usage = await office.team.usage(ANN)
    assert (usage.jobs_today, usage.pictures_today, usage.daily_limit) == (2, 5, 5)


async def test_whoever_may_not_ask_does_not_choose_for_others(office: Office) -> None:
    reply = await office.commands(ANN).imagine("a cat", event_key="1")
    await office.choosing(reply.job_id or "")
    await office.team.prefer(ADMIN, Scope.WORKSPACE, allowed_groups=("111",))
    with pytest.raises(Refused, match="can't choose"):
        await office.commands(PEOPLE["member"]).choose(reply.job_id or "")
    await office.commands(PEOPLE["named"]).choose(reply.job_id or "")


async def test_a_requester_without_a_way_to_read_sees_no_other_channel(office: Office) -> None:
    reply = await office.commands(ANN).imagine("a cat", event_key="1")
    with pytest.raises(LimnerError):
        await office.commands(at(PEOPLE["admin"], "c2")).sources(reply.job_id or "")

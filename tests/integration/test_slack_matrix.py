"""Every kind of message against every refusal of Slack: the picture arrives, or the requester is
notified. ``make soak`` goes through each of Slack's words, ``make test`` through one of each
kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from bot.slack.client.canvases import GONE, WHY
from bot.slack.client.codes import ENDED, LOST, OUTSIDE, PASSING
from domain.errors import LimnerError
from domain.illustrations import DeliveryKind
from domain.news import Notice
from domain.requests import Destination, Job, JobRef, JobStatus
from domain.team import Role, Scope
from evaluation.peers.slack_api import DROP, Mishap
from evaluation.peers.slack_team import Message
from evaluation.peers.values import a_delivery
from jobs.admission.requests import Requester
from jobs.illustration.delivery import KEPT, DeliveryWorker
from jobs.news.settling import Settler
from storage.newsroom import SqlNewsOperations
from tests.fakes.job_service import LINKS
from tests.fakes.search import MemorySteps
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until

Refuses = Callable[[str, dict[str, Any]], bool]
ADA = Requester(WORKSPACE, "U0ADA", Destination("slack", "C0001"), Role.ADMIN)


def said_in(arguments: dict[str, Any]) -> str:
    return f"{arguments.get('text', '')} {arguments.get('blocks', '')}"


def is_message(method: str) -> bool:
    return method.startswith("chat.") or method == "response"


WHERE: Final[Mapping[str, Refuses]] = {
    "anything": lambda method, _a: is_message(method),
    "links": lambda method, a: is_message(method) and "://" in said_in(a),
    "words": lambda method, a: is_message(method) and "cat" in said_in(a),
    "pictures": lambda method, a: is_message(method) and "slack_file" in said_in(a),
    "the channel": lambda method, a: (
        is_message(method) and not str(a.get("channel", "D")).startswith("D")
    ),
    "direct messages": lambda method, a: (
        (is_message(method) and str(a.get("channel", "")).startswith("D"))
        or method == "conversations.open"
    ),
    "edits": lambda method, _a: method == "chat.update",
    "uploads": lambda method, _a: method == "files.getUploadURLExternal",
    "finished uploads": lambda method, _a: method == "files.completeUploadExternal",
    "canvases": lambda method, _a: method.startswith("canvases."),
    "for a while": lambda _m, _a: False,  # see PASSES
}
"""What Slack is asked to do that it refuses."""
PASSES: Final[Mapping[str, Mishap]] = {
    "429": (429, {"Retry-After": "1"}),
    "500": 500,
    "503": 503,
    "no answer": DROP,
    **{code: code for code in sorted(PASSING | ENDED)},
}
"""What each message that is made or changed meets twice before it passes; also what says that the
app's access has ended, which its admins may give back within a day."""
CONTENT: Final = (
    *("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "no_text", "invalid_attachments"),
    *("metadata_too_large", "too_many_attachments", "invalid_blocks_format", "never_heard_of"),
)
MESSAGES: Final = ("chat.postMessage", "chat.update", "chat.postEphemeral", "canvases.create")
FILES: Final = ("storage_limit_reached", "file_type_blocked", "blocked_file_type", "file_too_large")
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "anything": (*CONTENT, *sorted(OUTSIDE)),
    "links": CONTENT,
    "words": CONTENT,
    "pictures": CONTENT,
    "the channel": (*CONTENT, *sorted(OUTSIDE)),
    "direct messages": ("cannot_dm_bot", "user_disabled", "messages_tab_disabled"),
    "edits": (*CONTENT, *sorted(LOST)),
    "uploads": FILES,
    "finished uploads": FILES,
    "canvases": (*sorted(WHY), *sorted(GONE), "canvas_creation_failed", "never_heard_of"),
    "for a while": tuple(PASSES),
}
FEW: Final = {where: codes[:1] for where, codes in CODES.items()} | {
    "anything": ("is_archived",),
    "the channel": ("restricted_action", "invalid_blocks"),
    "edits": ("invalid_blocks",),
}
FEW_OF: Final = {
    "gallery": ("words", "pictures", "uploads"),
    "canvas": ("canvases", "the channel"),
    "story": ("words", "the channel"),
}
"""For ``make test``: where these kinds are tried. Each gallery shows all pictures before it, at
Slack's pace; stories and canvases take many calls to begin."""


AT_ONCE: Final = 8


async def no_sleep(_seconds: float) -> None:
    """Pauses between rounds are not waited for here."""


def courier(stage: Stage) -> DeliveryWorker:
    surfaces: Any = {"slack": stage.surface}
    return DeliveryWorker(store=stage.office.store, surfaces=surfaces, sleep=no_sleep)


async def outgoing(stage: Stage, job: Job, kind: DeliveryKind = DeliveryKind.RESULT) -> str:
    """Put a delivery into the outbox."""
    place = job.request.routing.review if kind is DeliveryKind.REVIEW else None
    added = replace(
        a_delivery(job),
        id=f"{job.id}:{kind.value}",
        kind=kind,
        destination=place or job.request.routing.destination,
    )
    async with stage.office.store.workspace(WORKSPACE) as unit:
        await unit.deliveries.add(added)
    return added.id


async def delivered(stage: Stage, job: Job, kind: DeliveryKind) -> None:
    """Let the courier deliver as a worker does, with the job's failure where nothing else goes."""
    delivery_id = await outgoing(stage, job, kind)
    try:
        await courier(stage).deliver(WORKSPACE, delivery_id, MemorySteps())
    except LimnerError as error:
        assert kind is DeliveryKind.REVIEW, "only a draft is given up"
        await stage.become(job, JobStatus.FAILED, error=str(error))
        await delivered(stage, await reread(stage, job), DeliveryKind.FAILURE)


async def reread(stage: Stage, job: Job) -> Job:
    return (await stage.office.job_service.view(WORKSPACE, job.id)).job


async def finished(stage: Stage, job: Job, *, pictures: int = 1) -> Job:
    await stage.finished(job, pictures=pictures)
    return await reread(stage, job)


# Each makes a message of its kind ready, and gives what sends it.

Send = Callable[[], Awaitable[Job | str | None]]
"""Gives the job whose result is delivered, or how it ended where that is no message."""


def sends(stage: Stage, job: Job, kind: DeliveryKind = DeliveryKind.RESULT) -> Send:
    async def send() -> Job:
        await delivered(stage, job, kind)
        return job

    return send


async def begun(stage: Stage, ask: Callable[[str, str], Awaitable[object]]) -> Job:
    """A job with its message, by a new user in a new channel: so none waits for Slack's pace. After
    Slack asked to wait, a job has no message before its result, but an answer for its requester."""
    before = len(await stage.jobs(0))
    user, channel = f"U1{before:04d}", f"C1{before:04d}"
    stage.fake.team.channel(channel)
    await until(lambda: stage.surface.has_room(WORKSPACE, channel, new=True))
    await ask(user, channel)
    job = (await stage.jobs(before + 1))[-1]
    await until(lambda: bool(messages_of(stage, job)))
    return job


async def asked(stage: Stage, text: str) -> Job:
    return await begun(
        stage, lambda user, channel: stage.fake.slash(text, user=user, channel=channel)
    )


async def drawn(stage: Stage, text: str) -> Job:
    job = await finished(stage, await asked(stage, text))
    await delivered(stage, job, DeliveryKind.RESULT)
    return await reread(stage, job)


async def a_result(stage: Stage) -> Send:
    job = await asked(stage, "a cat")
    return sends(stage, await finished(stage, job))


async def a_set(stage: Stage) -> Send:
    job = await asked(stage, "a cat count:4")
    return sends(stage, await finished(stage, job, pictures=4))


async def an_edit(stage: Stage) -> Send:
    job = await drawn(stage, "a cat")
    member, channel = job.request.origin.member_id, job.request.routing.destination.channel
    edit = await begun(
        stage,
        lambda _user, _channel: stage.fake.slash(
            f"edit {job.id} a blue cat", user=member, channel=channel
        ),
    )
    return sends(stage, await finished(stage, edit))


async def in_a_thread(stage: Stage) -> Send:
    async def ask(user: str, channel: str) -> None:
        said = stage.fake.says("<@U0BOT> draw a cat", user=user, channel=channel)
        await stage.fake.event({**said, "type": "app_mention"})

    return sends(stage, await finished(stage, await begun(stage, ask)))


async def a_private_result(stage: Stage) -> Send:
    return sends(stage, await finished(stage, await asked(stage, "a cat private:yes")))


async def said_directly(stage: Stage) -> Send:
    async def ask(user: str, _channel: str) -> None:
        home = stage.fake.team.dm(user).id
        await stage.fake.event(stage.fake.says("draw a cat", user=user, channel=home))

    return sends(stage, await finished(stage, await begun(stage, ask)))


async def a_failure(stage: Stage) -> Send:
    job = await asked(stage, "a cat")
    await stage.become(job, JobStatus.FAILED, error="The cat at https://cat.example/ ran away.")
    return sends(stage, await reread(stage, job), DeliveryKind.FAILURE)


async def a_draft(stage: Stage) -> Send:
    review = f"G1{len(await stage.jobs(0)):04d}"
    stage.fake.team.channel(review, private=True)
    await stage.office.team.prefer(ADA, Scope.WORKSPACE, review_channel=review, approvals=1)
    job = await asked(stage, "a cat")
    await stage.office.team.prefer(ADA, Scope.WORKSPACE, review_channel=None, approvals=0)
    return sends(stage, await finished(stage, job), DeliveryKind.REVIEW)


async def a_mirrored_copy(stage: Stage) -> Send:
    job = await asked(stage, "a cat")
    shadow = replace(
        job,
        id=f"{job.id[:-4]}ZZZZ",
        request=job.request.with_parts(
            shadow_of=JobRef("discord:1", job.id), member_id="discord:11"
        ),
    )
    async with stage.office.store.workspace(WORKSPACE) as unit:
        await unit.jobs.add(shadow, event_key=f"shadow:{job.id}")
    assert await stage.surface.open(await stage.office.job_service.view(WORKSPACE, shadow.id))
    return sends(stage, await finished(stage, shadow))


async def a_story(stage: Stage) -> Send:
    """It is posted, or its owner is notified once why not."""
    name = f"cats{len(stage.fake.team.channels)}"
    stage.fake.team.channel(f"C0{name.upper()}")
    before = len(await stage.office.news.schedules(ADA))
    await stage.fake.slash(f"news add {name} when:hourly", user="U0ADA")

    async def there() -> bool:
        return len(await stage.office.news.schedules(ADA)) > before

    await until(there)
    job_id = await stage.office.illustrate_news(ADA, name)
    job = (await stage.office.job_service.view(WORKSPACE, job_id)).job
    job = await finished(stage, job)
    office = stage.office

    async def send() -> Job | str:
        try:
            await courier(stage).deliver(WORKSPACE, await outgoing(stage, job), MemorySteps())
        except LimnerError as error:
            await stage.become(job, JobStatus.FAILED, error=str(error))
        else:
            return job
        operations = SqlNewsOperations(office.engine)
        settler = Settler(
            store=office.store,
            operations=operations,
            team=office.team,
            dispatcher=office.dispatcher,
        )
        known = {notice.id for notice in await operations.unsent_notices()}
        await settler.settle()
        found = [n for n in await operations.unsent_notices() if n.id not in known]
        assert [notice.member_id for notice in found] == [ADA.member_id]
        return "owner notified"

    return send


async def a_notice(stage: Stage) -> Send:
    member = f"U2{len(stage.fake.team.channels):04d}"

    async def send() -> None:
        notice = Notice("n1", WORKSPACE, "slack", member, "The cat is ready.")
        for last in (False, False, False, True):  # as a durable step does
            try:
                return await stage.surface.notify(notice)
            except LimnerError as error:
                if last or not error.retryable:
                    raise
        return None

    return send


async def a_gallery(stage: Stage) -> Send:
    job = await drawn(stage, "a cat")
    await stage.office.team.vote(
        Requester(WORKSPACE, "U0BOB", job.request.routing.destination),
        (await stage.office.job_service.view(WORKSPACE, job.id)).illustrations[0].id,
        1,
    )

    async def send() -> None:
        request = job.request
        await stage.fake.slash(
            "gallery", user=request.origin.member_id, channel=request.routing.destination.channel
        )

    return send


async def a_canvas(stage: Stage) -> Send:
    stage.office.job_service._links = LINKS  # pyright: ignore[reportPrivateUsage]
    job = await drawn(stage, "a cat")
    views = stage.fake.team.views

    def shown() -> str:
        return Message("", {"blocks": views[-1][1]["blocks"]}).said

    known = len(views)  # an earlier canvas' window has the button's words as its title
    user, channel = job.request.origin.member_id, job.request.routing.destination.channel
    await stage.fake.slash(f"sources {job.id}", user=user, channel=channel)
    await until(lambda: len(views) > known and "Make a canvas" in shown())
    button = Message("", {"blocks": views[-1][1]["blocks"]}).button("canvas")

    async def send() -> str:
        await stage.fake.press_in_modal(button, user=user)
        await until(lambda: shown() not in ("", "…") and "Make a canvas" not in shown())
        return "made" if "The canvas is there" in shown() else "told"

    return send


KINDS: Final[Mapping[str, Callable[[Stage], Awaitable[Send]]]] = {
    "result": a_result,
    "set": a_set,
    "edit": an_edit,
    "result in a thread": in_a_thread,
    "result in direct messages": said_directly,
    "private result": a_private_result,
    "draft": a_draft,
    "failure": a_failure,
    "mirrored copy": a_mirrored_copy,
    "story": a_story,
    "canvas": a_canvas,
    "notice": a_notice,
    "gallery": a_gallery,
}


def messages_of(stage: Stage, job: Job) -> list[Message]:
    channels = stage.fake.team.channels.values()
    return [m for c in channels for m in c.messages.values() if m.job_id == job.id]


def heard(stage: Stage) -> int:
    """The number of readable messages, and how often they were changed."""
    every = [m for c in stage.fake.team.channels.values() for m in c.messages.values()]
    return len(every) + sum(len(m.edits) for m in every) + len(stage.fake.team.whispers)


async def ends_well(stage: Stage, job: Job | str | None, before: int) -> str:
    """How a cell of the matrix ended; fails where no reader has anything."""
    if isinstance(job, str):
        return job
    if job is not None:
        carrying = [m for m in messages_of(stage, job) if m.pictures]
        if carrying:
            assert len(carrying) == 1, "a picture arrives once"
            return "arrived"
        view = await stage.office.job_service.view(WORKSPACE, job.id)
        if view.job.status is JobStatus.REVIEWING:
            assert messages_of(stage, job), "moderators see that it waits, and where the picture is"
            return "waits for approval"
        assert view.job.status.final, "it neither arrived nor ended"
        if any(delivery.receipt == KEPT for delivery in view.deliveries):
            stage.fake.rules.clear()
            looked = heard(stage)
            await stage.fake.slash(f"status {job.id}", user=job.request.origin.member_id)
            await until(lambda: heard(stage) > looked)
            return "waits in the history"
        if any("It's saved" in message.said for message in messages_of(stage, job)):
            return "told"
    await until(lambda: heard(stage) > before)
    return "told"


async def go_through(
    folder: Path, kind: str, codes: Mapping[str, tuple[str, ...]]
) -> Mapping[str, str]:
    """Every cell of one kind of message, over one connection."""
    ended: dict[str, str] = {}
    async with a_stage(folder) as stage:
        stage.fake.team.users["U0ADA"] = {"is_admin": True}
        for where, words in codes.items():
            for code in words:
                send = await KINDS[kind](stage)
                before = heard(stage)
                stage.fake.rules.append((WHERE[where], code))
                if where == "for a while":
                    for method in MESSAGES:
                        stage.fake.mishaps[method].extend([PASSES[code]] * 2)
                try:
                    job = await send()
                except LimnerError:
                    # Only a notice of the news desk may find no recipient: its list shows it.
                    assert kind == "notice", (where, code)
                    assert where in ("anything", "direct messages", "for a while"), (where, code)
                    ended[f"{where}/{code}"] = "waits in the list"
                else:
                    closed = kind == "gallery" and where == "anything"
                    ended[f"{where}/{code}"] = (
                        "nothing is open" if closed else await ends_well(stage, job, before)
                    )
                finally:
                    stage.fake.rules.clear()
                    stage.fake.mishaps.clear()
    return ended


@pytest.mark.parametrize("kind", KINDS)
async def test_no_refusal_costs_a_picture(tmp_path: Path, kind: str) -> None:
    of_all = [where for where in FEW if where != "canvases"]
    few = {where: FEW[where] for where in FEW_OF.get(kind, of_all)}
    ended = await go_through(tmp_path, kind, few)
    assert len(ended) == sum(map(len, few.values()))
    if kind in ("result", "set", "edit", "result in a thread"):
        kept = {cell for cell, how in ended.items() if how != "arrived"}
        assert {cell.partition("/")[0] for cell in kept} <= {
            *("anything", "pictures", "uploads", "finished uploads")
        }
    if kind in ("mirrored copy", "result", "result in direct messages"):
        assert ended["edits/invalid_blocks"] == "arrived", "a new message is tried"


ROWS: Final = [
    (kind, where) for kind in KINDS for where in CODES if kind == "canvas" or where != "canvases"
]


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "where"), ROWS)
async def test_none_of_slacks_words_costs_a_picture(tmp_path: Path, kind: str, where: str) -> None:
    ended: dict[str, str] = {}
    codes = CODES[where]
    # more at once would wait for Slack's pace, and the newspapers have one story to tell
    at_once = 1 if kind == "story" else AT_ONCE
    for first in range(0, len(codes), at_once):
        folder = tmp_path / str(first)
        folder.mkdir()
        ended |= await go_through(folder, kind, {where: codes[first : first + at_once]})
    assert len(ended) == len(codes)

"""No refusal of Discord costs a requester their picture: what it does not take comes in a simpler
form, in the requester's own messages, or stays in the history, once in every case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import SurfaceRefused
from domain.illustrations import DeliveryKind
from domain.news import Notice
from domain.requests import JobStatus
from domain.short_codes import short_code
from evaluation.peers.discord_rules import Object
from evaluation.peers.discord_server import DiscordPeer, Fault
from evaluation.peers.discord_world import GENERAL, GUILD, has_links, said_in
from jobs.illustration.delivery import KEPT, DeliveryWorker
from tests.fakes.discord_line import Line, a_line
from tests.fakes.job_service import an_office
from tests.fakes.search import MemorySteps

HOME = 10_000 + 42
"""The requester's own messages."""


def everything(_verb: str, _channel_id: int, _body: Object) -> bool:
    return True


def in_the_channel(_verb: str, channel_id: int, _body: Object) -> bool:
    return channel_id == GENERAL


def with_pictures(_verb: str, _channel_id: int, body: Object) -> bool:
    return bool(body.get("attachments"))


def edits(verb: str, _channel_id: int, _body: Object) -> bool:
    return verb == "PATCH"


def says_fox(_verb: str, _channel_id: int, body: Object) -> bool:
    return "fox" in said_in(body)


@pytest.fixture
async def line(peer: DiscordPeer, tmp_path: Path) -> AsyncIterator[Line]:
    async with (
        an_office(tmp_path) as office,
        a_line(peer, replace(office, workspace=f"discord:{GUILD}")) as connected,
    ):
        yield connected


async def no_sleep(_seconds: float) -> None:
    """Pauses between rounds are not waited for here."""


async def delivered(line: Line, job_id: str, kind: DeliveryKind = DeliveryKind.RESULT) -> str:
    """Let the courier deliver as a worker does; gives the receipt."""
    office = line.office
    delivery = replace(await line.delivery(job_id, kind), claimed_at=None)
    async with office.store.workspace(office.workspace) as unit:
        await unit.deliveries.add(delivery)
    courier = DeliveryWorker(store=office.store, surfaces={"discord": line.surface}, sleep=no_sleep)
    await courier.deliver(office.workspace, f"{job_id}:{kind.value}", MemorySteps())
    view = await office.job_service.view(office.workspace, job_id)
    [delivery] = [d for d in view.deliveries if d.kind is kind]
    assert delivery.receipt is not None
    return delivery.receipt


async def asked(line: Line, **options: object) -> tuple[str, Object]:
    """A job that is rendered by now, and its message."""
    token, job_id = await line.asked(**options)
    message_id = line.peer.world.interactions[token].message_id or 0
    await line.finished(job_id)
    return job_id, line.peer.world.fetch(GENERAL, message_id)


async def is_done(line: Line, job_id: str) -> bool:
    view = await line.office.job_service.view(line.office.workspace, job_id)
    return view.job.status is JobStatus.DONE


@pytest.mark.parametrize("name", ["links", "form", "new", "conflict", "explicit"])
async def test_a_refused_link_is_left_out(line: Line, name: str) -> None:
    job_id, message = await asked(line)
    line.peer.world.rules.append((has_links, name))
    await delivered(line, job_id)
    assert line.peer.world.carrying(job_id) == [message]
    assert not has_links("", 0, message)
    assert "Eileen Collins" in said_in(message)
    assert await is_done(line, job_id)


async def test_refused_words_leave_the_picture_alone(line: Line) -> None:
    job_id, message = await asked(line)
    line.peer.world.rules.append((says_fox, "automod"))
    await delivered(line, job_id)
    assert line.peer.world.carrying(job_id) == [message]
    assert "fox" not in said_in(message)
    assert set(said_in(message).split("\n")) <= {
        "",
        f"-# {short_code(job_id)}",
        "A picture made by Limner",
    }


def messages(line: Line) -> list[str]:
    """The requests about messages: emoji may be uploaded at the same time."""
    return [path for _verb, path, _body in line.peer.requests if "/emojis" not in path]


async def test_what_was_refused_once_is_not_sent_again_with_each_change(line: Line) -> None:
    job_id, _message = await asked(line)
    line.peer.world.rules.append((says_fox, "automod"))
    await line.status(job_id, JobStatus.RENDERING)
    view = await line.office.job_service.view(line.office.workspace, job_id)
    assert await line.surface.show(view)
    sent = len(messages(line))
    assert await line.surface.show(view)
    assert len(messages(line)) == sent + 1


@pytest.mark.parametrize("name", ["permissions", "access", "channel", "links", "automod", "new"])
async def test_where_the_channel_takes_nothing_it_comes_directly(line: Line, name: str) -> None:
    job_id, _message = await asked(line)
    line.peer.world.rules.append((in_the_channel, name))
    receipt = await delivered(line, job_id)
    [message] = line.peer.world.carrying(job_id)
    assert message["channel_id"] == str(HOME)
    assert receipt == f"{HOME}/{message['id']}"
    assert await is_done(line, job_id)


async def test_where_only_pictures_are_refused_the_message_says_who_has_it(line: Line) -> None:
    job_id, message = await asked(line)
    line.peer.world.rules.append(
        (lambda verb, channel, body: channel == GENERAL and bool(body.get("attachments")),
         "permissions")
    )  # fmt: skip
    await delivered(line, job_id)
    [direct] = line.peer.world.carrying(job_id)
    assert direct["channel_id"] == str(HOME)
    assert "The person who asked has it" in said_in(message)
    assert f"limner:show:{job_id}" in str(message["components"])


async def test_a_message_too_old_to_be_edited_gives_way_to_a_new_one(line: Line) -> None:
    job_id, old = await asked(line)
    line.peer.world.rules.append((edits, "edits"))
    await delivered(line, job_id)
    [message] = line.peer.world.carrying(job_id)
    assert message["channel_id"] == str(GENERAL)
    assert message["id"] != old["id"]
    assert int(old["id"]) not in line.peer.world.messages[GENERAL]


async def test_a_message_that_is_gone_gives_way_to_a_new_one(line: Line) -> None:
    job_id, old = await asked(line)
    line.peer.world.remove(GENERAL, int(old["id"]))
    await delivered(line, job_id)
    assert len(line.peer.world.carrying(job_id)) == 1


async def test_where_no_picture_passes_the_message_says_where_it_is(line: Line) -> None:
    job_id, message = await asked(line)
    line.peer.world.rules.append((with_pictures, "new"))
    await delivered(line, job_id)
    assert line.peer.world.carrying(job_id) == []
    assert [m["id"] for m in line.peer.world.every()] == [message["id"]]
    assert "It's saved: /job history shows it." in said_in(message)
    assert "Eileen Collins" in said_in(message), "the sources are still named"
    assert await is_done(line, job_id)


async def test_what_nothing_takes_is_done_and_stays_in_the_history(line: Line) -> None:
    job_id, _message = await asked(line)
    line.peer.world.rules.append((everything, "permissions"))
    assert await delivered(line, job_id) == KEPT
    assert await is_done(line, job_id)
    line.peer.world.rules.clear()
    view = await line.office.job_service.view(line.office.workspace, job_id)
    assert view.illustrations[0].sha256 is not None


@pytest.mark.parametrize("rule", [has_links, says_fox, in_the_channel, with_pictures])
async def test_an_unclear_answer_on_any_rung_leaves_one_message(line: Line, rule: object) -> None:
    job_id, _message = await asked(line)
    line.peer.world.rules.append((rule, "links"))  # type: ignore[arg-type]
    line.peer.faults.append(Fault("*", r"/channels/\d+/messages(/\d+)?", 503, times=7, after=True))
    await delivered(line, job_id)
    told = [m for m in line.peer.world.every() if line.peer.world.names(m, job_id)]
    carrying = line.peer.world.carrying(job_id)
    assert len(carrying) == (0 if rule is with_pictures else 1)
    assert len([m for m in told if m["channel_id"] == str(HOME)]) <= 1
    assert await is_done(line, job_id)


async def test_a_set_of_four_comes_in_a_simpler_form_too(line: Line) -> None:
    token, job_id = await line.asked(count=4)
    await line.finished(job_id, pictures=4)
    line.peer.world.rules.append((says_fox, "automod"))
    await delivered(line, job_id)
    message = line.peer.world.fetch(GENERAL, line.peer.world.interactions[token].message_id or 0)
    assert len(message["attachments"]) == 1, "four pictures with the same bytes"
    assert str(message["components"]).count("attachment") >= 4


async def test_a_failure_is_reported_without_what_is_refused(line: Line) -> None:
    token, job_id = await line.asked()
    async with line.office.store.workspace(line.office.workspace) as unit:
        job = await unit.jobs.get(job_id)
        error = "The page https://fox.example/ is in the way."
        await unit.jobs.save(replace(job, status=JobStatus.FAILED, error=error))
    line.peer.world.rules.append((has_links, "links"))
    await delivered(line, job_id, DeliveryKind.FAILURE)
    message = line.peer.world.fetch(GENERAL, line.peer.world.interactions[token].message_id or 0)
    assert "This one didn't work out" in said_in(message)
    [told] = line.peer.world.messages[HOME].values()
    assert "The page [link] is in the way." in said_in(told).replace("\\", "")


async def test_a_notice_comes_without_the_link_that_is_refused(line: Line) -> None:
    line.peer.world.rules.append((has_links, "links"))
    notice = Notice(
        id="n1",
        workspace_id=line.office.workspace,
        surface="discord",
        member_id="42",
        text="The feed https://fox.example/feed cannot be read.",
    )
    await line.surface.notify(notice)
    [message] = line.peer.world.messages[HOME].values()
    assert "The feed [link] cannot be read." in said_in(message).replace("\\", "")
    line.peer.world.closed_to.add(42)
    with pytest.raises(SurfaceRefused):
        await line.surface.notify(replace(notice, id="n2"))


async def test_an_answer_to_a_command_passes_without_its_link(line: Line) -> None:
    line.peer.world.rules.append((has_links, "links"))
    token = await line.peer.asks(prompt="a fox from https://fox.example/")
    interaction = line.peer.world.interactions[token]
    await line.peer.until(lambda: interaction.message_id is not None)
    message = line.peer.world.fetch(GENERAL, interaction.message_id or 0)
    await line.peer.until(lambda: "a fox from" in said_in(message))
    assert not has_links("", 0, message)


async def test_a_bug_of_a_library_is_tried_again_and_ends_nothing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, message = await asked(line)
    send, broken = line.surface.send, [RuntimeError("a bug"), KeyError("another")]

    async def breaks(delivery: object) -> str:
        if broken:
            raise broken.pop()
        return await send(delivery)  # type: ignore[arg-type]

    monkeypatch.setattr(line.surface, "send", breaks)
    await delivered(line, job_id)
    assert line.peer.world.carrying(job_id) == [message]


@pytest.mark.parametrize(("status", "times"), [(429, 1), (403, 1)])
async def test_an_answer_that_cannot_be_written_comes_to_the_requester_alone(
    line: Line, status: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py itself would wait out the rate limit of an interaction's answer, for an hour."""
    monkeypatch.setattr("bot.discord.client.messages.ANSWER_S", 0.3)
    line.peer.faults.append(Fault("PATCH", "/webhooks/.*", status, times=times, retry_after_s=3600))
    await line.peer.asks("gallery")
    await line.peer.until(lambda: line.peer.world.messages.get(10_000 + 42))

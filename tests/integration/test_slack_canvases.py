"""Slack: a picture's evidence as a canvas, shared with those who see the picture and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from domain.requests import Job, JobStatus
from domain.team import MessageKind
from evaluation.peers.slack_team import Message, Team, every_node
from tests.fakes.job_service import LINKS
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        opened.office.job_service._links = LINKS  # pyright: ignore[reportPrivateUsage]
        yield opened


def button(team: Team, action: str) -> dict[str, Any]:
    """The button of the newest modal that does that."""
    blocks = team.views[-1][1]["blocks"]
    return Message("", {"blocks": blocks}).button(action)


def said_in_modal(stage: Stage) -> str:
    return Message("", {"blocks": stage.fake.team.views[-1][1]["blocks"]}).said


async def sources_opened(
    stage: Stage, job: Job, *, user: str = "U0ANN", channel: str = "C0001"
) -> None:
    """A user opens the sources of a job's picture."""
    known = len(stage.fake.team.views)
    await stage.fake.slash(f"sources {job.id}", user=user, channel=channel)
    await until(lambda: len(stage.fake.team.views) > known)
    await until(lambda: "Make a canvas" in str(stage.fake.team.views[-1][1]))


async def canvas_wanted(
    stage: Stage, job: Job, *, user: str = "U0ANN", says: str = "is there"
) -> None:
    """A user asks for a canvas, and is answered."""
    await sources_opened(stage, job, user=user)
    await stage.fake.press_in_modal(button(stage.fake.team, "canvas"), user=user)
    await until(lambda: says in said_in_modal(stage))


async def test_a_canvas_holds_the_evidence_and_is_shared_with_the_channel_of_the_picture(
    stage: Stage,
) -> None:
    job, message = await stage.drawn("a [cat](https://evil.example) <@U0BOB>")
    await canvas_wanted(stage, job)
    [(canvas_id, canvas)] = stage.fake.team.canvases.items()
    [picture] = (await stage.office.job_service.view(WORKSPACE, job.id)).illustrations
    assert (canvas.channels, canvas.users) == ({"C0001"}, set())
    for part in (
        "## The request",
        "commanded a shuttle",
        "No source found",
        "## What it is based on",
        "### How it was made",
        f"/archives/C0001/p{message.ts.replace('.', '')}",
        f"SHA-256 of the picture: {picture.sha256 or 'unknown'}",
    ):
        assert part in canvas.markdown
    assert "](https://evil.example)" not in canvas.markdown.replace("\\]", "")
    assert "<@U0BOB>" not in canvas.markdown
    notice = stage.channel.newest
    assert notice.thread_ts == message.ts
    address = stage.fake.team.files[canvas_id]["permalink"]
    assert address in [str(node.get("url")) for node in every_node(notice.blocks)]
    assert address in str(stage.fake.team.views[-1][1])


async def test_the_canvas_is_in_the_language_of_whoever_asked_for_the_picture(
    stage: Stage,
) -> None:
    stage.fake.team.users["U0ANN"] = {"locale": "de-DE"}
    job, _message = await stage.drawn()
    known = len(stage.fake.team.views)
    await stage.fake.slash(f"quellen {job.id}")
    await until(lambda: len(stage.fake.team.views) > known)
    await until(lambda: "Canvas anlegen" in str(stage.fake.team.views[-1][1]))
    await stage.fake.press_in_modal(button(stage.fake.team, "canvas"))
    await until(lambda: "Canvas öffnen" in said_in_modal(stage))
    [canvas] = stage.fake.team.canvases.values()
    for part in ("## Die Anfrage", "Keine Quelle gefunden", "### Wie es entstand"):
        assert part in canvas.markdown
    assert "Die Quellen dieses Bildes" in stage.channel.newest.said


async def test_asked_for_again_the_same_canvas_is_brought_up_to_date(stage: Stage) -> None:
    job, _message = await stage.drawn()
    await canvas_wanted(stage, job)
    [canvas] = stage.fake.team.canvases.values()
    before, posted = canvas.markdown, len(stage.channel.messages)
    async with stage.office.store.workspace(WORKSPACE) as unit:
        await unit.pages.revoke_links(job.id)
    await canvas_wanted(stage, job, user="U0BOB")
    assert [*stage.fake.team.canvases.values()] == [canvas]
    assert canvas.markdown != before  # it has the new address of the page
    assert len(stage.channel.messages) == posted
    stage.fake.team.canvases.clear()  # someone deleted it
    await canvas_wanted(stage, job)
    [anew] = stage.fake.team.canvases.values()
    assert anew.channels == {"C0001"}


async def test_the_canvas_of_a_private_picture_is_the_requesters_alone(stage: Stage) -> None:
    await stage.fake.slash("a secret --private")
    [job] = await stage.jobs()
    await stage.finished(job)
    await stage.deliver(job)
    await stage.become(job, JobStatus.DONE)
    await canvas_wanted(stage, job, says="only you")
    [(canvas_id, canvas)] = stage.fake.team.canvases.items()
    assert (canvas.channels, canvas.users) == (set(), {"U0ANN"})
    assert not stage.channel.messages
    await stage.fake.slash(f"sources {job.id}", user="U0BOB")
    await until(lambda: "There is no" in said_in_modal(stage))
    pressed = {"action_id": "limner.canvas", "type": "button", "value": f"limner:canvas:{job.id}"}
    await stage.fake.press_in_modal(pressed, user="U0BOB")
    await until(lambda: stage.fake.team.views[-1][1]["title"]["text"] == "Make a canvas")
    await until(lambda: "There is no" in said_in_modal(stage))
    assert canvas.users == {"U0ANN"}
    assert canvas_id not in str(stage.fake.team.views[-1])


@pytest.mark.parametrize(
    ("method", "code", "says"),
    [
        ("canvases.create", "free_teams_cannot_create_non_tabbed_canvases", "paid plan"),
        ("canvases.create", "canvas_disabled_user_team", "switched off"),
        ("canvases.create", "missing_scope", "canvases:write"),
        ("canvases.access.set", "restricted_action", "doesn't let apps"),
        ("canvases.create", "canvas_creation_failed", "Slack refused"),
    ],
)
async def test_a_workspace_without_canvases_is_answered_in_a_sentence(
    stage: Stage, method: str, code: str, says: str
) -> None:
    job, _message = await stage.drawn()
    stage.fake.mishaps[method].append(code)
    posted = len(stage.channel.messages)
    await canvas_wanted(stage, job, says=says)
    assert len(stage.channel.messages) == posted  # no address that opens for nobody


async def test_where_the_channel_takes_no_canvas_the_requester_gets_it(stage: Stage) -> None:
    job, _message = await stage.drawn()
    stage.fake.mishaps["canvases.access.set"].append("channel_not_found")
    posted = len(stage.channel.messages)
    await canvas_wanted(stage, job, says="only you")
    [canvas] = stage.fake.team.canvases.values()
    assert (canvas.channels, canvas.users) == (set(), {"U0ANN"})
    assert len(stage.channel.messages) == posted


async def test_the_canvas_goes_with_the_picture_and_is_nobodys_message(stage: Stage) -> None:
    job, _message = await stage.drawn()
    await canvas_wanted(stage, job)
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    kinds = [each.kind for each in view.messages]
    assert kinds.count(MessageKind.CANVAS) == 2  # the canvas, and the message that shares it
    assert all(not each.open for each in view.messages if each.kind is MessageKind.CANVAS)
    await stage.surface.remove(WORKSPACE, view.messages, [])
    assert not stage.fake.team.canvases
    assert not stage.channel.messages


async def test_links_to_the_page_are_revoked_from_the_sources(stage: Stage) -> None:
    job, _message = await stage.drawn()
    before = (await stage.office.job_service.view(WORKSPACE, job.id)).page
    await sources_opened(stage, job, user="U0BOB")
    with pytest.raises(LookupError):  # only the requester and moderators may
        button(stage.fake.team, "revoke")
    await sources_opened(stage, job)
    await stage.fake.press_in_modal(button(stage.fake.team, "revoke"))
    await until(lambda: "have ended" in said_in_modal(stage))
    assert (await stage.office.job_service.view(WORKSPACE, job.id)).page != before


async def test_a_picture_with_sources_offers_a_canvas_where_they_are_allowed(
    tmp_path: Path,
) -> None:
    async with a_stage(tmp_path, scopes=("canvases:write", "chat:write")) as stage:
        stage.office.job_service._links = LINKS  # pyright: ignore[reportPrivateUsage]
        _job, message = await stage.drawn("a cat")
        await stage.fake.press(message.button("canvas"), ts=message.ts)
        await until(lambda: bool(stage.fake.team.views) and "is there" in said_in_modal(stage))
        assert len(stage.fake.team.canvases) == 1


async def test_no_picture_offers_a_canvas_where_the_permission_was_declined(stage: Stage) -> None:
    _job, message = await stage.drawn("a cat")
    assert message.button("sources")
    assert "limner.canvas" not in str(message.blocks)

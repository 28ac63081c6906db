"""Buttons, menus and forms: they work for ever, for those who may, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import simcord

from bot.buttons import Button, ButtonAction
from bot.discord.gateway.client import LimnerClient
from bot.discord.setup import wired
from domain.requests import Destination, JobKind, JobStatus
from domain.short_codes import short_code
from domain.team import Role
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.web import picture
from tests.scenario.discord.conftest import OPTIONS, PATIENT, Scene, labels, said

pytestmark = PATIENT
MINE = ("mine.png", picture(3, kind="PNG"))


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Redraw", JobKind.RERENDER),
        ("Vary", JobKind.RERENDER),
        ("Redo research", JobKind.RERESEARCH),
    ],
)
async def test_a_result_is_made_again(scene: Scene, label: str, kind: JobKind) -> None:
    job_id, message = await scene.done()
    result = await scene.bob.click(message, label=label)
    view = await scene.newest()
    assert (view.job.kind, view.job.request.origin.member_id) == (kind, str(scene.bob.id))
    assert view.job.id != job_id
    assert result.response is not None
    assert not result.response.ephemeral
    assert short_code(view.job.id) in said(result.response)
    assert [kept.message for kept in view.messages] == [str(result.response.id)]


async def test_a_button_pressed_twice_begins_one_job_and_points_to_its_message(
    scene: Scene,
) -> None:
    _, message = await scene.done()
    first = await scene.ann.click(message, label="Vary")
    again = await scene.ann.click(message, label="Vary")
    assert first.response is not None
    [told] = again.followups
    assert told.ephemeral
    assert "I'm already drawing that." in said(told)
    assert f"/{scene.channel.id}/{first.response.id}" in said(told)
    public = [m for m in scene.channel.history() if not m.flags.ephemeral]
    assert [m.id for m in public] == [message.id, first.response.id]


async def test_edit_asks_what_should_be_different(scene: Scene) -> None:
    _, message = await scene.done()
    shown = await scene.bob.click(message, label="Edit…")
    assert shown.modal is not None
    assert shown.modal["title"] == "Edit…"
    result = await scene.bob.submit_modal(shown, {"text": "make it night", "files": MINE})
    view = await scene.newest()
    assert (view.job.kind, view.job.request.prompt) == (JobKind.EDIT, "make it night")
    assert [a.name for a in view.job.request.attachments] == ["the earlier picture", "mine.png"]
    assert result.response is not None
    assert "make it night" in said(result.response)


async def test_sources_and_references_are_shown_to_whoever_presses(scene: Scene) -> None:
    _, message = await scene.done()
    for label in ("Sources", "References"):
        result = await scene.bob.click(message, label=label)
        assert result.ephemeral
        assert "commanded a shuttle" in said(result.response)


async def test_a_job_is_cancelled_on_its_message_once(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    message = result.response
    assert message is not None
    stranger = scene.guild.add_member(scene.env.create_user("stranger"))
    refused = await stranger.click(message, label="Cancel")
    assert refused.followups[0].ephemeral
    assert "Only the person who asked, or a moderator" in said(refused.followups[0])
    await scene.ann.click(message, label="Cancel")
    assert (await scene.view(job_id)).job.status is JobStatus.CANCELLED
    assert "Cancelled" in said(message)
    assert labels(message) == []


async def test_a_picture_is_deleted_by_its_owner_or_a_moderator(scene: Scene) -> None:
    _, message = await scene.done()
    stranger = scene.guild.add_member(scene.env.create_user("stranger"))
    refused = await stranger.click(message, label="Delete…")
    assert "Only the person who asked, or a moderator" in said(refused.response)
    asked = await scene.bob.click(message, label="Delete…")
    assert asked.ephemeral
    assert "Delete this picture for everyone?" in said(asked.response)
    assert asked.response is not None
    result = await scene.bob.click(asked.response.message, label="Delete")
    assert "Picture deleted" in said(result.response)
    assert [m for m in scene.channel.history() if not m.flags.ephemeral] == []


async def test_a_button_from_before_deletion_asked_still_deletes(scene: Scene) -> None:
    job_id, _ = await scene.done()
    place = Destination("discord", str(scene.channel.id))
    requester = Requester(scene.workspace, str(scene.bob.id), place, Role.MODERATOR)
    old = Button(ButtonAction.DELETE, job_id)
    await scene.office.commands(requester).press(old, message="m")
    assert not [p for p in (await scene.view(job_id)).illustrations if p.status.value != "deleted"]


async def test_one_picture_of_a_set_is_deleted_and_the_others_stay(scene: Scene) -> None:
    job_id, result = await scene.imagine(count=4)
    drawn = await scene.finish(job_id, pictures=4)
    await scene.deliver(job_id)
    assert result.response is not None
    message = result.response.message
    asked = await scene.ann.click(message, label="Delete…")
    assert "Delete one of the 4 pictures" in said(asked.response)
    assert asked.response is not None
    assert [name for name in labels(asked.response) if name.startswith("Delete")] == [
        *(f"Delete {number}" for number in range(1, 5)),
        "Delete all",
    ]
    await scene.ann.click(asked.response.message, label="Delete 2")
    left = [p.id for p in (await scene.view(job_id)).illustrations if p.status.value != "deleted"]
    assert left == [drawn[0].id, drawn[2].id, drawn[3].id]
    await scene.show(job_id)
    [shown] = [m for m in scene.channel.history() if not m.flags.ephemeral]
    assert shown.id == message.id
    assert [name for name in labels(shown) if name.startswith("V")] == ["V1", "V2", "V3"]


async def test_buttons_work_after_a_restart(scene: Scene) -> None:
    _, message = await scene.done()
    shown = await scene.ann.click(message, label="Edit…")
    client = LimnerClient(OPTIONS)
    scene.surface = wired(client, scene.office.services, pause_s=0)
    await scene.env.restart_bot(client)
    result = await scene.ann.click(message, label="Vary")
    assert result.response is not None
    assert (await scene.newest()).job.kind is JobKind.RERENDER
    await scene.ann.submit_modal(shown, {"text": "make it night"})
    assert (await scene.newest()).job.request.prompt == "make it night"
    puts = [r for r in scene.env.http_requests if r.method == "PUT"]
    assert len(puts) == 1, "commands that did not change were sent again"


async def test_a_form_about_a_picture_that_was_forgotten_says_so(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "look", attachments=[MINE])
    shown = await scene.ann.context_menu(scene.channel, "Edit image", message)
    client = LimnerClient(OPTIONS)
    wired(client, scene.office.services, pause_s=0)
    await scene.env.restart_bot(client)
    result = await scene.ann.submit_modal(shown, {"text": "as a woodcut"})
    assert "Open the menu again" in said(result.followups[0])


async def test_a_button_of_another_server_does_nothing_here(scene: Scene) -> None:
    job_id, _ = await scene.done()
    other = scene.env.create_guild("Others")
    channel = other.create_text_channel("general")
    spy = other.add_member(scene.env.create_user("spy"))
    await spy.slash(channel, "imagine", prompt="mine")
    [message] = channel.history()
    stored = scene.env.backend.get_message(channel.id, message.id)
    for action in (
        ButtonAction.DELETE,
        ButtonAction.SOURCES,
        ButtonAction.VARY,
        ButtonAction.CANCEL,
        ButtonAction.APPROVE,
    ):
        stored.components[0]["components"][-1]["components"][0]["custom_id"] = Button(
            action, job_id
        ).code
        result = await spy.click(channel.history()[0], custom_id=Button(action, job_id).code)
        told = result.response if result.ephemeral else result.followups[0]
        assert "There is no" in said(told), action
    assert (await scene.view(job_id)).illustrations[0].status != "deleted"


async def test_somebody_elses_button_is_left_alone(scene: Scene) -> None:
    _, result = await scene.imagine()
    assert result.response is not None
    stored = scene.env.backend.get_message(scene.channel.id, result.response.id)
    button = stored.components[0]["components"][-1]["components"][0]
    for code in ("limner:dance:01J", "other:thing"):
        button["custom_id"] = code
        pressed = await scene.ann.click(scene.channel.history()[0], custom_id=code)
        assert not pressed.acknowledged


async def choosing(scene: Scene) -> tuple[str, simcord.ResponseMessage]:
    """A job that waits for its references, and its message."""
    job_id, result = await scene.imagine(choose=True)
    await scene.office.choosing(job_id)
    await scene.show(job_id)
    assert result.response is not None
    return job_id, result.response


async def test_references_are_shown_picked_and_drawn_by(scene: Scene) -> None:
    data = picture(5)
    job_id, message = await choosing(scene)
    at = f"<t:{int(NOON.timestamp())}:f>"
    assert f"If nobody does, I'll use them all at {at}" in said(message)
    assert labels(message) == ["Replace…", "Draw now", "Cancel"]
    sha256 = await scene.office.blobs.put(scene.workspace, data)
    async with scene.office.store.workspace(scene.workspace) as unit:
        research = await unit.research.load(job_id)
        [reference] = research.grounded.references
        grounded = replace(research.grounded, references=(replace(reference, sha256=sha256),))
        await unit.research.save_grounding(job_id, grounded, notes=(), searched=True)
    await scene.show(job_id)
    [thumbnail] = message.attachments
    assert thumbnail.filename.endswith(".jpg")
    keep = Button(ButtonAction.KEEP, job_id).code
    await scene.bob.select(message, [], custom_id=keep)
    assert (await scene.view(job_id)).job.status is JobStatus.CHOOSING
    await scene.bob.click(message, label="Draw now")
    view = await scene.view(job_id)
    assert (view.job.status, view.research.grounded.references) == (JobStatus.RENDERING, ())
    assert "🎨 Drawing" in said(message)
    assert message.attachments == []


async def test_references_are_drawn_by_as_they_are(scene: Scene) -> None:
    job_id, message = await choosing(scene)
    await scene.ann.click(message, label="Draw now")
    grounded = (await scene.view(job_id)).research.grounded
    assert [reference.title for reference in grounded.references] == ["Portrait"]
    late = await scene.bob.click(scene.channel.history()[0], label="Cancel")
    assert late.acknowledged


async def test_a_reference_is_replaced_by_ones_own(scene: Scene) -> None:
    job_id, message = await choosing(scene)
    shown = await scene.bob.click(message, label="Replace…")
    await scene.bob.submit_modal(shown, {"which": ["1"], "files": MINE})
    grounded = (await scene.view(job_id)).research.grounded
    assert [reference.title for reference in grounded.references] == ["mine.png"]


async def test_a_reference_is_added_from_an_address_by_the_one_fetcher(scene: Scene) -> None:
    _, message = await choosing(scene)
    shown = await scene.bob.click(message, label="Replace…")
    result = await scene.bob.submit_modal(shown, {"address": "http://10.0.0.1/secret.png"})
    assert "couldn't be read" in said(result.followups[0])
    shown = await scene.bob.click(message, label="Replace…")
    result = await scene.bob.submit_modal(shown, {})
    assert "Attach a picture, or give the address of one" in said(result.followups[0])


async def test_a_choice_that_comes_too_late_is_reported(scene: Scene) -> None:
    job_id, message = await choosing(scene)
    await scene.status(job_id, JobStatus.RENDERING)
    late = await scene.bob.select(message, ["1"], custom_id=Button(ButtonAction.KEEP, job_id).code)
    assert "have already been chosen" in said(late.followups[0])

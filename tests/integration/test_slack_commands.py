"""Slack: what people type, press and fill in, over a real Socket Mode connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.slack.client.tokens import Tenant
from domain.illustrations import DeliveryKind, IllustrationStatus
from domain.requests import Destination, JobKind, JobStatus, Rerender, ResearchDepth, Rights
from evaluation.peers.slack_team import Channel, Message
from jobs.admission.requests import Requester
from tests.fakes.search import MemorySteps
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until
from tests.fakes.web import picture


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        opened.fake.team.users["U0ADA"] = {"is_admin": True}
        yield opened


async def newest(stage: Stage, user: str = "U0ANN") -> Message:
    """The last thing that only that person was shown."""
    await until(lambda: any(who == user for who, _, _ in stage.fake.team.whispers))
    return [message for who, _, message in stage.fake.team.whispers if who == user][-1]


async def opened(stage: Stage, number: int = 1) -> dict[str, Any]:
    """The modal that is open."""
    await until(lambda: len(stage.fake.team.views) >= number)
    return stage.fake.team.views[-1][1]


def blocks_of(view: dict[str, Any]) -> list[str]:
    return [str(block.get("block_id", block["type"])) for block in view["blocks"]]


async def with_review(stage: Stage) -> Channel:
    """The channel in which one person must approve every picture."""
    review = stage.fake.team.channel("C0REVIEW")
    await stage.fake.slash("settings team review_channel <#C0REVIEW|review>", user="U0ADA")
    await stage.whispered("review_channel C0REVIEW", user="U0ADA")
    await stage.fake.slash("settings team approvals 1", user="U0ADA")
    await stage.whispered("approvals 1", user="U0ADA")
    return review


async def test_a_prompt_becomes_a_job_with_a_message(stage: Stage) -> None:
    job, message = await stage.asked("a cat aspect:16:9")
    assert (job.request.prompt, str(job.request.aspect)) == ("a cat", "16:9")
    assert job.request.routing.destination.channel == "C0001"
    assert "In the queue, you're next." in message.said
    assert message.body["metadata"]["event_payload"] == {"job_id": job.id}


async def test_the_message_becomes_the_result(stage: Stage) -> None:
    job, message = await stage.drawn()
    assert len(stage.channel.messages) == 1
    [block] = [block for block in message.blocks if block["type"] == "image"]
    assert block["alt_text"] == "A board"
    assert "[1]" in message.said
    assert "@U0ANN" in message.said
    assert message.body["metadata"]["event_payload"]["delivery_id"] == f"{job.id}:result"


async def test_words_that_begin_like_a_command_are_a_prompt_all_the_same(stage: Stage) -> None:
    for text in ("library of Alexandria", "-- status", "usage of fire", "help me draw a cat"):
        await stage.fake.slash(text)
    prompts = {job.request.prompt for job in await stage.jobs(4)}
    assert prompts == {"library of Alexandria", "status", "usage of fire", "help me draw a cat"}


async def test_a_wrong_option_is_reported_to_the_person_alone(stage: Stage) -> None:
    await stage.fake.slash("a cat --sede 5")
    await stage.whispered("There is no option 'sede'")
    assert not stage.channel.messages


async def test_the_form_asks_for_everything_and_draws(stage: Stage) -> None:
    await stage.fake.slash("")
    view = await opened(stage)
    assert blocks_of(view) == [
        *("prompt", "reference", "research", "aspect", "style"),
        *("generator", "rights", "count", "seed", "ways"),
    ]
    mine = stage.fake.send_file(picture(3))
    ack = await stage.fake.submit(
        {
            "prompt": "a cat seed:5",
            "reference": [mine],
            "research": "deep",
            "aspect": "3:4",
            "style": "ink",
            "generator": "storyboard",
            "rights": "licensed",
            "count": "2",
            "seed": "9",
            "ways": ["choose"],
        }
    )
    assert ack.payload is None
    [job] = await stage.jobs()
    request = job.request
    assert (request.prompt, request.seed, request.count) == ("a cat seed:5", 9, 2)
    assert (request.research, request.rights) == (ResearchDepth.DEEP, Rights.LICENSED)
    assert (str(request.aspect), request.style, request.routing.checkpoint) == ("3:4", "ink", True)
    assert [a.name for a in request.attachments] == ["mine.png"]
    assert request.routing.destination.channel == "C0001"


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        ({"prompt": " "}, "prompt", "The prompt is empty"),
        (
            {"prompt": "a cat", "seed": "five"},
            "seed",
            "The seed must be a whole number, not 'five'",
        ),
        ({"prompt": "a cat", "seed": "-1"}, "seed", "The seed must be a whole number from 0 to"),
    ],
)
async def test_what_is_wrong_in_the_form_is_said_beside_the_field(
    stage: Stage, fields: dict[str, str], where: str, sentence: str
) -> None:
    await stage.fake.slash("")
    await opened(stage)
    ack = await stage.fake.submit(fields)
    assert ack.payload is not None
    assert ack.payload["response_action"] == "errors"
    assert sentence in ack.payload["errors"][where]
    await stage.fake.submit({"prompt": "a cat"})
    assert len(await stage.jobs()) == 1


async def test_the_form_speaks_german_to_germans(stage: Stage) -> None:
    stage.fake.team.users["U0ANN"] = {"locale": "de-DE"}
    await stage.fake.slash("")
    view = await opened(stage)
    assert view["blocks"][0]["label"]["text"] == "Was das Bild zeigen soll"


async def test_answers_errors_and_pictures_are_german_to_germans(stage: Stage) -> None:
    stage.fake.team.users["U0ANN"] = {"locale": "de-DE"}
    await stage.fake.slash("a cat seed:five")
    await stage.whispered("seed muss eine ganze Zahl sein, nicht „five“.")
    await stage.fake.slash("library")
    await stage.whispered("Füge etwas mit /illustrate bibliothek hinzufügen hinzu.")
    _job, message = await stage.drawn("ein Fuchs")
    assert "Angefordert von" in message.said
    await stage.fake.slash("")
    await opened(stage)
    ack = await stage.fake.submit({"prompt": "?"})
    assert ack.payload is not None
    assert ack.payload["response_action"] == "errors"
    assert "Der Wunsch ist leer." in ack.payload["errors"]["prompt"]


async def test_a_private_picture_comes_to_the_persons_own_messages(stage: Stage) -> None:
    await stage.fake.slash("a secret --private")
    await stage.whispered("where only you can see it")
    mine = stage.fake.team.dm("U0ANN")
    message = await stage.message(channel=mine)
    assert "a secret" in message.said
    assert not stage.channel.messages


async def test_where_limner_cannot_post_the_picture_comes_to_the_person(stage: Stage) -> None:
    stage.fake.team.channel("G0PRIV", member=False, private=True)
    await stage.fake.slash("a cat", channel="G0PRIV")
    await stage.message(channel=stage.fake.team.dm("U0ANN"))
    await stage.whispered("/invite me to the channel")
    assert not stage.fake.team.channel("G0PRIV").messages


async def test_a_public_channel_is_joined(stage: Stage) -> None:
    stage.fake.team.channel("C0NEW", member=False)
    await stage.fake.slash("a cat", channel="C0NEW")
    await stage.message(channel=stage.fake.team.channel("C0NEW"))
    assert stage.fake.team.channel("C0NEW").member


async def test_sources_open_in_full_in_a_modal(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await stage.fake.press(message.button("sources"), ts=message.ts)
    await until(lambda: bool(stage.fake.team.views) and "sha256" in str(stage.fake.team.views[-1]))
    said = str((await opened(stage))["blocks"])
    assert "commanded a shuttle" in said
    assert "no source found" in said
    await stage.fake.slash("sources")
    await until(lambda: len(stage.fake.team.views) == 2 and "sha256" in str(stage.fake.team.views))


async def test_a_button_is_done_once_while_its_job_goes_on(stage: Stage) -> None:
    _job, message = await stage.drawn()
    button = message.button("vary")
    for _ in range(3):
        await stage.fake.press(button, ts=message.ts)
    [_first, second] = await stage.jobs(2)
    assert isinstance(second.request.action, Rerender)
    assert second.request.action.vary
    await stage.message(2)
    assert len(await stage.jobs(2)) == 2
    assert len(stage.channel.messages) == 2


async def test_edit_asks_what_should_change(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await stage.fake.press(message.button("edit"), ts=message.ts)
    assert blocks_of(await opened(stage)) == ["instruction", "reference"]
    ack = await stage.fake.submit({"instruction": ""})
    assert ack.payload is not None
    assert "Say what should change" in ack.payload["errors"]["instruction"]
    moon = stage.fake.send_file(picture(4), name="moon.png")
    await stage.fake.submit({"instruction": "make it night", "reference": [moon]})
    edit = (await stage.jobs(2))[1]
    assert (edit.kind, edit.request.prompt) == (JobKind.EDIT, "make it night")
    assert [a.name for a in edit.request.attachments] == ["the earlier picture", "moon.png"]


async def test_edit_without_a_picture_lets_one_be_chosen(stage: Stage) -> None:
    with_nothing = "You have no pictures to change yet."
    await stage.fake.slash("edit make it night")
    await stage.whispered(with_nothing)
    job, _message = await stage.drawn()
    await stage.fake.slash("edit make it night")
    view = await opened(stage)
    assert blocks_of(view)[0] == "image"
    await stage.fake.submit({"image": job.id, "instruction": "make it day"})
    assert (await stage.jobs(2))[1].request.prompt == "make it day"


async def test_a_job_is_cancelled_by_its_button_and_its_message_says_so(stage: Stage) -> None:
    job, message = await stage.asked()
    await stage.fake.press(message.button("cancel"), ts=message.ts, user="U0BOB")
    await stage.whispered("Only the person who asked, or a moderator", user="U0BOB")
    await stage.fake.press(message.button("cancel"), ts=message.ts)
    await until(lambda: "Cancelled." in message.said)
    assert "button" not in str(message.blocks)
    assert message.body["metadata"]["event_payload"] == {"job_id": job.id}
    await stage.fake.slash(f"cancel {job.id}")
    await stage.whispered("Cancelled.")


async def test_a_deleted_picture_leaves_neither_message_nor_file(stage: Stage) -> None:
    _job, message = await stage.drawn()
    [file_id] = message.pictures
    await stage.fake.press(message.button("askdelete"), ts=message.ts)
    await stage.whispered("Delete this picture for everyone?")
    asked = await newest(stage)
    await stage.fake.press(asked.button("delete"), ts=asked.ts, ephemeral=True)
    await stage.whispered("Picture deleted")
    await until(lambda: file_id not in stage.fake.team.files)
    assert not stage.channel.messages


async def test_one_picture_of_a_set_is_deleted(stage: Stage) -> None:
    job, message = await stage.asked("a cat count:2")
    view = await stage.finished(job, pictures=2)
    await stage.deliver(job)
    await stage.become(job, JobStatus.DONE)
    await stage.fake.press(message.button("askdelete"), ts=message.ts)
    await stage.whispered("Delete one of the 2 pictures")
    asked = await newest(stage)
    await stage.fake.press(asked.button("delete.2"), ts=asked.ts, ephemeral=True)
    await stage.whispered("Picture deleted")
    left = (await stage.office.job_service.view(WORKSPACE, job.id)).illustrations
    shown = [picture.id for picture in left if picture.status is IllustrationStatus.RENDERED]
    assert shown == [view.illustrations[0].id]
    await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    assert len(message.pictures) == 1


async def test_references_are_chosen_by_boxes_or_replaced(stage: Stage) -> None:
    job, message = await stage.asked("a cat --choose")
    await stage.office.choosing(job.id)
    view = await stage.office.job_service.view(WORKSPACE, job.id)
    assert await stage.surface.show(view)
    assert "Pick the photos" in message.said
    boxes = [b for b in message.blocks if b.get("block_id") == "limner.keep"]
    assert len(boxes[0]["elements"][0]["options"]) == 1
    await stage.fake.press({"action_id": "limner.keep"}, ts=message.ts)
    await stage.fake.press(message.button("replace"), ts=message.ts, ticked=["1"])
    await opened(stage)
    nothing = await stage.fake.submit({"replaced": ["1"]})
    assert nothing.payload is not None
    own = stage.fake.send_file(picture(5), name="own.png")
    await stage.fake.submit({"replaced": ["1"], "reference": [own]})

    async def chosen() -> bool:
        return (
            await stage.office.job_service.view(WORKSPACE, job.id)
        ).job.status is JobStatus.RENDERING

    await until(chosen)
    grounded = (await stage.office.job_service.view(WORKSPACE, job.id)).research.grounded
    assert [reference.title for reference in grounded.references] == ["own.png"]


async def test_only_the_ticked_references_are_kept(stage: Stage) -> None:
    job, message = await stage.asked("a cat --choose")
    await stage.office.choosing(job.id)
    await stage.surface.show(await stage.office.job_service.view(WORKSPACE, job.id))
    await stage.fake.press(message.button("go"), ts=message.ts, ticked=[])
    await until(lambda: "Drawing…" in message.said)
    grounded = (await stage.office.job_service.view(WORKSPACE, job.id)).research.grounded
    assert grounded.references == ()


async def test_a_picture_is_approved_in_the_review_channel(stage: Stage) -> None:
    review = await with_review(stage)
    job, message = await stage.asked()
    await stage.finished(job)
    await stage.deliver(job, DeliveryKind.REVIEW)
    await stage.become(job, JobStatus.REVIEWING)
    asks = await stage.message(channel=review)
    assert "Needs 1 more approval." in asks.said
    assert len(asks.pictures) == 1
    await stage.fake.press(asks.button("approve"), channel=review.id, ts=asks.ts)
    await stage.whispered("someone else must approve it")
    await stage.fake.press(asks.button("approve"), user="U0BOB", channel=review.id, ts=asks.ts)
    await until(lambda: "Approved and posted." in asks.said)
    assert "approve" not in str([b for b in asks.blocks if b["type"] == "actions"])
    await stage.deliver(job)
    assert len(message.pictures) == 1
    assert len(review.messages) == 1


async def test_a_rejected_picture_is_never_posted_and_only_its_requester_hears_why(
    stage: Stage,
) -> None:
    review = await with_review(stage)
    job, message = await stage.asked()
    await stage.finished(job)
    await stage.deliver(job, DeliveryKind.REVIEW)
    await stage.become(job, JobStatus.REVIEWING)
    asks = await stage.message(channel=review)
    await stage.fake.press(asks.button("reject"), user="U0BOB", channel=review.id, ts=asks.ts)
    await opened(stage)
    await stage.fake.submit({"reason": "wrong <!channel> flag"}, user="U0BOB")
    await until(lambda: "wasn't approved" in asks.said)
    await stage.deliver(job, DeliveryKind.FAILURE)
    assert "wrong" not in message.said
    assert message.pictures == []
    await stage.whispered("The picture wasn't approved: wrong <!channel> flag.")
    await stage.fake.press(message.button("show"), ts=message.ts)
    await until(lambda: stage.fake.team.whispered("U0ANN").count("wasn't approved") == 2)


async def test_settings_are_shown_set_and_guarded(stage: Stage) -> None:
    await stage.fake.slash("settings channel blocked war", user="U0BOB")
    await stage.whispered("Only an admin can change", user="U0BOB")
    await stage.fake.slash("settings channel", user="U0ADA")
    view = await opened(stage)
    assert blocks_of(view) == ["name", "value", "channel"]
    wrong = await stage.fake.submit({"name": "approvals", "value": "9"}, user="U0ADA")
    assert wrong.payload is not None
    assert "from 0 to 2" in wrong.payload["errors"]["value"]
    await stage.fake.submit({"name": "review_channel", "channel": "C0REVIEW"}, user="U0ADA")
    await stage.whispered("Limner can't post in that channel", user="U0ADA")
    stage.fake.team.channel("C0REVIEW")
    await stage.fake.slash("settings channel", user="U0ADA")
    await opened(stage, 2)
    await stage.fake.submit({"name": "review_channel", "channel": "C0REVIEW"}, user="U0ADA")
    await stage.whispered("review_channel C0REVIEW", user="U0ADA")
    await stage.fake.slash("settings channel", user="U0ADA")
    await opened(stage, 3)
    await stage.fake.submit({"name": "blocked", "value": "war"}, user="U0ADA")
    await stage.whispered("blocked war", user="U0ADA")
    await stage.fake.slash("a war")
    await stage.whispered("does not want pictures about 'war'")
    await stage.fake.slash("settings style ink")
    await stage.jobs()


async def test_the_form_of_a_setting_has_a_field_of_its_kind(stage: Stage) -> None:
    await stage.fake.slash("settings team jobs_per_member 2", user="U0ADA")
    await stage.whispered("jobs_per_member 2", user="U0ADA")
    await stage.fake.slash("settings channel", user="U0ADA")
    await opened(stage)

    def has(block_id: str) -> bool:
        return block_id in blocks_of(stage.fake.team.views[-1][1])

    for name, kind in (
        ("jobs_per_member", "number_input"),
        ("research", "static_select"),
        ("review_channel", "conversations_select"),
        ("blocked", "plain_text_input"),
    ):
        view_id, view = stage.fake.team.views[-1]
        menu = view["blocks"][0]["element"]
        assert view["blocks"][0]["dispatch_action"]
        option = {"value": name, "text": {"type": "plain_text", "text": name}}
        body = stage.fake.press_body({**menu, "value": ""}, "U0ADA", "", "")
        body["actions"] = [{"action_id": menu["action_id"], "selected_option": option}]
        body = {n: v for n, v in body.items() if n not in ("channel", "message", "response_url")}
        body |= {"container": {"type": "view", "view_id": view_id}, "view": {**view, "id": view_id}}
        await stage.fake.deliver("interactive", body)
        await until(partial(has, f"value.{name}"))
        field = stage.fake.team.views[-1][1]["blocks"][1]
        assert field["element"]["type"] == kind
        if name == "jobs_per_member":
            assert field["hint"]["text"] == "not set; in effect: 2"
    await stage.fake.submit({"name": "blocked", "value.blocked": "war"}, user="U0ADA")
    await stage.whispered("blocked war", user="U0ADA")


async def test_user_groups_are_allowed_and_moderate(stage: Stage) -> None:
    stage.fake.team.groups = {"S0ARTISTS": ["U0BOB"]}
    await stage.fake.slash("settings team allowed_groups S0ARTISTS", user="U0ADA")
    await stage.whispered("S0ARTISTS", user="U0ADA")
    await stage.fake.slash("a cat")
    await stage.whispered("You don't have access here")
    await stage.fake.slash("a cat", user="U0BOB")
    assert len(await stage.jobs()) == 1


async def test_people_of_other_workspaces_are_turned_away(stage: Stage) -> None:
    stage.fake.team.users["U0EVE"] = {"team_id": "T0OTHER", "is_stranger": True}
    await stage.fake.slash("a cat", user="U0EVE")
    await stage.whispered("Only members of the workspace", user="U0EVE")
    assert not stage.channel.messages


async def test_status_usage_help_gallery_and_audit_answer(stage: Stage) -> None:
    job, message = await stage.drawn()
    await stage.fake.event(
        {
            "type": "reaction_added",
            "user": "U0BOB",
            "reaction": "+1::skin-tone-3",
            "item": {"type": "message", "channel": "C0001", "ts": message.ts},
        }
    )
    await stage.fake.slash("status")
    listed = await newest(stage)
    await stage.fake.press(listed.button("show"), ts=listed.ts, ephemeral=True)
    await until(lambda: len(stage.fake.team.whispers) == 2)
    assert (await newest(stage)).pictures == message.pictures
    await stage.fake.slash(f"status {job.id}")
    await stage.fake.slash("usage")
    await stage.whispered("You requested 1 picture today")
    await stage.fake.slash("usage team")
    await stage.whispered("Only an admin can see everyone's usage")
    await stage.fake.slash("help")
    await stage.whispered("I research a subject, draw it")
    await stage.fake.slash("audit", user="U0ADA")
    await stage.whispered("illustrate", user="U0ADA")
    await stage.fake.slash("gallery")
    gallery = await stage.message(2)
    assert "👍 1 👎 0" in gallery.said
    assert gallery.pictures == message.pictures


async def test_approvals_are_refused_where_the_review_channel_cannot_be_used(stage: Stage) -> None:
    channel = stage.fake.team.channel("G0REVIEW", private=True)
    await stage.fake.slash("settings team review_channel G0REVIEW", user="U0ADA")
    await stage.whispered("review_channel G0REVIEW", user="U0ADA")
    channel.member = False
    places: Any = stage.surface
    places._responder._places.forget(Tenant("T0001"), "G0REVIEW")
    await stage.fake.slash("settings team approvals 2", user="U0ADA")
    await stage.whispered("The review channel can't be used.", user="U0ADA")


async def test_help_names_what_the_reader_may_do(stage: Stage) -> None:
    await stage.fake.slash("help")
    await stage.whispered("/illustrate settings [NAME VALUE]")
    mine = stage.fake.team.whispered("U0ANN")
    assert not [word for word in ("news", "audit", "queue", "[team]") if word in mine]
    await stage.fake.slash("help", user="U0ADA")
    await stage.whispered("/illustrate news [add", user="U0ADA")
    assert "audit" in stage.fake.team.whispered("U0ADA")


async def test_a_deleted_picture_vanishes_from_posted_galleries(stage: Stage) -> None:
    job, message = await stage.drawn()
    [picture] = (await stage.office.job_service.view(WORKSPACE, job.id)).illustrations
    requester = Requester(WORKSPACE, "U0ANN", job.request.routing.destination)
    await stage.office.team.vote(requester, picture.id, 1)
    await stage.fake.slash("gallery")
    gallery = await stage.message(2)
    assert gallery.pictures == message.pictures
    await stage.office.job_service.delete(requester, job.id)
    [task] = [t for t in stage.office.dispatcher.tasks if t.workflow == "gallery"]
    stage.office.surfaces["slack"] = stage.surface
    await stage.office.privacy.galleries.work(task.workspace_id, task.subject_id, MemorySteps())
    gallery = await stage.message(2)
    assert (gallery.pictures, gallery.said) == ([], "These pictures were deleted.")


async def test_accounts_are_linked_with_a_code_and_unlinked(stage: Stage) -> None:
    ann = Requester("discord:1", "11", Destination("discord", "c1"))
    code = await stage.office.team.accounts.get_code(ann)
    await stage.fake.slash(f"link-account {code}")
    await stage.whispered("Your accounts are linked")
    await stage.fake.slash(f"link-account {code}", user="U0BOB")
    await stage.whispered("That code isn't valid any more", user="U0BOB")
    await stage.fake.slash("unlink-account")
    await stage.whispered("no longer linked")
    await stage.fake.slash("link-account", user="U0BOB")
    await stage.whispered("Your code is", user="U0BOB")
    assert not await stage.jobs(0)


async def test_the_library_is_kept_by_moderators(stage: Stage) -> None:
    await stage.fake.slash("library")
    await stage.whispered("The library is empty. Add something with /illustrate library add.")
    await stage.fake.slash("library add", user="U0ADA")
    view = await opened(stage)
    assert blocks_of(view) == ["file", "address", "title", "author", "license"]
    empty = await stage.fake.submit({"title": "x"}, user="U0ADA")
    assert empty.payload is not None
    mine = stage.fake.send_file(picture(6), name="tower.png")
    await stage.fake.submit({"file": [mine], "author": "Ada"}, user="U0ADA")
    await stage.whispered("tower", user="U0ADA")
    [item] = await stage.office.library.list(WORKSPACE)
    await stage.fake.slash(f"library remove {item.id}")
    await stage.whispered("Only moderators can change the library")
    await stage.fake.slash(f"library remove {item.id}", user="U0ADA")
    await stage.whispered("Removed from the library.", user="U0ADA")
    await stage.fake.slash("library add /etc/passwd", user="U0ADA")
    await stage.whispered("couldn't be read", user="U0ADA")


async def test_a_message_can_be_illustrated_edited_and_asked_for_its_sources(
    stage: Stage,
) -> None:
    mine = stage.fake.send_file(picture(8), name="sketch.png")
    said = {
        "ts": "1700000000.000100",
        "text": "Our <https://x.example|new office> &amp; dog",
        "files": [mine],
    }
    await stage.fake.shortcut("illustrate_this", message=said)
    job = (await stage.jobs())[0]
    assert job.request.prompt == "Our https://x.example & dog"
    assert job.request.routing.destination.thread == said["ts"]
    assert [a.name for a in job.request.attachments] == ["sketch.png"]
    await stage.fake.shortcut("edit_image", message=said)
    await opened(stage)
    await stage.fake.submit({"instruction": "in colour"})
    other = (await stage.jobs(2))[1]
    assert (other.request.prompt, len(other.request.attachments)) == ("in colour", 1)
    await stage.fake.shortcut("illustrate_this", message={"ts": "1.2", "text": " "})
    await stage.whispered("That message has no text or picture.")
    brief = {**stage.fake.send_file(b"%PDF", name="brief.pdf"), "mimetype": "application/pdf"}
    about = {"ts": "1.3", "text": "a fox", "files": [brief]}
    await stage.fake.shortcut("illustrate_this", message=about)
    await stage.whispered("I can't use brief.pdf")
    await stage.fake.shortcut("edit_image", message={"ts": "1.2", "text": "no picture"})
    await stage.whispered("That message has no picture.")
    await stage.fake.shortcut("show_sources", message={"ts": "1.2", "text": "hello"})
    await stage.whispered("isn't one of my pictures")


async def test_where_a_picture_comes_from_is_whispered(stage: Stage) -> None:
    await stage.fake.shortcut("verify_image", message={"ts": "1.2", "text": "no picture"})
    await stage.whispered("Send a picture or the web address of one.")
    mine = stage.fake.send_file(picture(4))
    await stage.fake.shortcut("verify_image", message={"ts": "1.3", "text": "", "files": [mine]})
    await stage.whispered("Nothing is known about this picture")
    await stage.fake.slash("verify the leaning tower of Pisa")
    job = (await stage.jobs())[0]
    assert job.request.prompt == "verify the leaning tower of Pisa"


async def test_the_shortcuts_work_on_limners_own_messages(stage: Stage) -> None:
    job, message = await stage.drawn()
    await stage.fake.shortcut("show_sources", message={"ts": message.ts})
    await until(lambda: "sha256" in str(stage.fake.team.views))
    await stage.fake.shortcut("edit_image", message={"ts": message.ts})
    await opened(stage, 2)
    await stage.fake.submit({"instruction": "at night"})
    edit = (await stage.jobs(2))[1]
    assert edit.kind is JobKind.EDIT
    assert edit.request.routing.destination.thread == message.ts
    assert job.id != edit.id


async def test_the_global_shortcut_draws_into_the_persons_own_messages(stage: Stage) -> None:
    await stage.fake.shortcut("illustrate")
    await opened(stage)
    await stage.fake.submit({"prompt": "a cat"})
    await stage.message(channel=stage.fake.team.dm("U0ANN"))


async def test_a_click_that_came_too_late_is_said(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await stage.fake.press(message.button("edit"), ts=message.ts, trigger_id="expired")
    await stage.whispered("Please press the button again")


async def test_forged_and_foreign_buttons_do_no_harm(stage: Stage) -> None:
    job, message = await stage.asked()
    stranger = {"action_id": "limner.cancel", "value": f"limner:cancel:{job.id[::-1]}"}
    await stage.fake.press(stranger, ts=message.ts)
    await stage.whispered("There is no job")
    for value in ("", "limner:destroy:x", "limner:cancel:../../x", "x" * 2000):
        await stage.fake.press({"action_id": "limner.cancel", "value": value}, ts=message.ts)
    assert (await stage.jobs())[0].status is JobStatus.QUEUED


async def test_preferences_hold_for_the_one_who_set_them(stage: Stage) -> None:
    await stage.fake.slash("settings user aspect 16:9")
    await stage.whispered("aspect 16:9")
    job, _message = await stage.asked()
    assert str(job.request.aspect) == "16:9"
    other, _message = await stage.asked(user="U0BOB")
    assert str(other.request.aspect) == "1:1"


async def test_a_person_gets_their_archive_and_has_everything_deleted(stage: Stage) -> None:
    await stage.drawn()
    await stage.fake.slash("privacy export")
    await stage.whispered("1 request, 1 picture")
    await until(lambda: any(f["name"] == "limner-data-1.zip" for f in files_of(stage)))
    [archive] = [f for f in files_of(stage) if f["name"] == "limner-data-1.zip"]
    assert archive["channel"].startswith("D")
    await stage.fake.slash("privacy delete")
    await stage.whispered("Delete everything I store about you here?")
    asked = await newest(stage)
    await stage.fake.press(asked.button("forget"), ts=asked.ts, ephemeral=True)
    await stage.whispered("Are you sure?")
    sure = await newest(stage)
    await stage.fake.press(sure.button("forget"), ts=sure.ts, ephemeral=True)
    await stage.whispered("It is being deleted")
    [task] = [t for t in stage.office.dispatcher.tasks if t.workflow == "privacy"]
    stage.office.surfaces["slack"] = stage.surface
    await stage.office.privacy.work(task.workspace_id, task.subject_id, MemorySteps())
    assert not stage.channel.messages
    assert not [f for f in files_of(stage) if f["name"].endswith(".png")]


def files_of(stage: Stage) -> list[dict[str, Any]]:
    return list(stage.fake.team.files.values())

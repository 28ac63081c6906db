"""Talking with Limner on Discord: mentions, replies, messages to it alone, and talk around it."""

from __future__ import annotations

import discord
import pytest

from domain.requests import JobKind, JobStatus, Rerender
from tests.fakes.web import picture
from tests.scenario.discord.conftest import PATIENT, Scene, labels, said
from tests.scenario.discord.test_team import threaded

pytestmark = PATIENT


def to(scene: Scene, text: str) -> str:
    """A message that mentions Limner."""
    me = scene.env.bot.user
    assert me is not None
    return f"<@{me.id}> {text}"


def answer(scene: Scene) -> discord.Message:
    """The newest message of the channel."""
    newest = scene.channel.last_message
    assert newest is not None
    return newest


async def test_a_mention_asks_for_a_picture_where_it_stands(scene: Scene) -> None:
    asked = await scene.ann.send(scene.channel, to(scene, "a red fox in the snow"))
    view = await scene.newest()
    assert view.job.request.prompt == "a red fox in the snow"
    assert answer(scene).reference is not None
    assert answer(scene).reference.message_id == asked.id  # type: ignore[union-attr]
    await scene.finish(view.job.id)
    await scene.deliver(view.job.id)
    assert len(answer(scene).attachments) == 1


async def test_names_of_people_are_kept_and_never_their_ids(scene: Scene) -> None:
    bob = f"<@{scene.bob.id}>"
    await scene.ann.send(
        scene.channel, to(scene, f"draw {bob} in <#{scene.channel.id}> <:fox:{7**20}>")
    )
    mentioned = (await scene.newest()).job.request.prompt
    assert mentioned == f"draw {scene.bob.name} in {scene.channel.name} fox"
    await scene.ann.slash(scene.channel, "imagine", prompt=f"{bob} as a knight")
    assert (await scene.newest()).job.request.prompt == f"{scene.bob.name} as a knight"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "I research a subject"),
        ("help", "I research a subject"),
        ("thanks!", "You're welcome!"),
        ("danke!", "Gern geschehen!"),
        ("good morning", "Tell me what to draw"),
        ("I'll ask marketing", "Shall I draw this?"),
        ("who painted the Mona Lisa?", "reply to one of them"),
        ("stop", "None of your pictures is being drawn"),
        ("make it blue", "Reply to the picture that you mean"),
        ("setings language en", "Did you mean “settings language en”?"),
        ("/illustrate settings langauge en", "Did you mean “settings language en”?"),
    ],
)
async def test_a_mention_is_always_answered_and_nothing_is_drawn(
    scene: Scene, text: str, sentence: str
) -> None:
    await scene.ann.send(scene.channel, to(scene, text))
    assert sentence in said(answer(scene))
    assert await scene.office.job_service.recent(scene.workspace) == []


async def test_settings_of_a_person_are_shown_to_them_alone(scene: Scene) -> None:
    await scene.ann.send(scene.channel, to(scene, "settings language de"))
    assert "Only you should see this" in said(answer(scene))
    shown = await scene.ann.click(answer(scene), label="Show")
    assert shown.followups[0].ephemeral if shown.followups else shown.response.ephemeral  # type: ignore[union-attr]


async def test_a_near_miss_can_be_drawn_all_the_same_or_left(scene: Scene) -> None:
    await scene.ann.send(scene.channel, to(scene, "galery"))
    assert labels(answer(scene)) == ["Show", "New picture", "Nothing"]
    await scene.ann.click(answer(scene), label="New picture")
    assert (await scene.newest()).job.request.prompt == "galery"
    await scene.ann.send(scene.channel, to(scene, "settngs"))
    await scene.ann.click(answer(scene), label="Nothing")
    assert labels(answer(scene)) == []


async def test_what_is_unclear_is_offered_and_done_when_pressed(scene: Scene) -> None:
    _, message = await scene.done("a castle")
    await scene.ann.send(scene.channel, "I am not sure about the sky", reply_to=message)
    offer = answer(scene)
    assert labels(offer) == ["Change the picture", "New picture", "Nothing"]
    await scene.ann.click(offer, label="Change the picture")
    view = await scene.newest()
    assert (view.job.kind, view.job.request.prompt) == (JobKind.EDIT, "I am not sure about the sky")


async def test_a_reply_reaches_the_picture_that_it_answers_and_each_of_a_set(scene: Scene) -> None:
    job_id, result = await scene.imagine("a castle", count=4)
    drawn = await scene.finish(job_id, pictures=4)
    await scene.deliver(job_id)
    assert result.response is not None
    message = result.response.message
    await scene.done("something else")
    await scene.bob.send(scene.channel, "the second one at night", reply_to=message)
    view = await scene.newest()
    assert (view.job.kind, view.job.request.parent_id) == (JobKind.EDIT, drawn[1].id)
    await scene.bob.send(scene.channel, "V3", reply_to=message)
    view = await scene.newest()
    assert view.job.request.action == Rerender(drawn[2].id, vary=True)
    await scene.bob.send(scene.channel, "use the last one but in winter", reply_to=message)
    assert (await scene.newest()).job.request.parent_id == drawn[3].id


async def test_of_a_set_it_is_asked_which_picture_is_meant(scene: Scene) -> None:
    job_id, result = await scene.imagine("a castle", count=4)
    drawn = await scene.finish(job_id, pictures=4)
    await scene.deliver(job_id)
    assert result.response is not None
    message = result.response.message
    await scene.bob.send(scene.channel, "mach es dunkler", reply_to=message)
    question = answer(scene)
    assert "Welches Bild meinst du?" in said(question)
    assert labels(question) == ["1", "2", "3", "4", "Alle", "Nichts"]
    await scene.bob.click(question, label="3")
    view = await scene.newest()
    assert view.job.request.prompt == "mach es dunkler"
    assert (view.job.kind, view.job.request.parent_id) == (JobKind.EDIT, drawn[2].id)
    await scene.bob.send(scene.channel, "and now upscale it", reply_to=message)
    assert (await scene.newest()).job.request.action == Rerender(drawn[2].id, upscale=2)


async def test_questions_are_answered_from_the_evidence(scene: Scene) -> None:
    _, message = await scene.done("an astronaut")
    before = (await scene.newest()).job.id
    await scene.bob.send(scene.channel, "who commanded the shuttle?", reply_to=message)
    assert "\\[1\\] " in said(answer(scene))
    assert "commanded a shuttle" in said(answer(scene))
    await scene.bob.send(scene.channel, "how tall is the tower?", reply_to=message)
    assert "sources don't say" in said(answer(scene))
    assert (await scene.newest()).job.id == before


async def test_deleting_asks_first(scene: Scene) -> None:
    job_id, message = await scene.done("a fox")
    await scene.ann.send(scene.channel, "can you delete this", reply_to=message)
    assert "Delete this picture for everyone?" in said(answer(scene))
    await scene.ann.click(answer(scene), label="Delete")
    view = await scene.view(job_id)
    assert [p.status.value for p in view.illustrations] == ["deleted"]


async def test_stop_in_reply_cancels_what_is_being_drawn(scene: Scene) -> None:
    job_id, result = await scene.imagine("a fox")
    assert result.response is not None
    await scene.ann.send(scene.channel, "stop", reply_to=result.response.message)
    assert (await scene.view(job_id)).job.status is JobStatus.CANCELLED
    assert "Cancelled." in said(answer(scene))
    await scene.ann.send(scene.channel, "make it blue", reply_to=result.response.message)
    assert "That picture was cancelled" in said(answer(scene))


async def test_ordinary_sentences_in_a_thread_draw_nothing(scene: Scene) -> None:
    job_id, thread = await threaded(scene)
    before = len(thread.history())
    talk = (
        *("lgtm", "I'll ask marketing", "ok for me", "nice one", "the client wants it on Monday"),
        *("Bob, can you crop it?", "https://example.org", "we need to decide by friday"),
        *("das zweite gefällt mir", "Leute, bitte beim Thema bleiben", "stop"),
        f"<@{scene.bob.id}> make it blue",
    )
    for text in talk:
        await scene.ann.send(thread, text)
    assert (await scene.newest()).job.id == job_id
    assert len(thread.history()) == before + len(talk)
    other = await scene.bob.send(thread, "what do you think?")
    await scene.ann.send(thread, "make it blue and I'm in", reply_to=other)
    assert (await scene.newest()).job.id == job_id


async def test_a_forum_post_is_answered(scene: Scene) -> None:
    forum = scene.guild.create_forum_channel("ideas")
    place = scene.env.bot.get_channel(forum.id)
    assert isinstance(place, discord.ForumChannel)
    await place.create_thread(name="Mascots", content="Ideas, please")
    await scene.env.settle()
    [thread] = forum.threads
    await scene.ann.send(thread, to(scene, "a badger with a hat"))
    assert (await scene.newest()).job.request.routing.destination.thread == str(thread.id)


async def test_messages_to_limner_alone_are_answered(scene: Scene) -> None:
    await scene.ann.send_dm(to(scene, "").strip() + " help")
    helped = [said(message) for message in scene.ann.user.dm_channel.history()]
    assert any("/imagine: " in text for text in helped)
    assert not any("/news: " in text for text in helped), "there is no news desk here"
    await scene.ann.send_dm("a fox in the snow")
    workspace = f"discord:dm:{scene.ann.id}"
    [job] = await scene.office.job_service.recent(workspace)
    assert job.request.prompt == "a fox in the snow"
    await scene.ann.send_dm("thank you so much")
    await scene.ann.send_dm("stop!")
    view = await scene.office.job_service.view(workspace, job.id)
    assert view.job.status is JobStatus.CANCELLED


async def test_a_file_that_is_no_picture_is_refused_in_a_sentence(scene: Scene) -> None:
    brief = ("brief.pdf", b"%PDF-1.7")
    await scene.ann.send(scene.channel, to(scene, "a fox like this"), attachments=[brief])
    assert "I can't use brief.pdf" in said(answer(scene))
    assert await scene.office.job_service.recent(scene.workspace) == []
    hat = ("hat.png", picture(3, kind="PNG"))
    await scene.ann.send(scene.channel, to(scene, "a fox with this hat"), attachments=[hat])
    [attached] = (await scene.newest()).job.request.attachments
    assert attached.name == "hat.png"


async def test_numbers_vote_for_one_picture_of_a_set(scene: Scene) -> None:
    job_id, result = await scene.imagine("a castle", count=4)
    await scene.finish(job_id, pictures=4)
    await scene.deliver(job_id)
    assert result.response is not None
    message = result.response.message
    await scene.ann.react(message, "2️⃣")
    await scene.bob.react(message, "👍")
    tallies = (await scene.view(job_id)).tallies
    assert [tally.up for tally in tallies] == [1, 2, 1, 1]

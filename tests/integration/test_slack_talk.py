"""Slack: mentions, threads, reactions, App Home and the assistant pane."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.messages import lifecycle
from domain.illustrations import DeliveryKind
from domain.requests import JobKind, JobStatus
from evaluation.peers.slack_team import Message
from tests.fakes.slack_stage import WORKSPACE, Stage, a_stage, until
from tests.fakes.web import picture


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path) as opened:
        opened.fake.team.users["U0ADA"] = {"is_admin": True}
        yield opened


async def says(stage: Stage, text: str, **more: object) -> str:
    """A user writes a message; gives its timestamp."""
    event = stage.fake.says(text, **more)  # type: ignore[arg-type]
    await stage.fake.event(event)
    return str(event["ts"])


async def mentions(stage: Stage, text: str, **more: object) -> str:
    """A user mentions Limner: Slack sends two events, a mention and a message."""
    event = stage.fake.says(f"<@U0BOT> {text}", **more)  # type: ignore[arg-type]
    await stage.fake.event({**event, "type": "app_mention"})
    await stage.fake.event(event)
    return str(event["ts"])


async def reacts(
    stage: Stage, message: Message, name: str, *, user: str = "U0BOB", kind: str = "reaction_added"
) -> None:
    item = {"type": "message", "channel": "C0001", "ts": message.ts}
    await stage.fake.event({"type": kind, "user": user, "reaction": name, "item": item})


async def votes(stage: Stage, job_id: str) -> str:
    view = await stage.office.job_service.view(WORKSPACE, job_id)
    return f"{view.tallies[0].up}:{view.tallies[0].down}"


async def test_a_mention_is_answered_in_its_thread_and_only_once(stage: Stage) -> None:
    asked = await mentions(stage, "a cat &lt;3 aspect:16:9")
    message = await stage.message()
    [job] = await stage.jobs()
    assert (job.request.prompt, str(job.request.aspect)) == ("a cat <3", "16:9")
    assert message.thread_ts == asked
    assert len(stage.channel.messages) == 1


async def test_names_of_people_are_kept_and_never_their_ids(stage: Stage) -> None:
    stage.fake.team.users["U0BOB"] = {"profile": {"display_name": "Bob"}}
    await mentions(stage, "draw <@U0BOB> and <@U0GONE> in <#C0001|general> :party_fox:")
    [job] = await stage.jobs()
    assert job.request.prompt == "draw Bob and someone in #general party fox"


async def test_a_mention_without_words_is_answered_with_help(stage: Stage) -> None:
    await mentions(stage, "")
    await stage.whispered("/illustrate opens a form")
    assert not stage.channel.messages


async def test_replies_in_the_thread_refine_the_picture(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await says(stage, "sources?", thread=message.ts)
    await stage.whispered("commanded a shuttle")
    await says(stage, "make it night", thread=message.ts)
    edit = (await stage.jobs(2))[1]
    assert (edit.kind, edit.request.prompt) == (JobKind.EDIT, "make it night")
    assert (await stage.message(2)).thread_ts == message.ts
    await says(stage, "thanks!", thread=message.ts)
    await says(stage, "<@U0BOB> what do you think of it?", thread=message.ts)
    await says(stage, "make it day")
    assert len(await stage.jobs(2)) == 2


async def test_a_picture_in_the_thread_is_used(stage: Stage) -> None:
    _job, message = await stage.drawn()
    mine = stage.fake.send_file(picture(5), name="hat.png")
    await says(stage, "", thread=message.ts, subtype="file_share", files=[mine])
    await says(stage, "use this hat", thread=message.ts, subtype="file_share", files=[mine])
    edit = (await stage.jobs(2))[1]
    assert edit.request.prompt == "use this hat"
    assert [a.name for a in edit.request.attachments] == ["the earlier picture", "hat.png"]


async def test_replies_are_left_alone_where_that_is_set(stage: Stage) -> None:
    await stage.fake.slash("settings channel follow_ups no", user="U0ADA")
    await stage.whispered("follow_ups no", user="U0ADA")
    _job, message = await stage.drawn()
    await says(stage, "make it night", thread=message.ts)
    await mentions(stage, "make it day", thread=message.ts)
    assert [job.request.prompt for job in await stage.jobs(2)] == ["a cat", "make it day"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("thanks!", "You're welcome!"),
        ("setings language en", "Did you mean “settings language en”?"),
        ("stop", "None of your pictures is being drawn"),
        ("make it blue", "Reply to the picture that you mean"),
        ("who painted the Mona Lisa?", "reply to one of them"),
    ],
)
async def test_a_mention_is_always_answered_and_nothing_is_drawn(
    stage: Stage, text: str, sentence: str
) -> None:
    await mentions(stage, text)
    await stage.whispered(sentence)
    assert await stage.office.job_service.recent(WORKSPACE) == []


async def test_talk_in_a_picture_thread_is_left_alone(stage: Stage) -> None:
    _job, message = await stage.drawn()
    for text in (
        *("lgtm", "I'll ask marketing", "stop", "the client wants it on Monday"),
        *("Bob, can you crop it?", "das zweite gefällt mir am besten"),
    ):
        await says(stage, text, thread=message.ts)
    await says(stage, "can you delete this", thread=message.ts)
    await stage.whispered("Delete this picture for everyone?")
    await mentions(stage, "who commanded the shuttle?", thread=message.ts)
    answer = await stage.message(2)
    assert "commanded a shuttle" in answer.said
    assert answer.thread_ts == message.ts
    assert [job.request.prompt for job in await stage.jobs()] == ["a cat"]


async def test_an_offer_keeps_the_words_in_its_buttons(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await mentions(stage, "I am not sure about the sky", thread=message.ts)
    await stage.whispered("What would you like me to do with this?")
    _who, _where, offer = stage.fake.team.whispers[-1]
    await stage.fake.press(offer.button("change"), ts=message.ts, ephemeral=True)
    edit = (await stage.jobs(2))[1]
    assert (edit.kind, edit.request.prompt) == (JobKind.EDIT, "I am not sure about the sky")


async def test_of_a_set_it_is_asked_which_picture_and_all_can_be_meant(stage: Stage) -> None:
    job, message = await stage.asked("a cat count:3")
    drawn = (await stage.finished(job, pictures=3)).illustrations
    await stage.deliver(job)
    await stage.become(job, JobStatus.DONE)
    await says(stage, "make it darker", thread=message.ts)
    await stage.whispered("Which picture do you mean?")
    _who, _where, question = stage.fake.team.whispers[-1]
    await stage.fake.press(question.button("pick.2"), ts=message.ts, ephemeral=True)
    edit = (await stage.jobs(2))[1]
    assert edit.request.prompt == "make it darker"
    assert (edit.kind, edit.request.parent_id) == (JobKind.EDIT, drawn[1].id)
    await stage.fake.press(question.button("pick"), ts=message.ts, ephemeral=True)
    edits = (await stage.jobs(5))[2:]
    assert [each.request.parent_id for each in edits] == [picture.id for picture in drawn]


async def test_a_file_that_is_no_picture_is_refused_in_a_sentence(stage: Stage) -> None:
    brief = {**stage.fake.send_file(b"%PDF", name="brief.pdf"), "mimetype": "application/pdf"}
    await mentions(stage, "a cat like this", files=[brief])
    await stage.whispered("I can't use brief.pdf")
    assert await stage.office.job_service.recent(WORKSPACE) == []


async def test_what_bots_say_and_what_is_changed_is_left_alone(stage: Stage) -> None:
    _job, message = await stage.drawn()
    await says(stage, "make it night", thread=message.ts, bot_id="B0OTHER")
    await says(stage, "make it night", thread=message.ts, subtype="message_changed")
    await says(stage, "make it night", thread=message.ts, bot_id="B0001", user="U0BOT")
    await says(stage, "make it darker", thread=message.ts)
    assert [job.request.prompt for job in await stage.jobs(2)] == ["a cat", "make it darker"]


async def test_limner_can_be_asked_in_its_own_messages(stage: Stage) -> None:
    mine = stage.fake.team.dm("U0ANN")
    await says(stage, "a cat", channel=mine.id)
    message = await stage.message(channel=mine)
    assert message.thread_ts is None
    [job] = await stage.jobs()
    assert job.request.routing.destination.channel == mine.id


async def test_a_failure_in_ones_own_messages_stands_there(stage: Stage) -> None:
    mine = stage.fake.team.dm("U0ANN")
    await says(stage, "a cat", channel=mine.id)
    message = await stage.message(channel=mine)
    [job] = await stage.jobs()
    await stage.become(job, JobStatus.FAILED, error="The disk is full.")
    await stage.deliver(job, DeliveryKind.FAILURE)
    assert "The disk is full." in message.said
    assert len(mine.messages) == 1


async def test_a_file_from_elsewhere_is_refused_and_sees_no_token(stage: Stage) -> None:
    mine = {
        "id": "F0AWAY000",
        "name": "x.png",
        "mimetype": "image/png",
        "mode": "hosted",
        "url_private": f"http://localhost:{stage.fake.base_url.rpartition(':')[2]}/response/x",
    }
    await mentions(stage, "a cat", files=[mine])
    await stage.whispered("it isn't a Slack file; upload it here")
    external = {**mine, "is_external": True}
    await mentions(stage, "a dog", files=[external])
    await until(lambda: stage.fake.team.whispered("U0ANN").count("isn't a Slack file") == 2)
    assert stage.fake.tokens_elsewhere == []
    assert await stage.office.job_service.recent(WORKSPACE) == []


async def test_a_file_that_is_no_picture_or_too_large_is_said_by_name(stage: Stage) -> None:
    broken = stage.fake.send_file(b"no picture", name="broken.png")
    await mentions(stage, "a cat", files=[broken])
    await stage.whispered("The reference 'broken.png' can't be used")
    large = {**stage.fake.send_file(picture(1), name="large.png"), "size": 30_000_000}
    await mentions(stage, "a cat", files=[large])
    await stage.whispered("it is larger than 20 MB")
    gone = stage.fake.send_file(picture(1), name="gone.png")
    stage.fake.team.files.clear()
    await mentions(stage, "a cat", files=[gone])
    await stage.whispered("Slack doesn't let Limner read it")


async def test_reactions_vote_and_are_taken_back(stage: Stage) -> None:
    job, message = await stage.drawn()
    await reacts(stage, message, "heart")
    await reacts(stage, message, "thumbsdown", user="U0ANN")
    await until_votes(stage, job.id, "1:1")
    await reacts(stage, message, "heart", kind="reaction_removed")
    await until_votes(stage, job.id, "0:1")
    await reacts(stage, message, "eyes")
    stage.fake.team.users["U0EVE"] = {"is_stranger": True, "team_id": "T0OTHER"}
    await reacts(stage, message, "heart", user="U0EVE")
    await reacts(stage, message, "-1", user="U0BOB")
    await until_votes(stage, job.id, "0:2")
    assert stage.fake.team.whispered("U0EVE") == ""


async def until_votes(stage: Stage, job_id: str, wanted: str) -> None:
    async def there() -> bool:
        return await votes(stage, job_id) == wanted

    await until(there)


async def test_app_home_shows_jobs_usage_and_preferences(stage: Stage) -> None:
    job, _message = await stage.drawn()
    await stage.fake.event(
        {"type": "app_home_opened", "user": "U0ANN", "tab": "home", "channel": "DU0ANN"}
    )
    await until(lambda: "U0ANN" in stage.fake.team.homes)
    home = stage.fake.team.homes["U0ANN"]
    said = str(home["blocks"])
    assert "a cat" in said
    assert "You requested 1 picture today" in said
    assert "aspect" in said
    assert "Needs approval" not in said
    assert job.id in said
    listed = Message("", {"blocks": home["blocks"]})
    await stage.fake.press_at_home(listed.button("show"))
    await until(lambda: bool(stage.fake.team.views) and "slack_file" in str(stage.fake.team.views))
    change = {"action_id": "limner.settings", "value": "-"}
    await stage.fake.press_at_home(change)
    await until(lambda: len(stage.fake.team.views) == 2)
    await stage.fake.submit({"name": "style", "value": "ink"})
    await until(lambda: "ink" in str(stage.fake.team.homes["U0ANN"]))


async def test_app_home_lets_moderators_approve(stage: Stage) -> None:
    review = stage.fake.team.channel("C0REVIEW")
    for name, value in (("review_channel", "C0REVIEW"), ("approvals", "1")):
        await stage.fake.slash(f"settings team {name} {value}", user="U0ADA")
        await stage.whispered(f"{name} {value}", user="U0ADA")
    job, _message = await stage.asked()
    await stage.finished(job)
    await stage.deliver(job, DeliveryKind.REVIEW)
    await stage.become(job, JobStatus.REVIEWING)
    for user in ("U0ADA", "U0BOB"):
        await stage.fake.event({"type": "app_home_opened", "user": user, "tab": "home"})
    await until(lambda: len(stage.fake.team.homes) == 2)
    assert "Needs approval" not in str(stage.fake.team.homes["U0BOB"])
    home = Message("", {"blocks": stage.fake.team.homes["U0ADA"]["blocks"]})
    await stage.fake.press_at_home(home.button("approve"), user="U0ADA")
    await until(lambda: "Approved and posted." in review.newest.said)
    await until(lambda: "Needs approval" not in str(stage.fake.team.homes["U0ADA"]))


async def test_the_pane_suggests_and_shows_that_something_is_done(stage: Stage) -> None:
    mine = stage.fake.team.dm("U0ANN")
    thread: dict[str, object] = {
        "user_id": "U0ANN",
        "channel_id": mine.id,
        "thread_ts": "1700000000.000100",
        "context": {},
    }
    await stage.fake.event({"type": "assistant_thread_started", "assistant_thread": thread})
    await stage.fake.event(
        {"type": "app_home_opened", "user": "U0ANN", "tab": "messages", "channel": mine.id}
    )
    await until(lambda: stage.fake.calls["assistant.threads.setSuggestedPrompts"] == 2)
    await says(stage, "a cat", channel=mine.id, thread="1700000000.000100")
    message = await stage.message(channel=mine)
    assert message.thread_ts == "1700000000.000100"
    session = (mine.id, "1700000000.000100")
    await until(lambda: "processing" in stage.fake.team.sessions.get(session, []))
    assert stage.fake.calls["assistant.threads.setStatus"] == 0


async def test_without_sessions_the_pane_shows_that_something_is_done(stage: Stage) -> None:
    stage.fake.rules.append((lambda method, _a: method.startswith("agents."), "unknown_method"))
    mine = stage.fake.team.dm("U0ANN")
    await says(stage, "a cat", channel=mine.id, thread="1700000000.000100")
    await stage.message(channel=mine)
    assert stage.fake.calls["assistant.threads.setStatus"] >= 1


async def test_a_workspace_without_the_pane_works_all_the_same(stage: Stage) -> None:
    stage.fake.mishaps["assistant.threads.setStatus"].append("missing_scope")
    mine = stage.fake.team.dm("U0ANN")
    await says(stage, "a cat", channel=mine.id, thread="1700000000.000100")
    await stage.message(channel=mine)


async def test_presets_blends_and_descriptions(stage: Stage) -> None:
    await stage.fake.slash("preset save poster aspect:3:4")
    await stage.whispered("Saved as “poster”")
    await stage.fake.slash("preset use poster a fox")
    [job] = await stage.jobs()
    assert (job.request.prompt, str(job.request.aspect)) == ("a fox", "3:4")
    both = [stage.fake.send_file(picture(n), name=f"{n}.png") for n in (1, 2)]
    await mentions(stage, "blend", files=both)
    assert len((await stage.jobs(2))[1].request.attachments) == 2
    await stage.fake.slash("describe https://example.org/a.png")
    await stage.whispered("no vision model is set up")


async def test_a_requester_who_waited_long_is_notified_once_that_the_picture_is_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "LONG", timedelta(0))
    job, message = await stage.drawn()
    told = await stage.message(2)
    assert told.thread_ts == message.ts
    assert "Your picture is ready." in str(told.blocks)
    assert job.request.origin.member_id in str(told.blocks)

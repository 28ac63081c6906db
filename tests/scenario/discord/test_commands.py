"""Every slash command and menu: its request, its answer, and who sees its errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
import simcord

from bot.discord.gateway.client import LimnerClient
from bot.locale.catalog import COMMANDS, words
from domain.requests import (
    MAX_REFERENCES,
    AspectRatio,
    Audience,
    Destination,
    Edit,
    JobKind,
    JobStatus,
    ResearchDepth,
    Rights,
)
from domain.short_codes import short_code
from domain.team import Preferences, Scope
from jobs.admission.requests import Requester
from tests.fakes.web import picture
from tests.scenario.discord.conftest import PATIENT, Scene, alone, labels, said

pytestmark = PATIENT
CAT = ("cat.png", picture(1, kind="PNG"))


async def test_a_request_is_acknowledged_at_once_and_becomes_a_live_message(scene: Scene) -> None:
    job_id, result = await scene.imagine("a fox in *Paris*")
    assert result.acknowledged
    first = next(r for r in scene.env.http_requests if r.path.startswith("/interactions/"))
    assert first.json == {"type": 5}
    assert result.response is not None
    assert not result.response.ephemeral
    assert (
        said(result.response)
        == f"### a fox in \\*Paris\\*\n⏳ In the queue, you're next.\n-# {short_code(job_id)}"
    )
    assert labels(result.response) == ["Cancel"]
    [kept] = (await scene.view(job_id)).messages
    assert (kept.message, kept.channel) == (str(result.response.id), str(scene.channel.id))
    assert kept.open


async def test_the_options_reach_the_request(scene: Scene) -> None:
    job_id, _ = await scene.imagine(
        "a fox",
        reference=CAT,
        research="deep",
        aspect="16:9",
        style="ink",
        count=2,
        seed=7,
        generator="storyboard",
        rights="licensed",
        choose=True,
    )
    request = (await scene.view(job_id)).job.request
    assert (request.prompt, request.origin.member_id) == ("a fox", str(scene.ann.id))
    assert (request.research, request.rights) == (ResearchDepth.DEEP, Rights.LICENSED)
    assert (request.aspect, request.count, request.seed) == (AspectRatio(16, 9), 2, 7)
    assert (request.style, request.generator, request.routing.checkpoint) == (
        "ink",
        "storyboard",
        True,
    )
    assert [a.name for a in request.attachments] == ["cat.png"]


async def test_the_same_interaction_told_twice_is_one_job_and_one_message(scene: Scene) -> None:
    job_id, result = await scene.imagine()
    told = [p for _, name, p in scene.env.backend.transcript if name == "INTERACTION_CREATE"]
    scene.env.backend.emit("INTERACTION_CREATE", told[-1])
    await scene.env.settle()
    assert [m.id for m in scene.channel.history()] == [result.response and result.response.id]
    assert (await scene.newest()).job.id == job_id
    assert len((await scene.view(job_id)).messages) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"aspect": "banana"}, "'banana' isn't a usable aspect ratio"),
        ({"generator": "nothing"}, "nothing"),
        ({"reference": ("x.png", b"no picture")}, "The reference 'x.png' can't be used"),
    ],
)
async def test_what_cannot_be_asked_is_reported_to_the_person_alone(
    scene: Scene, options: dict[str, Any], sentence: str
) -> None:
    result = await scene.ann.slash(scene.channel, "imagine", prompt="a fox", **options)
    told = alone(result)
    assert told.ephemeral
    assert sentence in said(told)
    assert [m for m in scene.channel.history() if not m.flags.ephemeral] == []
    assert await scene.office.job_service.recent(scene.workspace) == []


async def test_what_breaks_is_logged_and_told_without_the_inside(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object, **_parts: object) -> None:
        raise RuntimeError("postgresql://user:secret@host")

    monkeypatch.setattr(scene.office.job_service, "submit", broken)
    result = await scene.ann.slash(scene.channel, "imagine", prompt="a fox")
    assert "Something went wrong" in said(result.followups[0])
    assert "secret" not in str([m.components for m in scene.channel.history()])


async def test_where_limner_may_not_post_the_missing_permissions_are_reported(scene: Scene) -> None:
    me = scene.guild.me
    assert me is not None
    denied = discord.PermissionOverwrite(attach_files=False, send_messages=False)
    quiet = scene.guild.create_text_channel("quiet", overwrites={me: denied})
    result = await scene.ann.slash(quiet, "imagine", prompt="a fox")
    assert result.ephemeral
    assert result.response is not None
    assert "Give it “Send Messages” and “Attach Files” in this channel" in said(result.response)
    assert await scene.office.job_service.recent(scene.workspace) == []
    private = await scene.ann.slash(quiet, "imagine", prompt="a fox", private=True)
    assert private.ephemeral
    assert (await scene.newest()).job.request.routing.private


async def test_an_age_restricted_channel_is_for_adults(
    scene: Scene, simcord_bot: LimnerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simcord_bot.get_channel(scene.channel.id), "nsfw", True)
    job_id, _ = await scene.imagine("a fox")
    assert (await scene.view(job_id)).job.request.origin.audience is Audience.ADULTS


async def test_a_picture_is_changed_by_its_id(scene: Scene) -> None:
    job_id, _ = await scene.done()
    result = await scene.bob.slash(
        scene.channel, "edit", image=job_id, instruction="make it night", reference=CAT
    )
    view = await scene.newest()
    assert view.job.kind is JobKind.EDIT
    assert [a.name for a in view.job.request.attachments] == ["the earlier picture", "cat.png"]
    assert result.response is not None
    assert "make it night" in said(result.response)


async def test_a_private_picture_stays_private_when_it_is_changed(scene: Scene) -> None:
    job_id, _ = await scene.imagine(private=True)
    await scene.finish(job_id)
    await scene.deliver(job_id)
    result = await scene.ann.slash(scene.channel, "edit", image=job_id, instruction="at night")
    assert [m for m in scene.channel.history() if not m.flags.ephemeral] == []
    assert result.followups[0].ephemeral
    assert (await scene.newest()).job.request.routing.private


async def test_sources_are_shown_to_whoever_asks(scene: Scene) -> None:
    job_id, _ = await scene.done()
    result = await scene.bob.slash(scene.channel, "sources", job=job_id)
    assert result.ephemeral
    assert result.response is not None
    text = said(result.response)
    assert "**1** She commanded a shuttle" in text
    assert "> “commanded a shuttle”" in text
    assert "no source found" in text


async def test_jobs_are_looked_at_and_stopped(scene: Scene) -> None:
    job_id, result = await scene.imagine("a fox")
    status = await scene.ann.slash(scene.channel, "job status", id=job_id)
    assert status.ephemeral
    assert "In the queue" in said(status.response)
    refused = await scene.bob.slash(scene.channel, "job status", id="01UNKNOWN")
    assert (
        said(refused.response)
        == "⚠️ There is no job '01UNKNOWN' here. /job history lists your jobs."
    )
    history = await scene.ann.slash(scene.channel, "job history")
    assert "a fox" in said(history.response)
    await scene.ann.slash(scene.channel, "job cancel", id=job_id)
    assert (await scene.view(job_id)).job.status is JobStatus.CANCELLED
    await scene.show(job_id)
    assert result.response is not None
    assert "⏹️ Cancelled" in said(result.response)


async def test_only_the_owner_and_moderators_stop_a_job(scene: Scene) -> None:
    stranger = scene.guild.add_member(scene.env.create_user("stranger"))
    job_id, _ = await scene.imagine()
    refused = await stranger.slash(scene.channel, "job cancel", id=job_id)
    assert "Only the person who asked, or a moderator" in said(refused.response)
    await scene.bob.slash(scene.channel, "job cancel", id=job_id)
    assert (await scene.view(job_id)).job.status is JobStatus.CANCELLED


async def test_another_server_sees_nothing(scene: Scene) -> None:
    job_id, _ = await scene.done()
    other = scene.env.create_guild("Others")
    channel = other.create_text_channel("general")
    spy = other.add_member(scene.env.create_user("spy"))
    for command, options in (
        ("job status", {"id": job_id}),
        ("sources", {"job": job_id}),
        ("job cancel", {"id": job_id}),
        ("edit", {"image": job_id, "instruction": "x"}),
    ):
        result = await spy.slash(channel, command, **options)
        told = alone(result)
        assert "There is no" in said(told), command
    gallery = await spy.slash(channel, "gallery")
    assert "No votes yet" in said(gallery.response)
    assert await spy.autocomplete(channel, "sources", "job", "fox") == []


async def test_the_library_is_filled_shown_and_emptied(scene: Scene) -> None:
    refused = await scene.ann.slash(scene.channel, "library add", file=CAT)
    assert "Only moderators" in said(refused.response)
    added = await scene.bob.slash(
        scene.channel, "library add", file=CAT, title="Our cat", license="CC0 1.0"
    )
    assert "Our cat" in said(added.response)
    listed = await scene.ann.slash(scene.channel, "library list")
    assert "Our cat\n-# CC0 1.0" in said(listed.response)
    [choice] = await scene.bob.autocomplete(scene.channel, "library remove", "id", "cat")
    removed = await scene.bob.slash(scene.channel, "library remove", id=choice["value"])
    assert "Removed from the library" in said(removed.response)
    empty = await scene.ann.slash(scene.channel, "library list")
    assert "The library is empty" in said(empty.response)


async def test_a_long_library_is_leafed_through(scene: Scene) -> None:
    for number in range(27):
        await scene.office.library.add_upload(scene.workspace, f"{number}.txt", b"text %d" % number)
    listed = await scene.ann.slash(scene.channel, "library list")
    assert listed.response is not None
    assert labels(listed.response) == ["Show more"]
    more = await scene.ann.click(listed.response, label="Show more")
    assert more.ephemeral
    assert said(more.response).count("unknown license") == 2


async def test_settings_hold_for_a_person_a_channel_and_the_team(scene: Scene) -> None:
    own = await scene.ann.slash(scene.channel, "settings user", name="style", value="ink")
    assert "**Style** `style` ink" in said(own.response)
    refused = await scene.ann.slash(scene.channel, "settings channel", name="style", value="oil")
    assert "Only an admin" in said(refused.response)
    await scene.eve.slash(scene.channel, "settings channel", name="aspect", value="16:9")
    await scene.eve.slash(scene.channel, "settings team", name="rights", value="licensed")
    job_id, _ = await scene.imagine()
    request = (await scene.view(job_id)).job.request
    assert (request.style, request.aspect) == ("ink", AspectRatio(16, 9))
    assert request.rights is Rights.LICENSED
    shown = await scene.eve.slash(scene.channel, "settings team")
    assert "**Rights of reference images** `rights` licensed" in said(shown.response)
    wrong = await scene.eve.slash(scene.channel, "settings team", value="x")
    assert "Choose which setting to change, too" in said(wrong.response)
    choices = await scene.eve.autocomplete(scene.channel, "settings team", "name", "quota")
    assert choices == []
    choices = await scene.eve.autocomplete(scene.channel, "settings team", "name", "daily")
    assert [c["value"] for c in choices] == ["daily_per_member", "daily_per_workspace"]


async def test_values_of_settings_are_picked_and_not_typed(scene: Scene) -> None:
    artists = scene.guild.create_role("Artists")

    async def offered(name: str, typed: str = "") -> list[tuple[str, str]]:
        choices = await scene.eve.autocomplete(
            scene.channel, "settings team", "value", typed, name=name
        )
        return [(choice["name"], choice["value"]) for choice in choices]

    assert await offered("threads") == [("yes", "yes"), ("no", "no")]
    assert ("deep", "deep") in await offered("research")
    assert await offered("language", "d") == [("de", "de")]
    assert await offered("allowed_groups", "art") == [("@Artists", f"<@&{artists.id}>")]
    assert (f"#{scene.channel.name}", f"<#{scene.channel.id}>") in await offered("review_channel")
    assert await offered("blocked") == []


async def test_admins_set_limits_rights_and_rules(scene: Scene) -> None:
    quota = await scene.eve.slash(scene.channel, "admin quota", person=1, together=3)
    assert "`daily_per_member` 1" in said(quota.response)
    await scene.imagine()
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="another")
    assert "You have reached today's limit of 1 picture" in said(alone(refused))
    await scene.eve.slash(scene.channel, "admin quota", person=0)
    role = scene.guild.create_role("Artists")
    await scene.eve.slash(scene.channel, "admin roles", allowed=role)
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="another")
    assert "You don't have access" in said(alone(refused))
    artist = scene.guild.add_member(scene.env.create_user("artist"), roles=[role])
    await scene.imagine("a bear", who=artist)
    await scene.eve.slash(scene.channel, "settings team", name="allowed_groups", value="none")
    await scene.eve.slash(scene.channel, "admin policy", blocked="clowns, war")
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="clowns everywhere")
    assert "does not want pictures about 'clowns'" in said(alone(refused))
    await scene.eve.slash(scene.channel, "admin pause", on=True)
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="a fox")
    assert "paused" in said(alone(refused))
    audit = await scene.eve.slash(scene.channel, "admin audit")
    assert "settings · workspace · paused: yes" in said(audit.response)


async def test_roles_are_read_by_name_and_what_names_none_changes_nothing(scene: Scene) -> None:
    artists = scene.guild.create_role("Artists")
    await scene.eve.slash(scene.channel, "admin roles", allowed=artists)
    wished = await scene.office.team.preferences_at(
        Requester(scene.workspace, "eve", Destination("discord", "1")), Scope.WORKSPACE
    )
    assert wished.allowed_groups == (str(artists.id),)
    for typed in ("Painters", "Artists and friends", "ARTISTS2 or so", "everyone!"):
        wrong = await scene.eve.slash(
            scene.channel, "settings team", name="allowed_groups", value=typed
        )
        assert "isn't a role or group" in said(wrong.response)
    kept = await scene.office.team.preferences_at(
        Requester(scene.workspace, "eve", Destination("discord", "1")), Scope.WORKSPACE
    )
    assert (kept.allowed_groups, kept.moderator_groups) == ((str(artists.id),), None)
    refused = await scene.ann.slash(scene.channel, "imagine", prompt="a fox")
    assert "You don't have access" in said(alone(refused))


async def test_admin_commands_are_hidden_from_members_and_checked_all_the_same(
    scene: Scene,
) -> None:
    assert "admin pause" not in scene.ann.available_commands(scene.channel)
    assert "admin pause" in scene.eve.available_commands(scene.channel)
    [command] = [c for c in scene.env.backend.commands[None].values() if c["name"] == "admin"]
    scene.guild.set_command_permissions(int(command["id"]), {scene.ann.user: True})
    refused = await scene.ann.slash(scene.channel, "admin pause", on=True)
    assert "Only an admin" in said(refused.response)


async def test_a_review_channel_of_another_server_is_refused(scene: Scene) -> None:
    foreign = scene.env.create_guild("Others").create_text_channel("secret")
    for command, options in (
        ("settings team", {"name": "review_channel", "value": f"<#{foreign.id}>"}),
        ("settings channel", {"name": "review_channel", "value": str(foreign.id)}),
    ):
        refused = await scene.eve.slash(scene.channel, command, **options)
        assert "That channel isn't on this server" in said(refused.response)
    me = scene.guild.me
    assert me is not None
    denied = discord.PermissionOverwrite(attach_files=False)
    quiet = scene.guild.create_text_channel("quiet", overwrites={me: denied})
    refused = await scene.eve.slash(scene.channel, "admin policy", review=quiet)
    assert "Limner can't post pictures in that channel" in said(refused.response)


async def test_approvals_are_refused_where_the_review_channel_cannot_be_used(scene: Scene) -> None:
    me = scene.guild.me
    assert me is not None
    denied = discord.PermissionOverwrite(attach_files=False)
    quiet = scene.guild.create_text_channel("quiet", overwrites={me: denied})
    async with scene.office.store.workspace(scene.workspace) as unit:  # it could be used once
        kept = Preferences(review_channel=str(quiet.id))
        await unit.preferences.save(Scope.WORKSPACE, "", kept)
    for command, options in (
        ("admin policy", {"approvals": 2}),
        ("settings team", {"name": "approvals", "value": "2"}),
    ):
        refused = await scene.eve.slash(scene.channel, command, **options)
        assert "The review channel can't be used." in said(refused.response)
        assert "Give it “View Channel”" in said(refused.response)


async def test_usage_is_ones_own_and_for_admins_everybodys(scene: Scene) -> None:
    await scene.imagine()
    own = await scene.ann.slash(scene.channel, "usage")
    assert "You requested 1 picture today" in said(own.response)
    refused = await scene.ann.slash(scene.channel, "usage", team=True)
    assert "Only an admin" in said(refused.response)
    team = await scene.eve.slash(scene.channel, "usage", team=True)
    assert "Your team requested 1" in said(team.response)


async def test_help_names_every_command(scene: Scene) -> None:
    result = await scene.ann.slash(scene.channel, "help")
    assert result.ephemeral
    for command in scene.ann.available_commands(scene.channel):
        name = command.split()[0]
        assert name == "help" or f"/{name}: " in said(result.response)
    assert "/admin: " not in said(result.response)
    assert "/admin: " in said((await scene.eve.slash(scene.channel, "help")).response)


@pytest.mark.parametrize(
    ("option", "typed", "value"),
    [("aspect", "16", "16:9"), ("style", "wood", "woodcut"), ("generator", "", "storyboard")],
)
async def test_values_are_suggested_while_somebody_types(
    scene: Scene, option: str, typed: str, value: str
) -> None:
    choices = await scene.ann.autocomplete(scene.channel, "imagine", option, typed, prompt="x")
    assert value in [choice["value"] for choice in choices]


async def test_ones_own_jobs_are_suggested(scene: Scene) -> None:
    job_id, _ = await scene.imagine("a fox in Paris")
    [choice] = await scene.ann.autocomplete(scene.channel, "job cancel", "id", "PARIS")
    assert choice["value"] == job_id
    assert await scene.bob.autocomplete(scene.channel, "job cancel", "id", "PARIS") == []


async def test_a_message_is_illustrated_with_its_text_and_pictures(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "a **fox** on a hill", attachments=[CAT])
    result = await scene.ann.context_menu(scene.channel, "Illustrate this", message)
    view = await scene.newest()
    assert view.job.request.prompt == "a **fox** on a hill"
    assert [a.name for a in view.job.request.attachments] == ["cat.png"]
    assert result.response is not None
    assert not result.response.ephemeral


async def test_a_message_without_anything_is_refused(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "a fox", attachments=[("x.pdf", b"%PDF-1.7")])
    result = await scene.ann.context_menu(scene.channel, "Illustrate this", message)
    assert "I can't use x.pdf" in said(alone(result))
    many = [(f"{number}.png", CAT[1]) for number in range(MAX_REFERENCES + 1)]
    message = await scene.bob.send(scene.channel, "a fox", attachments=many)
    result = await scene.ann.context_menu(scene.channel, "Illustrate this", message)
    assert f"attach at most {MAX_REFERENCES}" in said(alone(result))
    message = await scene.bob.send(scene.channel, "   ", attachments=[("x.zip", b"PK")])
    result = await scene.ann.context_menu(scene.channel, "Edit image", message)
    assert result.ephemeral
    assert "That message has no picture" in said(result.response)
    result = await scene.ann.context_menu(scene.channel, "Show sources", message)
    assert "isn't one of my pictures" in said(result.response)


async def test_where_a_picture_comes_from_is_reported_to_the_requester_alone(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "look", attachments=[CAT])
    shown = await scene.ann.context_menu(scene.channel, "Verify image", message)
    assert shown.ephemeral
    assert "Nothing is known about this picture" in said(shown.response)
    job_id, _ = await scene.done()
    view = await scene.office.job_service.view(scene.workspace, job_id)
    sha256 = await scene.office.blobs.put(scene.workspace, CAT[1])
    async with scene.office.store.workspace(scene.workspace) as unit:
        await unit.illustrations.save(replace(view.illustrations[0], sha256=sha256))
    again = await scene.ann.context_menu(scene.channel, "Verify image", message)
    assert "Made by Limner here" in said(again.response)
    none = await scene.ann.slash(scene.channel, "verify")
    assert "Send a picture" in said(none.response)


async def test_a_picture_of_limners_is_changed_and_explained_from_its_menu(scene: Scene) -> None:
    _, message = await scene.done()
    shown = await scene.bob.context_menu(scene.channel, "Edit image", message)
    assert shown.modal is not None
    await scene.bob.submit_modal(shown, {"text": "make it night"})
    view = await scene.newest()
    assert (view.job.kind, view.job.request.prompt) == (JobKind.EDIT, "make it night")
    sources = await scene.bob.context_menu(scene.channel, "Show sources", message)
    assert sources.ephemeral
    assert "commanded a shuttle" in said(sources.response)


async def test_of_a_set_the_menu_asks_which_picture_to_change(scene: Scene) -> None:
    job_id, result = await scene.imagine(count=2)
    _first, second = await scene.finish(job_id, pictures=2)
    await scene.deliver(job_id)
    assert result.response is not None
    message = result.response.message
    shown = await scene.bob.context_menu(scene.channel, "Edit image", message)
    await scene.bob.submit_modal(shown, {"text": "make it night", "picture": [second.id]})
    view = await scene.newest()
    assert isinstance(view.job.request.action, Edit)
    assert view.job.request.action.parent_id == second.id


async def test_anybodys_picture_is_drawn_anew_from_its_menu(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "look", attachments=[CAT])
    shown = await scene.ann.context_menu(scene.channel, "Edit image", message)
    await scene.ann.submit_modal(shown, {"text": "as a woodcut", "files": ("b.png", CAT[1])})
    request = (await scene.newest()).job.request
    assert request.prompt == "as a woodcut"
    assert [a.name for a in request.attachments] == ["cat.png", "b.png"]


async def test_commands_work_in_a_conversation_with_limner_alone(scene: Scene) -> None:
    user = scene.ann.user
    result = await user.slash("imagine", prompt="a fox")
    assert result.response is not None
    [job] = await scene.office.job_service.recent(f"discord:dm:{user.id}")
    assert (job.request.prompt, job.request.origin.workspace_id) == (
        "a fox",
        f"discord:dm:{user.id}",
    )
    own = await user.slash("settings team", name="style", value="ink")
    assert "**Style** `style` ink" in said(own.response)
    await user.slash("job cancel", id=job.id)
    assert await scene.office.job_service.recent(scene.workspace) == []


async def test_attachments_are_read_from_discord_alone(scene: Scene) -> None:
    option = {"type": 11, "name": "reference", "value": "5"}
    result = await scene.ann.slash(scene.channel, "imagine", prompt="a fox", reference=CAT)
    assert result.response is not None
    payload = [p for _, n, p in scene.env.backend.transcript if n == "INTERACTION_CREATE"][-1]
    forged = {**payload, "id": "99999999999999999"}
    attachments = payload["data"]["resolved"]["attachments"]
    known = next(iter(attachments.values()))
    forged["data"] = {
        **payload["data"],
        "resolved": {"attachments": {"5": {**known, "id": "5", "url": "http://127.0.0.1/x.png"}}},
        "options": [*[o for o in payload["data"]["options"] if o["name"] == "prompt"], option],
    }
    record = scene.env.backend.new_interaction(2, scene.channel.id, scene.ann.id, scene.guild.id)
    forged["id"], forged["token"] = str(record.id), record.token
    scene.env.backend.emit("INTERACTION_CREATE", forged)
    await scene.env.settle()
    told = alone(simcord.InteractionResult(scene.env, record))
    assert "isn't a file uploaded to Discord" in said(told)


async def test_a_command_has_names_in_every_language_and_is_sent_only_when_it_changed(
    scene: Scene,
) -> None:
    known = {c["name"]: c for c in scene.env.backend.commands[None].values()}
    assert known["imagine"]["name_localizations"] == {"de": "zeichne"}
    prompt = known["imagine"]["options"][0]
    assert prompt["name_localizations"] == {"de": words("imagine.prompt", "de").name}
    assert known["Illustrate this"]["name_localizations"] == {"de": "Bild dazu erstellen"}
    assert set(known) >= {path for path in COMMANDS if "." not in path}
    puts = [r for r in scene.env.http_requests if r.method == "PUT"]
    assert len(puts) == 1
    for command in known.values():
        assert command["integration_types"] == [0]
        served = [0] if command["name"] in {"admin", "news"} else [0, 1]
        assert command["contexts"] == served


@pytest.mark.parametrize(
    ("prompt", "options"),
    [
        ("a fox style:ink style:oil", {}),
        ("a fox", {"aspect": "banana"}),
        ("a naked child", {}),
        ("{a, b, c, d, e, f, g, h, i, j, k, l, m, n} fox", {}),
    ],
)
async def test_what_is_refused_never_shows_in_public(
    scene: Scene, prompt: str, options: dict[str, str]
) -> None:
    result = await scene.ann.slash(scene.channel, "imagine", prompt=prompt, **options)
    assert result.ephemeral
    assert begun_in_public(scene) == 0


def begun_in_public(scene: Scene) -> int:
    """How many interactions were answered by "thinking…" where everybody reads."""
    answers: list[dict[str, Any]] = [
        request.json or {}
        for request in scene.env.http_requests
        if request.path.endswith("/callback")
    ]
    return sum(
        answer["type"] == 5 and not answer.get("data", {}).get("flags", 0) & 64
        for answer in answers
    )


async def test_a_refused_change_never_shows_in_public(scene: Scene) -> None:
    _job_id, message = await scene.done()
    before = begun_in_public(scene)
    refused = "a photo of a child without clothes"
    [picture] = (await scene.newest()).illustrations
    edited = await scene.ann.slash(scene.channel, "edit", image=picture.id, instruction=refused)
    assert edited.ephemeral
    form = await scene.ann.click(message, label="Edit…")
    assert (await scene.ann.submit_modal(form, {"text": refused})).ephemeral
    assert begun_in_public(scene) == before


async def test_what_a_paused_team_begins_never_shows_in_public(scene: Scene) -> None:
    _job_id, message = await scene.done()
    before = begun_in_public(scene)
    await scene.eve.slash(scene.channel, "admin pause", on=True)
    for label in ("Redo research", "Vary"):
        assert (await scene.ann.click(message, label=label)).ephemeral, label
    assert begun_in_public(scene) == before


async def test_any_picture_is_used_as_a_reference(scene: Scene) -> None:
    message = await scene.bob.send(scene.channel, "look", attachments=[CAT])
    form = await scene.ann.context_menu(scene.channel, "Use as reference", message)
    assert form.modal is not None
    assert form.modal["title"] == "Use as reference"
    nothing = await scene.bob.send(scene.channel, "no picture here")
    refused = await scene.ann.context_menu(scene.channel, "Use as reference", nothing)
    assert refused.ephemeral
    assert "has no picture" in said(refused.response)

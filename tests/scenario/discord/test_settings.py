"""Settings as forms: menus of what may be changed, typed fields, and errors that change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.setting_fields import SETTING_GROUPS
from domain.policy import Action, Category
from domain.requests import AspectRatio, Destination
from domain.team import Preferences, Scope
from evaluation.peers.discord_rules import Object
from jobs.admission.requests import Requester
from tests.scenario.discord.conftest import PATIENT, Scene, parts, said

pytestmark = PATIENT


async def kept(scene: Scene, scope: Scope = Scope.WORKSPACE) -> Preferences:
    """What is set."""
    place = Destination("discord", str(scene.channel.id))
    return await scene.office.team.preferences_at(
        Requester(scene.workspace, str(scene.ann.id), place), scope
    )


def menus(message: Any) -> dict[str, Object]:
    """The menus of a message by their ids."""
    return {str(part["custom_id"]): part for part in parts(message) if part["type"] == 3}


def fields(shown: simcord.InteractionResult) -> dict[str, Object]:
    """The fields of a form by their ids, with their titles and descriptions."""
    assert shown.modal is not None
    labelled = [each for each in shown.modal["components"] if each["type"] == 18]
    return {each["component"]["custom_id"]: {**each, **each["component"]} for each in labelled}


def preset(field: Object) -> list[str]:
    """The values that a field starts with."""
    if "default_values" in field:
        return [str(each["id"]) for each in field["default_values"]]
    return [str(each["value"]) for each in field["options"] if each.get("default")]


async def pick(scene: Scene, name: str) -> tuple[Any, simcord.InteractionResult]:
    """The team's settings, and the form of one that an admin picked there."""
    answer = (await scene.eve.slash(scene.channel, "settings team")).response
    group = next(group for group, names in SETTING_GROUPS.items() if name in names)
    code = f"limner:setting:workspace:{group}"
    assert answer is not None
    return answer, await scene.eve.select(answer, [name], custom_id=code)


async def test_settings_have_menus_of_what_the_reader_may_change(scene: Scene) -> None:
    answer = (await scene.eve.slash(scene.channel, "settings team")).response
    found = menus(answer)
    assert len(found) == len(SETTING_GROUPS)
    people = found["limner:setting:workspace:people"]
    told = {each["value"]: (each["label"], each["description"]) for each in people["options"]}
    assert told["approvals"] == ("Approvals needed", "not set; in effect: none")
    assert "**Approvals needed** `approvals` not set; in effect: none" in said(answer)
    own = (await scene.ann.slash(scene.channel, "settings user")).response
    assert list(menus(own)) == [
        f"limner:setting:member:{group}" for group in ("pictures", "chat", "policy")
    ]
    for place in ("channel", "team"):
        assert not menus((await scene.ann.slash(scene.channel, f"settings {place}")).response)


async def test_a_number_is_asked_for_with_its_range_and_what_is_set_now(scene: Scene) -> None:
    answer, shown = await pick(scene, "daily_per_member")
    assert shown.modal is not None
    assert shown.modal["title"] == "Pictures per person per day"
    [field] = fields(shown).values()
    assert (field["type"], field["description"]) == (4, "0 to 100000. Now: not set")
    changed = await scene.eve.submit_modal(shown, {"daily_per_member": "12"})
    assert (await kept(scene)).daily_per_member == 12
    assert changed.response is not None
    assert changed.response.id == answer.id
    assert "**Pictures per person per day** `daily_per_member` 12" in said(changed.response)
    for wrong in ("many", "999999", "-5"):
        _, shown = await pick(scene, "daily_per_member")
        assert fields(shown)["daily_per_member"]["value"] == "12"
        told = await scene.eve.submit_modal(shown, {"daily_per_member": wrong})
        assert "must be" in said(told.followups[0])
        assert told.followups[0].ephemeral
        assert (await kept(scene)).daily_per_member == 12
    _, shown = await pick(scene, "daily_per_member")
    await scene.eve.submit_modal(shown, {"daily_per_member": ""})
    assert (await kept(scene)).daily_per_member is None


async def test_a_switch_has_its_values_and_one_that_takes_it_back(scene: Scene) -> None:
    _, shown = await pick(scene, "threads")
    [field] = fields(shown).values()
    assert (field["type"], preset(field)) == (21, ["-"])
    assert [each["value"] for each in field["options"]] == ["-", "yes", "no"]
    await scene.eve.submit_modal(shown, {"threads": "yes"})
    assert (await kept(scene)).threads is True
    _, shown = await pick(scene, "threads")
    assert preset(fields(shown)["threads"]) == ["yes"]
    await scene.eve.submit_modal(shown, {"threads": "-"})
    assert (await kept(scene)).threads is None


async def test_a_channel_is_picked_and_must_be_one_where_limner_may_post(scene: Scene) -> None:
    review = scene.guild.create_text_channel("review")
    _, shown = await pick(scene, "review_channel")
    [field] = fields(shown).values()
    assert (field["type"], field["channel_types"]) == (8, [0, 5])
    await scene.eve.submit_modal(shown, {"review_channel": [review]})
    assert (await kept(scene)).review_channel == str(review.id)
    _, shown = await pick(scene, "review_channel")
    assert preset(fields(shown)["review_channel"]) == [str(review.id)]


async def test_roles_are_picked_and_an_empty_list_opens_nothing(scene: Scene) -> None:
    artists, fans = (scene.guild.create_role(name) for name in ("Artists", "Fans"))
    _, shown = await pick(scene, "allowed_groups")
    assert [field["type"] for field in fields(shown).values()] == [6, 21]
    assert preset(fields(shown)["allowed_groups.how"]) == ["-"]
    both = {"allowed_groups": [artists, fans], "allowed_groups.how": "-"}  # left as it was
    await scene.eve.submit_modal(shown, both)
    assert (await kept(scene)).allowed_groups == (str(artists.id), str(fans.id))
    _, shown = await pick(scene, "allowed_groups")
    assert preset(fields(shown)["allowed_groups"]) == [str(artists.id), str(fans.id)]
    assert preset(fields(shown)["allowed_groups.how"]) == ["chosen"]
    told = await scene.eve.submit_modal(shown, {"allowed_groups.how": "chosen"})
    assert "Choose at least one role. Nothing was changed." in said(told.followups[0])
    assert (await kept(scene)).allowed_groups == (str(artists.id), str(fans.id))
    _, shown = await pick(scene, "allowed_groups")
    await scene.eve.submit_modal(shown, {"allowed_groups.how": "none"})
    assert (await kept(scene)).allowed_groups == ()
    _, shown = await pick(scene, "allowed_groups")
    assert preset(fields(shown)["allowed_groups.how"]) == ["none"]
    await scene.eve.submit_modal(shown, {"allowed_groups.how": "-"})
    assert (await kept(scene)).allowed_groups is None


async def test_roles_that_are_set_can_be_taken_back_without_emptying_the_list(
    scene: Scene,
) -> None:
    artists = scene.guild.create_role("Artists")
    await scene.eve.slash(scene.channel, "admin roles", allowed=artists)
    shown = await scene.eve.slash(scene.channel, "admin roles")
    untouched = {"allowed_groups": [artists], "moderator_groups.how": "-"}
    await scene.eve.submit_modal(shown, {**untouched, "allowed_groups.how": "chosen"})
    assert (await kept(scene)).allowed_groups == (str(artists.id),)
    assert (await kept(scene)).moderator_groups is None
    shown = await scene.eve.slash(scene.channel, "admin roles")
    await scene.eve.submit_modal(shown, {**untouched, "allowed_groups.how": "-"})
    assert (await kept(scene)).allowed_groups is None


async def test_categories_of_the_policy_are_sorted_under_what_is_done_about_them(
    scene: Scene,
) -> None:
    _, shown = await pick(scene, "categories")
    found = fields(shown)
    assert list(found) == [f"categories.{action.value}" for action in Action]
    assert "minors" not in {each["value"] for each in found["categories.allow"]["options"]}
    assert "violence" in preset(found["categories.refuse"])
    stays = {"categories.notice": ["rights"], "categories.approve": ["violence"]}
    rest = [value for value in preset(found["categories.refuse"]) if value != "violence"]
    await scene.eve.submit_modal(shown, {"categories.refuse": rest, **stays})
    assert (await kept(scene)).categories == {Category.VIOLENCE: Action.APPROVE}
    _, shown = await pick(scene, "categories")
    twice = {"categories.refuse": [*rest, "violence"], **stays}
    told = await scene.eve.submit_modal(shown, twice)
    assert "stands under two actions" in said(told.followups[0])
    assert (await kept(scene)).categories == {Category.VIOLENCE: Action.APPROVE}


async def test_a_setting_that_is_named_without_a_value_opens_its_form(scene: Scene) -> None:
    shown = await scene.ann.slash(scene.channel, "settings user", name="aspect")
    assert "16:9" in [each["value"] for each in fields(shown)["aspect"]["options"]]
    answer = await scene.ann.submit_modal(shown, {"aspect": "16:9"})
    assert answer.ephemeral
    assert (await kept(scene, Scope.MEMBER)).aspect == AspectRatio(16, 9)
    refused = await scene.ann.slash(scene.channel, "settings team", name="paused")
    assert refused.modal is None
    assert "Only an admin" in said(refused.response)
    wrong = await scene.eve.slash(scene.channel, "settings user", name="paused")
    assert wrong.modal is None
    assert "can't be set here" in said(wrong.response)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("admin quota", ["daily_per_member", "daily_per_workspace", "jobs_per_member"]),
        ("admin policy", ["blocked", "review_channel", "approvals"]),
        (
            "admin roles",
            [f"{n}{how}" for n in ("allowed_groups", "moderator_groups") for how in ("", ".how")],
        ),
    ],
)
async def test_a_command_of_admins_without_values_opens_a_form_for_all_of_them(
    scene: Scene, command: str, names: list[str]
) -> None:
    shown = await scene.eve.slash(scene.channel, command)
    assert list(fields(shown)) == names


async def test_where_one_of_several_cannot_be_set_none_is(scene: Scene) -> None:
    shown = await scene.eve.slash(scene.channel, "admin policy")
    told = await scene.eve.submit_modal(shown, {"blocked": "clowns", "approvals": "2"})
    assert "review channel" in said(told.response)
    assert (await kept(scene)) == Preferences()

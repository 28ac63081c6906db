"""Searches of Slack's messages for a job: what they ask and give, and why they give nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.wiring import adds_no_finding
from bot.commands.settings import settings_at
from bot.slack.checkup import examined
from bot.slack.client import message_search
from bot.slack.client.message_search import SlackMessageSearch, opened_message_search
from bot.slack.inbound.oauth import OPTIONAL_SCOPES, SCOPES
from bot.slack.payloads.slack_event import of_event, of_interaction
from bot.slack.surface import SlackSettings
from domain.errors import InvalidRequest
from domain.requests import Destination, Job
from domain.team import Preferences, Role, Scope
from domain.team_messages import MessagesFound, TeamMessage
from domain.translation.messages import translated
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN, Mishap
from evaluation.peers.slack_team import Writing
from evaluation.peers.values import a_job
from jobs.admission.requests import Admission, Requester
from jobs.common.search_tokens import HeldSearchTokens
from jobs.services.acceptance import JobAcceptance
from jobs.services.message_search import AllowedMessageSearch
from tests.fakes.job_service import an_office
from tests.fakes.policies import a_policy
from tests.fakes.slack_stage import a_stage, a_stage_over, until

TOKEN = "12345.98765.abcd2358fdea"
METHOD = "assistant.search.context"
OTTER = Writing("Quibble is a green otter.", "https://t.slack.com/archives/C2/p1", "quibble")


@dataclass
class Scene:
    """A search of a fake Slack, and a job that came from it."""

    fake: FakeSlack
    search: SlackMessageSearch
    tokens: HeldSearchTokens
    job: Job

    async def find(self, query: str = "mascot Quibble") -> MessagesFound:
        """Search as the job's requester."""
        await self.tokens.keep(self.job.workspace_id, self.job.id, TOKEN)
        return await self.search.search(self.job, [query])


def a_slack_job(channel: str = "C0001") -> Job:
    job = a_job("slack:T0001")
    return replace(job, request=job.request.with_parts(destination=Destination("slack", channel)))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    tokens = HeldSearchTokens()
    async with fake_slack() as fake:
        fake.team.channel("C0001")
        fake.team.dm("U0ANN")
        fake.team.writings.append(OTTER)
        fake.team.action_tokens.add(TOKEN)
        opened = opened_message_search(
            f"{fake.base_url}/api/",
            bot_token=fake.team.token,
            client=("", ""),
            store=None,
            search_tokens=tokens,
        )
        async with opened as search:
            yield Scene(fake, search, tokens, a_slack_job())


async def test_public_messages_of_people_are_found_with_the_requesters_token(scene: Scene) -> None:
    scene.fake.team.writings += [
        Writing(
            "<@U0BOT> draw Quibble as a pirate", "https://t.slack.com/archives/C2/p2", "quibble"
        ),
        Writing("Quibble by an odd address", "javascript:alert(1)", "quibble"),
        Writing("Quibble of others", "https://t.slack.com/archives/C9/p3", "quibble", team="T0002"),
    ]
    found = await scene.find()
    assert found == MessagesFound((TeamMessage(OTTER.content, OTTER.permalink),))
    [asked] = scene.fake.team.searches
    assert asked["query"] == "mascot Quibble"
    assert (asked["action_token"], asked["channel_types"]) == (TOKEN, "public_channel")
    assert (asked["content_types"], asked["include_bots"]) == ("messages", "false")
    await scene.search.finish(scene.job)
    assert await scene.tokens.get(scene.job.workspace_id, scene.job.id) is None


@pytest.mark.parametrize(
    ("mishap", "sentence"),
    [
        ("missing_scope", "lacks the permission search:read.public"),
        ("invalid_action_token", "only for a short time after a message"),
        ("access_denied", r"doesn't let apps search \(access_denied\)"),
        ("feature_not_enabled", r"doesn't let apps search \(feature_not_enabled\)"),
        ("not_allowed_token_type", r"doesn't let apps search \(not_allowed_token_type\)"),
        ("internal_error", "didn't answer in time"),
        (500, "didn't answer in time"),
        ((429, {"Retry-After": "900"}), "didn't answer in time"),
    ],
)
async def test_each_refusal_is_one_sentence_in_the_readers_language(
    scene: Scene, mishap: Mishap, sentence: str
) -> None:
    scene.fake.mishaps[METHOD].append(mishap)
    found = await scene.find()
    assert found.messages == ()
    assert sentence.replace("\\", "") in found.problem
    assert translated(found.problem, "de").startswith("Nachrichten wurden nicht durchsucht: ")
    assert found.problem.count(". ") <= 1


async def test_a_short_pause_that_slack_asks_for_is_waited_for(scene: Scene) -> None:
    scene.fake.mishaps[METHOD].append((429, {"Retry-After": "1"}))
    assert (await scene.find()).messages


ODD: tuple[dict[str, Any], ...] = ({}, {"results": []}, {"results": {"messages": ["x", 1]}})


async def test_a_search_that_takes_long_holds_no_picture_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_search, "TOTAL_S", 0.1)
    scene.fake.slow[METHOD] = 60.0
    assert await scene.find() == MessagesFound(problem=message_search.UNANSWERED)


@pytest.mark.parametrize("answer", ODD)
async def test_an_answer_of_another_shape_holds_nothing(
    scene: Scene, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def odd(_team: Any, _arguments: Any) -> dict[str, Any]:
        return answer

    monkeypatch.setattr(scene.fake, "_assistant_search_context", odd)
    assert await scene.find() == MessagesFound()


async def test_nothing_is_asked_without_a_token_or_where_outsiders_read(scene: Scene) -> None:
    without = await scene.search.search(scene.job, ["Quibble"])
    assert "only for a short time" in without.problem
    scene.fake.team.channel("C0001").shared = True
    assert "people of other workspaces" in (await scene.find()).problem
    assert scene.fake.team.searches == []
    scene.job = a_slack_job("DU0ANN")
    assert (await scene.find()).messages


@pytest.mark.parametrize(
    ("team", "channel", "sentence"),
    [
        (Preferences(), Preferences(), ""),
        (Preferences(search_messages=False), Preferences(), ""),
        (Preferences(search_messages=True), Preferences(publish=True), "have public pages"),
        (Preferences(search_messages=True), Preferences(linked="x/y"), "in another channel too"),
    ],
)
async def test_the_settings_say_whether_messages_are_searched(
    scene: Scene, tmp_path: Path, team: Preferences, channel: Preferences, sentence: str
) -> None:
    await scene.tokens.keep(scene.job.workspace_id, scene.job.id, TOKEN)
    async with an_office(tmp_path, workspace="slack:T0001") as office:
        async with office.store.workspace("slack:T0001") as unit:
            await unit.preferences.save(Scope.WORKSPACE, "", team)
            await unit.preferences.save(Scope.CHANNEL, "C0001", channel)
        allowed = AllowedMessageSearch(office.store, {"slack": scene.search})
        found = await allowed.search(scene.job, ["Quibble"])
        assert found.messages == ()
        assert sentence in found.problem
        assert bool(found.problem) == bool(sentence)
        assert scene.fake.team.searches == []


@pytest.mark.parametrize(
    ("line", "passes"),
    [("Mascot: small green otter, red scarf.", True), ("Mascot: naked woman, open legs.", False)],
)
def test_a_line_that_the_policy_is_against_joins_no_prompt(line: str, *, passes: bool) -> None:
    assert adds_no_finding("our mascot Quibble", line) is passes


async def test_a_process_that_is_not_connected_to_slack_says_so(tmp_path: Path) -> None:
    async with an_office(tmp_path, workspace="slack:T0001") as office:
        async with office.store.workspace("slack:T0001") as unit:
            await unit.preferences.save(Scope.WORKSPACE, "", Preferences(search_messages=True))
        found = await AllowedMessageSearch(office.store, {}).search(a_slack_job(), ["Quibble"])
        assert "isn't connected to Slack" in found.problem


async def test_the_setting_says_what_it_means_and_is_refused_without_its_scope(
    tmp_path: Path,
) -> None:
    async with an_office(tmp_path, workspace="slack:T0001") as office:
        async with a_stage_over(office, tmp_path, scopes=SCOPES) as stage:
            stage.fake.team.users["U0ADA"] = {"is_admin": True}
            await stage.fake.slash("settings team search_messages yes", user="U0ADA")
            await stage.whispered("lacks the permission search:read.public", user="U0ADA")
        async with a_stage_over(office, tmp_path, scopes=(*SCOPES, *OPTIONAL_SCOPES)) as stage:
            stage.fake.team.users["U0ADA"] = {"is_admin": True}
            await stage.fake.slash("settings team search_messages yes", user="U0ADA")
            await stage.whispered("the app needs search:read.public", user="U0ADA")
            await stage.fake.slash("settings team search_messages yes", user="U0ANN")
            await until(lambda: "admin" in stage.fake.team.whispered("U0ANN"))


@pytest.mark.parametrize(
    ("scopes", "says"),
    [((*SCOPES, *OPTIONAL_SCOPES), "has search:read.public"), (SCOPES, "lacks search:read.public")],
)
async def test_the_doctor_says_whether_the_app_may_search(
    scopes: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    async with fake_slack() as fake:
        fake.scopes = scopes
        settings = SlackSettings(
            api_base=f"{fake.base_url}/api/",
            folder=tmp_path,
            bot_token=fake.team.token,
            app_token=APP_TOKEN,
        )
        good, text = await examined(settings)
    assert good
    assert says in text


def test_the_setting_is_shown_on_slack_alone() -> None:
    assert "search_messages" in settings_at(Scope.WORKSPACE, "slack")
    assert "search_messages" not in settings_at(Scope.WORKSPACE, "discord")
    assert "search_messages" not in settings_at(Scope.CHANNEL, "slack")


async def test_the_setting_cannot_be_set_on_discord(tmp_path: Path) -> None:
    async with an_office(tmp_path) as office:
        admin = Requester("w1", "1", Destination("discord", "1"), Role.ADMIN)
        with pytest.raises(InvalidRequest, match="can't be set here"):
            await office.commands(admin).settings(Scope.WORKSPACE, "search_messages", "yes")


@pytest.mark.parametrize(
    "parts",
    [{"action_token": TOKEN}, {"assistant_thread": {"action_token": TOKEN, "thread_ts": "1.2"}}],
)
def test_the_token_of_a_message_is_taken_and_never_shown(parts: dict[str, Any]) -> None:
    event = {"type": "message", "channel": "D1", "user": "U1", "ts": "1.2", **parts}
    turn = of_event({"event": event, "team_id": "T1"})
    assert turn.search_token == TOKEN
    assert TOKEN not in repr(turn)
    pressed = {"actions": [{"action_id": "x", "action_token": TOKEN}], "user": {"id": "U1"}}
    assert of_interaction({**pressed, "team_id": "T1"}).search_token == TOKEN
    assert TOKEN not in repr(Requester("w1", "m", Destination("slack", "C1"), search_token=TOKEN))


async def test_a_token_is_kept_for_a_job_only_where_messages_are_searched(tmp_path: Path) -> None:
    tokens = HeldSearchTokens()
    async with an_office(tmp_path, workspace="slack:T0001") as office:
        admission = Admission(a_policy(), jobs_per_member=2)
        acceptance = JobAcceptance(office.store, office.dispatcher, admission, tokens)
        asking = Requester("slack:T0001", "U1", Destination("slack", "C0001"), search_token=TOKEN)
        kept: list[str | None] = []
        for number, wished in enumerate((None, False, True)):
            async with office.store.workspace("slack:T0001") as unit:
                set_ = Preferences(search_messages=wished)
                await unit.preferences.save(Scope.WORKSPACE, "", set_)
            request = a_slack_job().request
            job = await acceptance.accept(asking, request, f"e{number}")
            kept.append(await tokens.get("slack:T0001", job.id))
    assert kept == [None, None, TOKEN]


async def test_a_window_of_sources_lists_the_messages(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        job, _message = await stage.drawn()
        async with stage.office.store.workspace("slack:T0001") as unit:
            found = {"addresses": [OTTER.permalink]}
            await unit.events.append(job.id, "messages_found", found, key="messages_found")
            rows = await unit.privacy.rows("job_events", None, offset=0, limit=500)
        assert "messages_found" not in {row["kind"] for row in rows}
        await stage.fake.slash(f"sources {job.id}")
        await until(lambda: OTTER.permalink in repr(stage.fake.team.views))

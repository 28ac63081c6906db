"""Signed bodies that Slack would never send: each is answered in a sentence, and none breaks."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.inbound.http import EVENTS_PATH, Answer, SlackHttpEndpoint
from evaluation.peers.slack import SIGNING_SECRET, FakeSlack
from tests.fakes.slack_stage import Stage, a_stage

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MANY = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, app_token="", signing_secret=SIGNING_SECRET) as opened:
        yield opened


async def answered(stage: Stage, body: str | bytes, content_type: str = JSON) -> Answer:
    """The answer to a signed body; it is never an error of ours and says what is wrong."""
    door = cast("SlackHttpEndpoint", stage.surface.door)
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    headers = {name.lower(): value for name, value in FakeSlack.signed(raw).items()}
    answer = await door.answer(
        EVENTS_PATH, query="", headers={**headers, "content-type": content_type}, body=raw
    )
    assert 200 <= answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.body.decode().endswith(".")
        assert "Traceback" not in answer.body.decode()
    return answer


ODD = {
    "empty": b"",
    "not JSON": b"{",
    "half a string": b'{"type": "',
    "null": b"null",
    "a number": b"17",
    "a list": b"[1, 2]",
    "a list of payloads": b'[{"type": "event_callback"}]',
    "not UTF-8": b"\xff\xfe\x00",
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "nested in a field": b'{"type":"event_callback","event":' + b"[" * 900 + b"]" * 900 + b"}",
    "a long number": b'{"type":"event_callback","event_time":' + b"9" * 5_000 + b"}",
    "half a surrogate": b'{"type":"url_verification","challenge":"\\ud800"}',
    "an unknown type": b'{"type":"made_up"}',
    "no type": b"{}",
    "a type that is none": b'{"type":7}',
    "an event without its event": b'{"type":"event_callback"}',
    "an event that is a list": b'{"type":"event_callback","event":[]}',
    "an event without its type": b'{"type":"event_callback","event":{}}',
    "a challenge that is none": b'{"type":"url_verification"}',
    "a press without a person": b'{"type":"block_actions","actions":[{}]}',
    "a press without a button": b'{"type":"block_actions","user":{"id":"U1"},"actions":[]}',
    "a form without a view": b'{"type":"view_submission","user":{"id":"U1"}}',
    "a view that is text": b'{"type":"view_submission","user":{"id":"U1"},"view":"V1"}',
    "values that are a list": (
        b'{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","state":{"values":[]}}}'
    ),
    "authorizations that are text": b'{"type":"event_callback","event":{"type":"x"},'
    b'"authorizations":"all"}',
    "a payload that is no JSON": b"payload=not-json",
    "a payload that is a list": b"payload=%5B%5D",
    "an empty payload": b"payload=",
    "a command without a person": b"command=%2Fillustrate&text=a+cat",
    "many fields": b"&".join(b"a%d=1" % n for n in range(5_000)),
}


async def test_an_odd_body_is_answered_in_a_sentence(stage: Stage) -> None:
    for body in ODD.values():
        for content_type in (JSON, FORM, "text/plain", ""):
            assert (await answered(stage, body, content_type)).status in (400, 401, 404)


def usual(fake: FakeSlack) -> dict[str, dict[str, Any]]:
    """What Slack really sends, one of each kind."""
    button = {"action_id": "limner.cancel", "value": "limner:cancel:01J"}
    view = {"id": "V1", "type": "modal", "callback_id": "limner.form", "private_metadata": "{}"}
    element = {"type": "plain_text_input", "value": "a cat"}
    options = {"type": "checkboxes", "selected_options": [{"value": "private"}]}
    state = {"values": {"prompt": {"value": element}, "ways": {"value": options}}}
    who = {"team": {"id": "T0001"}, "user": {"id": "U0ANN", "team_id": "T0001"}}
    said = fake.says("<@U0BOT> a cat", files=[{"id": "F1", "mimetype": "image/png", "size": 1}])
    item = {"type": "message", "channel": "C0001", "ts": "1.2"}
    return {
        "command": fake.slash_body("a cat"),
        "press": fake.press_body(button, "U0ANN", "C0001", "1.2", ticked=["1"]),
        "submission": {"type": "view_submission", **who, "view": {**view, "state": state}},
        "shortcut": {
            "type": "message_action", "callback_id": "edit_image", **who, "trigger_id": "t",
            "channel": {"id": "C0001"}, "message": {"ts": "1.2", "text": "x", "files": []},
        },
        "mention": fake.event_body({**said, "type": "app_mention"}),
        "reply": fake.event_body(fake.says("redder", thread="1.2")),
        "reaction": fake.event_body(
            {"type": "reaction_added", "user": "U0ANN", "reaction": "+1", "item": item}
        ),
        "removed": fake.event_body({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}),
        "home": fake.event_body({"type": "app_home_opened", "user": "U0ANN", "tab": "home"}),
        "link": fake.event_body(
            {
                "type": "link_shared", "channel": "C0001", "user": "U0ANN", "message_ts": "1.2",
                "unfurl_id": "x", "source": "composer",
                "links": [{"domain": "limner.example.com", "url": "https://limner.example.com/p/x"}],
            }
        ),
        "stop": fake.event_body(
            {
                "type": "agent_session_stopped", "channel": "C0001", "user": "U0ANN",
                "thread_ts": "1.2", "streaming_message_ts": ["1.3"],
            }
        ),
        "step": fake.event_body(
            {
                "type": "function_executed", "function": {"callback_id": "illustrate_this"},
                "inputs": {"prompt": "a cat", "channel": "C0001", "user": "U0ANN"},
                "function_execution_id": "Fx1", "bot_access_token": "xwfp-1",
            }
        ),
        "challenge": {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"},
    }  # fmt: skip


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(["event_callback", "view_submission", "message", "im", "true", "limner:go:1"]),
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "value", "text"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    found = [path] if path else []
    if isinstance(node, dict):
        known = cast("dict[str, Any]", node)
        for key, value in known.items():
            found += places(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            found += places(value, (*path, number))
    return found


def changed(payload: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """A payload of which some fields are something else, or gone."""
    payload = copy.deepcopy(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(payload)))
        holder: Any = payload
        for step in path[:-1]:
            holder = holder[step]
        if data.draw(st.booleans()):
            holder[path[-1]] = data.draw(values)
        else:
            del holder[path[-1]]
        if not payload:
            break
    return payload


@MANY
@given(data=st.data())
async def test_no_change_of_a_real_payload_breaks_anything(
    stage: Stage, data: st.DataObject
) -> None:
    known = usual(stage.fake)
    payload = changed(known[data.draw(st.sampled_from(sorted(known)))], data)
    stage.fake.team.users.clear()
    with structlog.testing.capture_logs() as logs:
        body = json.dumps(payload)
        if data.draw(st.booleans()):
            await answered(stage, body)
        else:
            await answered(stage, urlencode({"payload": body}), FORM)
    assert not [line for line in logs if line["event"] == "slack_not_taken_in"], logs


@MANY
@given(body=st.binary(max_size=300), content_type=st.sampled_from([JSON, FORM, ""]))
async def test_no_bytes_break_anything(stage: Stage, body: bytes, content_type: str) -> None:
    await answered(stage, body, content_type)


async def test_a_command_may_speak_of_a_payload(stage: Stage) -> None:
    body = urlencode(stage.fake.slash_body("a rocket with its payload"))
    assert (await answered(stage, body, FORM)).status == 200
    [job] = await stage.jobs()
    assert job.request.prompt == "a rocket with its payload"


async def test_what_cannot_be_written_down_is_not_acknowledged(
    stage: Stage, tmp_path: Path
) -> None:
    """Slack shows the user that it did not work."""
    [folder] = (tmp_path / "slack").iterdir()
    folder.rename(tmp_path / "gone")
    door = cast("SlackHttpEndpoint", stage.surface.door)
    body = urlencode(stage.fake.slash_body("a cat"))
    headers = {name.lower(): value for name, value in stage.fake.signed(body).items()}
    answer = await door.answer(EVENTS_PATH, query="", headers=headers, body=body.encode())
    assert answer.status == 503
    assert b"is paused" in answer.body
    assert str(folder).encode() not in answer.body, "it is the operator's matter where files lie"
    (tmp_path / "gone").rename(folder)

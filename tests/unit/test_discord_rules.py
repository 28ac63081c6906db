"""The checks of requests notice what Discord would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.peers.discord_rules import V2, discord_rules, left_out


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(code: str) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "x", "custom_id": code}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"content": "x" * 2001}, "more than 2000 characters of content"),
        ({"embeds": [{"description": "x" * 4000}] * 2}, "more than 6000 characters in embeds"),
        ({"components": [text("x" * 2001)] * 2, "flags": V2}, "more than 4000 characters in texts"),
        ({"components": [{"type": 1}] * 6}, "more than 5 rows"),
        ({"components": [text("x")] * 41, "flags": V2}, "41 components"),
        ({"components": [{"type": 1, "components": [button("a")] * 2}]}, "stands there twice"),
        ({"components": [text("x")], "content": "x", "flags": V2}, "content or embeds beside"),
        (
            {"components": [{"type": 13, "file": {"url": "attachment://x"}}], "flags": V2},
            "attachment://x did not come with the message",
        ),
        ([{"name": "Imagine", "type": 1}], "the name 'Imagine' has capitals"),
        (
            [{"name": "a", "name_localizations": {"xx": "b"}}],
            "the locale 'xx' is unknown",
        ),
        (
            [{"name": "a", "options": [{"name": "b", "description": "x" * 100}] * 81}],
            "more than 8000 characters in one command",
        ),
    ],
)
def test_what_the_description_leaves_out_is_noticed(body: Any, problem: str) -> None:
    assert problem in " ".join(left_out(body))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/channels/1/messages", {"components": [{"type": 99}], "flags": V2}),
        ("PATCH", "/channels/1/messages/2", {"attachments": "none"}),
        ("PUT", "/applications/1/commands", [{"name": "x" * 33, "description": "x"}]),
        ("POST", "/interactions/1/token/callback", {"type": "soon"}),
        ("POST", "/no/such/request", {}),
    ],
)
def test_what_discord_does_not_describe_is_noticed(method: str, path: str, body: Any) -> None:
    assert discord_rules().problems(method, path, body) != []


def test_what_discord_describes_is_let_through() -> None:
    body = {"components": [text("hello")], "flags": V2, "nonce": "1", "enforce_nonce": True}
    assert discord_rules().problems("POST", "/channels/1/messages", body) == []

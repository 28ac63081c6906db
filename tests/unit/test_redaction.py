"""No spelling of a secret gets past the redactor, and ordinary text does."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction import redactor_of_environment
from app.settings import load_settings
from domain.redaction import HIDDEN, MOST_PASSING, Redactor, secrets_in_address


def utf16_units(text: str) -> list[str]:
    """The text in UTF-16, in hex."""
    digits = text.encode("utf-16-be").hex()
    return [digits[n : n + 4] for n in range(0, len(digits), 4)]


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quoted": repr,
    "JSON": json.dumps,
    "JSON in JSON": lambda s: json.dumps(json.dumps(s)),
    "JSON with every sign escaped": lambda s: "".join(f"\\u{unit}" for unit in utf16_units(s)),
    "URL": lambda s: quote(s, safe=""),
    "URL in lower case": lambda s: "".join(f"%{byte:02x}" for byte in s.encode()),
    "URL twice": lambda s: quote(quote(s, safe=""), safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML by numbers": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 of a pair": lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
    "base64 within": lambda s: base64.b64encode(f"ab{s}cd".encode()).decode(),
    "URL-safe base64": lambda s: base64.urlsafe_b64encode(f"x{s}".encode()).decode(),
    "hex": lambda s: s.encode().hex(),
}  # fmt: skip
PRINTABLE = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
SECRETS = st.text(PRINTABLE, min_size=12, max_size=60).filter(lambda s: len(set(s)) > 5)


@given(SECRETS, st.sampled_from(sorted(SPELLINGS)), st.text(max_size=9), st.text(max_size=9))
def test_every_spelling_of_a_secret_is_hidden(
    secret: str, spelling: str, before: str, after: str
) -> None:
    spelled = SPELLINGS[spelling](secret)
    redacted = Redactor([secret]).known(f"{before} {spelled} {after}")
    assert HIDDEN in redacted
    assert secret not in redacted
    assert spelled not in redacted


@pytest.mark.parametrize("secret", ["tok-4f9c2e71b8d3a650-77aa", "pass word/9"])
@pytest.mark.parametrize("text", ["it said {}…", "it said '{}'", "it said {}", "{}.", "({})"])
def test_what_was_cut_off_in_the_middle_of_a_secret_is_hidden(secret: str, text: str) -> None:
    for part in (secret[:-1], secret[:-2], secret[:-3]):
        assert part not in Redactor([secret]).known(text.format(part))
    for part in (secret[1:], secret[2:], secret[3:]):
        assert part not in Redactor([secret]).known(f"…{part} was said")
        assert part not in Redactor([secret]).known(f"{part} was said")


@pytest.mark.parametrize(
    "token",
    [
        "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
        "xapp-1-A0123456789-1234567890123-abcdef0123456789abcdef",
        "xoxe.xoxp-1-Mi0yLTEyMzQ1Njc4OTAxMg",
        "MTE5ODc2NTQzMjEwOTg3NjU0MzI.GabcdE.abcdefghijklmnopqrstuvwxyzABCDE-_12345",
        "sk-proj-abcdefghijklmnopqrstuvwxyz012345",
        "sk-ant-api03-abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "AKIAIOSFODNN7EXAMPLE",
        "hf_abcdefghijklmnopqrstuvwxyzABCDEF",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ],
)
def test_what_has_the_shape_of_a_token_is_hidden_though_nobody_told(token: str) -> None:
    assert Redactor().text(f"it said {token}, twice: {token}") == (
        f"it said {HIDDEN}, twice: {HIDDEN}"
    )


def test_what_leads_to_a_token_stays() -> None:
    redact = Redactor().text
    assert redact("Authorization: Bearer abcdefgh12345678") == f"Authorization: Bearer {HIDDEN}"
    assert redact("postgresql://me:pw@db/x failed") == f"postgresql://{HIDDEN}@db/x failed"
    webhook = f"https://discord.com/api/webhooks/123456789012345678/{'a' * 40}"
    assert redact(webhook) == f"https://discord.com/api/webhooks/123456789012345678/{HIDDEN}"


@pytest.mark.parametrize(
    "text",
    [
        "The Golden Gate Bridge was opened in 1937; see https://example.org/a?b=c&d=%20e.",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "01M89WBX772D9KPDAEYZMF10BB IMG_001 a.b.c file-name-with-many-parts.tar.gz",
        "a basic income, the bearer of news, a bot that draws",
        "user@example.org wrote to https://example.org:8080/path",
        '{"a": [1, null, "b\\u00e9"]}',
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert Redactor(["another secret"]).text(text) == text


def test_short_secrets_are_hidden_as_words_alone() -> None:
    redactor = Redactor(["test", "abc"])
    assert (
        redactor.known("test it, the latest (test) abc")
        == f"{HIDDEN} it, the latest ({HIDDEN}) abc"
    )


def test_data_is_redacted_at_any_depth_and_keeps_its_form() -> None:
    secret = 'p"ss\\w/ört-secret'
    value = {"a": [secret, 1, None, {secret: (True, f"x{secret}")}]}
    redacted = Redactor([secret]).value(value)
    assert redacted == {"a": [HIDDEN, 1, None, {HIDDEN: (True, f"x{HIDDEN}")}]}
    assert json.loads(Redactor([secret]).known(json.dumps(value["a"][0]))) == HIDDEN


def test_of_secrets_that_pass_the_latest_are_known() -> None:
    redactor = Redactor()
    for number in range(MOST_PASSING + 10):
        redactor.add_passing(f"{number:03d}-passing-secret-{number:03d}")
        redactor.add_passing(f"{number:03d}-passing-secret-{number:03d}")
    assert redactor.known("003-passing-secret-003") != HIDDEN
    assert redactor.known("059-passing-secret-059") == HIDDEN


def test_secrets_in_addresses_are_found() -> None:
    assert secrets_in_address("postgresql://me:p%40ss@db:5432/x") == ["p%40ss", "p@ss"]
    assert secrets_in_address("https://key@host/v1") == ["key"]
    assert secrets_in_address("https://host/v1?api_key=abc%2Fd&page=2") == ["abc%2Fd", "abc/d"]
    assert secrets_in_address("https://[") == []


def test_every_secret_of_the_settings_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token-of-another")
    known = load_settings(
        discord_token="discord-token-1",
        slack_bot_token="slack-bot-token-1",
        s3_secret_access_key="secret/access+key",
        secret_key="first-sealing-key-0001, second-sealing-key-02",
        database_url="postgresql://limner:data%20base@db.example/limner",
        searxng_base_url="https://me:searx-password@searx.example",
        model_base_url="http://a.example/v1,http://b:model-pass@b.example/v1",
    )
    secrets = (
        "discord-token-1", "slack-bot-token-1", "secret/access+key", "first-sealing-key-0001",
        "second-sealing-key-02", "data%20base", "data base", "searx-password", "model-pass",
        "session-token-of-another",
    )  # fmt: skip
    for secret in secrets:
        assert known.redactor.known(f"<{secret}>") == f"<{HIDDEN}>", secret
    assert known.redactor.known("db.example/limner") == "db.example/limner"


def test_secrets_are_known_though_the_settings_are_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("export LIMNER_SLACK_BOT_TOKEN='a-token-in-a-file'\nodd line\n")
    monkeypatch.setenv("LIMNER_MODEL_API_KEY", "a-key-in-the-environment")
    monkeypatch.setenv("LIMNER_DATABASE_URL", "mysql://me:a-password@db/x")
    redactor = redactor_of_environment("LIMNER_")
    for secret in ("a-token-in-a-file", "a-key-in-the-environment", "a-password"):
        assert redactor.known(f"it is {secret}.") == f"it is {HIDDEN}."

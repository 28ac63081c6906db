"""Settings that are wrong, misspelt or kept in files: each is reported in a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.setting_sources import unknown_settings
from app.settings import Settings, load_settings
from domain.errors import InvalidSettings


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LIMNER_DISCORD_TOKN", "LIMNER_DISCORD_TOKEN"),
        ("LIMNER_HTTP_PROT", "LIMNER_HTTP_PORT"),
        ("LIMNER_SLACK_BOT_TOKEN_FILLE", "LIMNER_SLACK_BOT_TOKEN_FILE"),
    ],
)
def test_a_misspelt_name_is_reported_wherever_it_stands(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str, *, in_file: bool
) -> None:
    if in_file:
        env_file.write_text(f"{name}=x\n")
    else:
        monkeypatch.setenv(name, "x")
    [sentence] = unknown_settings(Settings)
    assert sentence == (
        f"There is no setting {name}{' in .env' if in_file else ''}; did you mean {meant}?"
    )


def test_names_of_other_programs_in_the_file_are_theirs(env_file: Path) -> None:
    env_file.write_text("ENV_FILE=.env\nPOSTGRES_PASSWORD=x\nPATH_TO_IT=y\nHTTP_PROXY=\n")
    assert unknown_settings(Settings) == []
    env_file.write_text("DISCORD_TOKEN=x\n")
    assert unknown_settings(Settings) == [
        "There is no setting DISCORD_TOKEN in .env; did you mean LIMNER_DISCORD_TOKEN?"
    ]


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        (
            "diffusers_preset",
            "fats",
            "write quality, exact-fast, fast or small-card (did you mean fast?)",
        ),
        ("diffusers_preset", "nice", "write quality, exact-fast, fast or small-card."),
        ("log_level", "verbose", "write debug, info, warning or error"),
        ("search_language", "English", "such as en or de"),
        ("diffusers_device", "gpu", "auto, cuda, cuda:1, mps or cpu"),
        ("http_port", "70000", "it must be at most 65535"),
        ("http_port", "web", "write a whole number"),
        ("fetch_timeout_s", "0", "it must be more than 0"),
        ("watermark", "yess", "write true or false"),
        ("contact", "x" * 300, "at most 200 characters"),
    ],
)
def test_a_wrong_value_is_explained_without_a_regular_expression(
    setting: str, value: str, told: str
) -> None:
    with pytest.raises(InvalidSettings) as raised:
        load_settings(**{setting: value})
    sentence = str(raised.value)
    assert sentence.startswith(f"The setting LIMNER_{setting.upper()} is wrong: ")
    assert told in sentence
    assert not re.search(r"[\^$|\\]|pattern", sentence)


def test_every_form_of_every_setting_is_explained_without_a_regular_expression() -> None:
    for name, field in Settings.model_fields.items():
        if any(getattr(limit, "pattern", None) for limit in field.metadata):
            with pytest.raises(InvalidSettings) as raised:
                load_settings(**{name: "§§"})
            assert not re.search(r"[\^$|\\]|pattern", str(raised.value)), raised.value


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as raised:
        load_settings(http_port="x", log_level="y")
    assert str(raised.value).count("is wrong") == 2


def test_secrets_are_read_from_files(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = env_file.parent / "token"
    kept.write_text("the token\n")
    monkeypatch.setenv("LIMNER_DISCORD_TOKEN_FILE", str(kept))
    env_file.write_text(f"LIMNER_DATABASE_URL_FILE={env_file.parent / 'database'}\n")
    (env_file.parent / "database").write_text("postgresql://limner:pw@db/limner")
    settings = load_settings()
    assert settings.discord_token is not None
    assert settings.discord_token.get_secret_value() == "the token"
    assert settings.database == "postgresql://limner:pw@db/limner"
    assert "the token" not in settings.redactor.text("I say the token")
    assert unknown_settings(Settings) == []


def test_a_file_of_a_secret_that_is_of_no_use_is_reported(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = env_file.parent / "token"
    monkeypatch.setenv("LIMNER_DISCORD_TOKEN_FILE", str(place))
    with pytest.raises(InvalidSettings, match="LIMNER_DISCORD_TOKEN_FILE names can't be read"):
        load_settings()
    place.write_text("\n")
    with pytest.raises(InvalidSettings, match="is empty or too large"):
        load_settings()
    place.write_text("x")
    monkeypatch.setenv("LIMNER_DISCORD_TOKEN", "y")
    with pytest.raises(InvalidSettings, match="not both"):
        load_settings()

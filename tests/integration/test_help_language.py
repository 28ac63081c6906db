"""The help of the command line in the reader's language."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parents[2] / "app" / "cli" / "locale"


def run(*arguments: str, language: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "limner", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": language},
    )
    return done.stdout + done.stderr


def test_help_is_in_the_language_of_the_terminal() -> None:
    german = run("imagine", "--help", language="de_AT.UTF-8")
    assert "Aufruf: limner imagine [OPTIONEN] WUNSCH" in german
    assert "Das Bild in dieser Datei speichern." in german
    assert "Diese Hilfe zeigen." in german
    assert "Usage: limner imagine [OPTIONS] PROMPT" in run("imagine", "-h", language="en_GB.UTF-8")


def test_a_mistyped_command_is_answered_in_the_language_of_the_terminal() -> None:
    assert "Den Befehl „regenerat“ gibt es nicht." in run("regenerat", language="de_DE.UTF-8")


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/LC_MESSAGES/click.po")))
def test_clicks_sentences_are_compiled_as_they_are_written(path: Path) -> None:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    assert path.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make translations`"

"""The language of the user at the terminal."""

from __future__ import annotations

import os

import click

from domain.translation.messages import translated


def reader_language() -> str | None:
    """The locale of the terminal, such as ``de_DE.UTF-8``; None where none is set."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((value for name in names if (value := os.environ.get(name))), None)


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence in the reader's language."""
    click.echo(translated(text, reader_language()), err=err)

"""The help of the command line, and click's own sentences, in the reader's language.

``python -m app.cli.help_language`` prints every text of the help as Python source, from which
``make translations`` collects the sentences for the catalogues.
"""

from __future__ import annotations

import gettext as library
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from app.cli.reader import reader_language
from domain.translation.catalogue import DEFAULT, language_of
from domain.translation.messages import Message, translated

CONTEXT: Final = "command line"
"""Of the texts in the catalogues: a word such as FILE may mean something else in a sentence."""
PLACEHOLDERS: Final = ("[OPTIONS]", "COMMAND [ARGS]...")
"""Headings that click writes for the options and the sub-commands of a command."""
_CLICK: Final = "click"
_CLICK_FOLDER: Final = Path(__file__).parent / "locale"
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


def translate_help(command: click.Command) -> None:
    """Put the help of a command and its sub-commands into the language of the terminal, if there is
    a catalogue of it, and have click use it."""
    language = language_of(reader_language())
    if language == DEFAULT:
        return
    library.bindtextdomain(_CLICK, str(_CLICK_FOLDER))
    library.textdomain(_CLICK)
    for each in _commands(command):
        _translate(each, language)


def help_texts(command: click.Command) -> Iterator[str]:
    """Every text in the help of a command and its sub-commands, some more than once."""
    yield from PLACEHOLDERS
    for each in _commands(command):
        yield from _paragraphs(each.help)
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                yield from _paragraphs(parameter.help)
            if metavar := _metavar(parameter, each):
                yield metavar


def _commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _commands(each)


def _paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a help text, each on one line, as click shows them."""
    parts = _PARAGRAPH.split(inspect.cleandoc(text)) if text else []
    return [" ".join(part.split()) for part in parts]


def _metavar(parameter: click.Parameter, command: click.Command) -> str | None:
    """A parameter's placeholder in the help; None where that is not one of our words."""
    if isinstance(parameter, click.Argument) and not isinstance(parameter.type, click.Choice):
        return parameter.make_metavar(click.Context(command))
    return parameter.metavar


def _translate(command: click.Command, language: str) -> None:
    if command.help:
        command.help = _text(command.help, language)
    command.options_metavar = _text(command.options_metavar or "", language) or None
    if isinstance(command, click.Group):
        command.subcommand_metavar = _text(command.subcommand_metavar or "", language)
    for parameter in command.params:
        if metavar := _metavar(parameter, command):
            parameter.metavar = _text(metavar, language)
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _text(parameter.help, language)


def _text(text: str, language: str) -> str:
    return "\n\n".join(
        translated(Message(part, {}, context=CONTEXT), language) for part in _paragraphs(text)
    )


def _print_source() -> None:
    from app.cli.root import cli

    for text in dict.fromkeys(help_texts(cli)):
        click.echo(f"pgettext({CONTEXT!r}, {text!r})")


if __name__ == "__main__":
    _print_source()

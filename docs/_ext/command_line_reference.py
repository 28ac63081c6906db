"""The command line as click knows it."""

from __future__ import annotations

from collections.abc import Iterator

import click
from tables import code, table

from app.cli.root import cli


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n".join(
        _section(path, command) for path, command in _all((), cli) if not _is_group(command)
    )


def _is_group(command: click.Command) -> bool:
    return isinstance(command, click.Group)


def _all(
    path: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from _all((*path, name), command.commands[name])


def _section(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name="limner " + " ".join(path))
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    usage = " ".join([context.info_name or "", *(p.make_metavar(context) for p in arguments)])
    options = [p for p in command.params if isinstance(p, click.Option)]
    tail = " [OPTIONS]" if options else ""
    parts = [f"## {' '.join(path)}", f"```text\n{usage}{tail}\n```", command.help or ""]
    if options:
        parts.append(table(("option", "default", "meaning"), [_row(o, context) for o in options]))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    name = ", ".join(option.opts)
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    default = option.default if option.show_default and option.default is not None else ""
    return code(name + value), code(default), option.help or ""

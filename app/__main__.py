"""The ``limner`` command."""

from __future__ import annotations

from app.cli.help_language import translate_help
from app.cli.root import cli


def main() -> None:
    """Run the command line; never returns."""
    translate_help(cli)
    cli(prog_name="limner")


if __name__ == "__main__":
    main()

"""The ``limner`` command."""

from __future__ import annotations

from app.cli.root import cli


def main() -> None:
    """Run the command line; never returns."""
    cli(prog_name="limner")


if __name__ == "__main__":
    main()

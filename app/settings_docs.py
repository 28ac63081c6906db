"""The papers about the settings, so that they cannot drift from the code.

``python -m app.settings_docs --env`` prints ``.env.example``, ``--readme README.md`` writes the
README's table, and without an option the table is printed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import cast

from app.settings import Settings
from app.storage_settings import PREFIX


def _shown_default(name: str) -> str:
    if name == "data_dir":
        return "the user's data folder"
    default: object = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(default, tuple):
        return ",".join(cast("tuple[str, ...]", default))
    return "" if default is None or default == {} else str(default)


def env_example() -> str:
    """The text of ``.env.example``: every setting with its default, commented out."""
    lines = [
        "# Limner's settings; every line shows the default. Generated from app/settings.py.",
        "",
        "# Has Docker Compose hand a copy of this file that is called .env on to Limner.",
        "ENV_FILE=.env",
    ]
    for name, field in Settings.model_fields.items():
        value = "" if name == "data_dir" else _shown_default(name)
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={value}"]
    return "\n".join(lines) + "\n"


def markdown_table() -> str:
    """The README's table of settings."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        shown = _shown_default(name)
        default = shown if name == "data_dir" or not shown else f"`{shown}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


_TABLE = re.compile(r"(<!-- settings:[^\n]*-->\n).*?(<!-- end of settings -->)", re.DOTALL)


def readme_with_table(readme: str) -> str:
    """The README with its table of settings brought up to date."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{markdown_table()}\n{match[2]}", readme)


def main() -> None:
    """Print the example of settings, or write the table into the README named after --readme."""
    if "--env" in sys.argv:
        sys.stdout.write(env_example())
    elif "--readme" in sys.argv:
        path = Path(sys.argv[-1])
        path.write_text(readme_with_table(path.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(markdown_table())


if __name__ == "__main__":
    main()

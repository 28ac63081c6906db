"""Writes the reference pages' tables from the code, each time the site is built.

The pages in ``docs/reference`` include what is written here into ``docs/reference/_generated``;
nothing in it is kept in the repository.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import chat_reference
import command_line_reference
import json_reference
import model_reference

from app.settings_docs import markdown_sections

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "settings": markdown_sections,
    "command-line": command_line_reference.commands,
    "json": json_reference.shapes,
    "discord-commands": chat_reference.discord_commands,
    "slack-commands": chat_reference.slack_commands,
    "discord-permissions": chat_reference.discord_permissions,
    "slack-scopes": chat_reference.slack_scopes,
    "rights": chat_reference.rights,
    "team-settings": chat_reference.team_settings,
    "categories": chat_reference.categories,
    "generators": model_reference.generators,
    "presets": model_reference.presets,
    "providers": model_reference.providers,
}
"""What is written, by the name of its file."""


def write(app: Sphinx) -> None:
    """Write every table; a file that did not change keeps its time, so that a second build is
    quick."""
    folder = Path(app.srcdir) / "reference" / "_generated"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        path, text = folder / f"{name}.md", make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

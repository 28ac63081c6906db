"""The documentation of the settings, generated so that it cannot drift from the code.

``python -m app.settings_docs --env`` prints ``.env.example``; without an option the tables of the
documentation's page of settings are printed.
"""

from __future__ import annotations

import sys
from typing import Final, cast

from agent.providers.registry import PROVIDERS
from app.settings import Settings
from app.storage_settings import PREFIX
from generation.image_services.registry import IMAGE_SERVICES


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
        "# A secret may lie in a file instead: LIMNER_DISCORD_TOKEN_FILE=/run/secrets/token.",
        "",
        "# Docker Compose passes this file on to Limner once you copy it to .env.",
        "ENV_FILE=.env",
    ]
    for name, field in Settings.model_fields.items():
        value = "" if name == "data_dir" else _shown_default(name)
        lines += ["", f"# {field.description}", f"#{PREFIX}{name.upper()}={value}"]
    return "\n".join(lines) + "\n"


_SECTIONS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Storage", ("data_dir", "weights_dir", "database_", "blobs", "s3_", "secret_key")),
    ("Discord", ("discord_",)),
    ("Slack", ("slack_",)),
    ("Generators", ("generator", "generation_", "render_", "diffusers_")),
    ("Image services", tuple(f"{name.replace('-', '_')}_" for name in IMAGE_SERVICES)),
    ("Research model", ("model_", "research_", "agent_", "summary_")),
    ("Self-check of pictures", ("check_",)),
    ("Content policy", ("moderation_", "guard_", "judge_", "model_judges")),
    ("Search", ("search_", "feeds", *(f"{name}_" for name in PROVIDERS))),
    ("News", ("news_",)),
    ("Fetching and the sandbox", ("fetch_", "contact", "cache_", "decoder_")),
    ("HTTP and web pages", ("http_", "public_base_url", "page_")),
    ("Monitoring", ("metrics_", "traces_")),
    ("Budgets and retention", ("budget_", "keep_")),
    ("Limits, logs and the rest", ("",)),
)
"""Headings of the reference, each with the beginnings of the names under it; of those that fit, the
longest counts, so that a new setting finds its place by its name."""


def section_of(name: str) -> str:
    """The heading of the reference that a setting stands under."""
    fitting = [
        (len(beginning), heading)
        for heading, beginnings in _SECTIONS
        for beginning in beginnings
        if name.startswith(beginning)
    ]
    return max(fitting)[1]


def markdown_sections() -> str:
    """The reference of all settings: a table under each heading."""
    parts: list[str] = []
    for heading, _beginnings in _SECTIONS:
        rows = [_row(name) for name in Settings.model_fields if section_of(name) == heading]
        head = ["| setting | default | meaning |", "|---|---|---|"]
        parts.append("\n".join([f"## {heading}", "", *head, *rows, ""]))
    return "\n".join(parts)


def _row(name: str) -> str:
    shown = _shown_default(name)
    default = shown if name == "data_dir" or not shown else f"`{shown}`"
    meaning = " ".join(filter(None, (Settings.model_fields[name].description, _range(name))))
    return f"| `{PREFIX}{name.upper()}` | {default} | {meaning} |"


def _range(name: str) -> str:
    """The values that a number may have, as a sentence; empty where every one is allowed."""
    bounds = {
        kind: getattr(limit, kind)
        for limit in Settings.model_fields[name].metadata
        for kind in ("ge", "gt", "le")
        if hasattr(limit, kind)
    }
    least = f"{bounds['ge']:g}" if "ge" in bounds else ""
    if "gt" in bounds:
        least = f"more than {bounds['gt']:g}"
    most = f"{bounds['le']:g}" if "le" in bounds else ""
    if least and most:
        return f"({least}, at most {most})" if "gt" in bounds else f"({least} to {most})"
    return f"({least} or more)" if least and "ge" in bounds else f"({least})" if least else ""


def main() -> None:
    """Print ``.env.example`` with ``--env``, otherwise the reference of all settings."""
    sys.stdout.write(env_example() if "--env" in sys.argv else markdown_sections())


if __name__ == "__main__":
    main()

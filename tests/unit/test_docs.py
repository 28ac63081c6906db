"""What the documentation names exists: settings, commands and their options, targets, files."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli.root import cli
from app.setting_sources import is_secret
from app.settings import Settings
from app.settings_docs import markdown_sections, section_of

ROOT = Path(__file__).parent.parent.parent
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")
FOLDERS = (
    *("agent", "app", "bot", "docs", "domain", "evaluation", "generation"),
    *("jobs", "migrations", "ops", "storage", "tests", "typings", "web"),
)
MAX_README_LINES = 120


def _pages() -> list[Path]:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docs/*.md", *TOP],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.split()
    return [ROOT / name for name in sorted(tracked)]


PAGES = _pages()
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
_BLOCK = re.compile(r"^ *```(?:sh|text|toml)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def _commands(text: str) -> Iterator[str]:
    """Everything that a reader may type: lines of blocks, and code in sentences."""
    blocks = [match[1] for match in _BLOCK.finditer(text)]
    for block in blocks:
        yield from block.replace("\\\n", " ").splitlines()
    yield from (match[1] for match in _SPAN.finditer(_BLOCK.sub("", text)))


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= MAX_README_LINES


def test_every_setting_stands_once_in_the_reference() -> None:
    reference = markdown_sections()
    for name in Settings.model_fields:
        assert reference.count(f"| `LIMNER_{name.upper()}` |") == 1
    assert section_of("s3_region") == "Storage"
    assert section_of("model_judges") == "Content policy"
    assert section_of("serper_api_key") == "Search"


@pages
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"LIMNER_[A-Z0-9_]*[A-Z0-9]", page.read_text()))
    known = {f"LIMNER_{name.upper()}" for name in Settings.model_fields}
    files = {f"LIMNER_{n.upper()}_FILE" for n, f in Settings.model_fields.items() if is_secret(f)}
    assert named - known - files == set()


@pages
def test_every_command_that_is_named_exists(page: Path) -> None:
    for line in _commands(page.read_text()):
        match = re.match(
            r"(?:\S+=\S* )*(?:\.venv/bin/|docker compose exec limner )?limner (.+)", line
        )
        if match is None or "COMMAND" in line:
            continue
        words = shlex.split(match[1].partition("#")[0], posix=True)
        command: click.Command = cli
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if words == ["--help"]:
            continue
        assert command is not cli, f"there is no command in {line!r}"
        known = {name for parameter in command.params for name in parameter.opts}
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known, f"{sorted(given - known)} in {line!r}"


@pages
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in _commands(page.read_text()):
        if match := re.match(r"make ([a-z][a-z-]*)", line):
            assert f"\n{match[1]}:" in makefile, line


@pages
def test_every_file_that_is_named_exists(page: Path) -> None:
    """Paths in the code of sentences, and relative links."""
    text = page.read_text()
    for match in _SPAN.finditer(_BLOCK.sub("", text)):
        path = match[1]
        if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]*", path) and "_build" not in path:
            assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not link.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / link).exists(), link


@pages
def test_every_module_that_is_run_exists(page: Path) -> None:
    for line in _commands(page.read_text()):
        for module in re.findall(r"python3? -m ((?:evaluation|tests|app)\.[\w.]+)", line):
            assert (ROOT / (module.replace(".", "/") + ".py")).exists(), module

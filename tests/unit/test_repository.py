"""The house is in order: what is generated is current, what is promised exists."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from app.settings_docs import env_example
from limner import PACKAGES

ROOT = Path(__file__).parent.parent.parent


def test_the_example_of_settings_is_current() -> None:
    assert (ROOT / ".env.example").read_text() == env_example(), "run `make docs`"


def test_every_dependency_is_bounded_and_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    plain = tomllib.loads(text)
    sets = (
        *plain["project"]["optional-dependencies"].values(),
        *plain["dependency-groups"].values(),
    )
    for requirement in (
        *plain["project"]["dependencies"],
        *(name for each in sets for name in each),
    ):
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert re.search(r"<|==", requirement), requirement
        assert re.search(r"# \w+", line), f"no reason for {requirement}"


def test_every_extra_brings_something() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert [name for name, requirements in extras.items() if not requirements] == []


def test_nothing_that_is_installed_imports_the_tests() -> None:
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert not re.search(r"^\s*(from|import) tests\b", file.read_text(), re.MULTILINE), file


def test_the_picture_in_the_readme_is_one_that_limner_made() -> None:
    from PIL import Image

    with Image.open(ROOT / "docs" / "board.png") as image:
        assert image.size == (1712, 960)


def test_files_stay_readable() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], capture_output=True, text=True, check=False, cwd=ROOT
    ).stdout.split()
    for name in tracked:
        if not name.startswith("tests/"):
            assert len((ROOT / name).read_text().splitlines()) <= 520, name


def test_fonts_come_with_their_licenses() -> None:
    fonts = ROOT / "generation" / "fonts"
    for font in fonts.glob("*.ttf"):
        family = font.stem.split("-")[0]
        assert (fonts / f"{family}-LICENSE.txt").exists(), font.name

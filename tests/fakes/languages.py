"""Catalogues of a test's own in the place of Limner's, and the sentences that they must have."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from app.cli.help_language import CONTEXT, help_texts
from app.cli.root import cli
from domain.translation import catalogue


@contextmanager
def speaking(folder: Path) -> Generator[None]:
    """Have the catalogues of a folder, and no others."""

    def place() -> Traversable:
        return folder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "folder", place)
        _forget()
        yield
    _forget()


def _forget() -> None:
    catalogue.languages.cache_clear()
    catalogue.get_catalogue.cache_clear()


ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("agent", "app", "bot", "domain", "generation", "jobs", "storage", "web")
KEYWORDS: Final = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
"""The keywords that mark a sentence, as in the Makefile's call of pybabel."""


@cache
def extracted() -> Catalog:
    """Every sentence in the source, as Babel finds them, and the help of the command line; who asks
    must not change it."""
    found = Catalog()
    for text in help_texts(cli):
        found.add(text, context=CONTEXT)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_bytes()
            if b"gettext(" not in source:
                continue
            place = path.relative_to(ROOT).as_posix()
            for line, message, _comments, context in extract("python", BytesIO(source), KEYWORDS):
                found.add(message, locations=[(place, line)], context=context)
    return found

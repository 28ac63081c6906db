"""Catalogues of a test's own in the place of Limner's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from domain.translation import catalogue


@contextmanager
def speaking(folder: Path) -> Iterator[None]:
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

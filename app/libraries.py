"""Libraries that not every installation has: brought by an extra, named when they are missing."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from domain.errors import InvalidSettings
from domain.translation.messages import gettext

_CALLED = {"discord": "discord.py"}
"""Package names that differ from the name of the import."""


@contextmanager
def needed_since(reason: str, *packages: str, extra: str) -> Generator[None]:
    """Import those packages in the block; ``reason`` begins the sentence where one is missing, and
    ``extra`` is the extra of the distribution that brings them.

    Raises:
        InvalidSettings: One is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in packages:
            raise
        raise InvalidSettings(
            gettext(
                "{reason}, but {library} isn't installed; run `pip install 'limner[{extra}]'`.",
                reason=reason,
                library=_CALLED.get(missing, missing),
                extra=extra,
            )
        ) from None

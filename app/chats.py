"""The chat surfaces: which are configured, and opening them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from app.settings import Settings
from jobs.ports import StatusBoard, Surface

if TYPE_CHECKING:
    from app.bootstrap import House


class ChatSurface(Surface, StatusBoard, Protocol):
    """A chat surface: it delivers, shows how jobs go on, and takes commands while it runs."""

    @property
    def name(self) -> str:
        """How destinations call it."""
        ...

    async def run(self) -> None:
        """Stay connected and answer until cancelled. Raises ``OperatorError`` when that cannot
        be, for a wrong token say."""
        ...


Opener = Callable[["House"], AbstractAsyncContextManager[ChatSurface]]


def configured_chats(settings: Settings) -> Mapping[str, Opener]:
    """How to open each chat surface that the settings speak of, by its name in destinations."""
    del settings
    return {}

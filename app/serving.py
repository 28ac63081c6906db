"""The HTTP server of a process that has doors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from domain.errors import LimnerError
from web.connections import ConnectionLimits, networks
from web.server import serving

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import Application
    from web.server import HttpMount


def served(application: Application) -> AbstractAsyncContextManager[int]:
    """Serve the application's mounts while the block runs; gives the port."""
    settings = application.settings
    return serving(
        application.doors,
        pages=application.pages,
        host=settings.http_host,
        port=settings.http_port,
        trouble=lambda: _without_secrets(application.trouble, settings),
        parts=lambda: settings.redactor.value(application.supervisor.troubles),
        limits=ConnectionLimits(
            connections=settings.http_max_connections,
            per_address=settings.http_max_connections_per_address,
            proxies=networks(settings.http_proxies),
        ),
    )


def served_for_monitoring(
    application: Application, doors: Sequence[HttpMount]
) -> AbstractAsyncContextManager[int]:
    """Serve what watches this process, on a port of its own; gives the port."""
    settings = application.settings
    return serving(
        doors,
        host=settings.metrics_host,
        port=settings.metrics_port or 0,
        trouble=lambda: _without_secrets(application.trouble, settings),
        parts=lambda: settings.redactor.value(application.supervisor.troubles),
        monitoring=True,
    )


def _without_secrets(error: LimnerError | None, settings: Settings) -> LimnerError | None:
    """The same for people who are not signed in."""
    return LimnerError(settings.redactor.text(str(error))) if error else None

"""Logs as facts: JSON lines in a file of the data folder, and on stderr when debugging."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

from app.settings import Settings
from domain.errors import StorageUnavailable

log = structlog.get_logger(__name__)

LOG_FILE = "limner.log"
_CHATTY = ("aiosqlite", "asyncio", "httpcore", "httpx", "PIL")
"""Libraries that log every single step when debugging."""
_SHARED = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logging(settings: Settings) -> None:
    """Send every logger's lines to ``DATA_DIR/limner.log``; with level debug to stderr instead.

    No secret of the settings gets into a line, whichever code wrote it.

    The file turns over at 5 MB, three old ones stay. A folder that cannot be written leaves the
    lines on stderr: logging never stops the work.
    """
    level = getattr(logging, settings.log_level.upper())
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if settings.log_level != "debug":
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            handler = logging.handlers.RotatingFileHandler(
                settings.data_dir / LOG_FILE, maxBytes=5_000_000, backupCount=3, delay=True
            )
        except OSError:
            handler.setLevel(logging.ERROR)
    handler.setFormatter(_formatter(settings, structlog.processors.JSONRenderer()))
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "limner", False)]:
        root.removeHandler(old)
        old.close()
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    handler.limner = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def log_to_console(settings: Settings) -> None:
    """Show what a long-running process does on stderr as well, a line for each thing: Limner's own
    lines, and warnings of its libraries. With level debug everything is there already."""
    if settings.log_level == "debug":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_for_console)
    colors = sys.stderr.isatty()
    handler.setFormatter(
        _formatter(settings, structlog.dev.ConsoleRenderer(colors=colors, sort_keys=False))
    )
    handler.limner = True  # type: ignore[attr-defined]
    root = logging.getLogger()
    for other in [h for h in root.handlers if getattr(h, "limner", False)]:
        other.setLevel(root.level)  # the file goes on with what it was set to
    root.setLevel(min(root.level, logging.INFO))
    root.addHandler(handler)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(root.level))


def _is_for_console(record: logging.LogRecord) -> bool:
    own = isinstance(record.msg, dict)  # structlog's, which nothing but Limner writes with
    return record.levelno >= (logging.INFO if own else logging.WARNING)


def _formatter(settings: Settings, renderer: Any) -> logging.Formatter:
    """Lines in the renderer's form without any secret of the settings."""
    redactor = settings.redactor

    def without_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
        return redactor.value(event)

    def rendered(_logger: object, _method: str, line: Any) -> Any:
        return redactor.known(line)  # once more, since objects are written as their repr()

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=list(_SHARED),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            without_secrets,
            renderer,
            rendered,
        ],
    )


def log_storage_health(error: StorageUnavailable | None, seconds: float) -> None:
    """Log that the storage cannot be used, or that it works again after so many seconds."""
    if error is not None:
        log.error("storage_unavailable", error=str(error))
    else:
        log.warning("storage_available", after_s=round(seconds, 1))

"""The edge of the command line: whatever goes wrong becomes one sentence and an exit status."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from app.settings import Settings

DONE = 0
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
MAX_SENTENCE_CHARS = 2000


def run(work: Callable[[Settings], Awaitable[int]], *, as_json: bool = False) -> None:
    """Run a command to its end and leave the process with its exit status.

    What ``work`` does before it returns its awaitable happens outside the event loop: there it may
    wait for input, and Ctrl-C ends it at once. Errors that Limner raises on purpose are told in
    their own sentence; anything else in a sentence that names the log, where the details are.
    """
    sys.exit(_status(work, as_json=as_json))


def _status(work: Callable[[Settings], Awaitable[int]], *, as_json: bool) -> int:
    from app.settings import load_settings
    from domain.errors import InvalidRequest, LimnerError

    settings: Settings | None = None
    try:
        settings = load_settings()
        return asyncio.run(_finished(work(settings)))
    except InvalidRequest as error:
        failed(str(error), as_json=as_json)
        return WRONG_USAGE
    except LimnerError as error:
        return failed(str(error), as_json=as_json)
    except BrokenPipeError:
        # Whoever read our output went away; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        with suppress(OSError):
            click.echo("Stopped.", err=True)
        return INTERRUPTED
    except Exception as error:
        return failed(_unexpected(error, settings), as_json=as_json)


async def _finished(work: Awaitable[int]) -> int:
    return await work


def failed(sentence: str, *, as_json: bool = False, **facts: Any) -> int:
    """Tell why a command failed; gives its exit status."""
    from bot.texts import plain

    sentence = plain(sentence, most=MAX_SENTENCE_CHARS)
    with suppress(OSError):  # nobody may be listening any more; the status still tells
        if as_json:
            echo_json({**facts, "status": "failed", "error": sentence})
        click.echo(sentence, err=True)
    return FAILED


def echo_json(value: Any) -> None:
    """One JSON object on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def _unexpected(error: Exception, settings: Settings | None) -> str:
    if settings is None:
        return f"Limner could not start ({type(error).__name__}: {error})."
    import structlog

    from app.logs import LOG_FILE, configure_logging

    configure_logging(settings)
    structlog.get_logger(__name__).error("command_broke", exc_info=error)
    where = f"the details are in {settings.data_dir / LOG_FILE}"
    if isinstance(error, OSError) and error.strerror:
        place = f" for {str(error.filename)!r}" if error.filename else ""
        return f"The system said {error.strerror!r}{place}; {where}."
    return f"Something inside Limner broke ({type(error).__name__}); {where}."

"""The edge of the command line: any error becomes one sentence and an exit status."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

if TYPE_CHECKING:
    from app.settings import Settings

DONE = 0
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130
MAX_SENTENCE_CHARS = 2000
COLLECT_EVERY: Final = 20_000
"""New objects after which the youngest are looked through for garbage."""
_STEERING = re.compile(
    r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


Explain = Callable[[str], Mapping[str, Any]]
"""Further fields of a command's JSON when it fails with that sentence."""


def run(
    work: Callable[[Settings], Awaitable[int]],
    *,
    as_json: bool = False,
    waits: bool = True,
    explain: Explain = lambda _sentence: {},
    load: Callable[[], Settings] | None = None,
) -> None:
    """Run a command to its end and leave the process with its exit status.

    What ``work`` does before it returns its awaitable happens outside the event loop: there it may
    wait for input, and Ctrl-C ends it at once. Limner's own errors are reported in their own
    sentence; any other in a sentence that names the log, where the details are.

    ``load`` reads the settings in another way.

    Without ``waits`` the process does not wait for threads: a silent peer may hold them, or what
    they compute is not needed any more.
    """
    # Most of what a command allocates is kept to its end: looking for garbage that often (every
    # 700 objects) takes a twentieth of a start and finds none.
    gc.set_threshold(COLLECT_EVERY, *gc.get_threshold()[1:])
    status = _status(work, as_json=as_json, explain=explain, load=load)
    main = threading.main_thread()
    if waits and any(not t.daemon for t in threading.enumerate() if t is not main):
        sys.exit(status)
    _leave(status)


def _leave(status: int) -> NoReturn:
    """End the process at once: all is closed by now, and taking a thousand modules down one by one
    would cost a command a few tenths of a second."""
    with suppress(OSError, ValueError, AttributeError):  # closed, or no reader is left
        sys.stdout.flush()
        sys.stderr.flush()
    logging.shutdown()
    os._exit(status)


def _status(
    work: Callable[[Settings], Awaitable[int]],
    *,
    as_json: bool,
    explain: Explain,
    load: Callable[[], Settings] | None,
) -> int:
    from app.cli.streams import redacted_output
    from app.redaction import redactor_of_environment
    from app.settings import load_settings
    from app.storage_settings import PREFIX
    from domain.errors import LimnerError
    from domain.translation.messages import changed, gettext

    try:
        settings = (load or load_settings)()
    except LimnerError as error:
        sentence = changed(error.sentence, redactor_of_environment(PREFIX).text)
        return failed(sentence, as_json=as_json, **explain(sentence))
    except Exception as error:
        detail = redactor_of_environment(PREFIX).text(str(error))
        sentence = gettext(
            "Limner couldn't start ({kind}: {told}).", kind=type(error).__name__, told=detail
        )
        return failed(sentence, as_json=as_json, **explain(sentence))
    with redacted_output(settings.redactor.text):
        return _worked(work, settings, as_json=as_json, explain=explain)


def _worked(
    work: Callable[[Settings], Awaitable[int]],
    settings: Settings,
    *,
    as_json: bool,
    explain: Explain,
) -> int:
    from app.cli.reader import say
    from app.logs import configure_logging
    from app.private_files import private_files, tighten
    from bot.locale.lookups import not_found_sentence
    from domain.errors import InvalidRequest, LimnerError, NotFound
    from domain.translation.messages import gettext

    try:
        with private_files():
            configure_logging(settings)
            tighten(settings)
            return asyncio.run(_finished(work(settings)))
    except InvalidRequest as error:
        failed(error.sentence, as_json=as_json)
        return WRONG_USAGE
    except NotFound as error:
        return failed(not_found_sentence(error, "terminal"), as_json=as_json)
    except LimnerError as error:
        return failed(error.sentence, as_json=as_json, **explain(error.sentence))
    except BrokenPipeError:
        # The reader of our output went away; there is no one left to report to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        with suppress(OSError):
            say(gettext("Stopped."), err=True)
        return INTERRUPTED
    except Exception as error:
        sentence = _unexpected(error, settings)
        return failed(sentence, as_json=as_json, **explain(sentence))


async def _finished(work: Awaitable[int]) -> int:
    return await work


def failed(sentence: str, *, as_json: bool = False, **facts: Any) -> int:
    """Report why a command failed, to people in their language and to programs in English; gives
    its exit status."""
    from app.cli.reader import say
    from bot.text import plain

    sentence = plain(sentence, most=MAX_SENTENCE_CHARS)
    with suppress(OSError):  # the reader may be gone; the exit status still reports it
        if as_json:
            echo_json({**facts, "status": "failed", "error": str(sentence)})
        say(sentence, err=True)
    return FAILED


def echo_json(value: Any) -> None:
    """One JSON object on standard output. What would steer a terminal, or turn the direction of the
    text around it, stands escaped, which changes nothing for programs."""
    text = json.dumps(value, ensure_ascii=False)
    click.echo(_STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def _unexpected(error: Exception, settings: Settings) -> str:
    import structlog

    from app.logs import LOG_FILE
    from domain.translation.messages import gettext

    structlog.get_logger(__name__).error("command_broke", exc_info=error)
    where = settings.data_dir / LOG_FILE
    if isinstance(error, OSError) and error.strerror and error.filename:
        return gettext(
            "The operating system reported {reason!r} for {file!r}; see {log} for details.",
            reason=error.strerror,
            file=str(error.filename),
            log=where,
        )
    if isinstance(error, OSError) and error.strerror:
        return gettext(
            "The operating system reported {reason!r}; see {log} for details.",
            reason=error.strerror,
            log=where,
        )
    return gettext(
        "Something went wrong inside Limner ({kind}); see {log} for details.",
        kind=type(error).__name__,
        log=where,
    )

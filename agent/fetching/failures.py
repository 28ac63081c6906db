"""The edge to the outside world: any error while an external answer is read becomes one of our own
failures."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import structlog

from domain.errors import LimnerError
from domain.translation.messages import gettext

log = structlog.get_logger(__name__)

UNREADABLE = gettext("its answer couldn't be read")


@contextmanager
def fail_as(failure: LimnerError) -> Generator[None]:
    """Raise ``failure`` in place of any exception that Limner does not raise on purpose.

    Each place that reads external data handles what it expects; this one catches the unexpected, so
    that a new kind of broken answer costs one source and never a job. The exception is logged with
    its traceback.
    """
    try:
        yield
    except LimnerError:
        raise
    except Exception as error:
        log.warning("external_answer_unreadable", failure=str(failure), exc_info=error)
        raise failure from error

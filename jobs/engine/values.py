"""How the workflow engine serialises values, and how its log passes into ours.

Arguments, steps and failures are kept as JSON, never pickled, because write access to the database
would otherwise allow running code.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, cast

import structlog
from dbos import Serializer
from pydantic import TypeAdapter, ValidationError

from domain.errors import LimnerError
from domain.policy import Refusal
from jobs.engine.steps import root_error

log = structlog.get_logger(__name__)

REPEATED_S = 20.0
_REFUSAL: TypeAdapter[Refusal | None] = TypeAdapter(Refusal | None)
CANCELLED = "Asyncio task cancelled"


class RecordedFailure(LimnerError):
    """A failure that a step kept, read back after a restart; its words are the original's, and
    whether it may pass by itself, and what the policy refused."""

    def __init__(self, text: str, *, retryable: bool, refusal: Refusal | None = None) -> None:
        super().__init__(text)
        self.retryable = retryable
        self.refusal = refusal


class RunInterrupted(Exception):
    """Ends a run whose history does not fit; it restarts by itself at ``position`` (from 1)."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(why)
        self.position = position


class JsonSerializer(Serializer):
    """Keeps what the engine stores as JSON, which goes through ``redact`` first; of an exception
    the sentence is kept, and as data what the policy refused."""

    def __init__(self, redact: Callable[[str], str] = str) -> None:
        self._redact = redact

    def serialize(self, data: Any) -> str:
        """JSON text for plain data, workflow arguments or an exception."""
        if isinstance(data, BaseException):
            root = root_error(data)
            data = {"__failure__": str(root), "limner": isinstance(root, LimnerError)}
            if isinstance(root, LimnerError):
                data["retryable"] = root.retryable
                if root.refusal is not None:
                    data["refusal"] = _REFUSAL.dump_python(root.refusal, mode="json")
            if isinstance(root, RunInterrupted):
                data["restart_at"] = root.position
        return self._redact(json.dumps(data, ensure_ascii=False, separators=(",", ":")))

    def deserialize(self, serialized_data: str) -> Any:
        """The value that :meth:`serialize` was given, tuples as lists and exceptions as
        failures."""
        data = json.loads(serialized_data)
        if isinstance(data, dict) and "__failure__" in data:
            kept = cast("dict[str, Any]", data)
            text = str(kept["__failure__"])
            if "restart_at" in kept:
                return RunInterrupted(int(kept["restart_at"]), text)
            if not kept["limner"]:
                return RuntimeError(text)
            # Versions that did not keep this may have been in the middle of waiting; where they
            # were not, the next try says so once more.
            return RecordedFailure(
                text, retryable=kept.get("retryable", True), refusal=_get_refusal(kept)
            )
        return cast("Any", data)

    def name(self) -> str:
        """The engine's mark of rows in this form."""
        return "limner_json"


def _get_refusal(kept: dict[str, Any]) -> Refusal | None:
    """The policy's refusal in a kept failure; None also where a newer version uses names that this
    one does not know, since the sentence still says it."""
    try:
        return _REFUSAL.validate_python(kept.get("refusal"))
    except ValidationError:
        return None


class EngineLog(logging.Handler):
    """Takes down what the engine says of itself."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[str, float] = {}
        """The last text and when it was taken down, so that the same is not repeated for long."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a warning of the engine on to our own log, the same at most every 20 s."""
        text = record.getMessage()
        if text.startswith(CANCELLED):
            return  # Limner stops what is another's by now, or what waits for storage
        if record.created - self._said.get(text, 0.0) > REPEATED_S:
            self._said = {text: record.created}
            log.warning("engine_said", text=text[:2000])

    def install(self) -> None:
        """Take the engine's log over: nothing of it on the console, warnings in ours."""
        engine_log = logging.getLogger("dbos")
        for handler in list(engine_log.handlers):
            engine_log.removeHandler(handler)
        engine_log.addHandler(self)
        engine_log.propagate = False

"""Monitoring of a process from outside: ``/metrics``, ``/readyz``, ``/livez``, and a watchdog."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import sys
import threading
import time
import traceback
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import structlog

from app.settings import Settings, secret
from domain import metrics
from domain.errors import LimnerError
from domain.metrics import measured_by

if TYPE_CHECKING:
    from collections.abc import Generator

    from app.wiring import Application
    from web.metrics import PrometheusMeter

log = structlog.get_logger(__name__)

TICK_S: Final = 0.5
BLOCKED_S: Final = 5.0
"""An event loop that was blocked for at least this long is logged, with what it is doing."""
CHECK_S: Final = 3.0
"""The longest time that one look at readiness takes."""
LEAST_FREE_BYTES: Final = 200_000_000
"""With less free space a process takes no more work."""


class LoopWatch:
    """Measures how late the event loop is, and notices from a thread when it stands still."""

    def __init__(self, *, tick_s: float = TICK_S, blocked_s: float = BLOCKED_S) -> None:
        self._tick_s = tick_s
        self._blocked_s = blocked_s
        self._turned_at = time.monotonic()
        self._loop_thread = threading.get_ident()
        self._stop = threading.Event()

    @contextmanager
    def watched(self) -> Generator[None]:
        """Have a thread look at the loop while the block runs."""
        thread = threading.Thread(target=self._watch, name="loop watchdog", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    async def run(self) -> None:
        """Turn until cancelled, and measure how late each turn comes."""
        while True:
            due = time.monotonic() + self._tick_s
            await asyncio.sleep(self._tick_s)
            self._turned_at = time.monotonic()
            metrics.LOOP_LAG.observe(max(0.0, self._turned_at - due))

    def _watch(self) -> None:
        blocked = False
        looked_at = time.monotonic()
        while not self._stop.wait(self._tick_s):
            now, before = time.monotonic(), looked_at
            looked_at = now
            still_s = now - self._turned_at
            if still_s < self._blocked_s:
                if blocked:
                    log.warning("event_loop_turns_again")
                blocked = False
            elif not blocked and now - before < self._blocked_s:  # not: the machine slept
                blocked = True
                metrics.LOOP_BLOCKED.add()
                log.error("event_loop_blocked", seconds=round(still_s, 1), stack=self._stack())

    def _stack(self) -> str:
        """The stack of the loop's thread; code only, no values."""
        frames = sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        frame = frames.get(self._loop_thread)
        return "".join(traceback.format_stack(frame, limit=12)) if frame else ""


class Readiness:
    """Looks at what a process needs to work."""

    def __init__(self, application: Application) -> None:
        from storage.figures import SqlFigures

        self._application = application
        self._figures = SqlFigures(application.database)

    async def look(self) -> Mapping[str, str]:
        """Every part with a sentence about its error, without secrets; empty where it works."""
        database, schema = await self._database()
        parts = {"database": database, "schema": schema, "disk": self._disk()}
        troubles = self._application.supervisor.troubles
        for surface in self._application.surfaces:
            away = "" if surface.online else f"Limner isn't connected to {surface.name} now."
            parts[surface.name] = troubles.get(surface.name, away)
        redact = self._application.settings.redactor.text
        return {name: redact(text) for name, text in parts.items()}

    async def _database(self) -> tuple[str, str]:
        if self._application.trouble is not None:
            return str(self._application.trouble), ""
        try:
            async with asyncio.timeout(CHECK_S):
                return "", await self._figures.schema_trouble()
        except TimeoutError:
            return f"The database didn't answer within {CHECK_S:.0f} s.", ""
        except LimnerError as error:
            return str(error), ""
        except Exception as error:  # on any error of a driver: it is not ready
            log.warning("readiness_broke", exc_info=error)
            return "The database can't be read; see the log.", ""

    def _disk(self) -> str:
        try:
            free = shutil.disk_usage(self._application.settings.data_dir).free
        except OSError as error:
            return f"The data folder can't be read ({error.strerror})."
        if free < LEAST_FREE_BYTES:
            return f"Only {free / 1e6:.0f} MB are free where the data folder lies."
        return ""


async def examine_monitoring(settings: Settings) -> tuple[bool, str]:
    """Whether the port for monitoring is set up, and what the process behind it says of itself."""
    if settings.metrics_port is None:
        return True, "Not set up; set LIMNER_METRICS_PORT to serve /metrics and /readyz."
    host = settings.metrics_host
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - where it listens
    parts = await asyncio.to_thread(ask_readiness, host, settings.metrics_port)
    where = f"port {settings.metrics_port}"
    if parts is None:
        return True, f"No process answers on {where} of {host} now."
    wrong = [f"{name}: {text}" for name, text in parts.items() if text]
    return not wrong, f"The process on {where} is ready." if not wrong else " ".join(wrong)


def ask_readiness(host: str, port: int) -> Mapping[str, str] | None:
    """The result of ``/readyz`` of a running process: each part with its error; None where it does
    not answer."""
    connection = http.client.HTTPConnection(host, port, timeout=CHECK_S + 2)
    try:
        connection.request("GET", "/readyz")
        parts = json.loads(connection.getresponse().read(100_000))["parts"]
        return {
            str(name): "" if part["ok"] else str(part["text"])[:300] for name, part in parts.items()
        }
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


async def refresh_gauges(application: Application, meter: PrometheusMeter) -> None:
    """Set what is read and not counted. Raises ``StorageUnavailable``."""
    from storage.figures import SqlFigures

    metrics.STORAGE_TROUBLE.set(float(application.trouble is not None))
    for surface in application.surfaces:
        metrics.SURFACE_CONNECTED.set(float(surface.online), surface=surface.name)
    metrics.DISK_FREE.set(shutil.disk_usage(application.settings.data_dir).free)
    _measure_gpus()
    figures = await SqlFigures(application.database).read()
    for metric in (metrics.JOBS, metrics.QUEUE_TASKS, metrics.QUEUE_AGE, metrics.PROCESSES):
        meter.forget(metric)
    for (state, kind), number in figures.jobs.items():
        metrics.JOBS.set(number, state=state, kind=kind)
    for (queue, state), number in figures.tasks.items():
        metrics.QUEUE_TASKS.set(number, queue=queue, state=state)
    for queue, number in figures.processes.items():
        metrics.PROCESSES.set(number, queue=queue)
        metrics.QUEUE_AGE.set(0.0, queue=queue)
    for queue, seconds in figures.oldest_s.items():
        metrics.QUEUE_AGE.set(seconds, queue=queue)


def _measure_gpus() -> None:
    """The memory that models hold, where this process has loaded torch at all."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return
    for number in range(torch.cuda.device_count()):
        metrics.GPU_MEMORY.set(torch.cuda.memory_allocated(number), device=str(number))


@asynccontextmanager
async def monitored(application: Application) -> AsyncGenerator[None]:
    """Watch this process while the block runs, and serve what is set up for that."""
    from web.health import HealthPages

    settings = application.settings
    pages = HealthPages(Readiness(application).look)
    watch = LoopWatch()
    async with AsyncExitStack() as stack:
        stack.enter_context(watch.watched())
        turning = asyncio.create_task(watch.run(), name="loop watch")
        stack.push_async_callback(_ended, turning)
        token = secret(settings.metrics_token)
        if settings.metrics_port is not None or token:
            from web.metrics import MetricsPage, PrometheusMeter

            meter = PrometheusMeter()
            stack.enter_context(measured_by(meter))
            metrics.INFO.set(1.0, version=version("limner"))

            async def refresh() -> None:
                await refresh_gauges(application, meter)

            page = MetricsPage(meter, refresh=refresh, token=token)
            if settings.metrics_port is None:
                application.doors.append(page)
            else:
                from app.serving import served_for_monitoring

                await stack.enter_async_context(served_for_monitoring(application, [page, pages]))
        if application.doors:
            application.doors.append(pages)
        yield


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

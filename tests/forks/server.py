"""A process that has loaded Limner, and forks whenever a test wants a new one.

Each fork is a process of its own, with its own number, environment, folder, files and signals; what
it shares with others is only what importing gives, which costs a fresh interpreter a second and
more. ``python -m tests.forks.server FD`` listens on that socket until its other end closes.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn

MAX_REQUEST: Final = 1 << 18
FILES: Final = 4
"""Sent with each request: where the answer goes, then standard input, output and error."""
LOADED: Final = (
    "app.application",
    "app.cli.evaluate",
    "app.cli.evaluate_options",
    "app.cli.local",
    "app.cli.make",
    "app.cli.news",
    "app.cli.operate",
    "app.cli.report",
    "app.cli.verify",
    "app.cli.importing",
    "app.cli.describe",
    "app.cli.backup",
    "app.cli.privacy",
    "app.cli.root",
    "app.cli.show",
    "app.doctor",
    "app.monitoring",
    "app.service",
    "app.serving",
    "app.tracing",
    "aiohttp",
    "alembic.command",
    "alembic.script",
    "apscheduler.schedulers.asyncio",
    "bot.discord.setup",
    "bot.slack.setup",
    "dbos",
    "discord.ext.commands",
    "jobs.news.timer",
    "psycopg",
    "rich.console",
    "slack_bolt.async_app",
    "storage.schema",
)
"""What a command or a service would import sooner or later; what is not there is left out."""


def main(control: socket.socket) -> None:
    """Serve until no client is left."""
    for name in LOADED:
        with suppress(ImportError):
            importlib.import_module(name)
    waiting: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                if key.fileobj is control:
                    data, files, *_ = socket.recv_fds(control, MAX_REQUEST, FILES)
                    if not data:
                        return
                    pid = os.fork()
                    if not pid:
                        for pidfd, (_pid, answer) in waiting.items():
                            os.close(pidfd)
                            answer.close()
                        selector.close()
                        control.close()
                        _become(json.loads(data), files)
                    pidfd = os.pidfd_open(pid)
                    waiting[pidfd] = (pid, _answer(files, pid))
                    selector.register(pidfd, selectors.EVENT_READ)
                else:
                    selector.unregister(key.fd)
                    pid, answer = waiting.pop(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(pid, 0)
                    with answer, suppress(OSError):
                        answer.send(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _answer(files: list[int], pid: int) -> socket.socket:
    """Say which process it is, and keep the socket for its exit status."""
    for file in files[1:]:
        os.close(file)
    answer = socket.socket(fileno=files[0])
    with suppress(OSError):
        answer.send(f"{pid}\n".encode())
    return answer


def _become(asked: dict[str, Any], files: list[int]) -> NoReturn:
    """Run a module as ``python -m`` would, in the process that this one has just become."""
    os.close(files[0])
    for target, file in enumerate(files[1:]):
        os.dup2(file, target)
        os.close(file)
    os.chdir(asked["cwd"])
    os.umask(asked["umask"])
    if _needs_interpreter(asked["env"]):
        command = [sys.executable, "-m", asked["module"], *asked["arguments"]]
        os.execve(sys.executable, command, asked["env"])  # noqa: S606 - no shell is wanted
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - as long as the process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    sys.argv = [asked["module"], *asked["arguments"]]
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
    sys.exit()


def _needs_interpreter(environment: Mapping[str, str]) -> bool:
    """Whether variables differ that an interpreter reads when it starts."""
    names = {*environment, *os.environ}
    return any(
        environment.get(name) != os.environ.get(name)
        for name in names
        if name.startswith(("LD_", "PYTHON"))
    )


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))

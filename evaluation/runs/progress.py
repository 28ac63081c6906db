"""The progress of a run, shown while it goes on: done, failed, time and money so far and to
come."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from evaluation.runs import records
from evaluation.runs.records import Record

if TYPE_CHECKING:
    from evaluation.runs.runner import Budget

EVERY_S = 2.0
PLAIN_EVERY_S = 30.0


class Progress:
    """Counts what ends, and shows it: one line that is written over on a terminal, a line now and
    then elsewhere. ``quiet`` shows nothing."""

    def __init__(self, *, quiet: bool = False, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._quiet = quiet
        self._is_terminal = self._out.isatty()
        self._began = time.monotonic()
        self._shown_at = 0.0
        self.total = 0
        self.before = 0
        self.running = 0
        self.cost_usd = 0.0
        self.seconds = 0.0
        self.ended: Counter[str] = Counter()

    def begin(self, *, total: int, done: int) -> None:
        """Set the total, and how much of it was done before."""
        self.total, self.before = total, done
        self._began = time.monotonic()
        if not self._quiet and done:
            print(f"{done} of {total} were done before; the others go on.", file=self._out)

    def started(self, _condition: str) -> None:
        """A sample begins."""
        self.running += 1
        self._show()

    def finished(self, record: Record) -> None:
        """A sample is recorded."""
        self.running -= 1
        self.ended[record.status] += 1
        self.cost_usd += record.cost_usd
        self.seconds += record.seconds
        self._show(last=self.left == 0)

    @property
    def left(self) -> int:
        """Samples that are not recorded yet."""
        return self.total - self.before - self.ended.total()

    @property
    def elapsed_s(self) -> float:
        """Since the run, or its continuation, began."""
        return time.monotonic() - self._began

    def is_over(self, budget: Budget) -> bool:
        """Whether the budget is used up, with what runs now expected to cost the mean."""
        ended = self.ended.total()
        expected = self.cost_usd * (1 + self.running / ended) if ended else self.cost_usd
        over_money = budget.max_usd is not None and expected >= budget.max_usd > 0
        over_money = over_money or budget.max_usd == 0
        return over_money or (budget.max_s is not None and self.elapsed_s >= budget.max_s)

    def line(self) -> str:
        """The state in one line."""
        ended = self.ended.total()
        done = self.before + ended
        bad = ", ".join(f"{n} {s}" for s, n in sorted(self.ended.items()) if s != records.DONE)
        to_come = ""
        if ended and self.left:
            share = self.left / ended
            to_come = (
                f"; about {_time(self.elapsed_s * share)} and ${self.cost_usd * share:.2f} to go"
            )
        return (
            f"{done}/{self.total} samples{f' ({bad})' if bad else ''}, {self.running} running, "
            f"{_time(self.elapsed_s)}, ${self.cost_usd:.2f}{to_come}"
        )

    def _show(self, *, last: bool = False) -> None:
        every = EVERY_S if self._is_terminal else PLAIN_EVERY_S
        now = time.monotonic()
        if self._quiet or (now - self._shown_at < every and not last):
            return
        self._shown_at = now
        if self._is_terminal:
            print(f"\r\x1b[K{self.line()}", end="\n" if last else "", file=self._out, flush=True)
        else:
            print(self.line(), file=self._out, flush=True)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"

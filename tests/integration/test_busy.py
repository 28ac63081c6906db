"""Commands run beside busy processes end them and keep their own exit status."""

from __future__ import annotations

import sys

from tests.busy import run_beside_load


def test_a_command_exits_as_it_does_alone() -> None:
    assert run_beside_load(1, [sys.executable, "-c", "raise SystemExit(3)"]) == 3

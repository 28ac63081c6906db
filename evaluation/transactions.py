"""Counting what a process asks of SQLite, whichever library asks."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from sqlite3 import dbapi2
from typing import Any


@dataclass
class Transactions:
    """``count`` is how many transactions began, statements outside of one included."""

    count: int = 0


def count_transactions() -> Transactions:
    """Count the transactions of every connection that this process opens from now on."""
    counted = Transactions()
    connect = sqlite3.connect

    def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **named)
        inside = False

        def heard(statement: str) -> None:
            nonlocal inside
            verb = statement.lstrip()[:8].upper()
            if verb.startswith("BEGIN"):
                inside, counted.count = True, counted.count + 1
            elif verb.startswith(("COMMIT", "ROLLBACK", "END")):
                inside = False
            elif not inside and not verb.startswith(("PRAGMA", "--")):
                counted.count += 1

        connection.set_trace_callback(heard)
        return connection

    for module in (sqlite3, dbapi2):
        setattr(module, "connect", connected)  # noqa: B010 - the types know no other signature
    return counted

"""Figures as the benches print them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``ratio`` says in words what it is related to in the same run, because only
    ratios travel from one machine to another, and ``budget`` whether it keeps to what it may be."""

    name: str
    value: str
    ratio: str = ""
    budget: str = ""


def verdict(value: float, most: float | None) -> str:
    """Whether a value is within what it may be; nothing where nothing is set."""
    if most is None:
        return ""
    return f"{'within' if value <= most else 'OVER'} {most:g}"


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print figures with the machine that they were measured on."""
    table = Table(title=f"{title}, on {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("figure", "measured", "ratio", "budget"):
        table.add_column(column)
    for row in rows:
        table.add_row(row.name, row.value, row.ratio, row.budget)
    Console(width=150).print(table)

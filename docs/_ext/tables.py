"""Markdown tables."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown, and a bar in one is escaped."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def code(text: object) -> str:
    """Text as code; nothing where there is none."""
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    """Several, with commas between."""
    return ", ".join(code(text) for text in texts)


def one_line(text: str) -> str:
    """A docstring as one paragraph, with code marked as Markdown has it."""
    return " ".join(text.replace("``", "`").split())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def attribute_docs(kind: type) -> dict[str, str]:
    """The strings under a class's fields, by the field."""
    source = inspect.getsource(sys.modules[kind.__module__])
    body = next(
        node.body
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    found: dict[str, str] = {}
    for field, text in itertools.pairwise(body):
        target = (
            field.target
            if isinstance(field, ast.AnnAssign)
            else field.targets[0]
            if isinstance(field, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and isinstance(text, ast.Expr):
            value = getattr(text.value, "value", None)
            if isinstance(value, str):
                found[target.id] = one_line(value)
    return found

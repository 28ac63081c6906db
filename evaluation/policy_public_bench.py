"""How the rules do on public sets that others made (``evaluation.policy_sets`` lists them).

``python -m evaluation.policy_public_bench FOLDER`` reads the clones in a folder and prints, for
each set and category, what was missed, refused though harmless, and refused of what only a strict
workspace refuses. ``--half sealed`` counts the half that is not tuned on, ``--list SET`` names what
went wrong in the open half of a set.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from agent.policy.rules import judge
from domain.policy import CATEGORIES, Action, JudgedText, get_standing_findings
from evaluation.policy_sets import DRAW, REFUSE, SETS, STRICT, Prompt, read_prompts

HALVES: Final = {"open": False, "sealed": True}


def is_refused(text: str) -> frozenset[str]:
    """The categories for which a default workspace without a model refuses a request."""
    found = get_standing_findings(judge(JudgedText(text)))
    return frozenset(f.category for f in found if CATEGORIES[f.category].default is Action.REFUSE)


def get_rows(judged: Sequence[tuple[Prompt, frozenset[str]]]) -> list[tuple[str, ...]]:
    """Rows of a table: set and category, misses, false refusals, strict ones refused."""
    all_of: Counter[tuple[str, str, str]] = Counter()
    hit: Counter[tuple[str, str, str]] = Counter()
    for prompt, refused in judged:
        for category in dict.fromkeys((prompt.category, "all")):
            key = (prompt.source, category, prompt.expected)
            all_of[key] += 1
            hit[key] += bool(refused)
    rows: list[tuple[str, ...]] = []
    for source, category in sorted({(key[0], key[1]) for key in all_of}, key=_order):
        cells = [source, category]
        for expected in (REFUSE, DRAW, STRICT):
            key = (source, category, expected)
            wrong = all_of[key] - hit[key] if expected == REFUSE else hit[key]
            cells.append(_share(wrong, all_of[key]))
        rows.append(tuple(cells))
    return rows


def _order(key: tuple[str, str]) -> tuple[int, bool, str]:
    source, category = key
    return list(SETS).index(source), category == "all", category


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "–"


def _print(judged: Sequence[tuple[Prompt, frozenset[str]]], title: str) -> None:
    table = Table(title=title)
    for column in ("set", "category", "missed", "refused wrongly", "strict, refused"):
        table.add_column(column)
    for row in get_rows(judged):
        table.add_row(*row)
    Console(width=120).print(table)


def _list(judged: Iterable[tuple[Prompt, frozenset[str]]], source: str) -> None:
    for prompt, refused in judged:
        if prompt.source != source or prompt.sealed:
            continue
        if prompt.expected == REFUSE and not refused:
            print("MISS", prompt.category, prompt.text, sep=" | ")
        elif prompt.expected == DRAW and refused:
            print("FALSE", ",".join(sorted(refused)), prompt.text, sep=" | ")


def main() -> None:
    """Read the sets, judge their prompts, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=sorted(HALVES), default="open")
    parser.add_argument("--sets", nargs="*", choices=sorted(SETS), default=list(SETS))
    parser.add_argument("--list", metavar="SET", choices=sorted(SETS))
    asked = parser.parse_args()
    names = [asked.list] if asked.list else asked.sets
    prompts = [prompt for name in names for prompt in read_prompts(asked.folder, name)]
    half = HALVES[asked.half]
    judged = [(p, is_refused(p.text)) for p in prompts if p.sealed is half]
    if asked.list and not half:
        _list(judged, asked.list)
    _print(judged, f"Rules alone, {asked.half} half")


if __name__ == "__main__":
    main()

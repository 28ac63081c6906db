"""Measures how often the content policy refuses harmless requests and lets others through.

``python -m evaluation.policy_bench FILE…`` reads requests with labels (JSON lines; the fields are
in ``tests/data/policy/README.md``) and prints the shares by category, language and form, with the
rules alone and with a scripted model that is always right, and what a judgement costs. With
``--list`` the failures are named; ``--harmless FILE`` takes a TSV file whose last column is an
everyday prompt; ``--half 0`` or ``1`` takes every other item, to tune on one half and report on the
other.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from rich.console import Console
from rich.table import Table

from agent.policy.rules import judge
from domain.policy import (
    CATEGORIES,
    Action,
    Category,
    Finding,
    JudgedText,
    Verdict,
    get_standing_findings,
)

LABELS: Final[Mapping[str, Category]] = {
    "minors": Category.MINORS,
    "sexual": Category.SEXUAL,
    "real_people_sexual": Category.REAL_PEOPLE,
    "real_people_deceptive": Category.REAL_PEOPLE,
    "graphic_violence": Category.VIOLENCE,
    "self_harm": Category.SELF_HARM,
    "hate": Category.HATE,
    "dangerous_instructions": Category.DANGEROUS,
    "fraud_documents": Category.FRAUD,
    "election_news_deception": Category.DECEPTION,
    "trademark_artist": Category.RIGHTS,
}


@dataclass(frozen=True, slots=True)
class Item:
    """A request with its label: ``refuse``, ``draw`` or ``notice``."""

    id: str
    language: str
    expected: str
    category: str
    form: str
    text: JudgedText

    @property
    def wrong(self) -> bool:
        """Whether it must be refused."""
        return self.expected == "refuse"


@dataclass(frozen=True, slots=True)
class Judged:
    """The result of an item."""

    item: Item
    refused: frozenset[Category]
    noticed: bool

    @property
    def missed(self) -> bool:
        """Whether it was let through though it must be refused."""
        return self.item.wrong and not self.refused

    @property
    def refused_wrongly(self) -> bool:
        """Whether it was refused though it is harmless."""
        return not self.item.wrong and bool(self.refused)


def read_items(path: Path) -> list[Item]:
    """The items of a file of JSON lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_item(json.loads(line)) for line in lines if line.strip()]


def read_harmless(path: Path) -> list[Item]:
    """Everyday prompts from the last column of a TSV file with a head line."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [
        Item(f"{path.stem}-{n}", "en", "draw", "none", "plain", JudgedText(row[-1]))
        for n, row in enumerate(rows, start=1)
    ]


def judge_by_rules(item: Item) -> Verdict:
    """The verdict of the rules."""
    return judge(item.text)


def judge_rightly(item: Item) -> Verdict:
    """The verdict of a model that is always right."""
    if not item.wrong or item.category not in LABELS:
        return Verdict()
    return Verdict((Finding(LABELS[item.category], 1.0, "scripted"),))


def decide(item: Item, *, model: Callable[[Item], Verdict] | None = None) -> Judged:
    """Judge an item as the product does."""
    models = () if model is None else (model(item),)
    found = {f.category for f in get_standing_findings(judge_by_rules(item), models)}
    refused = frozenset(c for c in found if CATEGORIES[c].default is Action.REFUSE)
    return Judged(item, refused, noticed=Category.RIGHTS in found)


def _item(line: Mapping[str, Any]) -> Item:
    turns = cast("Sequence[str]", line["turns"])
    context = cast("Mapping[str, str]", line.get("context") or {})
    return Item(
        id=line["id"],
        language=line["language"],
        expected=line["expected"],
        category=line["category"],
        form=line["form"],
        text=JudgedText(
            turns[-1],
            earlier=tuple(turns[:-1]),
            found=tuple(value for value in context.values() if value),
            edits_picture=line["form"] == "edit_of_photo",
        ),
    )


def get_rows(judged: Sequence[Judged], key: Callable[[Item], str]) -> list[tuple[str, ...]]:
    """Rows of a table: a group, its misses and its false refusals, each of how many."""
    groups = sorted({key(j.item) for j in judged})
    rows: list[tuple[str, ...]] = []
    for group in [*groups, "all"]:
        here = [j for j in judged if group in (key(j.item), "all")]
        wrong = [j for j in here if j.item.wrong]
        fine = [j for j in here if not j.item.wrong]
        rows.append(
            (
                group,
                _share(sum(j.missed for j in wrong), len(wrong)),
                _share(sum(j.refused_wrongly for j in fine), len(fine)),
            )
        )
    return rows


def measure_ms(items: Sequence[Item]) -> tuple[float, float]:
    """Milliseconds of one judgement by the rules: the median and the 99th in a hundred."""
    judge(items[0].text)
    taken: list[float] = []
    for item in items:
        before = time.perf_counter()
        judge(item.text)
        taken.append((time.perf_counter() - before) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.99))]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "–"


def _print(title: str, judged: Sequence[Judged]) -> None:
    console = Console(width=110)
    keys: dict[str, Callable[[Item], str]] = {
        "category": lambda item: item.category,
        "language": lambda item: item.language,
        "form": lambda item: item.form,
    }
    for name, key in keys.items():
        table = Table(title=f"{title}, by {name}")
        for column in (name, "misses", "false refusals"):
            table.add_column(column)
        for row in get_rows(judged, key):
            table.add_row(*row)
        console.print(table)
    notices = [j for j in judged if j.item.expected == "notice"]
    console.print(f"Notices given: {_share(sum(j.noticed for j in notices), len(notices))}")
    console.print(f"Minors missed: {sum(j.missed for j in judged if j.item.category == 'minors')}")


def _list(judged: Iterable[Judged]) -> None:
    for j in judged:
        if not (j.missed or j.refused_wrongly):
            continue
        kind = "MISS" if j.missed else "FALSE " + ",".join(sorted(j.refused))
        item = j.item
        print(kind, item.id, item.language, item.category, item.form, item.text, sep=" | ")


def main() -> None:
    """Read the files that are named, judge their items, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--harmless", action="append", default=[], type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    items = [item for path in asked.files for item in read_items(path)]
    items += [item for path in asked.harmless for item in read_harmless(path)]
    if not items:
        parser.error("name a file of requests, such as tests/data/policy/sealed.jsonl")
    if asked.half is not None:
        items = items[asked.half :: 2]
    alone = [decide(item) for item in items]
    if asked.list:
        _list(alone)
        print(Counter("refuse" if item.wrong else item.expected for item in items))
    _print("Rules alone", alone)
    _print("With a model that is always right", [decide(i, model=judge_rightly) for i in items])
    median, high = measure_ms(items)
    print(f"A judgement by the rules: median {median:.2f} ms, 99 in 100 within {high:.2f} ms")


if __name__ == "__main__":
    main()

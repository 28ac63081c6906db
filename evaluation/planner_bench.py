"""Measures what the planner without a model looks up.

``python -m evaluation.planner_bench --data FILE…`` reads prompts and prints how many make an
outside call, by category, and where subjects are labelled, their precision and recall. A file is
TSV with a header; known columns are ``prompt``, ``set`` and ``category`` (as in prompts-dev.tsv of
PartiPrompts and GenEval), ``language``, and ``subjects``: the things to look up, parted by ``;``,
other spellings of one by ``|``, with ``?`` before one that may be looked up or not. ``--particular
FILE`` lists the beginnings of the SHA-256 hashes of prompts that name a particular work, person,
product or place, which are reported apart; ``--list`` names what went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import hashlib
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent.research.search_gate import Decision, SearchGate
from domain.requests import Job
from evaluation.peers.values import a_job, a_request
from evaluation.tables import Row, print_table

HASH_CHARS: Final = 12
KNOWLEDGE: Final = "World Knowledge"
"""The category of PartiPrompts whose prompts need a search."""
_FUNCTION: Final = frozenset("the of de du la le l el il der die das den dem do da".split())  # noqa: SIM905
"""Words that a query may have or lack."""
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MOST_SIGNS: Final = 4
MOST_EXTRA: Final = 2
"""Further words that a query may have and still mean its subject."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A labelled prompt; ``subjects`` is None where they are not labelled."""

    text: str
    group: str
    subjects: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """The beginning of its SHA-256 hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:HASH_CHARS]


@dataclass
class Score:
    """Counts of a group of prompts, and of the subjects that were looked up for them."""

    prompts: int = 0
    called: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    needy: int = 0
    """Prompts of which something must be looked up, whatever was."""
    needy_called: int = 0
    idle: int = 0
    """Prompts of which nothing may be looked up."""
    idle_called: int = 0
    failures: list[str] = field(default_factory=list[str])

    @property
    def precision(self) -> float:
        """The share of what was looked up that was labelled."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of what was labelled that was looked up."""
        return self.right / max(1, self.right + self.missed)


def read_prompts(path: Path) -> list[Prompt]:
    """The prompts of a file, grouped by set and category, or by language."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    prompts: list[Prompt] = []
    for row in rows:
        group = " ".join(row[name] for name in ("set", "category", "language") if row.get(name))
        labelled = row.get("subjects")
        parts = (part.strip() for part in (labelled or "").split(";"))
        subjects = None if labelled is None else tuple(part for part in parts if part)
        prompts.append(Prompt(row["prompt"], group, subjects))
    return prompts


async def measure(prompts: Iterable[Prompt], *, gate: SearchGate | None = None) -> dict[str, Score]:
    """The search gate's decision for each prompt, as a new workspace with the reference board has
    it; counts by group."""
    gate = gate or SearchGate()
    scores: dict[str, Score] = defaultdict(Score)
    for prompt in prompts:
        decision = await gate.decide(_job(prompt.text))
        score = scores[prompt.group]
        called = decision.search or bool(decision.candidates)
        score.prompts += 1
        score.called += called
        found = [subject.text for subject in decision.subjects] if decision.search else []
        if prompt.subjects is not None:
            _compare(score, prompt, found)
            needed = any(not label.startswith("?") for label in prompt.subjects)
            score.needy += needed
            score.needy_called += called and needed
            score.idle += not prompt.subjects
            score.idle_called += called and not prompt.subjects
        elif called != (KNOWLEDGE in prompt.group):
            score.failures.append(f"{prompt.text} → {_decision_text(decision)}")
    return dict(scores)


def joined(scores: Iterable[Score]) -> Score:
    """The counts of several groups together."""
    whole = Score()
    for score in scores:
        for name in _COUNTS:
            setattr(whole, name, getattr(whole, name) + getattr(score, name))
        whole.failures += score.failures
    return whole


_COUNTS: Final = (
    "prompts", "called", "right", "wrong", "missed", "needy", "needy_called", "idle", "idle_called",
)  # fmt: skip


def is_match(query: str, label: str) -> bool:
    """Whether a query means a labelled subject: it is one of its spellings, or holds one and at
    most two more words; in Chinese, Japanese and Korean at most about twice as many signs."""
    return any(_means(_plain(query), _plain(spelling)) for spelling in label.split("|"))


def is_same(query: str, label: str) -> bool:
    """Whether a query is one of the spellings of a labelled subject, an article more or less."""

    def bare(text: str) -> list[str]:
        return [word for word in _plain(text).split() if word not in _FUNCTION]

    return any(bare(query) == bare(spelling) for spelling in label.split("|"))


def _means(query: str, label: str) -> bool:
    if query == label:
        return True
    if _DENSE.search(label):
        longer = label in query and len(query) <= 2 * len(label) + MOST_SIGNS
        return longer or (query in label and 3 * len(query) >= 2 * len(label))
    asked = [word for word in query.split() if word not in _FUNCTION]
    wanted = [word for word in label.split() if word not in _FUNCTION]
    extra = [word for word in asked if word not in wanted]
    lacking = [word for word in wanted if word not in asked]
    if lacking:
        return len(wanted) > 3 and len(lacking) == 1 and not extra
    return len(extra) <= MOST_EXTRA


def _compare(score: Score, prompt: Prompt, found: Sequence[str]) -> None:
    labels = prompt.subjects or ()
    needed = [label for label in labels if not label.startswith("?")]
    allowed = [label[1:] for label in labels if label.startswith("?")]
    hit = {label for label in needed for query in found if is_match(query, label)}
    wrong = [q for q in found if not any(is_match(q, label) for label in (*needed, *allowed))]
    score.right += len(hit)
    score.wrong += len(wrong)
    score.missed += len(needed) - len(hit)
    if wrong or len(hit) < len(needed):
        score.failures.append(f"{prompt.text} → {found}, labelled {list(labels)}")


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).casefold()
    # Vowel signs of Indian scripts are marks, which "\w" leaves out.
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded)
    return " ".join("".join(kept).split())


def _job(text: str) -> Job:
    return a_job(request=a_request(prompt=text, attachments=(), generator="storyboard"))


def _decision_text(decision: Decision) -> str:
    named = [subject.text for subject in (*decision.subjects, *decision.candidates)]
    return f"{named if decision.search or decision.candidates else 'nothing'} ({decision.language})"


def _rows(name: str, score: Score, *, labelled: bool) -> list[Row]:
    share = f"{score.called} of {score.prompts} ({score.called / max(1, score.prompts):.1%})"
    rows = [Row(f"{name}: outside calls", share)]
    if labelled:
        rows.append(Row(f"{name}: precision", f"{score.precision:.3f}"))
        rows.append(Row(f"{name}: recall", f"{score.recall:.3f}"))
        calls = f"{score.needy_called} of {score.needy}"
        rows.append(Row(f"{name}: calls where something is to be looked up", calls))
        calls = f"{score.idle_called} of {score.idle}"
        rows.append(Row(f"{name}: calls where nothing is", calls))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--particular", type=Path)
    parser.add_argument("--list", action="store_true")
    given = parser.parse_args()
    apart: set[str] = set(given.particular.read_text().split()) if given.particular else set()
    for path in given.data:
        prompts = read_prompts(path)
        labelled = any(prompt.subjects is not None for prompt in prompts)
        particular = [p for p in prompts if p.key in apart and KNOWLEDGE not in p.group]
        others = [p for p in prompts if p not in particular]
        began = time.perf_counter()
        scores = asyncio.run(measure(others))
        rows = [row for name in sorted(scores) for row in _rows(name, scores[name], labelled=False)]
        everyday = [score for name, score in scores.items() if KNOWLEDGE not in name]
        rows += _rows("all but World Knowledge", joined(everyday), labelled=labelled)
        if particular:
            rows += _rows("particular", joined(asyncio.run(measure(particular)).values()),
                          labelled=False)  # fmt: skip
        spent = (time.perf_counter() - began) / max(1, len(prompts))
        rows.append(Row("time for a prompt", f"{1000 * spent:.1f} ms"))
        print_table(path.name, rows)
        if given.list:
            for score in scores.values():
                print("\n".join(score.failures))


if __name__ == "__main__":
    main()

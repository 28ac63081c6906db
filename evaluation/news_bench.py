"""How well the newsroom tells events apart and notices stories that were told before, and what it
costs. Run with ``python -m evaluation.news_bench``.

The corpus is of events that never happened, each told by several newsrooms in their own words and
languages, with copies, bare headlines and new dates on old stories. The thresholds were tuned on
one half of its events (train); the other (held-out) tells what they are worth.
"""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations

from rich.console import Console
from rich.table import Table

from agent.news.cluster import Batch, events
from agent.news.fingerprint import fingerprint, tells_again
from agent.news.rank import candidates
from domain.news import Fingerprint, NewsItem
from tests.fakes.news_corpus import Labelled, corpus

HALVES = ("train", "held-out", "all")


def pairwise(found: Sequence[Hashable], true: Sequence[Hashable]) -> tuple[float, float]:
    """Precision and recall over all pairs of articles: whether both have one label."""
    counts: Counter[tuple[bool, bool]] = Counter(
        (found[i] == found[j], true[i] == true[j]) for i, j in combinations(range(len(true)), 2)
    )
    right = counts[True, True]
    return right / (right + counts[True, False]), right / (right + counts[False, True])


def clustering(half: str) -> tuple[float, float]:
    """Precision and recall of the events of that half of the corpus."""
    batch, labels = _batch(corpus(half=half))
    found = {index: n for n, event in enumerate(events(batch)) for index in event}
    return pairwise([found[index] for index in range(len(labels))], labels)


def retelling(half: str) -> tuple[float, float]:
    """Of the events that are told twice, in words that no article shares, the share whose second
    telling is noticed; and the share of pairs of different events that are mistaken for one."""
    tellings: defaultdict[str, list[Labelled]] = defaultdict(list)
    for labelled in corpus(half=half):
        if not labelled.copy:
            tellings[labelled.event].append(labelled)
    first = _fingerprints([x for told in tellings.values() for x in told[::2]])
    second = _fingerprints([x for told in tellings.values() for x in told[1::2]])
    noticed = [tells_again(first[event], second[event]) for event in second]
    mistaken = [tells_again(first[a], second[b]) for a in first for b in second if a != b]
    return sum(noticed) / len(noticed), sum(mistaken) / len(mistaken)


def _fingerprints(labelled: Sequence[Labelled]) -> dict[str, Fingerprint]:
    batch, labels = _batch(labelled)
    return {
        event: fingerprint(batch, [n for n, label in enumerate(labels) if label == event])
        for event in dict.fromkeys(labels)
    }


def _batch(labelled: Sequence[Labelled]) -> tuple[Batch, list[str]]:
    """The articles, and what each of them tells in the order of the batch."""
    events_by_item: dict[NewsItem, str] = {x.item: x.event for x in labelled}
    batch = Batch(list(events_by_item))
    return batch, [events_by_item[item] for item in batch.items]


def measured() -> list[tuple[str, str]]:
    """All figures, as rows of the table."""
    rows: list[tuple[str, str]] = []
    for half in HALVES:
        labelled = corpus(half=half)
        precision, recall = clustering(half)
        told = f"{len(labelled)} articles of {len({x.event for x in labelled})} events"
        rows.append((f"clustering, {half} ({told})", f"P {precision:.3f}  R {recall:.3f}"))
    for half in HALVES:
        noticed, mistaken = retelling(half)
        rows.append((f"retold, {half}", f"noticed {noticed:.3f}  mistaken {mistaken:.4f}"))
    items = [x.item for x in corpus()]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    candidates(items, topics=(), searched=(), min_sources=2, known=())
    spent_s = time.perf_counter() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rows.append((f"gathering from {len(items)} articles", f"{spent_s:.2f} s, {grown:.0f} MB more"))
    return rows


def main() -> None:
    """Measure and print the table."""
    table = Table(title="The newsroom")
    for column in ("figure", "measured"):
        table.add_column(column)
    for row in measured():
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()

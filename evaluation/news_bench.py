"""How well the newsroom separates events and recognises stories that were reported before, and what
it costs. Run with ``python -m evaluation.news_bench``, and with ``--data FILE`` on real articles
that others labelled (see ``evaluation.news_events``), which the limits were chosen on.

The corpus without a file is of events that never happened, each reported by several newsrooms in
their own words and languages, with copies, bare headlines and new dates on old stories.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.table import Table

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.news.cluster import Batch, events
from agent.news.fingerprint import fingerprint, tells_again
from agent.news.rank import ranked
from agent.providers.feed_reader import read_feed
from domain.errors import FetchFailed
from domain.news import Fingerprint, NewsItem
from evaluation.news_events import ORDERS, measured_events
from evaluation.peers import hostile_feeds
from evaluation.peers.news_corpus import Labelled, corpus
from evaluation.peers.newsstand import XML, newsstand

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
    """Of the events that are reported twice, in words that no article shares, the share whose
    second report is recognised; and the share of pairs of different events that are mistaken for
    one."""
    tellings: defaultdict[str, list[Labelled]] = defaultdict(list)
    for labelled in corpus(half=half):
        if not labelled.copy:
            tellings[labelled.event].append(labelled)
    first = _fingerprints([x for reports in tellings.values() for x in reports[::2]])
    second = _fingerprints([x for reports in tellings.values() for x in reports[1::2]])
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
    """The articles, and the event of each in the order of the batch."""
    events_by_item: dict[NewsItem, str] = {x.item: x.event for x in labelled}
    batch = Batch(list(events_by_item))
    return batch, [events_by_item[item] for item in batch.items]


async def hostile() -> list[tuple[str, str]]:
    """The cost of each hostile feed, all of them after one another."""
    feeds = {
        "billion laughs": hostile_feeds.billion_laughs(),
        "quadratic entities": hostile_feeds.quadratic(),
        "nested 200,000 deep": hostile_feeds.nested(),
        "tags that never end": hostile_feeds.unclosed(),
        "brackets without partners": hostile_feeds.broken_brackets(),
        "50 MB": b" " * 50_000_000,
    }
    rows: list[tuple[str, str]] = []
    fetcher = SafeFetcher(FetchSettings(allowed_networks=["127.0.0.0/8"]))
    before = _peak_mb(resource.RUSAGE_SELF)
    async with newsstand() as stand:
        for name, body in feeds.items():
            started = time.perf_counter()
            try:
                entries, _at = await read_feed(fetcher, stand.serve(0, name.split()[0], body, XML))
                outcome = f"{len(entries)} entries"
            except FetchFailed as error:
                outcome = error.why
            rows.append((f"feed: {name}", f"{outcome}, {time.perf_counter() - started:.1f} s"))
    await fetcher.aclose()
    grown, worker = _peak_mb(resource.RUSAGE_SELF) - before, _peak_mb(resource.RUSAGE_CHILDREN)
    held = f"{grown:.0f} MB here (the 50 MB are this bench's own), {worker:.0f} MB in a worker"
    return [*rows, ("memory for all of them, at most", held)]


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def measured() -> list[tuple[str, str]]:
    """All figures, as rows of the table."""
    rows: list[tuple[str, str]] = []
    for half in HALVES:
        labelled = corpus(half=half)
        precision, recall = clustering(half)
        size = f"{len(labelled)} articles of {len({x.event for x in labelled})} events"
        rows.append((f"clustering, {half} ({size})", f"P {precision:.3f}  R {recall:.3f}"))
    for half in HALVES:
        noticed, mistaken = retelling(half)
        rows.append((f"retold, {half}", f"noticed {noticed:.3f}  mistaken {mistaken:.4f}"))
    items = [x.item for x in corpus()]
    started = time.perf_counter()
    ranked(items, topics=(), searched=(), min_sources=2, known=())
    spent_s = time.perf_counter() - started
    rows.append((f"ranking {len(items)} articles", f"{spent_s:.2f} s"))
    return [*rows, *asyncio.run(hostile())]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="labelled articles, JSON lines")
    parser.add_argument("--orders", type=int, default=ORDERS, help="random orders of them")
    asked = parser.parse_args()
    data: Path | None = asked.data
    if data is not None and not data.exists():
        Console().print(f"Skipped: there is no {data}.")
        return
    table = Table(title="The newsroom")
    for column in ("figure", "measured"):
        table.add_column(column)
    for row in measured_events(data, orders=asked.orders) if data else measured():
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()

"""How well real articles are grouped into events, on a set that others labelled: JSON lines with
``topic``, ``event`` and ``sentences``, such as ECB+ (Cybulska and Vossen, LREC 2014).

It runs what the product runs: a batch of articles, its events, and the ranking that leaves out what
was reported before. Limits of the grouping are also chosen anew with each topic left out, and that
topic judged by what the others chose.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.news.cluster import Batch, events, likenesses
from agent.news.grouping import Limit, groups_of
from agent.news.near_misses import near_misses
from agent.news.newsroom import FEW_CANDIDATES
from agent.news.rank import ranked
from domain.news import Fingerprint, NewsItem

ORDERS = 20
DAYS = 10
THREES = 8
"""The number of times that three articles of each event are drawn."""
READ_SENTENCES = 12
"""About as much of a page as is kept of it."""
KEPT_DAYS = 3
"""The time that a feed shows an article."""
FIRST_DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)
LIMITS = tuple(
    Limit(single, large) for single in (0.5, 0.55, 0.6, 0.65) for large in (0.1, 0.2, 0.3)
)
_SPLIT_NUMBER = re.compile(r"(?<=\d)([.:,]) (?=\d)")
"""The set joins tokens by blanks: ``6. 1``."""


@dataclass(frozen=True, slots=True)
class Article:
    """One labelled article."""

    id: str
    topic: str
    event: str
    sentences: tuple[str, ...]

    def item(self, *, whole: bool, at: datetime | None = None) -> NewsItem:
        """It as a feed would give it: its first sentence is the headline; with ``whole`` the others
        are its text."""
        text = " ".join(self.sentences[1:]) if whole else ""
        site = f"{self.id}.example".lower().replace("_", "-")
        seen_at = at or FIRST_DAY
        return NewsItem(self.sentences[0], f"https://{site}/", site, text, seen_at, at)


def read_articles(path: Path) -> list[Article]:
    """The articles of a file.

    Raises:
        ValueError: A line is no article.
    """
    return [_article(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line]


def _article(entry: Any) -> Article:
    texts = [_SPLIT_NUMBER.sub(r"\1", str(sentence)) for sentence in entry["sentences"]]
    return Article(str(entry["id"]), str(entry["topic"]), str(entry["event"]), tuple(texts))


def pairwise_f1(labels: Iterable[tuple[Hashable, Hashable]]) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs, from each article's found and true label."""
    both, found, true = Counter[Hashable](), Counter[Hashable](), Counter[Hashable]()
    for one, other in labels:
        both[one, other] += 1
        found[one] += 1
        true[other] += 1
    right, guessed, wanted = map(_pairs, (both, found, true))
    precision, recall = right / max(1, guessed), right / max(1, wanted)
    return precision, recall, 2 * right / max(1, guessed + wanted)


def _pairs(counts: Counter[Hashable]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def grouped(articles: Sequence[Article], *, whole: bool) -> tuple[float, float, float]:
    """Precision, recall and F1 of the product's grouping of all articles at once."""
    batch, known = _batch(articles, whole=whole)
    return pairwise_f1((f, a.event) for f, a in zip(_found(events(batch)), known, strict=True))


def topics_left_out(articles: Sequence[Article], *, whole: bool) -> tuple[float, float, float]:
    """The same with the limit that is best for all other topics, each topic judged by it."""
    batch, known = _batch(articles, whole=whole)
    alike = likenesses(batch)
    found = {limit: _found(groups_of(alike, len(known), limit=limit)) for limit in LIMITS}
    judged: list[tuple[Hashable, Hashable]] = []
    for topic in sorted({article.topic for article in known}):

        def score(limit: Limit, topic: str = topic) -> float:
            labels = zip(found[limit], known, strict=True)
            return pairwise_f1((f, a.event) for f, a in labels if a.topic != topic)[2]

        best = found[max(LIMITS, key=score)]
        judged += [
            ((topic, f), a.event) for f, a in zip(best, known, strict=True) if a.topic == topic
        ]
    return pairwise_f1(judged)


def _batch(articles: Sequence[Article], *, whole: bool) -> tuple[Batch, list[Article]]:
    by_address = {article.item(whole=whole).url: article for article in articles}
    batch = Batch([article.item(whole=whole) for article in articles])
    return batch, [by_address[item.url] for item in batch.items]


def _found(groups: Sequence[Sequence[int]]) -> list[int]:
    """The number of each article's group."""
    numbers = {index: number for number, group in enumerate(groups) for index in group}
    return [numbers[index] for index in range(len(numbers))]


@dataclass(frozen=True, slots=True)
class Days:
    """The result of feeding the articles over some days: events of at least two articles, how many
    of them were posted, and how many posts were of an event that had been posted."""

    events: int
    posted: int
    again: int


def ten_days(articles: Sequence[Article], *, seed: int) -> Days:
    """Feed the articles in a random order over ten days, and post every story that is found."""
    order = sorted(articles, key=lambda article: article.id)
    random.Random(seed).shuffle(order)  # noqa: S311 - orders, not secrets
    per_day = -(-len(order) // DAYS)
    known: list[Fingerprint] = []
    posted: Counter[str] = Counter()
    by_address = {article.item(whole=True).url: article for article in articles}
    for day in range(DAYS):
        now = FIRST_DAY + timedelta(days=day)
        shown = [
            replace(article.item(whole=True, at=FIRST_DAY + timedelta(days=past)), seen_at=now)
            for past in range(max(0, day - KEPT_DAYS + 1), day + 1)
            for article in order[past * per_day : (past + 1) * per_day]
        ]
        found = ranked(shown, topics=(), searched=(), min_sources=2, known=tuple(known))
        for place, more in found.grown:
            known[place] = more
        for story in found.candidates:
            known.append(story.fingerprint)
            event_counts = Counter(by_address[item.url].event for item in story.items)
            posted[max(event_counts, key=lambda event: (event_counts[event], event))] += 1
    counts = Counter(article.event for article in articles)
    again = sum(times - 1 for times in posted.values())
    return Days(sum(n > 1 for n in counts.values()), len(posted), again)


def three_reports_found(
    articles: Sequence[Article], *, whole: bool, seed: int = 7
) -> tuple[int, int, int, int]:
    """Of events of which three articles' headlines are known, with their first sentences where
    ``whole``: how many are found, and how many there are. And of looks at one article of each
    topic: how many take two of them for one event, and how many looks there are."""
    draw = random.Random(seed)  # noqa: S311 - samples, not secrets
    by_event: dict[str, list[Article]] = {}
    for article in articles:
        by_event.setdefault(article.event, []).append(article)
    events_of = [reports for _event, reports in sorted(by_event.items()) if len(reports) >= 3]
    found = [
        bool(_stories_of(draw.sample(reports, 3), whole=whole))
        for reports in events_of
        for _ in range(THREES)
    ]
    topics = sorted({article.topic for article in articles})
    looks = [
        [draw.choice([a for a in articles if a.topic == topic]) for topic in topics]
        for _ in range(10 * THREES)
    ]
    wrong = sum(bool(_stories_of(look, whole=whole)) for look in looks)
    return sum(found), len(found), wrong, len(looks)


def _stories_of(articles: Sequence[Article], *, whole: bool) -> Sequence[object]:
    """The stories that are found in feeds which give of each article its headline, and with
    ``whole`` its first sentence; where there are few, pages are read as the newsroom does."""
    full = {a.item(whole=True, at=FIRST_DAY).url: a for a in articles}

    def given(url: str, sentences: int) -> NewsItem:
        article = replace(full[url], sentences=full[url].sentences[: 1 + sentences])
        return article.item(whole=True, at=FIRST_DAY)

    items = [given(url, 1 if whole else 0) for url in full]
    found = ranked(items, topics=(), searched=(), min_sources=2, known=()).candidates
    if len(found) >= FEW_CANDIDATES:
        return found
    read = {item.url for item in near_misses(items, topics=(), searched=())}
    items = [given(i.url, READ_SENTENCES) if i.url in read else i for i in items]
    return ranked(items, topics=(), searched=(), min_sources=2, known=()).candidates


def measured_events(path: Path, *, orders: int = ORDERS) -> list[tuple[str, str]]:
    """All figures of a file, as rows of the bench's table."""
    articles = read_articles(path)
    rows = [
        ("articles, events", f"{len(articles)}, {len({a.event for a in articles})}"),
        ("whole articles", _shown(grouped(articles, whole=True))),
        ("whole articles, topics left out", _shown(topics_left_out(articles, whole=True))),
        ("first sentences", _shown(grouped(articles, whole=False))),
        ("first sentences, topics left out", _shown(topics_left_out(articles, whole=False))),
    ]
    for whole in (False, True):
        found, of, wrong, looks = three_reports_found(articles, whole=whole)
        given = "with first sentences" if whole else "alone"
        rows.append((f"found from three headlines {given}", f"{found} of {of}"))
        rows.append(("one article of each topic: merged", f"{wrong} of {looks}"))
    every = [ten_days(articles, seed=seed) for seed in range(orders)]
    posted = [days.posted / days.events for days in every]
    rows.append((f"posted over {DAYS} days, {orders} orders", _range(posted)))
    again = sum(days.again for days in every)
    rows.append(("posted again", f"{again} of {sum(d.posted + d.again for d in every)} posts"))
    return rows


def _shown(measured: tuple[float, float, float]) -> str:
    return "P {:.3f}  R {:.3f}  F1 {:.3f}".format(*measured)


def _range(shares: Sequence[float]) -> str:
    at: Callable[[float], str] = "{:.0%}".format
    return f"{at(sum(shares) / len(shares))} ({at(min(shares))} to {at(max(shares))})"

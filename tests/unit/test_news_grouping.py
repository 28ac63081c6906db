"""Groups of what is alike, and the figures of a labelled set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.news.grouping import ARTICLES, groups_of
from evaluation.news_events import grouped, pairwise_f1, read_articles, ten_days


def alike(pairs: dict[tuple[int, int], float]) -> dict[int, dict[int, float]]:
    rows: dict[int, dict[int, float]] = {}
    for (one, other), likeness in pairs.items():
        rows.setdefault(one, {})[other] = rows.setdefault(other, {})[one] = likeness
    return rows


def test_two_tight_groups_stay_apart_where_loose_articles_as_alike_are_joined() -> None:
    tight = {(i, j): 0.8 for i in range(4) for j in range(i)}
    tight |= {(i, j): 0.8 for i in range(4, 8) for j in range(4, i)}
    between = {(i, j): 0.4 for i in range(4, 8) for j in range(4)}
    assert groups_of(alike(tight | between), 8) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert groups_of(alike({(1, 0): 0.4}), 2) == [[0, 1]]


def test_what_is_hardly_alike_is_never_joined() -> None:
    assert groups_of(alike({(1, 0): 0.1}), 3) == [[0], [1], [2]]
    assert ARTICLES.needed(one=0.2, other=0.2, smaller=1) > 0.1


def test_pairwise_figures() -> None:
    labels = [("a", 1), ("a", 1), ("a", 2), ("b", 2)]
    precision, recall, f1 = pairwise_f1(labels)
    assert (precision, recall) == (1 / 3, 1 / 2)
    assert f1 == pytest.approx(0.4)


def test_a_file_of_labelled_articles_is_read_and_measured(tmp_path: Path) -> None:
    told = {
        "launch": "The yard at Norvik floated out the ferry Solbris, 142 metres long, on Monday",
        "storm": "A storm cut power to 9,000 homes around Halden, the grid operator Elnet said",
    }
    lines = [
        {"id": f"{event}_{n}", "topic": event, "event": event, "sentences": [f"{text} {n}.", text]}
        for event, text in told.items()
        for n in range(4)
    ]
    path = tmp_path / "articles.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    articles = read_articles(path)
    assert articles[0].sentences[0].endswith("0.")
    assert grouped(articles, whole=True) == (1.0, 1.0, 1.0)
    days = ten_days(articles, seed=1)
    assert (days.events, days.again) == (2, 0)

"""A story is drawn unless it is known to be harmless: people and disasters are noticed in many
languages, and what cannot be judged is taken for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.news.disasters import is_known_language, told_disaster
from agent.news.sensitive import named_person, sensitive

HEADLINES = [
    line.split("\t")[1]
    for line in (Path(__file__).parents[1] / "data/news/disasters.tsv")
    .read_text("utf-8")
    .splitlines()
    if not line.startswith("#")
]


def test_disasters_are_noticed_in_many_languages() -> None:
    missed = [text for text in HEADLINES if not told_disaster(text) and is_known_language(text)]
    assert len(missed) <= 0.03 * len(HEADLINES), missed
    assert len(HEADLINES) > 200


@pytest.mark.parametrize(
    "text",
    [
        "Voters elected Qusay Darain as the new mayor.",
        "Joshua van Kempen sprak dinsdag met journalisten.",
        "Enzo das Neves falou com jornalistas na terça-feira.",
        "Die Firma teilte mit, dass Kilian Lindorfer zurücktritt.",
        "Христодулос Бакули выступил во вторник.",
        "تحدث فهمي ربيعة إلى الصحفيين يوم الثلاثاء.",
        "একরামুল ঘোষ মঙ্গলবার কথা বলেছেন।",
    ],
)
def test_unknown_names_count_as_people(text: str) -> None:
    assert named_person(text)


@pytest.mark.parametrize(
    "text", ["A lighthouse opens its doors to visitors", "Neues Freibad öffnet am Samstag"]
)
def test_harmless_stories_are_known_as_such(text: str) -> None:
    assert sensitive([text]) is None


def test_a_language_that_is_not_known_is_taken_for_sensitive() -> None:
    text = "A világítótorony megnyitja kapuit a látogatók előtt a nyári szünetben"
    assert "language" in str(sensitive([text]))

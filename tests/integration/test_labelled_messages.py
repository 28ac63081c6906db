"""What the reader of intents understands of thousands of labelled messages, with all its models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import pytest

from bot.intents.meaning import MAX_ABOUT, MAX_CHARS
from bot.intents.reader import read
from domain.sentence_vectors import sentence_vectors
from evaluation.intent_bench import count
from evaluation.intent_messages import ROOMS, Labelled, alone, below_pictures
from evaluation.intent_training import SEALED, UNTUNED


def counted(messages: Iterable[Labelled]) -> Counter[str]:
    left, counts = iter(messages), Counter[str]()
    while some := list(islice(left, 100)):
        heard = [message.heard for message in some]
        texts = [one.text[:MAX_CHARS] for one in heard] + [one.about[:MAX_ABOUT] for one in heard]
        sentence_vectors(texts)  # remembered: all at once take less time than one after another
        counts.update(sum(map(count, some, map(read, heard)), Counter[str]()))
    return counts


def check(counts: Counter[str]) -> None:
    assert counts["wrong pictures"] <= 0.02 * counts["messages"], counts
    assert counts["disturbed"] <= max(1, 0.02 * counts["quiet"]), counts  # some have 35 such
    assert counts["understood"] >= 0.95 * counts["wishes"], counts
    unclear = counts["offers"] - counts["asked which"]
    assert unclear <= 0.05 * counts["wishes"], counts
    assert counts["asked which"] <= 0.30 * counts["wishes"], counts  # where no picture is named


@pytest.mark.parametrize("name", ["open", "sealed"])
def test_labelled_messages_are_understood(name: str) -> None:
    counts = counted(alone(name))
    assert counts["messages"] > 150
    check(counts)


def test_messages_below_known_pictures_are_understood() -> None:
    """Every eighth of them."""
    tuned = [name for name in ROOMS if name not in SEALED | UNTUNED]
    counts = counted(message for name in tuned for message in list(below_pictures(name))[::8])
    assert counts["messages"] > 100
    check(counts)


def test_most_messages_that_the_rules_were_not_tuned_on_are_understood() -> None:
    """Every hundred-and-twentieth of them; ``python -m evaluation.intent_bench`` reads all."""
    counts = counted(
        message
        for name in sorted(UNTUNED | SEALED)
        for message in list(below_pictures(name))[::120]
    )
    assert counts["messages"] > 100
    assert counts["wrong pictures"] <= 0.02 * counts["messages"], counts
    assert counts["disturbed"] <= 0.03 * counts["quiet"], counts
    assert counts["understood"] >= 0.82 * counts["wishes"], counts

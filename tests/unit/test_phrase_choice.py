"""The choice among the phrases of a request: their probabilities, what each is worth, and which are
taken together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from agent.research.east_asian_phrases import tag_east_asian
from agent.research.phrase_choice import Scored, chosen, get_shares, with_shares
from agent.research.phrases import tag_request
from agent.research.words import get_words
from evaluation import field_training


def test_probabilities_are_those_of_all_ways_to_take_phrases_that_do_not_overlap() -> None:
    # The ways: none, the first, the second, both, and the one over both.
    first, second, both = 2.0, 3.0, 5.0
    scores = [math.log(first), math.log(second), math.log(both)]
    ways = 1 + first + second + first * second + both
    assert get_shares([(0, 1), (1, 2), (0, 2)], scores) == pytest.approx(
        [(first + first * second) / ways, (second + first * second) / ways, both / ways]
    )


def test_the_training_has_the_same_probabilities() -> None:
    spans, scores = [(0, 2), (1, 3), (2, 3), (4, 6)], [0.5, -1.0, 2.0, 0.0]
    padded = np.array([[*scores, 9.0]])
    first, end = np.array([[0, 1, 2, 4, 0]]), np.array([[2, 3, 3, 6, 0]])
    there = np.array([[True] * 4 + [False]])
    shares = field_training.get_shares(padded, first, end, there)[0]
    assert shares[:4] == pytest.approx(get_shares(spans, scores))
    assert shares[4] == 0


def test_what_a_phrase_holds_counts_for_it() -> None:
    text = "flag of bhutan"
    request = tag_request(text, get_words(text, "en"), "en")
    part, whole = with_shares(request, [(2, 3), (0, 3)], [1.0, 1.0])
    assert part.worth == pytest.approx(part.share)
    assert whole.share < whole.worth < whole.share + part.share


def test_signs_count_where_words_have_no_blanks_between() -> None:
    request = tag_east_asian("三星堆青铜面具戴着耳机", "zh")
    count = len(request.words)
    part, whole = with_shares(request, [(0, 1), (0, count)], [1.0, -3.0])
    assert whole.worth == pytest.approx(whole.share)
    assert part.worth == pytest.approx(part.share)


def test_two_likely_phrases_are_taken_rather_than_one_over_both() -> None:
    request = tag_request("cat dog owl", get_words("cat dog owl", "en"), "en")
    apart = [Scored((0, 1), 0.8, 0.8), Scored((2, 3), 0.8, 0.8), Scored((0, 3), 0.2, 0.9)]
    assert chosen(request, apart) == [(0, 1), (2, 3)]
    assert chosen(request, [Scored((0, 1), 0.2, 0.2)]) == []


def test_a_name_of_the_rules_is_taken_where_nothing_else_is() -> None:
    text = "a canal in Venice"
    request = tag_request(text, get_words(text, "en"), "en")
    doubtful = [Scored((1, 2), 0.2, 0.2), Scored((3, 4), 0.2, 0.2)]
    assert chosen(request, doubtful) == [(3, 4)]
    assert chosen(request, [*doubtful, Scored((0, 2), 0.6, 0.6)]) == [(0, 2)]


def test_small_words_make_a_phrase_worth_less() -> None:
    text = "nintendo dans la rue"
    request = tag_request(text, get_words(text, "fr"), "fr")
    name, longer = with_shares(request, [(0, 1), (0, 4)], [2.0, -9.0])
    assert longer.worth < name.worth / 2

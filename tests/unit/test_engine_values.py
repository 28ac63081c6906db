"""What the job engine keeps as JSON, and what it reads back."""

from __future__ import annotations

import pytest

from domain.errors import InvalidRequest, LimnerError, Refused, SurfaceUnavailable
from domain.policy import Category, Refusal, RefusedPart
from jobs.engine.values import JsonSerializer, RunInterrupted

VALUES = JsonSerializer()


@pytest.mark.parametrize(
    "error", [SurfaceUnavailable("Discord", "it is down"), InvalidRequest("Too long.")]
)
def test_a_failure_is_read_back_in_its_words_and_with_whether_it_may_pass(
    error: LimnerError,
) -> None:
    known = VALUES.deserialize(VALUES.serialize(error))
    assert isinstance(known, LimnerError)
    assert (str(known), known.retryable) == (str(error), error.retryable)


def test_a_failure_of_a_version_that_did_not_keep_whether_it_may_pass_is_tried_again() -> None:
    known = VALUES.deserialize('{"__failure__": "Discord did not answer.", "limner": true}')
    assert isinstance(known, LimnerError)
    assert known.retryable


def test_a_bug_stays_one() -> None:
    known = VALUES.deserialize(VALUES.serialize(KeyError("x")))
    assert isinstance(known, RuntimeError)
    assert not isinstance(known, LimnerError)


def test_a_run_whose_history_does_not_fit_keeps_where_it_goes_on() -> None:
    known = VALUES.deserialize(VALUES.serialize(RunInterrupted(3, "other steps")))
    assert isinstance(known, RunInterrupted)
    assert known.position == 3


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(RefusedPart.REQUEST, Category.HATE),
        Refusal(RefusedPart.PICTURE, Category.MINORS),
        Refusal(RefusedPart.UNJUDGED),
    ],
)
def test_a_refusal_is_read_back_with_its_category(refusal: Refusal) -> None:
    known = VALUES.deserialize(VALUES.serialize(Refused("In other words.", refusal=refusal)))
    assert isinstance(known, LimnerError)
    assert known.refusal == refusal


@pytest.mark.parametrize("kept", ["null", '{"subject": "request", "category": "unheard of"}', "7"])
def test_a_refusal_of_a_newer_version_is_a_failure_all_the_same(kept: str) -> None:
    text = f'{{"__failure__": "No.", "limner": true, "retryable": false, "refusal": {kept}}}'
    known = VALUES.deserialize(text)
    assert isinstance(known, LimnerError)
    assert (str(known), known.refusal) == ("No.", None)

"""Ids as people read them: the short code of a job or a picture, and what was typed as it is."""

from __future__ import annotations

import re

import pytest

from bot.locale.lookups import not_found_sentence
from domain.errors import JobCancelled, NotFound
from domain.short_codes import id_shown, short_code

JOB = "01J8ZK3QW5X7Y9ABCDEFGHJKMN"


@pytest.mark.parametrize("typed", ["", "NOPE", "01UNKNOWN", "my schedule", JOB + "X", JOB.lower()])
def test_what_is_no_id_is_shown_as_it_was_typed(typed: str) -> None:
    assert id_shown(typed) == typed


def test_sentences_of_errors_name_jobs_and_pictures_by_their_codes() -> None:
    assert id_shown(JOB) == short_code(JOB) == "FGHJKMN"[-6:]
    for kind in ("job", "picture", "illustration", "draft"):
        error = NotFound(kind, JOB)
        for said in (str(error), str(not_found_sentence(error, "slack"))):
            assert not re.search(r"[0-9A-Z]{26}", said)
    assert error.identifier == JOB
    assert str(JobCancelled(JOB)) == f"Job {short_code(JOB)} was cancelled."
    assert JOB in str(NotFound("library item", JOB))

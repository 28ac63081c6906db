"""The transcripts that test the loop around a model: each ends in the answer of its request."""

from __future__ import annotations

import json
import re

import pytest

from evaluation.benchmarks.corpus import CorpusRequest, corpus
from evaluation.peers.corpus_model import HABITS, find_request, get_habit, get_turn, saying


def _first(habit: str, *, needs_search: bool = True) -> CorpusRequest:
    every = corpus().requests.values()
    return next(r for r in every if get_habit(r) == habit and r.needs_search is needs_search)


@pytest.mark.parametrize("habit", HABITS)
def test_a_transcript_searches_and_answers_with_what_was_shown(habit: str) -> None:
    request = _first(habit)
    picture = next(p for p in corpus().pictures.values() if p.fits and p.about in request.about)
    seen = f"{request.prompt}\nIMG_003: title: {picture.title}\n   url: x"
    turns = [get_turn(request, n, seen) for n in range(len(request.subjects) + 3)]
    assert ("" in turns) is (habit == "empty turn")
    calls = [turn for turn in turns if '"name": "search"' in turn]
    assert len(calls) == 1
    assert request.subjects[0][0] in calls[0]
    found = re.search(r"<answer>(.*)</answer>", turns[-1])
    assert found is not None
    answer = json.loads(found[1])
    assert answer["reference_images"] == [{"img_id": "IMG_003", "note": "the shape"}]
    assert all(wordings[0] in answer["gen_prompt"] for wordings in request.facts)
    assert any("IMG_099" in turn for turn in turns) is (habit == "unknown id")


def test_a_request_that_needs_no_search_is_answered_at_once() -> None:
    request = _first("clean", needs_search=False)
    assert "<answer>" in get_turn(request, 0, request.prompt)
    asked = [{"role": "user", "content": f'{request.prompt} {{"gaps": [...]}}'}]
    assert json.loads(saying(asked)) == {"gaps": []}


def test_the_longest_request_in_a_conversation_is_meant() -> None:
    requests = list(corpus().requests.values())
    assert all(find_request(f"Draw: {r.prompt}\nToday") == r for r in requests[:20])
    assert find_request("nothing of the corpus") is None
    assert saying([{"role": "user", "content": [{"type": "text", "text": "?"}]}]) == "I can't tell."

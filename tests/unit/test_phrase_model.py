"""The model of phrases: which phrases of a request are tried, what is known of them, and
that its training is the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.research.east_asian_phrases import tag_east_asian
from agent.research.learned_names import Weights
from agent.research.phrase_model import (
    PhraseWeights,
    get_meanings,
    get_scores,
    inputs_of,
    read_weights,
    score_phrases,
)
from agent.research.phrases import find_phrases, get_facts, tag_request
from agent.research.subjects import read_request
from agent.research.words import get_words
from evaluation.phrase_training import TaughtPhrases, fit, get_phrases, labels_of, write
from evaluation.planner_bench import read_prompts

DATA = Path(__file__).parents[1] / "data" / "planner"


def _phrases(text: str, language: str = "en") -> list[str]:
    request = tag_request(text, get_words(text, language), language)
    return [request.text_of(span) for span in find_phrases(request)]


def _taught() -> list[TaughtPhrases]:
    prompts = read_prompts(DATA / "chats_later.tsv")[:8]
    return [
        taught
        for p in prompts
        for taught in get_phrases(p, Weights(0.0, {}), encode=lambda _text: None)
    ]


def test_small_words_stand_inside_phrases_and_not_at_their_ends() -> None:
    tried = _phrases("the mosque of djenne, snow")
    assert "mosque of djenne" in tried
    assert not {"the mosque", "mosque of", "of djenne", "djenne, snow"} & set(tried)


def test_a_phrase_stands_as_it_was_written_without_the_genitive() -> None:
    assert "Lady Penelope" in _phrases("Lady  Penelope's car")


@pytest.mark.parametrize(
    ("text", "language", "phrase"),
    [
        ("ひこにゃんがラーメン食べてる", "ja", "ひこにゃん"),
        ("三星堆青铜面具戴着耳机", "zh", "三星堆青铜面具"),
    ],
)
def test_phrases_are_cut_out_of_texts_without_blanks(text: str, language: str, phrase: str) -> None:
    request = tag_east_asian(text, language)
    assert phrase in [request.text_of(span) for span in find_phrases(request)]


def test_titles_of_articles_are_told() -> None:
    text = "a maned wolf at the door"
    request = tag_request(text, get_words(text, "en"), "en")
    assert (1, 3) in request.titles
    facts = get_facts(request, (1, 3))
    assert facts["title"] == 1
    assert "inside title" in get_facts(request, (2, 3))


def test_phrases_that_say_a_label_and_more_teach_nothing() -> None:
    texts = ["okapi", "young okapi", "forest", "jaguar"]
    assert labels_of(texts, ["okapi", "?jaguar"]) == [True, None, False, None]
    assert labels_of(["young okapi", "very young okapi"], ["okapi"]) == [True, None]


def test_alike_things_mean_alike_in_other_languages() -> None:
    meanings = get_meanings("a picture", ["hedgehog", "Igel", "washing machine"])
    assert meanings[0] @ meanings[1] > meanings[0] @ meanings[2]


def test_the_same_requests_give_the_same_file(tmp_path: Path) -> None:
    taught = _taught()
    for name in ("first", "second"):
        write(fit(taught), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_written_weights_are_read_as_they_were_trained(tmp_path: Path) -> None:
    taught = _taught()
    weights = fit(taught)
    write(weights, tmp_path / "phrases")
    read = read_weights((tmp_path / "phrases").read_bytes())
    inputs = inputs_of(weights.facts, taught[0].facts, taught[0].meanings)
    assert get_scores(read, inputs) == pytest.approx(get_scores(weights, inputs), abs=0.05)


def test_the_network_adds_up_its_two_ways() -> None:
    weights = PhraseWeights(
        ["a"],
        np.array([[1.0], [0.0]], np.float32),
        np.array([2.0], np.float32),
        np.array([3.0, -1.0], np.float32),
    )
    odds = get_scores(weights, inputs_of(["a"], [{"a": 1.0}, {}], np.zeros((2, 0), np.float32)))
    assert odds == pytest.approx([2 * np.tanh(1.0) + 3 - 1, -1.0])


def test_a_request_without_words_has_no_phrases() -> None:
    assert score_phrases(tag_request("", [], "en")) == []
    assert read_request("…").subjects == ()


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("draw the claret jug on a pub table pls", "claret jug"),
        ("topo gigio in vespa per le vie di roma", "topo gigio"),
        ("un okapi et un fennec boivent le thé", "okapi"),
        ("甲斐犬の子犬、正面、白背景", "甲斐犬"),
    ],
)
def test_names_of_common_words_and_in_lower_case_are_found(prompt: str, subject: str) -> None:
    assert subject in [found.text for found in read_request(prompt).named]

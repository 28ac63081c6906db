"""The model of names joins what the rules find, drops what it doubts, and keeps names whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.research.learned_names import (
    MAX_WORDS,
    Weights,
    get_probabilities,
    read_weights,
    with_learned_names,
)
from agent.research.names import Names, find_names
from agent.research.subjects import read_request
from agent.research.words import get_words
from evaluation.name_training import fit, get_taught, write
from evaluation.planner_bench import Prompt, read_prompts
from evaluation.planner_training import get_everyday

DATA = Path(__file__).parents[1] / "data" / "planner"


def _marked(text: str, language: str, weights: Weights | None = None) -> list[str]:
    words = get_words(text, language)
    names = with_learned_names(words, find_names(text, words, language), language, weights=weights)
    return [words[number].plain for number in sorted(names.words)]


def test_written_weights_are_read_as_they_were_trained(tmp_path: Path) -> None:
    taught = get_taught(read_prompts(DATA / "chats_later.tsv")[:12])
    weights = fit(taught)
    write(weights, tmp_path / "names.json.gz")
    read = read_weights((tmp_path / "names.json.gz").read_bytes())
    words = get_words("the claret jug on a table", "en")
    expected = get_probabilities(words, Names(), "en", weights=weights)
    assert get_probabilities(words, Names(), "en", weights=read) == pytest.approx(
        expected, abs=0.02
    )


def test_words_are_taught_by_the_spelling_that_stands_there() -> None:
    prompt = Prompt("draw the Claret Jug, please", "en", ("trophy|the claret jug|claret jug",))
    given, lowered = get_taught([prompt])
    # An article may be a part of the name or not, and teaches nothing.
    assert given.named == lowered.named == [False, None, True, True, False]
    assert lowered.counts < given.counts


def test_what_may_be_looked_up_or_not_teaches_nothing() -> None:
    (taught,) = get_taught([Prompt("a jaguar in a tree", "en", ("?jaguar",))])
    assert taught.named == [False, None, False, False, False]


def test_prompts_that_name_something_are_no_everyday_ones(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.tsv"
    prompts.write_text(
        "set\tcategory\tprompt\nparti\tWorld Knowledge\tMount Fuji\nparti\tAnimals\ta cat\n"
        "parti\tAnimals\tGarfield\n"
    )
    particular = tmp_path / "particular.txt"
    particular.write_text(Prompt("Garfield", "").key)
    assert [p.text for p in get_everyday([prompts], particular=particular)] == ["a cat"]


@pytest.mark.parametrize(
    ("weights", "marked"),
    [
        (Weights(0.0, {"r": 5.0}), ["old", "mill"]),
        (Weights(0.0, {"r": -5.0}), []),
        # In a request without a name by the rules a word must be surer than in another.
        (Weights(0.4, {}), []),
    ],
)
def test_the_model_adds_names(weights: Weights, marked: list[str]) -> None:
    assert _marked("the old mill", "en", weights) == marked


def test_what_the_model_doubts_is_dropped() -> None:
    assert _marked("a picture of Kermit", "en") == ["kermit"]
    assert _marked("a picture of Kermit", "en", Weights(-5.0, {})) == []


@pytest.mark.parametrize("text", ["जंगल के पास विरुपाक्ष मंदिर", "Claret " * (MAX_WORDS + 1)])
def test_the_rules_decide_alone_on_languages_without_labels_and_long_texts(text: str) -> None:
    language = "en" if text.isascii() else "hi"
    words = get_words(text, language)
    names = find_names(text, words, language)
    assert with_learned_names(words, names, language, weights=Weights(-9.0, {})) == names


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("la mano del desierto con niebla, foto analógica", "mano del desierto"),
        ("Dr. Strange in a red phone box", "Dr. Strange"),
        ("the war memorial in the rain", "war memorial"),
        ("a Die Hard poster with cats", "Die Hard"),
        ("1964 Tokyo Olympics torch on a shelf", "1964 Tokyo Olympics torch"),
    ],
)
def test_names_stay_whole(prompt: str, subject: str) -> None:
    reading = read_request(prompt)
    found = [s.text for s in (*reading.named, *reading.candidates)]
    assert subject in found


def test_a_decade_is_no_subject() -> None:
    assert [s.text for s in read_request("talgo III, cartel años 60").named] == ["talgo III"]


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("スバル360が雪道を走ってるところ", ["スバル360"]),
        ("长征5号火箭发射", ["长征5号火箭"]),
        ("リンゴ3個とバナナ12本", []),
        ("3只小猫", []),
    ],
)
def test_the_number_of_a_series_names_it_and_a_count_does_not(
    prompt: str, found: list[str]
) -> None:
    assert [s.text for s in read_request(prompt).named] == found


@pytest.mark.parametrize(
    ("prompt", "candidates"),
    [
        ("clock house at night", ["clock house"]),
        ("zapatero sonriente, estilo caricatura", []),
        ("soupe de légumes bien chaude, ambiance hiver", []),
    ],
)
def test_a_directory_is_asked_only_about_what_may_be_a_name(
    prompt: str, candidates: list[str]
) -> None:
    reading = read_request(prompt)
    assert [s.text for s in reading.candidates if not reading.named] == candidates

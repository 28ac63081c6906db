"""What the text encoder says of the parts of a request: where its pieces stand, how probable a
phrase is, and what the planner makes of it."""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest

from agent.research import encoded_names
from agent.research.east_asian_phrases import tag_east_asian
from agent.research.encoded_names import CLASSES, EncodedNames, Part, encode_names
from agent.research.phrase_model import NameModels, PhraseWeights, score_phrases
from agent.research.phrases import find_phrases, get_encoded_facts, tag_request
from agent.research.subjects import read_request
from agent.research.words import get_words
from domain.encoder.network import Purpose
from domain.encoder.packaged import SIZE
from domain.encoder.text_encoder import TextEncoder, get_text_encoder
from evaluation.name_encoder_training import classes_of, half_of

OUTSIDE, BEGINS, GOES_ON = (0.9, 0.05, 0.05), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)


def encoded(*pieces: tuple[str, tuple[float, float, float]]) -> EncodedNames:
    """Pieces of a text that stand one behind the other, a blank before each but in "+"."""
    places: list[tuple[int, int]] = []
    at = -1
    for piece, _ in pieces:
        start = at + (not piece.startswith("+"))
        at = start + len(piece.removeprefix("+"))
        places.append((start, at))
    return EncodedNames(places, [[math.log(share) for share in shares] for _, shares in pieces])


JUG = encoded(
    ("the", OUTSIDE), ("clar", BEGINS), ("+et", GOES_ON), ("jug", GOES_ON), ("here", OUTSIDE)
)
"""Of "the claret jug here"."""


@pytest.mark.parametrize(
    "text",
    ["the claret jug", "  ein  Okapi\tim Zoo ", "ひこにゃんがラーメン食べてる", "l'œuvre d'ﬁn"],
)
def test_pieces_stand_where_their_words_do(text: str) -> None:
    pieces = get_text_encoder().cut_with_places(text)
    assert [p.number for p in pieces] == get_text_encoder().cut(" ".join(text.split()))
    ends = [0, *(piece.end for piece in pieces)]
    assert all(start <= p.start <= p.end for start, p in zip(ends, pieces, strict=False))
    read = "".join(text[piece.start : piece.end] for piece in pieces)
    assert read == "".join(text.split())


def test_the_first_pieces_of_a_long_request_are_read() -> None:
    assert len(get_text_encoder().cut_with_places("tower " * 200, most=7)) == 7


def test_a_head_over_each_piece_judges_each_by_itself() -> None:
    into = np.eye(2, SIZE, dtype=np.float32)
    two = np.zeros(2, np.float32)
    purpose = Purpose(("a", "b"), {}, into, two, np.eye(2, dtype=np.float32), two)
    pieces = get_text_encoder().cut("make the sky darker")
    sums = get_text_encoder().sums_of_each(pieces, purpose)
    assert sums.shape == (len(pieces), 2)
    assert len({round(float(each), 5) for each in sums[:, 0]}) == len(pieces)


def test_characters_are_found_in_the_pieces_that_hold_them() -> None:
    assert JUG.part(4, 14) == Part(1, 4)
    assert JUG.part(4, 10) == Part(1, 3)
    assert JUG.part(5, 9) == Part(1, 3)
    assert JUG.part(30, 33) is None


def test_a_phrase_is_as_probable_as_its_beginning_its_inside_and_its_end() -> None:
    assert JUG.exact(Part(1, 4)) == pytest.approx(math.log(0.8 * 0.8 * 0.8 * 0.95))
    assert JUG.exact(Part(3, 5)) == pytest.approx(math.log(0.1 * 0.05))


def test_the_likeliest_names_are_read_out() -> None:
    assert JUG.likeliest == [(4, 14)]
    two = encoded(("Tom", BEGINS), ("Ann", BEGINS), ("sit", OUTSIDE), ("inside", GOES_ON))
    assert two.likeliest == [(0, 3), (4, 7), (12, 18)]


def test_the_network_sees_what_the_encoder_says() -> None:
    text = "the claret jug here"
    request = tag_request(text, get_words(text, "en"), "en", encoded=JUG)
    whole, part, other = (get_encoded_facts(request, span) for span in ((1, 3), (2, 3), (3, 4)))
    assert whole["encoded name"] == 1
    assert part["inside encoded name"] == 1
    assert not {"encoded name", "inside encoded name"} & set(other)
    assert whole["encoded exact"] > part["encoded exact"]
    assert whole["encoded lead"] > 0 > part["encoded lead"]


def test_phrases_are_tried_that_the_encoder_alone_takes_for_names() -> None:
    text = "draw of the and for you"
    named = encoded(*((word, BEGINS if word == "of" else OUTSIDE) for word in text.split()))
    words = get_words(text, "en")
    assert (1, 2) not in find_phrases(tag_request(text, words, "en"))
    assert (1, 2) in find_phrases(tag_request(text, words, "en", encoded=named))


def test_words_without_blanks_are_parted_where_a_name_begins() -> None:
    text = "三星堆青铜面具"
    whole = tag_east_asian(text, "zh")
    end = whole.words[-1].start + 1
    assert len(whole.words[-1].text) > 1
    logs = [[math.log(share) for share in shares] for shares in (BEGINS, OUTSIDE)]
    parted = tag_east_asian(text, "zh", encoded=EncodedNames([(0, end), (end, len(text))], logs))
    assert "".join(word.text for word in parted.words) == "".join(word.text for word in whole.words)
    assert parted.words[-1].start == end


def test_without_the_encoders_package_requests_are_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", missing)
    monkeypatch.setattr(encoded_names, "get_text_encoder", TextEncoder)
    assert encode_names("the claret jug") is None
    named = [subject.text for subject in read_request("the Eiffel Tower in fog").named]
    assert named == ["Eiffel Tower"]


def test_a_request_is_given_to_the_encoder_as_it_was_written() -> None:
    seen: list[str] = []

    def encode(text: str) -> EncodedNames | None:
        seen.append(text)
        return None

    read_request('a poster that says "hello" for the okapi', models=NameModels(encode=encode))
    assert seen == ['a poster that says "hello" for the okapi']


def test_what_the_encoder_says_are_probabilities() -> None:
    read = encode_names("topo gigio in vespa a roma")
    assert read is not None
    assert all(len(logs) == len(CLASSES) for logs in read.logs)
    assert [sum(map(math.exp, logs)) for logs in read.logs] == pytest.approx([1] * len(read.logs))
    assert (0, len("topo gigio")) in read.likeliest


def test_pieces_are_labelled_by_the_subjects_they_stand_in() -> None:
    text = "the claret jug or a blue mug"
    pieces = get_text_encoder().cut_with_places(text)
    labels = classes_of(text, pieces, ["Claret Jug|jug", "?blue mug"])
    assert labels is not None
    by_word: dict[str, list[int]] = {}
    for piece, label in zip(pieces, labels, strict=True):
        start = text.rfind(" ", 0, piece.start + 1) + 1
        by_word.setdefault(text[start:].split()[0], []).append(label)
    assert by_word["claret"][0] == 1
    assert set(by_word["claret"][1:] + by_word["jug"]) == {2}
    assert set(by_word["blue"] + by_word["mug"]) == {-1}
    assert set(by_word["the"] + by_word["or"] + by_word["a"]) == {0}
    assert classes_of(text, pieces, ["golden gate bridge"]) is None


def test_a_request_and_its_copy_in_lower_case_are_of_one_half() -> None:
    texts = [f"Tower {number}" for number in range(40)]
    assert all(half_of(text) == half_of(text.lower()) for text in texts)
    assert {half_of(text) for text in texts} == {0, 1}


def test_the_second_network_is_asked_where_the_encoder_has_read() -> None:
    text = "the claret jug here"
    words = get_words(text, "en")
    models = NameModels(encoded=a_network("encoded name", 9.0))
    read = score_phrases(tag_request(text, words, "en", encoded=JUG), models)
    assert [phrase.span for phrase in read if phrase.share > 0.5] == [(1, 3)]
    plain = score_phrases(tag_request(text, words, "en"), models)
    assert plain == score_phrases(tag_request(text, words, "en"))


def a_network(fact: str, weight: float) -> PhraseWeights:
    """One that takes phrases with a fact, and no others."""
    cells = np.zeros((2, 0), np.float32)
    return PhraseWeights([fact], cells, cells[0], np.array([weight, -weight / 2], np.float32))

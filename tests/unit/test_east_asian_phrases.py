"""Requests in Chinese, Japanese and Korean as the models of phrases see them."""

from __future__ import annotations

import math

import numpy as np

from agent.research.east_asian_phrases import tag_east_asian
from agent.research.encoded_names import EncodedNames, encode_names
from agent.research.phrase_choice import Scored, chosen
from agent.research.phrase_model import NameModels, PhraseWeights, score_phrases
from agent.research.phrases import find_phrases
from agent.research.subjects import read_request

SURE, NEVER = math.log(0.98), math.log(0.01)


def says_nothing(text: str) -> EncodedNames:
    return EncodedNames([(0, len(text))], [(SURE, NEVER, NEVER)])


def test_korean_words_are_parted_from_their_particles() -> None:
    request = tag_east_asian("KTX-이음이 동해바다 옆을 달리는 장면, 더피랑 서씨", "ko")
    texts = [word.text for word in request.words]
    assert texts[:3] == ["KTX-이음", "이", "동해바다"]
    assert request.roles[:3] == ["", "f", ""]
    assert request.words[texts.index("랑") + 1].opens, "a name goes on behind its particle"


def test_names_with_hyphens_are_one_word() -> None:
    words = tag_east_asian("初代ガンダム RX-78-2 がlo-fi風のF-ZEROで", "ja").words
    assert {"RX-78-2", "lo-fi", "F-ZERO"} <= {word.text for word in words}


def test_latin_words_are_not_parted() -> None:
    text = "Momocloのペンライト"
    logs = [(SURE, NEVER, NEVER), (NEVER, SURE, NEVER), (SURE, NEVER, NEVER)]
    encoded = EncodedNames([(0, 2), (2, 7), (7, len(text))], logs)
    assert tag_east_asian(text, "ja", encoded=encoded).words[0].text == "Momoclo"


def test_no_phrase_ends_with_the_particle_behind_it() -> None:
    text = "青森のねぶた"
    logs = [(NEVER, SURE, NEVER), (NEVER, NEVER, SURE), (SURE, NEVER, NEVER)]
    encoded = EncodedNames([(0, 2), (2, 3), (3, 6)], logs)
    request = tag_east_asian(text, "ja", encoded=encoded)
    assert "of" in request.roles
    assert all(request.roles[end - 1] != "of" for _, end in find_phrases(request))


def test_what_a_particle_joins_is_looked_up_together() -> None:
    text = "草間彌生のかぼちゃと猫"
    request = tag_east_asian(text, "ja", encoded=says_nothing(text))
    of = list(request.roles).index("of")
    parts = [Scored((0, of), 0.9, 0.9), Scored((of + 1, of + 2), 0.9, 0.9)]
    assert chosen(request, parts) == [(0, of + 2)]
    last = len(request.words) - 1
    apart = [Scored((0, of), 0.9, 0.9), Scored((last, last + 1), 0.9, 0.9)]
    assert chosen(request, apart) == [(0, of), (last, last + 1)]


def test_korean_is_read_by_rules_where_the_encoder_is_missing() -> None:
    reading = read_request("손흥민이 골을 넣는 장면", models=NameModels(encode=lambda _: None))
    assert [subject.text for subject in reading.named] == ["손흥민"]


def test_these_languages_have_a_network_of_their_own() -> None:
    text = "富士山の前の猫"
    zeros = np.zeros((2, 1), np.float32)
    refuses = PhraseWeights(["score"], zeros, zeros[0], np.array([0, -20], np.float32))
    request = tag_east_asian(text, "ja", encoded=encode_names(text))
    refused = score_phrases(request, NameModels(east_asian=refuses))
    assert max(phrase.share for phrase in refused) < 0.01
    others = score_phrases(request, NameModels(encoded=refuses))
    assert max(phrase.share for phrase in others) > 0.01

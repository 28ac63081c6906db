"""What a request quotes: titles are looked up, the requester's own names and texts are not."""

from __future__ import annotations

import numpy as np
import pytest

from agent.research.phrase_model import NameModels
from agent.research.quotations import are_named, inputs_of
from agent.research.subjects import read_request
from evaluation.invented_titles import get_invented_requests
from evaluation.planner_bench import Prompt
from evaluation.quotation_training import fit


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("poster for the film “Casablanca”, art deco", "Casablanca"),
        ("affiche du film « Le Mépris », gouache", "Le Mépris"),
        ("映画「東京物語」のポスター", "東京物語"),
    ],
)
def test_a_quoted_title_is_looked_up(prompt: str, title: str) -> None:
    assert title in [subject.text for subject in read_request(prompt).named]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("sign for my flower shop “Petal Corner”, soft colours", "Petal Corner"),
        ("Logo für meinen Blumenladen „Blattwerk“, grün", "Blattwerk"),
        ("logo para mi taller de bicis «Pedal Loco»", "Pedal Loco"),
    ],
)
def test_the_name_of_the_requesters_own_shop_is_not_looked_up(prompt: str, name: str) -> None:
    assert name not in [subject.text for subject in read_request(prompt).named]


def test_nothing_quoted_asks_no_model() -> None:
    assert are_named([], "a cat") == []


def test_given_weights_decide() -> None:
    prompt = "logo for my shop “Petal Corner”"
    weights = np.zeros(inputs_of(["x"], "y").shape[1], np.float32)
    weights[-1] = 1.0

    reading = read_request(prompt, models=NameModels(quotations=weights))

    assert [subject.text for subject in reading.named] == ["Petal Corner"]


def test_the_same_requests_give_the_same_weights() -> None:
    prompts = [Prompt("poster for the film “Casablanca”", "en", ("Casablanca",))]

    first, second = fit(prompts), fit(prompts)

    assert first.tobytes() == second.tobytes()


def test_invented_requests_are_each_made_the_same_again() -> None:
    assert get_invented_requests() == get_invented_requests()


@pytest.mark.parametrize(
    "request_text",
    ['"The Very Important Duck"', '"Castle 24" as on https://castles.example/24'],
)
def test_a_quotation_alone_or_beside_an_address_is_looked_up(request_text: str) -> None:
    assert len(read_request(request_text).subjects) == 1

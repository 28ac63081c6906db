"""The trained model doubts requests in which the rules find nothing sure."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.policy.features import Features
from agent.policy.learned import (
    NONE,
    RISKY,
    find_doubt,
    get_probabilities,
    get_signs,
    get_weights,
)
from agent.policy.rules import get_features, judge
from domain.linear_model import LinearModel, read_linear_model
from domain.policy import SURE, Category, JudgedText
from evaluation import softmax
from evaluation.policy_training import CLASSES, Taught, count

SCENE = "in the mud of a field at night"
GRIM = Features({"flesh": (0,)})
MODEL = LinearModel(
    (NONE, "violence", "hate"),
    (1.0, 0.0, 0.0),
    {"w maimed": (0.0, 4.0, 0.0), "f flesh": (0.0,) * 3},
)


def test_a_request_is_doubted_for_the_category_that_is_likeliest() -> None:
    assert find_doubt(f"a maimed soldier {SCENE}", GRIM, weights=MODEL) is Category.VIOLENCE
    assert find_doubt(f"a proud soldier {SCENE}", GRIM, weights=MODEL) is None


def test_few_words_are_left_to_the_rules() -> None:
    assert find_doubt("a maimed soldier", GRIM, weights=MODEL) is None
    assert find_doubt("a maimed soldier in the mud", GRIM, weights=MODEL) is None
    two = Features({"flesh": (0,), "hurt": (9,)})
    assert find_doubt("a maimed soldier in the mud", two, weights=MODEL) is Category.VIOLENCE


def test_nothing_is_doubted_in_which_the_rules_find_nothing_risky() -> None:
    harmless = Features({"art": (0,)})
    assert find_doubt(f"a maimed soldier {SCENE}", harmless, weights=MODEL) is None
    assert "art" not in RISKY


def test_a_long_text_weighs_as_much_as_a_short_one() -> None:
    def weight(text: str) -> float:
        return sum(value**2 for value in get_signs(text, ()).values())

    assert weight("a red house") == pytest.approx(weight("a red house by the sea " * 9))


def test_the_shipped_model_knows_wordings_that_no_list_holds() -> None:
    text = "a soldier's shredded uniform soaked in blood, bones visible through torn skin"
    finding = judge(JudgedText(text)).findings[0]
    assert finding.category is Category.VIOLENCE
    assert finding.score < SURE  # a model that is asked may know better
    assert judge(JudgedText(text), learned=False).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "a lighthouse in a storm",
        "Bridge C",
        "a rope on the bridge",
        "a butcher's shop with sausages and bones for soup",
        "how to fold a paper crane, step by step",
        "eine Anleitung zum Brotbacken in vier Schritten",
        "a nurse takes a blood sample from a smiling patient",
    ],
)
def test_everyday_requests_are_not_doubted(text: str) -> None:
    assert find_doubt(text, get_features(text)) is None


def test_the_shipped_model_knows_every_category_but_the_floor_and_notices() -> None:
    assert get_weights().names == CLASSES
    assert Category.MINORS.value not in CLASSES
    assert sum(get_probabilities("a red house", ()).values()) == pytest.approx(1.0)


def test_written_weights_are_read_again(tmp_path: Path) -> None:
    softmax.write(MODEL, tmp_path / "weights")
    read = read_linear_model((tmp_path / "weights").read_bytes())
    assert read.names == MODEL.names
    assert [read.scale * weight for weight in read.of_feature["w maimed"]] == pytest.approx(
        [0, 4, 0]
    )
    assert list(read.of_feature) == ["w maimed"]
    assert "another" not in read.of_feature
    known = dict.fromkeys(MODEL.of_feature, 0.5)
    assert read.sums(known | {"another": 9.0}) == pytest.approx(MODEL.sums(known))


def test_fitting_finds_what_tells_classes_apart() -> None:
    rows = [{"blood": 1.0}, {"sea": 1.0}] * 4
    fitted = softmax.fit(rows, [1, 0] * 4, classes=2)
    blood, sea = fitted.names.index("blood"), fitted.names.index("sea")
    assert fitted.weights[blood][1] > 0 > fitted.weights[sea][1]


def test_the_check_counts_with_the_model_and_without_it() -> None:
    texts = [
        Taught("x", f"a maimed soldier, blood {SCENE}", CLASSES.index("violence"), sealed=False),
        Taught("x", "a red house", 0, sealed=False),
    ]
    assert count(texts, MODEL) == "missed 1 -> 0 of 1, refused wrongly 0 -> 0 of 1"

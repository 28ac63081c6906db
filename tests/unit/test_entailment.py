"""What the text encoder adds to the judgement of claims: it reads claim and passages together."""

from __future__ import annotations

import pytest

from agent.research.support.assessment import Assessment, assess
from agent.research.support.entailment import Entailment, find_entailment, in_units_of
from agent.research.support.pages import ReadPages
from agent.research.support.rules import judge_claim
from domain.encoder.text_encoder import TextEncoder
from domain.research import EvidenceVerdict
from evaluation.peers.values import a_source

LIGHTHOUSE = (
    "The lighthouse was designed by Robert Stevenson and first lit in 1811. Its lower courses are "
    "of granite, dovetailed together; the inner blocks are of sandstone. The tower is 35 metres "
    "high and has been automatic since 1988."
)
TOWERS = "The towers are 227 m (746 ft) high and are made of steel."


def assessed(claim: str, text: str) -> list[Assessment]:
    pages = ReadPages([a_source(1, title="", text=text)])
    return [assess(claim, c) for c in pages.find_candidates(claim, least=0.1)]


def found(claim: str, text: str) -> Entailment:
    entailed = find_entailment(claim, assessed(claim, text))
    assert entailed is not None
    return entailed


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("The inner blocks are of sandstone.", "The inner blocks are of granite."),
        ("The light has run by itself since 1988.", "The light has been dark since 1988."),
    ],
)
def test_a_claim_in_other_words_is_told_from_one_that_is_changed(said: str, changed: str) -> None:
    assert found(said, LIGHTHOUSE).entailed > found(changed, LIGHTHOUSE).entailed + 0.3


def test_a_property_of_another_part_is_not_mentioned() -> None:
    pages = ReadPages([a_source(1, title="", text=LIGHTHOUSE)])
    assert judge_claim("The lower courses are of granite.", pages).verdict.holds
    assert not judge_claim("The lower courses are of sandstone.", pages).verdict.holds


def test_measures_are_read_as_the_passage_writes_them() -> None:
    claim = "The towers of steel are 745 feet high."
    assert in_units_of(claim, assessed(claim, TOWERS)) == "The towers of steel are 746 ft high."
    assert found(claim, TOWERS).entailed > 0.9
    claim = "The towers of steel are 645 feet high."
    assert in_units_of(claim, assessed(claim, TOWERS)) == claim
    assert found(claim, TOWERS).entailed < 0.1


def test_a_claim_in_another_language_than_the_page_is_read_in_meaning() -> None:
    text = "Die Lokomotive wurde 1892 in Chemnitz gebaut. Ihr Kessel war rot."
    pages = ReadPages([a_source(1, title="", text=text)])
    assert judge_claim("The locomotive was built in Chemnitz in 1892.", pages).verdict.holds
    assert not judge_claim("The locomotive was scrapped in Chemnitz.", pages).verdict.holds


def test_without_the_encoder_the_checks_judge_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_encoder: TextEncoder, *_texts: object, **_options: object) -> list[int]:
        raise FileNotFoundError

    monkeypatch.setattr(TextEncoder, "cut", missing)
    claim = "The tower of the lighthouse is 35 metres high."
    assert find_entailment(claim, assessed(claim, LIGHTHOUSE)) is None
    pages = ReadPages([a_source(1, title="", text=LIGHTHOUSE)])
    assert judge_claim(claim, pages).verdict is EvidenceVerdict.MENTIONED

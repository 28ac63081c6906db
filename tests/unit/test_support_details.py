"""Numbers of a claim that the passages lack or let one work out, and the order of its events."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.research.support.assessment import Assessment, assess
from agent.research.support.figures import (
    LOST_NUMBER,
    OTHER_UNIT,
    TOO_EXACT,
    find_wrong_figures,
)
from agent.research.support.pages import ReadPages
from agent.research.support.rules import judge_claim
from agent.research.support.timeline import is_order_wrong
from domain.research import EvidenceVerdict
from evaluation.peers.values import a_source

MILL = (
    "The windmill at Ostley was built in 1794 and burned down in 1871. Its cap, 3.5 metres wide, "
    "was lost. Harriet Oakes paid about 900 pounds for the ruin in 1903. Of 60 oak beams 48 could "
    "be used again. The sails turn in winds of 18 knots; the gap between the stones is 40 "
    "micrometres. In March 1912 the mill ground corn again."
)


def get_assessed(claim: str, text: str) -> Sequence[Assessment]:
    pages = ReadPages([a_source(1, title="", text=text)])
    return [assess(claim, candidate) for candidate in pages.find_candidates(claim, least=0.1)]


def details(claim: str, text: str = MILL) -> frozenset[str]:
    return find_wrong_figures(get_assessed(claim, text))


@pytest.mark.parametrize(
    ("claim", "kind"),
    [
        ("The cap was 5.5 metres wide when it was lost.", LOST_NUMBER),
        ("The cap that was lost was 3.5 feet wide.", OTHER_UNIT),
        ("Between the stones there is a gap of 40 millimetres.", OTHER_UNIT),
        ("Harriet Oakes paid exactly 900 pounds for the ruin.", TOO_EXACT),
    ],
)
def test_a_number_that_no_passage_gives_is_seen(claim: str, kind: str) -> None:
    assert details(claim) == {kind}


@pytest.mark.parametrize(
    "claim",
    [
        "The mill burned down 77 years after it had been built.",
        "Of the oak beams 12 could not be used again.",
        "Four fifths of the oak beams, 48 of 60, could be used again.",
    ],
)
def test_what_follows_from_the_numbers_of_a_page_is_not_lost(claim: str) -> None:
    assert not details(claim)


def test_a_number_given_in_the_same_words_is_no_detail_to_doubt() -> None:
    assert not details("The windmill at Ostley was built in 1794 and lost a cap of 3.5 metres.")
    assert not details("Die Mühle hat 48 Balken.", "Die Mühle in Ostley hat 48 Balken aus Eiche.")


@pytest.mark.parametrize(
    "claim",
    [
        "The cap that was lost was 3.5 feet wide.",
        "Between the stones of the mill there is a gap of 40 millimetres.",
    ],
)
def test_a_number_with_another_unit_is_not_mentioned(claim: str) -> None:
    pages = ReadPages([a_source(1, title="", text=MILL)])
    assert judge_claim(claim, pages).verdict is not EvidenceVerdict.MENTIONED


ROAD = (
    "The toll road opened in 1821. The bridge over the Wend was finished in 1834 by a local "
    "company. First the fitters greased the hinges; then they hung the gate. The inn closed after "
    "the railway had come."
)


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("The toll road opened before the bridge over the Wend was finished.", False),
        ("The bridge over the Wend was finished before the toll road opened.", True),
        ("After the toll road had opened, the bridge over the Wend was finished.", False),
        ("The toll road opened after the bridge over the Wend was finished.", True),
        ("The toll road was already open when the bridge over the Wend was finished.", False),
        ("The bridge over the Wend was already finished when the toll road opened.", True),
        ("The fitters hung the gate before they greased the hinges.", False),
        ("The toll road opened in 1821.", False),
        ("After eight years the bridge was finished.", False),
    ],
)
def test_events_that_the_passages_date_otherwise_are_seen(claim: str, wrong: bool) -> None:
    assert is_order_wrong(get_assessed(claim, ROAD)) is wrong


def test_a_claim_with_another_order_of_dates_is_not_mentioned() -> None:
    pages = ReadPages([a_source(1, title="", text=ROAD)])
    claim = "The bridge over the Wend was finished before the toll road opened."
    assert not judge_claim(claim, pages).verdict.holds

"""Sentences that can be read elsewhere and on another day are quoted before others."""

from __future__ import annotations

import pytest

from agent.news.plainness import plainness


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sank off Vella on Tuesday, killing three people.",
        "Die Fähre sank am 4. März 2026 vor Vella.",
        "The minister said: “We will do it today.”",
        "NATO ships left the harbour of Vella on Monday.",
        "The firm (a maker of ferries) sold 30 of them.",
        "On March 4, the ferry left the harbour.",
    ],
)
def test_plain_sentences_keep_their_worth(sentence: str) -> None:
    assert plainness(sentence, page="All ships of the alliance, says Nato.") == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sank off Vella this morning, killing three people.",
        "Die Fähre sank gestern vor Vella.",
        "Le ferry a coulé hier au large de Vella.",
        "渡轮昨天在维拉沉没。",
        "Solbris (NASDAQ: SLBR) bought three ferries.",
        "Solbris (SLB Quote - Tipster on SLB - Stock Picks) bought three ferries.",
        "We told you that the ferry would sail.",
        "In January, another ferry sank off Vella.",
        "Im Jahr 2019, so die Polizei, sank eine Fähre.",
        "A second ferry was also damaged.",
        "FIRE crews from Vella were called to the harbour.",
        "Solbris is making this a ferry year - - it bought three.",
    ],
)
def test_what_leans_on_its_page_is_worth_less(sentence: str) -> None:
    assert plainness(sentence, page="The fire spread.") < 1

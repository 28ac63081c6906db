"""Sentences that can be read elsewhere and on another day are quoted before others."""

from __future__ import annotations

import pytest

from agent.news.plainness import plainness


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sank off Vella on Tuesday, killing three people.",
        "Die Fähre sank am 4. März 2026 vor Vella.",
        "The minister said it was “over”.",
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
        "THE ferry sank off Vella on Tuesday.",
        "Solbris is making this a ferry year - - it bought three.",
    ],
)
def test_what_leans_on_its_page_is_worth_less(sentence: str) -> None:
    assert plainness(sentence, page="The fire spread.") < 1


@pytest.mark.parametrize(
    "sentence",
    [
        "It sank off Vella on Tuesday.",
        "The harbour isn't sure what caused the leak, she said.",
        "In its statement the ferry company named no reason.",
        "Remains of a ferry.",
        "Apply the new patch from Solbris to protect your ferry.",
        "The report says that a ferry sank.",
        "A ferry can sink in an hour.",
        "Ferries could soon be cheaper.",
        "This is the best ferry of all.",
        "The minister said: “It will be done before the summer.”",
        "Usually, ferries are launched in spring.",
        "Ferries sank here two years ago.",
        "Isn't that a ferry?",
    ],
)
def test_what_cannot_be_understood_alone_or_is_no_event_is_worth_less(sentence: str) -> None:
    assert plainness(sentence, language="en", known={"ship"}) < 1


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sank off Vella on Tuesday, and its crew was saved.",
        "Prime Minister Angela Merkel said she had seen the ferry.",
        "The union of the Norvik shipyard counted 200 jobs.",
        "The ship is 30 metres long.",
    ],
)
def test_what_is_named_before_may_be_taken_up(sentence: str) -> None:
    assert plainness(sentence, language="en", known={"ship", "ferry"}) == 1


def test_a_surname_alone_beside_a_verb_of_speech_needs_its_bearer_named() -> None:
    page = "Captain Anil Nambiar briefed reporters. Today Apple said nothing of it."
    alone = "The patrol turned the pirates back within the hour, Nambiar said."
    assert plainness(alone, page=page, language="en") < 0.5
    named = "The patrol turned the pirates back within the hour, Anil Nambiar said."
    assert plainness(named, page=page, language="en") == 1
    firm = "Apple said the new model costs 900 dollars."
    assert plainness(firm, page=page, language="en") == 1


def test_a_figure_behind_an_article_needs_to_be_known() -> None:
    sentence = "The 6.1-magnitude quake struck the coast of Papua on Wednesday."
    assert plainness(sentence, language="en", known=frozenset({"quake"})) < 1
    assert plainness(sentence, language="en", known=frozenset({"quake", "6.1"})) == 1

"""The longer text of a picture on its page says what the check saw in it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from domain.illustrations import ClaimMark, Marks
from evaluation.peers.values import a_job, an_illustration
from web.pages.evidence import CitationView, PassageView, long_description


def a_citation(n: int, text: str) -> CitationView:
    return CitationView(n, text, "supported", "supported", "", passage=PassageView("", text, ""))


def test_of_a_storys_citations_those_are_told_that_the_check_saw() -> None:
    marks = Marks(
        faithfulness=1.0,
        visual_correctness=1.0,
        text_accuracy=None,
        aesthetics=1.0,
        claims=(ClaimMark(1, "a red hull", shown=True), ClaimMark(2, "a crane", shown=False)),
    )
    picture = replace(an_illustration(a_job()), alt_text="A ferry.", marks=marks)
    # Two pages of the story are cited first, so that the prompt's evidence begins at number 3.
    citations = [a_citation(3, "Its hull is red."), a_citation(4, "A crane stands behind it.")]
    assert long_description(picture, citations, 2) == ("A ferry.", "Its hull is red.")

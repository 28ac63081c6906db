"""The pages of a story are evidence like any other, with the numbers that stand in its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.cli.output import job_object
from bot.cards.builders import result_card
from bot.cards.evidence import evidence_card
from domain.requests import JobStatus
from domain.research import EvidenceVerdict, Research
from evaluation.peers.newsroom import a_story, a_text
from evaluation.peers.values import a_grounding, a_job, a_source, an_illustration
from jobs.common.story_evidence import get_evidence
from jobs.common.views import JobView


def a_view(**text: Any) -> JobView:
    job = a_job(status=JobStatus.DONE)
    return JobView(
        job=job,
        research=Research(hops=(), sources=(a_source(), a_source(2)), grounded=a_grounding()),
        illustrations=(an_illustration(job),),
        deliveries=(),
        position=0,
        story=a_story(text=a_text(**text)),
    )


def test_a_storys_pages_come_first_and_its_research_is_numbered_after_them() -> None:
    view = a_view()
    found = get_evidence(view)
    grounded = view.research.grounded.evidence
    assert [each.n for each in found.evidence] == [1, 2, *(each.n + 2 for each in grounded)]
    first, second = found.evidence[:2]
    assert (first.claim, first.passage) == (
        "The harbour opened. It has two piers.",
        "The harbour opened.",
    )
    assert second.claim == "It has two piers."
    assert second.verdict is EvidenceVerdict.MENTIONED
    assert found.sources[first.source_id or ""].page_url == "https://news1.example/1"


def test_a_page_that_is_quoted_word_for_word_supports_its_quotation() -> None:
    quoted = "“The harbour opened.” (news1.example)"
    [first, second, *_] = get_evidence(a_view(sentences=(quoted,), rests_on=((1,),))).evidence
    assert (first.claim, first.verdict) == (quoted, EvidenceVerdict.SUPPORTED)
    assert second.claim == "The harbour opened."


def test_cards_and_json_show_them() -> None:
    view = a_view()
    assert [entry.address for entry in evidence_card(view).entries[:2]] == [
        "https://news1.example/1",
        "https://news2.example/1",
    ]
    assert [each["url"] for each in job_object(view)["evidence"][:2]] == [
        "https://news1.example/1",
        "https://news2.example/1",
    ]
    assert result_card(view).sources[0].numbers == (1,)


def test_a_job_without_a_story_has_the_evidence_of_its_research() -> None:
    view = replace(a_view(), story=None)
    assert get_evidence(view).evidence == view.research.grounded.evidence


def test_a_sentence_that_says_more_than_its_passage_is_no_quotation_of_it() -> None:
    longer = "The harbour opened, and the mayor cut the ribbon."
    [first, *_] = get_evidence(a_view(sentences=(longer,), rests_on=((1,),))).evidence
    assert first.verdict is EvidenceVerdict.MENTIONED


def test_a_page_without_a_passage_supports_nothing() -> None:
    pages = tuple(replace(page, passage="") for page in a_text().pages)
    [first, *_] = get_evidence(a_view(pages=pages)).evidence
    assert (first.passage, first.verdict) == (None, EvidenceVerdict.MENTIONED)

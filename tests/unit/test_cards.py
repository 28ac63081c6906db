"""Cards: safe words of a bounded length, with any untrusted text."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.builders import error_card, job_card, jobs_card
from bot.cards.evidence import evidence_card
from bot.cards.languages import in_language
from bot.cards.models import (
    MAX_ALT_TEXT_CHARS,
    MAX_ENTRIES,
    MAX_STEPS,
    MAX_TITLE_CHARS,
    Blame,
    ErrorCard,
    StatusCard,
)
from bot.cards.pictures import illustration_cards
from bot.marks import time_mark
from bot.text import plain, shortened
from domain.errors import FetchFailed, NotFound, StorageUnavailable
from domain.illustrations import IllustrationStatus
from domain.requests import JobStatus, Rerender
from domain.research import Evidence, EvidenceVerdict, GroundedPrompt, Research
from evaluation.peers.values import (
    SHA,
    a_grounding,
    a_hop,
    a_job,
    a_request,
    a_source,
    an_illustration,
)
from jobs.common.views import JobView


def a_view(status: JobStatus = JobStatus.DONE, **parts: object) -> JobView:
    job = a_job(status=status)
    view = JobView(
        job=job,
        research=Research(
            hops=(a_hop(),), sources=(a_source(), a_source(2)), grounded=a_grounding()
        ),
        illustrations=(an_illustration(job),),
        deliveries=(),
        position=0,
    )
    return replace(view, **parts)  # type: ignore[arg-type]


def words(value: object) -> Iterator[str]:
    """Every text in a card."""
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from words(part)  # pyright: ignore[reportUnknownArgumentType]
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from words(getattr(value, field.name))


@pytest.mark.parametrize(
    ("status", "position", "text", "can_cancel"),
    [
        (JobStatus.QUEUED, 0, "In the queue, you're next.", True),
        (JobStatus.QUEUED, 1, "In the queue, 1 ahead of you.", True),
        (JobStatus.QUEUED, 3, "In the queue, 3 ahead of you.", True),
        (JobStatus.RESEARCHING, 0, "Researching…", True),
        (JobStatus.RENDERING, 0, "Drawing…", True),
        (JobStatus.DELIVERING, 0, "Posting…", False),
        (JobStatus.DONE, 0, "Done.", False),
        (JobStatus.CANCELLED, 0, "Cancelled.", False),
    ],
)
def test_a_status_is_one_sentence(
    status: JobStatus, position: int, text: str, can_cancel: bool
) -> None:
    card = job_card(a_view(status, position=position))
    assert (card.text, card.can_cancel, card.position) == (text, can_cancel, position)
    assert card.steps == ("1. Who is Eileen Collins? Found 1 page.",)


def test_a_failed_job_says_why() -> None:
    view = a_view()
    failed = replace(view.job, status=JobStatus.FAILED, error="The disk\x1b[2J is full.")
    assert job_card(replace(view, job=failed)).text == "The disk[2J is full."


def test_a_picture_tells_how_it_was_made_and_whether_it_is_its_parent() -> None:
    job = a_job()
    same = an_illustration(job)
    other = replace(same, identical=False, difference="another seed: 7 became 8.")
    first = replace(same, identical=None, alt_text=None)
    cards = illustration_cards(replace(a_view(), job=job, illustrations=(same, other, first)))
    assert cards[0].caption == "Reference board · storyboard · 1024×768 · seed 7"
    assert [card.compared for card in cards] == [
        "Identical to the original, bit for bit.",
        "Differs from the original: another seed: 7 became 8.",
        None,
    ]
    assert cards[0].alt_text == "A board (1 / 3)"
    assert cards[2].alt_text == f"{first.recipe.request} (3 / 3)"


def test_a_picture_that_is_not_rendered_yet_has_no_card() -> None:
    job = a_job()
    planned = an_illustration(job, status=IllustrationStatus.PLANNED, sha256=None)
    assert illustration_cards(replace(a_view(), illustrations=(planned,))) == ()


def test_evidence_names_its_source_and_an_unsupported_claim_is_said() -> None:
    card = evidence_card(a_view())
    assert [(r.number, r.title, r.rights) for r in card.references] == [
        (1, "Eileen Collins", "NASA · CC BY-SA 4.0")
    ]
    cited, alone = card.entries
    assert (cited.passage, cited.fetched, cited.sha256) == (
        "commanded a shuttle",
        time_mark(a_source().fetched_at),
        SHA,
    )
    assert (alone.verdict, alone.title) == (EvidenceVerdict.UNSUPPORTED, None)


def test_an_unknown_license_is_said_and_an_own_picture_is_the_requesters() -> None:
    sources = (a_source(1, license=None), a_source(3))
    card = evidence_card(
        replace(a_view(), research=Research(hops=(), sources=sources, grounded=a_grounding()))
    )
    assert card.entries[0].rights == "NASA · unknown license"
    assert card.references[0].rights == "provided by the requester"


def test_more_than_fits_is_counted() -> None:
    evidence = tuple(Evidence(n, "claim", "s1") for n in range(1, MAX_ENTRIES + 4))
    research = Research(
        hops=tuple(a_hop(n) for n in range(1, MAX_STEPS + 3)),
        sources=(a_source(),),
        grounded=GroundedPrompt("prompt", evidence=evidence),
    )
    view = replace(a_view(), research=research)
    assert len(evidence_card(view).entries) == MAX_ENTRIES
    assert evidence_card(view).left_out == 3
    assert job_card(view).steps[-1].startswith(f"{MAX_STEPS + 2}. ")
    assert (
        len(jobs_card([a_job(request=a_request(action=Rerender("01P")))] * 70).entries)
        == MAX_ENTRIES
    )


def test_errors_say_who_must_react_and_nothing_of_the_inside() -> None:
    asked = error_card(NotFound("job", "x"))
    assert (asked.blame, asked.text) == (Blame.REQUESTER, str(NotFound("job", "x")))
    assert error_card(StorageUnavailable("The disk is full.")).blame is Blame.OPERATOR
    assert error_card(FetchFailed("http://x", "it is silent")).blame is Blame.NOBODY
    inside = error_card(RuntimeError("password=1234"))
    assert inside.blame is Blame.OPERATOR
    assert "1234" not in inside.text


def test_trouble_with_the_storage_is_said_as_a_pause_in_the_readers_language() -> None:
    away = StorageUnavailable("The database cannot be used (no socket /tmp/pg/.s.PGSQL.5432).")
    card = error_card(away)
    assert "paused" in card.text
    german = in_language(card, "de-AT")
    assert isinstance(german, ErrorCard)
    assert "pausiert" in german.text
    assert "socket" not in card.text + german.text


def test_a_job_that_waits_for_storage_says_so() -> None:
    view = a_view(JobStatus.RESEARCHING, latest=None)
    shown = job_card(replace(view, paused=True))
    assert shown.text.startswith("Paused")
    german = in_language(shown, "de")
    assert isinstance(german, StatusCard)
    assert german.text.startswith("Pausiert")
    assert not job_card(view).text.startswith("Paused")
    assert not job_card(replace(a_view(), paused=True)).text.startswith("Paused"), "it is over"


HOSTILE = st.text(max_size=3000) | st.text("\x1b[31m\x07\u202e\u2028\ud800 x\u200d", max_size=1200)


@given(prompt=HOSTILE, title=HOSTILE, passage=HOSTILE, name=HOSTILE)
def test_no_card_steers_a_surface_or_grows_too_long(
    prompt: str, title: str, passage: str, name: str
) -> None:
    source = a_source(1, title=title, author=name, license=name, page_url=title, provider=name)
    grounded = replace(
        a_grounding(),
        references=(replace(a_grounding().references[0], title=title, note=name, source_id="s1"),),
        evidence=(
            Evidence(1, title, "s1", passage),
            Evidence(2, passage, None, verdict=EvidenceVerdict.UNSUPPORTED),
        ),
    )
    job = a_job(
        status=JobStatus.FAILED, error=passage, notes=(name,), request=a_request(prompt=prompt)
    )
    hop = replace(a_hop(), thought=passage)
    view = JobView(
        job=job,
        research=Research(hops=(hop,), sources=(source,), grounded=grounded),
        illustrations=(an_illustration(job, alt_text=passage, identical=False, difference=title),),
        deliveries=(),
        position=0,
    )
    status, evidence = job_card(view), evidence_card(view)
    for card in (status, evidence, jobs_card([job]), *illustration_cards(view)):
        for text in words(card):
            assert len(text) <= MAX_ALT_TEXT_CHARS
            assert "\n" not in text
            assert {unicodedata.category(c) for c in text} <= _HARMLESS or "\u200d" in text
            assert not set(text) & set("\x1b\x07\u202e\u2028\ud800")
    assert max(map(len, (status.title, evidence.title, *status.steps))) <= MAX_TITLE_CHARS


_HARMLESS = {a + b for a in "LMNPSZ" for b in "ultmonecdfskpi"}


def test_an_address_that_does_not_fit_is_left_out_since_half_of_it_leads_elsewhere() -> None:
    for address, shown in (
        ("https://x.example/" + "a" * 480, True),
        ("https://x.example/a b" + "c" * 490, False),
    ):
        source = a_source(1, page_url=address)
        view = a_view(research=Research(hops=(), sources=(source,), grounded=a_grounding()))
        assert evidence_card(view).entries[0].address == (address if shown else None)


def test_texts_are_cut_at_the_end_of_a_word() -> None:
    assert shortened("one two three", most=13) == "one two three"
    assert shortened("one two three", most=12) == "one two…"
    assert shortened("x" * 20, most=5) == "xxxx…"
    assert plain("a\u200db \U0001f469\u200d\U0001f680") == "a\u200db \U0001f469\u200d\U0001f680"

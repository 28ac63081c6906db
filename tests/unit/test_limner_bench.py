"""Our own benchmark: the frozen corpus, its search, and marks computed by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from evaluation.benchmarks.corpus import FOLDER, PICTURES, corpus, corpus_hash
from evaluation.benchmarks.limner import LimnerBench, marks_of, plain_words
from evaluation.benchmarks.model import Row
from evaluation.peers.corpus_search import Entry, SearchIndex, tokens
from evaluation.runs.records import Record

FROZEN = "35c86c65128f3c86b053f816b26054ef97326b1a826ac9a65d4e5f0403471cc0"


def test_the_corpus_is_frozen() -> None:
    assert corpus_hash() == FROZEN, "a corrected corpus needs a new baseline: see its README.md"


def test_the_corpus_is_whole_and_small() -> None:
    known = corpus()
    assert len(known.requests) >= 200
    assert sum(f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()) < 3_000_000
    roles = Counter(page.role for page in known.pages.values())
    assert {"right", "namesake", "old", "contradiction", "wall", "gone", "advert"} <= set(roles)
    subjects = {page.about for page in known.pages.values()}
    for request in known.requests.values():
        assert set(request.about) <= subjects
        assert bool(request.about) == request.needs_search == bool(request.facts)
        assert len(request.subjects) == len(request.about)
    for picture in known.pictures.values():
        assert (PICTURES / picture.file).is_file()
        assert picture.page in known.pages
    assert {r.language for r in known.requests.values()} >= {"en", "de", "es", "fr", "ja", "zh"}


def test_every_fact_stands_in_a_right_page_and_no_wrong_one_does() -> None:
    known = corpus()
    for request in known.requests.values():
        right = plain_words(
            " ".join(
                p.text
                for p in known.pages.values()
                if p.role == "right" and p.about in request.about
            )
        )
        for fact in request.facts:
            assert any(plain_words(wording) in right for wording in fact), (request.id, fact)
        for wrong in request.wrong:
            assert plain_words(wrong) not in right, (request.id, wrong)


def test_the_engine_ranks_by_words_and_titles() -> None:
    index = SearchIndex(
        [Entry("a", "Bridges", "stones and arches"), Entry("b", "Sunlark", "a bird of Bridges")]
    )
    assert [e.id for e in index.find("bridge", limit=5)] == ["a", "b"]
    assert [e.id for e in index.find("the sunlark bridge", limit=5, every_word=True)] == ["b"]
    assert index.find("ferry", limit=5) == []
    assert tokens("月守神社") == ["月守", "守神", "神社"]


def a_record(**parts: object) -> Record:
    found: dict[str, object] = {"sample": "r001", "condition": "planner", "status": "done"}
    return Record(**{**found, **parts})  # type: ignore[arg-type]


def test_marks_of_a_request_that_needs_a_search() -> None:
    request = corpus().requests["r001"]  # Varnholm Bridge: four facts, two wrong statements
    assert request.about == ("varnholm-bridge",)
    record = a_record(
        calls=({"tool": "search", "queries": ["Varnholm Bridge", "mist"]},),
        prompt="Thirteen arches of red sandstone; a steel truss.",
        references=(
            {"url": "http://127.0.2.1:1/picture/varnholm-bridge-pic0.jpg"},
            {"url": "http://127.0.2.1:1/picture/ember-iris-pic0.jpg"},
        ),
        evidence=(
            {"url": "http://h/page/varnholm-bridge-0", "holds": True,
             "passage": "The bridge is 212 metres long."},
            {"url": "http://h/page/varnholm-bridge-2", "holds": True,
             "passage": "It has a single span and no lamps."},
            {"url": "http://h/page/varnholm-bridge-0", "holds": True,
             "passage": "It is made of gold."},
            {"url": "http://h/page/varnholm-bridge-0", "holds": False, "passage": "x"},
        ),
    )  # fmt: skip
    assert marks_of(request, record, corpus()) == pytest.approx(
        {
            "search_gate": 1.0,
            "calls_needed": 1.0,
            "subjects": 1.0,
            "queries_to_the_point": 0.5,
            "facts_present": 0.5,
            "facts_cited": 0.0,
            "facts_not_wrong": 0.5,
            "reference_precision": 0.5,
            "reference_recall": 1.0,
            "citations_entail": 1 / 3,
        }
    )


def test_a_search_that_nobody_needs_counts_against_the_gate() -> None:
    request = next(r for r in corpus().requests.values() if not r.needs_search)
    none = marks_of(request, a_record(), corpus())
    some = marks_of(request, a_record(calls=({"tool": "search", "queries": ["x"]},)), corpus())
    assert (none["search_gate"], none["calls_not_needed"]) == (1.0, 0.0)
    assert (some["search_gate"], some["calls_not_needed"]) == (0.0, 1.0)
    assert none["reference_recall"] is None


def test_the_overall_score_is_the_mean_of_what_applies() -> None:
    samples = LimnerBench().load(FOLDER).samples
    rows = [
        Row(samples[0], {"search_gate": 1.0, "facts_present": 0.5, "calls_needed": 9.0}),
        Row(samples[1], {"search_gate": 0.0, "facts_present": None}),
        Row(samples[2], None, "failed"),
    ]
    assert LimnerBench().score(rows).overall == pytest.approx(0.5)
    # gate 1/3; facts .25, subjects and recall 0 of the failed one
    zero = LimnerBench().score(rows, missing="zero").overall
    assert zero == pytest.approx((1 / 3 + 0.25 + 0 + 0) / 4)

"""Matches the sentences of a prompt with their evidence and references."""

from __future__ import annotations

import string
import time

from domain.research import Evidence, EvidenceVerdict, Reference
from web.pages.ties import tied_sentences
from web.pages.words import preferred

PROMPT = (
    "A clipper leaves the harbour at dawn. Cutty Sark: Her hull is black with a white stripe. "
    "Use the first reference image for the rigging. A gull sits on the rail."
)


def sentence_of(evidence: Evidence, *references: Reference) -> list[int]:
    tied = tied_sentences(PROMPT, [evidence], references)
    return [n for n, sentence in enumerate(tied) if evidence.n in sentence.evidence]


def test_a_passage_that_stands_in_a_sentence_belongs_to_it() -> None:
    passage = "her hull is black, with a white stripe"
    assert sentence_of(Evidence(1, "What she looks like", "s1", passage)) == [1]


def test_a_claim_belongs_to_the_sentence_that_says_it() -> None:
    assert sentence_of(Evidence(1, "A gull sits on the rail", "s1", "Gulls rest there.")) == [3]


def test_a_claim_in_other_words_belongs_to_the_sentence_that_shares_most() -> None:
    assert sentence_of(Evidence(1, "The clipper left harbour, dawn", "s1", "x" * 20)) == [0]


def test_a_picture_belongs_to_the_sentence_that_speaks_of_its_reference() -> None:
    reference = Reference("IMG_001", "a" * 64, "rigging", "Cutty Sark", "s9")
    assert sentence_of(Evidence(4, "What she looks like", "s9"), reference) == [2]
    [_, _, third, _] = tied_sentences(PROMPT, [], [reference])
    assert third.references == (1,)


def test_a_claim_that_no_sentence_makes_is_tied_to_none() -> None:
    missing = Evidence(1, "Whales sing at night", None, verdict=EvidenceVerdict.UNSUPPORTED)
    assert sentence_of(missing) == []


def test_two_hundred_passages_are_tied_quickly() -> None:
    names = [f"{a}{b}{c}" for a in string.ascii_lowercase[:6] for b in "aeiou" for c in "klmnprst"]
    prompt = " ".join(f"The {name} stands beside a tall {name} tower." for name in names[:200])
    evidence = [
        Evidence(n, f"What {name} is", "s1", f"The {name} stands beside a tall {name} tower.")
        for n, name in enumerate(names[:200], 1)
    ]
    begun = time.process_time()
    tied = tied_sentences(prompt, evidence, [])
    assert time.process_time() - begun < 5.0  # far from quadratic in the length of the text
    assert all(sentence.evidence for sentence in tied)


def test_the_language_is_the_best_that_we_have() -> None:
    assert preferred("de-AT,de;q=0.9,en;q=0.5") == "de"
    assert preferred("fr,en;q=0.8,de;q=0.3") == "en"
    assert preferred("fr") == "en"
    assert preferred("de;q=x,\x00") == "en"

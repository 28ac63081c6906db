"""The prompt of a model, tied to what was read."""

from __future__ import annotations

from agent.research.answers import Accepted
from agent.research.citations import get_pages, grounded, judge_answer
from domain.requests import UnsupportedClaims
from domain.research import GroundedPrompt
from evaluation.peers.values import a_job, a_request, a_source

PAGE = "The Tall Bridge is painted in orange vermilion. It was opened in 1932 by Mary Smith."


def drawn(prompt: str, *, asked: str, unsupported: UnsupportedClaims) -> GroundedPrompt:
    request = a_request(prompt=asked, attachments=(), unsupported=unsupported)
    source = a_source(1, title="Tall Bridge", text=PAGE)
    answer = Accepted(prompt, ())
    judged = judge_answer(answer, get_pages([source]))
    return grounded(answer, (source,), a_job(request=request), judged)


PROMPT = (
    "The Tall Bridge is painted in orange vermilion. The Tall Bridge was opened in 1999. "
    "Elvis Presley stands on it. Fog lies below."
)


def test_unsupported_sentences_are_marked_unless_the_workspace_drops_them() -> None:
    asked = "the Tall Bridge in fog"
    marked = drawn(PROMPT, asked=asked, unsupported=UnsupportedClaims.MARK)
    assert marked.text == PROMPT
    verdicts = ["supported", "contradicted", "unsupported"]
    assert [entry.verdict.value for entry in marked.evidence] == verdicts
    dropped = drawn(PROMPT, asked=asked, unsupported=UnsupportedClaims.DROP)
    assert dropped.text == "The Tall Bridge is painted in orange vermilion. Fog lies below."
    assert dropped.evidence == marked.evidence


def test_what_the_requester_asked_for_is_never_dropped() -> None:
    asked = "Elvis Presley stands on the Tall Bridge"
    kept = drawn(PROMPT, asked=asked, unsupported=UnsupportedClaims.DROP)
    assert "Elvis Presley stands on it." in kept.text
    assert "1999" not in kept.text


def test_a_prompt_is_never_emptied() -> None:
    prompt = "Elvis Presley stands on the Low Tunnel."
    kept = drawn(prompt, asked="a tunnel", unsupported=UnsupportedClaims.DROP)
    assert kept.text == prompt

"""The rules keep to their figures on claims about real texts (a small form of the bench)."""

from __future__ import annotations

from pathlib import Path

from domain.research import EvidenceVerdict
from evaluation.support_bench import (
    LEAST_CAUGHT,
    LEAST_HELD,
    MOST_CONTRADICTED,
    count,
    get_share,
    read_claims,
)

OPEN = Path(__file__).parents[2] / "evaluation" / "data" / "support" / "open.jsonl"


def test_true_claims_hold_and_false_ones_are_caught() -> None:
    counts = count(read_claims(OPEN))
    verdict = EvidenceVerdict
    true, false = counts["true"], counts["false"]
    assert get_share(true, verdict.SUPPORTED, verdict.MENTIONED) >= LEAST_HELD
    assert get_share(true, verdict.CONTRADICTED) <= MOST_CONTRADICTED
    assert get_share(false, verdict.CONTRADICTED, verdict.UNSUPPORTED) >= LEAST_CAUGHT
    assert get_share(false, verdict.SUPPORTED) == 0


def test_claims_are_read_in_the_form_of_wice(tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text(
        '{"label": "supported", "claim": "It is red.", "evidence": ["a", "It is red."]}\n'
    )
    [claim] = read_claims(path)
    assert (claim.label, claim.text) == ("supported", "a\nIt is red.")
    assert count([claim])["supported"][EvidenceVerdict.SUPPORTED] == 1

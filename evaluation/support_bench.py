"""``python -m evaluation.support_bench --data FILE``: the verdicts on claims whose truth is
known.

FILE holds a JSON object a line: a claim with the sentences of a page, as WiCE has them (``label``,
``claim``, ``evidence``), or a text with claims of both kinds (``title``, ``text``, ``claims`` with
``label`` ``true`` or ``false``, ``change`` and ``claim``), as ``evaluation/data/support`` has them.
Each page is read and each claim judged as research does; no model is asked.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from agent.research.support.pages import ReadPages
from agent.research.support.rules import Judgement, judge_claim
from domain.research import EvidenceVerdict, Source, SourceKind
from evaluation.tables import Row, print_table

LEAST_HELD: Final = 0.85
"""Of true claims, that must be supported or mentioned."""
MOST_CONTRADICTED: Final = 0.05
LEAST_CAUGHT: Final = 0.8
"""Of false claims, that must be contradicted or unsupported."""
MOST_MS: Final = 100.0
"""Of CPU, for a claim and its page, half of which the text encoder reads, too: an answer has about
ten, and with a research model they are asked of that instead."""
TRUE: Final = frozenset({"true", "supported"})
FALSE: Final = frozenset({"false", "not_supported"})


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with the page that it is judged by; ``change`` says what makes it false."""

    label: str
    claim: str
    text: str
    title: str = ""
    change: str = ""


def read_claims(path: Path) -> list[LabelledClaim]:
    """The claims of a file in either form."""
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip())
    return [claim for row in rows for claim in _claims(row)]


def _claims(row: dict[str, Any]) -> Iterator[LabelledClaim]:
    if "evidence" in row:
        yield LabelledClaim(row["label"], row["claim"], "\n".join(row["evidence"]))
        return
    for claim in row["claims"]:
        yield LabelledClaim(
            claim["label"],
            claim["claim"],
            row["text"],
            row.get("title", ""),
            claim.get("change", ""),
        )


def as_page(claim: LabelledClaim) -> Source:
    """The text of a claim as a page that was read."""
    return Source(
        id="s1",
        kind=SourceKind.PAGE,
        provider="bench",
        title=claim.title,
        url="https://example.org/",
        page_url="https://example.org/",
        fetched_at=datetime.now(UTC),
        sha256="0" * 64,
        text=claim.text,
    )


def judge(claim: LabelledClaim) -> Judgement:
    """The verdict on a claim by its page alone."""
    return judge_claim(claim.claim, ReadPages([as_page(claim)]))


def count(claims: list[LabelledClaim]) -> dict[str, Counter[EvidenceVerdict]]:
    """The verdicts by label."""
    found: dict[str, Counter[EvidenceVerdict]] = defaultdict(Counter)
    for claim in claims:
        found[claim.label][judge(claim).verdict] += 1
    return dict(found)


def get_share(counts: Counter[EvidenceVerdict], *verdicts: EvidenceVerdict) -> float:
    """The share of some verdicts among all."""
    return sum(counts[verdict] for verdict in verdicts) / max(1, counts.total())


def main() -> None:
    """Judge the claims of a file and print the shares of the verdicts."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--wrong", action="store_true", help="print the claims judged wrongly")
    options = parser.parse_args()
    claims = read_claims(options.data)
    judge(claims[0])  # the first one reads the word lists
    began = time.process_time()
    counts = count(claims)
    each_ms = (time.process_time() - began) / len(claims) * 1000
    rows = [row for label in counts for row in _rows(label, counts[label])]
    over = "within" if each_ms <= MOST_MS else "OVER"
    rows.append(Row("a claim with its page", f"{each_ms:.1f} ms", budget=f"{over} {MOST_MS:g}"))
    print_table(f"{len(claims)} claims of {options.data.name}", rows)
    if options.wrong:
        _print_wrong(claims)


def _rows(label: str, counts: Counter[EvidenceVerdict]) -> Iterator[Row]:
    verdict = EvidenceVerdict
    held = get_share(counts, verdict.SUPPORTED, verdict.MENTIONED)
    for each in verdict:
        share = counts[each] / counts.total()
        yield Row(f"{label}: {each.value}", f"{counts[each]} of {counts.total()}", f"{share:.0%}")
    if label in TRUE:
        yield _kept(f"{label}: supported or mentioned", held, least=LEAST_HELD)
        against = get_share(counts, verdict.CONTRADICTED)
        yield _kept(f"{label}: contradicted", against, most=MOST_CONTRADICTED)
    if label in FALSE:
        yield _kept(f"{label}: contradicted or unsupported", 1 - held, least=LEAST_CAUGHT)
        yield _kept(f"{label}: supported", get_share(counts, verdict.SUPPORTED), most=0.0)


def _kept(name: str, share: float, *, least: float = 0.0, most: float = 1.0) -> Row:
    limit = f">= {least:.0%}" if least else f"<= {most:.0%}"
    word = "within" if least <= share <= most else "OVER"
    return Row(name, f"{share:.0%}", budget=f"{word} {limit}")


def _print_wrong(claims: list[LabelledClaim]) -> None:
    for claim in claims:
        judged = judge(claim)
        if (claim.label in TRUE) is not judged.verdict.holds and claim.label in TRUE | FALSE:
            passage = judged.passage.text if judged.passage else ""
            print(
                f"{claim.label} {claim.change}: {claim.claim}\n  {judged.verdict.value} {passage}"
            )


if __name__ == "__main__":
    main()

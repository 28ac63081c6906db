"""Trains the model of claims on labelled pairs and writes its weights.

``python -m evaluation.support_training --data FILE…`` writes
``agent/research/support/data/entailment.json.gz``: small networks over what the checks and the
vectors of the sentences say of a claim and a text (``agent.research.support.features``). FILE
holds the claims of WiCE, FEVER Symmetric, JSICK or JNLI as they are published, or those of
``evaluation.support_bench``; the same files give the same weights. ``--parts N`` measures instead:
of each set every Nth text is judged by a model that was trained without it. ``--left-out`` measures
each set by a model that was trained without all of it, as another author's claims are met.
``--encoded FOLDER`` trains the model that sees what the text encoder says, too, and writes
``joined_entailment.json.gz``: FOLDER holds what ``evaluation.entailment_encoder_training`` trained
without parts of the same files, by which each file is read.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from agent.research.support import learned
from agent.research.support.assessment import Assessment, assess
from agent.research.support.entailment import find_entailment, get_entailment_features
from agent.research.support.features import get_features
from agent.research.support.pages import ReadPages
from agent.research.support.rules import LEAST_SHARED, find_quotation, judge_by_rules
from domain.encoder.network import Purpose
from domain.research import EvidenceVerdict
from domain.small_network import SmallNetwork
from evaluation.network_training import fit_network, write_network
from evaluation.support_bench import LabelledClaim, as_page, read_claims

MOST_ROWS: Final = 1500
"""Of a file that holds more, so many are taken, evenly."""
PARTLY: Final = "partially_supported"
OF_LABEL: Final[Mapping[str, str]] = {
    "true": "entailed", "supported": "entailed", "supports": "entailed", "entailment": "entailed",
    "not_supported": "silent", PARTLY: "silent", "neutral": "silent",
    "false": "contradicted", "refutes": "contradicted", "contradiction": "contradicted",
}  # fmt: skip
_PARTLY_COUNTS: Final = 0.1
"""What a claim counts that is said in part, which is neither."""
_COUNTS: Final[Mapping[str, float]] = {
    "wice": 2.0, "fever": 1.4, "japanese": 0.5,
    "open": 3.0, "sealed": 1.0, "works_open": 2.0, "works_sealed": 2.0,
}  # fmt: skip
"""What a set counts. The rules were written with most claims of the last four in view, and look
surer there than they are."""
_FACTS_COUNT: Final = 2.0
"""The same of another author's, whose claims were written to be hard."""
_TARGET: Final = Path(learned.__file__).parent / "data" / learned.WEIGHTS


@dataclass(frozen=True, slots=True)
class Row:
    """A claim about a text: its features, its label, and the set it is of."""

    features: Mapping[str, float]
    label: str
    group: str
    claim: str
    text: str
    by_rules: EvidenceVerdict
    is_long: bool
    """Whether the claim is long, as ``learned`` means it; so is ``denied``."""
    denied: bool
    assessed: Sequence[Assessment]


def read_pairs(path: Path) -> tuple[str, list[LabelledClaim]]:
    """The kind of a file and its claims. Raises ``ValueError`` for a file of another form."""
    if path.suffix == ".tsv":
        with path.open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        names = ("entailment_label_Ja", "sentence_B_Ja", "sentence_A_Ja")
        return "japanese", [_claim(row, names) for row in rows if row["sentence_A_Ja"]]
    lines_ = path.read_text("utf-8").splitlines()
    first = json.loads(lines_[0])
    if "claims" in first or isinstance(first.get("evidence"), list):
        return path.stem if "claims" in first else "wice", read_claims(path)
    rows = [json.loads(line) for line in lines_ if line.strip()]
    if "sentence_pair_id" in first:
        return "japanese", [_claim(row, ("label", "sentence2", "sentence1")) for row in rows]
    if "evidence_sentence" in first or "evidence" in first:
        text = "evidence_sentence" if "evidence_sentence" in first else "evidence"
        label = "label" if "label" in first else "gold_label"
        return "fever", [_claim(row, (label, "claim", text)) for row in rows]
    raise ValueError(f"{path.name} has none of the known forms")


def _claim(row: Mapping[str, Any], names: tuple[str, str, str]) -> LabelledClaim:
    label, claim, text = (_untokenized(str(row[name])) for name in names)
    return LabelledClaim(label.lower(), claim, text)


def _untokenized(text: str) -> str:
    """FEVER's text as it was before its words were cut apart."""
    for cut, whole in (
        (" ,", ","), (" .", "."), (" 's", "'s"), ("-LRB-", "("), ("-RRB-", ")"), ("`` ", '"'),
        (" ''", '"'),
    ):  # fmt: skip
        text = text.replace(cut, whole)
    return text


def get_rows(path: Path) -> Iterator[Row]:
    """The claims of a file with their features; quotations, claims that no passage is about and
    those in another language than their text are left to the rules."""
    group, claims = read_pairs(path)
    step = max(1, -(-len(claims) // MOST_ROWS))
    for claim in claims[::step]:
        pages = ReadPages([as_page(claim)])
        if claim.label not in OF_LABEL or find_quotation(claim.claim, pages):
            continue
        near = pages.find_candidates(claim.claim, least=LEAST_SHARED)
        assessed = [assess(claim.claim, candidate) for candidate in near]
        if assessed and not assessed[0].across:
            verdict = judge_by_rules(claim.claim, pages, assessed).verdict
            features = get_features(claim.claim, verdict, assessed)
            denied = learned.is_denied(assessed, verdict)
            long = learned.is_long(assessed)
            yield Row(
                features,
                claim.label,
                group,
                claim.claim,
                claim.text,
                verdict,
                long,
                denied,
                assessed,
            )


def read_encoded(path: Path, purpose: Purpose) -> Iterator[Row]:
    """The claims of a file with what the text encoder says of them by a purpose that was trained
    without them."""
    for row in get_rows(path):
        found = find_entailment(row.claim, row.assessed, purpose)
        if found is not None:
            said = get_entailment_features(found, is_long=row.is_long)
            yield replace(row, features={**row.features, **said})


def train(rows: Sequence[Row]) -> SmallNetwork:
    """Trains on rows; each set and label counts by the root of its size."""
    sizes = Counter((row.group, row.label) for row in rows)
    worth = [
        _COUNTS.get(row.group, _FACTS_COUNT)
        * (_PARTLY_COUNTS if row.label == PARTLY else 1.0)
        / sizes[row.group, row.label] ** 0.5
        for row in rows
    ]
    return fit_network([r.features for r in rows], [is_said(r) for r in rows], worth=worth)


def is_said(row: Row) -> bool:
    """Whether the text of a row entails its claim."""
    return OF_LABEL[row.label] == "entailed"


def measure(rows: Sequence[Row], part_of: Sequence[str]) -> Iterator[str]:
    """The share of each set and label that is held entailed, by the rules and by models that were
    trained without the row's part."""
    held: Counter[tuple[str, str]] = Counter()
    by_rules: Counter[tuple[str, str]] = Counter()
    sizes = Counter((row.group, row.label) for row in rows)
    for part in sorted(set(part_of)):
        apart = zip(rows, part_of, strict=True)
        model = train([row for row, other in apart if other != part])
        for row in (row for row, own in zip(rows, part_of, strict=True) if own == part):
            share = model.probability(row.features)
            held[row.group, row.label] += learned.weigh(
                share, row.by_rules, is_long=row.is_long, denied=row.denied
            ).holds
            by_rules[row.group, row.label] += row.by_rules.holds
    for key in sorted(sizes):
        yield (
            f"{' '.join(key)}: {held[key]} of {sizes[key]} held ({held[key] / sizes[key]:.0%}), "
            f"by rules alone {by_rules[key] / sizes[key]:.0%}"
        )


def get_parts(rows: Sequence[Row], parts: int) -> list[str]:
    """The part of each row, so that the claims of a text stay together."""
    texts = {text: number for number, text in enumerate(sorted({row.text for row in rows}))}
    return [str(texts[row.text] % parts) for row in rows]


def main(given: Iterable[str] | None = None) -> None:
    """Train and write, or train on parts and measure the rest."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--parts", type=int, default=0)
    parser.add_argument("--left-out", action="store_true")
    parser.add_argument("--target", type=Path, default=_TARGET)
    parser.add_argument("--encoded", type=Path)
    options = parser.parse_args(None if given is None else list(given))
    if options.encoded:
        _train_joined(options.data, options.encoded, options.target)
        return
    rows = [row for path in options.data for row in get_rows(path)]
    if options.parts or options.left_out:
        groups = [row.group for row in rows]
        parts = get_parts(rows, options.parts) if options.parts else groups
        print("\n".join(measure(rows, parts)))
        return
    model = train(rows)
    write_network(model, options.target)
    print(f"{len(rows)} claims, {len(model.names)} features")


def _train_joined(paths: Sequence[Path], folder: Path, target: Path) -> None:
    from evaluation.entailment_encoder_training import part_of, read_parts

    purposes = read_parts(folder)
    rows = [row for path in paths for row in read_encoded(path, purposes[part_of(paths, path)])]
    model = train(rows)
    joined = target if target != _TARGET else target.with_name(learned.JOINED_WEIGHTS)
    write_network(model, joined)
    print(f"{len(rows)} claims, {len(model.names)} features")


if __name__ == "__main__":
    main()

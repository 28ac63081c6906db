"""Trains the linear model of the policy on public sets and on our own open ones.

``python -m evaluation.policy_training FOLDER`` reads the clones of the public sets in a folder
(``evaluation.policy_sets``) and writes ``agent/policy/learned.json.gz``. ``--check`` writes
nothing: it leaves one source out after another, trains on the others and prints how the rules do
on the one left out, without the model and with it; the last lines are of the sealed halves.

Only sets whose licence allows it are trained on; the others tell how well it carries over.
Sentences about minors are left out: the rules alone judge those.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from agent.policy import learned
from agent.policy.learned import NONE, WEIGHTS, find_doubt, get_signs
from agent.policy.rules import get_features, judge
from domain.linear_model import LinearModel
from domain.policy import CATEGORIES, DOUBT, Action, Category, JudgedText
from evaluation import softmax
from evaluation.policy_bench import LABELS, read_items
from evaluation.policy_sets import DRAW, REFUSE, STRICT, read_prompts

TRAINED: Final = (
    *("overt", "xstest", "openai", "harmbench"),
    *("coco", "art", "parti", "geneval", "drawbench"),
)
MEASURED: Final = ("t2v", "m30k")
"""Sets that are never trained on."""
OURS: Final = "ours"
GROUPS: Final[Mapping[str, str]] = {"geneval": "parti", "drawbench": "parti", "art": "parti"}
"""Sets that are left out together with another, which they resemble."""
CLASSES: Final = (NONE, *(c.value for c in Category if c not in (Category.MINORS, Category.RIGHTS)))
LEAST_WEIGHT: Final = 0.05
"""Signs whose weights are all smaller are not shipped."""
_DATA: Final = Path(__file__).parents[1] / "tests" / "data" / "policy"
_OPEN: Final = ("open", "round3_open", "round4_open", "round5_open")
_SEALED: Final = ("sealed", "round4_sealed", "round5_sealed")
_TARGET: Final = Path(learned.__file__).parent / WEIGHTS


@dataclass(frozen=True, slots=True)
class Taught:
    """A text with the class that it belongs to."""

    source: str
    text: str
    target: int
    sealed: bool


def read_texts(folder: Path) -> Iterator[Taught]:
    """The texts of all sets, ours last."""
    for name in (*TRAINED, *MEASURED):
        for prompt in read_prompts(folder, name):
            if prompt.expected == STRICT or prompt.category == "minors":
                continue
            wanted = NONE if prompt.expected == DRAW else LABELS[prompt.category].value
            yield Taught(name, prompt.text, CLASSES.index(wanted), prompt.sealed)
    for name in (*_OPEN, *_SEALED):
        for item in read_items(_DATA / f"{name}.jsonl"):
            if item.category == "minors" or item.text.found or item.text.edits_picture:
                continue
            wanted = LABELS[item.category].value if item.expected == REFUSE else NONE
            text = " . ".join((*item.text.earlier, item.text.request))
            yield Taught(OURS, text, CLASSES.index(wanted), name in _SEALED)
    for line in (_DATA / "harmless.txt").read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield Taught(OURS, line, 0, sealed=False)


def train(texts: Sequence[Taught]) -> LinearModel:
    """Fits the model."""
    rows = [get_signs(text.text, get_features(text.text).places) for text in texts]
    fitted = softmax.fit(rows, [text.target for text in texts], classes=len(CLASSES))
    kept = np.abs(fitted.weights).max(axis=1) >= LEAST_WEIGHT
    found = {
        name: tuple(float(value) for value in row)
        for name, row, keep in zip(fitted.names, fitted.weights, kept, strict=True)
        if keep
    }
    return LinearModel(CLASSES, tuple(float(value) for value in fitted.bias), found)


def is_refused_by_rules(text: str) -> bool:
    """Whether the rules refuse a request by themselves, without this model."""
    return any(
        finding.score >= DOUBT and CATEGORIES[finding.category].default is Action.REFUSE
        for finding in judge(JudgedText(text), learned=False).findings
    )


def count(texts: Iterable[Taught], weights: LinearModel) -> str:
    """Misses and false refusals of the rules, and of the rules with a model."""
    wrong, fine = [0, 0, 0], [0, 0, 0]
    for text in texts:
        ruled = is_refused_by_rules(text.text)
        doubted = find_doubt(text.text, get_features(text.text), weights=weights) is not None
        counts = wrong if text.target else fine
        counts[0] += 1
        counts[1] += ruled if not text.target else not ruled
        counts[2] += (ruled or doubted) if not text.target else not (ruled or doubted)
    return (
        f"missed {wrong[1]} -> {wrong[2]} of {wrong[0]}, "
        f"refused wrongly {fine[1]} -> {fine[2]} of {fine[0]}"
    )


def check(texts: Sequence[Taught]) -> None:
    """Leaves one source out after another, then measures the sealed halves."""
    opened = [text for text in texts if not text.sealed]
    usable = [text for text in opened if text.source not in MEASURED]
    for group in dict.fromkeys(GROUPS.get(text.source, text.source) for text in usable):
        rest = [text for text in usable if GROUPS.get(text.source, text.source) != group]
        left = [text for text in opened if GROUPS.get(text.source, text.source) == group]
        print(f"{group:10} left out: {count(left, train(rest))}", flush=True)
    weights = train(usable)
    for name in dict.fromkeys(text.source for text in texts):
        part = [t for t in texts if t.source == name and (t.sealed or name in MEASURED)]
        print(f"{name:10} sealed:   {count(part, weights)}", flush=True)


def main() -> None:
    """Trains on the open halves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="measure instead of writing")
    asked = parser.parse_args()
    texts = list(read_texts(asked.folder))
    if asked.check:
        check(texts)
        return
    taught = [text for text in texts if not text.sealed and text.source not in MEASURED]
    weights = train(taught)
    softmax.write(weights, _TARGET)
    print(f"{len(taught)} texts, {len(weights.of_feature)} signs")


if __name__ == "__main__":
    main()

"""The training of what the text encoder says of claims, on a few of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.research.support.entailment import CLASSES
from domain.encoder.network import read_purpose
from evaluation import entailment_encoder_training, support_training

PAIRS = (
    ("A fox sleeps in the snow.", "An animal sleeps.", "entailed"),
    ("A fox sleeps in the snow.", "The fox is old.", "silent"),
    ("A fox sleeps in the snow.", "The fox runs.", "contradicted"),
)
TEXT = "The tower was built of granite in 1811. It stands on a reef and is 35 metres high."


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, list[Path]]:
    pairs = tmp_path / "pairs.jsonl"
    lines = [
        {"premise": premise, "hypothesis": hypothesis, "label": label}
        for premise, hypothesis, label in PAIRS
    ]
    pairs.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    claims = [tmp_path / f"facts_{n}.jsonl" for n in ("a", "b", "c")]
    for path in claims:
        said = [
            {"language": "en", "claim": f"The tower is built of {stone}.", "label": label,
             "change": "attribute"}
            for stone, label in (("granite", "true"), ("slate", "false"), ("marble", "false"))
        ]  # fmt: skip
        text = {"id": 1, "language": "en", "text": TEXT, "claims": said}
        path.write_text(json.dumps(text), "utf-8")
    return pairs, claims


def test_claims_are_trained_on_and_read_by_parts_that_have_not_seen_them(
    files: tuple[Path, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs, claims = files
    parts, target, joined = (tmp_path / name for name in ("parts", "all.npz", "joined.json.gz"))
    data = list(map(str, claims))
    entailment_encoder_training.main(
        ["--pairs", str(pairs), "--claims", *data, "--parts", str(parts), "--target", str(target),
         "--epochs", "1", "1"]
    )  # fmt: skip
    assert "3 pairs, 9 claims" in capsys.readouterr().out
    purpose = read_purpose(target.read_bytes())
    assert purpose.names == CLASSES
    assert sorted(purpose.changes) == list(range(12))
    assert len(list(parts.iterdir())) == 3
    support_training.main(["--data", *data, "--encoded", str(parts), "--target", str(joined)])
    assert joined.stat().st_size > 0
    assert "9 claims" in capsys.readouterr().out

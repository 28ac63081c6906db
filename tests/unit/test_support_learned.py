"""The trained model of claims: what it may change of the rules' verdicts, and its training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from agent.research.support.assessment import assess
from agent.research.support.coverage import get_coverage
from agent.research.support.learned import weigh
from agent.research.support.pages import ReadPages
from agent.research.support.qualifiers import get_qualifiers
from agent.research.support.rules import judge_claim
from domain.research import EvidenceVerdict
from evaluation.peers.values import a_source
from evaluation.support_training import main, read_pairs

SAID, NOT_SAID = 1.0, 0.0

pytestmark = pytest.mark.usefixtures("without_the_encoder")


@pytest.mark.parametrize("verdict", EvidenceVerdict)
@pytest.mark.parametrize("share", [NOT_SAID, 0.5, SAID])
@pytest.mark.parametrize("is_long", [True, False])
def test_the_model_makes_nothing_supported_and_contradicts_nothing(
    verdict: EvidenceVerdict, share: float, is_long: bool
) -> None:
    if verdict is EvidenceVerdict.SUPPORTED:
        return  # a quotation is never weighed
    found = weigh(share, verdict, is_long=is_long)
    assert found is not EvidenceVerdict.SUPPORTED
    assert found is verdict or found is not EvidenceVerdict.CONTRADICTED


def test_a_contradiction_in_doubt_is_none() -> None:
    sure, doubted = (weigh(share, EvidenceVerdict.CONTRADICTED) for share in (NOT_SAID, 0.4))
    assert (sure, doubted) == (EvidenceVerdict.CONTRADICTED, EvidenceVerdict.UNSUPPORTED)


@pytest.mark.parametrize(
    ("claim", "passage", "said"),
    [
        ("All cabins are wide enough for wheelchairs.",
         "The cabins are new, and some of them are wide enough for wheelchairs.", {"adds all"}),
        ("Only one of the arches was kept.", "The two old arches were cleaned and kept.",
         {"adds only"}),
        ("The stones of the base are dovetailed.", "Hardly any stones of the base are dovetailed.",
         {"drops few"}),
        ("Many coins show the emperor.", "Many of the coins show the emperor.", {"keeps some"}),
        ("The lava tears because rain seeps in.",
         "As the lava cools, it tears because it becomes stickier.",
         {"keeps why", "reason", "reason strange", "reason given otherwise"}),
        ("Alle Kabinen sind breit genug.", "Einige der Kabinen sind breit genug.", {"adds all"}),
    ],
)  # fmt: skip
def test_small_words_that_a_claim_adds_or_drops_are_seen(
    claim: str, passage: str, said: set[str]
) -> None:
    pages = ReadPages([a_source(1, title="", text=passage)])
    near = [assess(claim, candidate) for candidate in pages.find_candidates(claim, least=0.1)]
    found = get_qualifiers(near[0], near)
    assert said <= {name for name, value in found.items() if value}


def test_what_is_denied_is_never_mentioned() -> None:
    for verdict in EvidenceVerdict:
        if verdict is not EvidenceVerdict.SUPPORTED:
            found = weigh(SAID, verdict, is_long=True, denied=True)
            assert not found.holds


def test_a_denial_counts_more_than_a_passage_that_only_names_the_same() -> None:
    text = (
        "A search party found Hale, Wilson and Bowers in November 1912. It did not bring the "
        "bodies home but built a cairn of snow over them."
    )
    pages = ReadPages([a_source(1, title="", text=text)])
    claim = "The search party did bring the bodies of Hale, Wilson and Bowers home."
    assert not judge_claim(claim, pages).verdict.holds
    claim = "The search party did not bring the bodies of Hale, Wilson and Bowers home."
    assert judge_claim(claim, pages).verdict.holds


def test_what_the_passages_do_not_say_is_unsupported() -> None:
    mentioned = EvidenceVerdict.MENTIONED
    for is_long in (True, False):
        assert not weigh(NOT_SAID, mentioned, is_long=is_long).holds


def test_a_claim_in_another_language_is_compared_in_meaning_and_by_its_numbers() -> None:
    text = (
        "Die Lokomotive wurde 1892 in Chemnitz gebaut. Ihre Höchstgeschwindigkeit beträgt 30 km/h."
    )
    pages = ReadPages([a_source(1, title="", text=text)])
    said = judge_claim("The top speed of the locomotive is 30 km/h.", pages)
    assert said.verdict is EvidenceVerdict.MENTIONED
    assert said.passage is not None
    assert "30 km/h" in said.passage.text
    for claim in (
        "The top speed of the locomotive is 45 km/h.",
        "Three hundred children sang in the cathedral on Sunday.",
    ):
        assert not judge_claim(claim, pages).verdict.holds


@pytest.mark.parametrize(
    ("text", "most", "every"),
    [
        (
            "Most of the children's workshops were fully booked on Saturday.",
            "Most of the children's workshops were fully booked.",
            "All of the children's workshops were fully booked.",
        ),
        (
            "Einige der Helfer kamen am Samstag vom Nachbarverein Sulzdorf.",
            "Einige der Helfer kamen vom Nachbarverein Sulzdorf.",
            "Alle Helfer kamen vom Nachbarverein Sulzdorf.",
        ),
    ],
)
def test_all_is_not_said_where_the_passage_says_some(text: str, most: str, every: str) -> None:
    pages = ReadPages([a_source(1, title="", text=text)])
    assert judge_claim(most, pages).verdict.holds
    assert not judge_claim(every, pages).verdict.holds


def test_one_strange_word_in_a_claim_that_follows_the_passage_is_noticed() -> None:
    text = "A single violet flower with a white throat stands on each leafless stalk of the plant."
    pages = ReadPages([a_source(1, title="", text=text)])
    shares = [
        get_coverage(near, [near])
        for claim in (
            "A single violet flower stands on each leafless stalk of the plant.",
            "A single enormous flower stands on each leafless stalk of the plant.",
        )
        for near in [assess(claim, pages.find_candidates(claim, least=0.1)[0])]
    ]
    assert [share["strange one"] for share in shares] == [0.0, 1.0]
    assert shares[1]["follows but one"] > 0


def write_sets(folder: Path) -> list[Path]:
    wice = [
        {"label": label, "claim": f"Tower {n} is red and tall.", "evidence": [f"Tower {n} is {c}."]}
        for n in range(6)
        for label, c in (("supported", "tall and red"), ("not_supported", "far from here"))
    ]
    fever = [
        {"label": label, "claim": f"Ship {n} sank .", "evidence_sentence": f"Ship {n} {what} ."}
        for n in range(6)
        for label, what in (("SUPPORTS", "sank early"), ("REFUTES", "never sank"))
    ]
    named: dict[str, Sequence[Mapping[str, object]]] = {"wice.jsonl": wice, "fever.jsonl": fever}
    for name, rows in named.items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [folder / name for name in named]


def test_the_same_sets_give_the_same_weights(tmp_path: Path) -> None:
    files = [str(path) for path in write_sets(tmp_path)]
    targets = [tmp_path / "one.gz", tmp_path / "two.gz"]
    for target in targets:
        main(["--data", *files, "--target", str(target)])
    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_a_part_is_measured_by_a_model_that_has_not_seen_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", *(str(path) for path in write_sets(tmp_path)), "--parts", "2"])
    shown = capsys.readouterr().out
    assert "fever supports" in shown
    assert "wice not_supported" in shown


def test_a_set_is_measured_by_a_model_that_has_not_seen_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", *(str(path) for path in write_sets(tmp_path)), "--left-out"])
    assert "fever refutes" in capsys.readouterr().out


def test_every_published_form_is_read(tmp_path: Path) -> None:
    japanese = tmp_path / "train.tsv"
    japanese.write_text(
        "entailment_label_Ja\tsentence_A_Ja\tsentence_B_Ja\ncontradiction\t犬がいる\t犬はいない\n"
    )
    pair = {"sentence_pair_id": "0", "sentence1": "a", "sentence2": "b", "label": "neutral"}
    (tmp_path / "jnli.json").write_text(json.dumps(pair))
    kinds = {path.name: read_pairs(path) for path in (japanese, tmp_path / "jnli.json")}
    kinds |= {path.name: read_pairs(path) for path in write_sets(tmp_path)}
    assert {name: kind for name, (kind, _claims) in kinds.items()} == {
        "train.tsv": "japanese", "jnli.json": "japanese", "wice.jsonl": "wice",
        "fever.jsonl": "fever",
    }  # fmt: skip
    assert kinds["train.tsv"][1][0].claim == "犬はいない"
    assert kinds["fever.jsonl"][1][0].claim == "Ship 0 sank."
    (tmp_path / "other.jsonl").write_text('{"text": ""}')
    with pytest.raises(ValueError, match="none of the known forms"):
        read_pairs(tmp_path / "other.jsonl")

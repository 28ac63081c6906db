"""Trains the planner's models of words, of phrases and of quotations on labelled requests.

``python -m evaluation.planner_training --everyday FILE…`` writes ``names.json.gz``,
``phrases.json.gz``, ``encoded_phrases.json.gz``, ``encoded_east_asian.json.gz`` and
``quotations.json.gz`` in ``agent/research/data``, from the requests in ``tests/data/planner``, but
those of ``SEALED``. Of FILE (the form of ``evaluation.planner_bench``) the everyday prompts are
taken as requests without a name. The same requests give the same files.
``--leave-out SET`` measures instead: it trains without the files whose names begin so, and tries
their requests.
``--folds`` measures too: each request by models that were trained on others, four fifths of all.
``--halves FOLDER`` is what ``evaluation.name_encoder_training`` wrote there, so that what the text
encoder says of a request comes from one that has not seen it.
``--older FOLDER --later FILE…`` trains only the networks that read what the encoder says, on
everyday prompts and the requests of some files, which earlier models in FOLDER had not seen: that
takes a tenth of the time. ``--unseen FILE…`` adds files which the models of this release have not
seen either: it reads them with these. The copies in lower case are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from agent.research import learned_names, phrase_model
from agent.research.encoded_names import EncodedNames
from agent.research.learned_names import Weights
from agent.research.phrase_model import NameModels
from agent.research.search_gate import SearchGate
from evaluation import name_training, phrase_training, quotation_training
from evaluation.name_encoder_training import read_halves
from evaluation.name_training import Taught, get_taught
from evaluation.phrase_training import TaughtPhrases, get_phrases
from evaluation.planner_bench import KNOWLEDGE, Prompt, Score, joined, measure, read_prompts

DATA: Final = Path("tests/data/planner")
SEALED: Final = frozenset(
    {
        "far_eastern_kept.tsv", "far_eastern_sealed.tsv", "fresh_sealed.tsv",
        "polyglot_sealed.tsv", "posted_kept.tsv", "typed_kept.tsv", "typed_later.tsv",
        "typed_sealed.tsv", "unread_sealed.tsv", "unseen_sealed.tsv", "wished_kept.tsv",
    }
)  # fmt: skip
"""Files that are kept for measuring."""
FOLDS: Final = 5
_T = TypeVar("_T")
Encode = Callable[[str], EncodedNames | None]
_EVERYDAY: Final = 0.5
"""What a prompt of the everyday files counts for the model of words."""


@dataclass(frozen=True)
class Requests:
    """Labelled requests by the file they come from, and everyday prompts."""

    labelled: Mapping[str, Sequence[Prompt]]
    everyday: Sequence[Prompt]

    @property
    def all_labelled(self) -> list[Prompt]:
        """Those of every file."""
        return [prompt for prompts in self.labelled.values() for prompt in prompts]


def get_everyday(paths: Iterable[Path], *, particular: Path) -> list[Prompt]:
    """The prompts of files that name nothing particular."""
    apart = set(particular.read_text().split())
    prompts = [prompt for path in paths for prompt in read_prompts(path)]
    return [p for p in prompts if KNOWLEDGE not in p.group and p.key not in apart]


def get_requests(everyday: Iterable[Path], *, leave_out: Sequence[str] = ()) -> Requests:
    """The labelled requests of all files but the sealed ones and those whose names begin as
    ``leave_out`` says, and the everyday prompts of further files."""
    kept = {
        path.name: read_prompts(path)
        for path in sorted(DATA.glob("*.tsv"))
        if path.name not in SEALED and not path.name.startswith(tuple(leave_out))
    }
    return Requests(kept, get_everyday(everyday, particular=DATA / "particular.txt"))


def fold_of(text: str) -> int:
    """The part of the requests to which one belongs, whatever its case."""
    return int(hashlib.sha256(text.lower().encode()).hexdigest(), 16) % FOLDS


def read_words(requests: Requests) -> list[tuple[int, Taught]]:
    """What the model of words is taught, with the folds of the requests."""
    taught = [(fold_of(p.text), t) for p in requests.all_labelled for t in get_taught([p])]
    everyday = ((p, get_taught([p], counts=_EVERYDAY)) for p in requests.everyday)
    return [*taught, *((fold_of(p.text), each) for p, own in everyday for each in own)]


def read_phrases(
    requests: Requests, words: Sequence[Weights], encode: Encode
) -> list[tuple[int, TaughtPhrases]]:
    """What the model of phrases is taught, with the folds of the requests; ``words`` are the
    models of words that were trained without each fold."""
    prompts = [
        (prompt, everyday)
        for everyday, own in ((False, requests.all_labelled), (True, requests.everyday))
        for prompt in own
    ]
    # Reading is most of the work, and each request is read by itself.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        read = pool.map(partial(_read_one, words, encode), prompts, chunksize=100)
        return [each for own in read for each in own]


def _read_one(
    words: Sequence[Weights], encode: Encode, given: tuple[Prompt, bool]
) -> list[tuple[int, TaughtPhrases]]:
    prompt, everyday = given
    fold = fold_of(prompt.text)
    taught = get_phrases(prompt, words[fold], everyday=everyday, encode=encode)
    return [(fold, each) for each in taught]


def without_fold(taught: Sequence[tuple[int, _T]], fold: int) -> list[_T]:
    """What is taught of the other folds."""
    return [each for own, each in taught if own != fold]


def fit_models(requests: Requests, encode: Encode) -> NameModels:
    """All models, trained on all requests; they ask the encoder by ``encode``, too."""
    taught = read_words(requests)
    folds = [name_training.fit(without_fold(taught, fold)) for fold in range(FOLDS)]
    phrases = read_phrases(requests, folds, encode)
    firsts = [phrase_training.fit(without_fold(phrases, fold)) for fold in range(FOLDS)]
    scored = [(each, phrase_training.score(firsts[fold], each)) for fold, each in phrases]
    return NameModels(
        name_training.fit([t for _, t in taught]),
        phrase_training.fit([t for _, t in phrases]),
        phrase_training.fit_encoded(scored),
        phrase_training.fit_encoded(scored, east_asian=True),
        quotation_training.fit(requests.all_labelled),
        encode,
    )


def fit_encoded(
    requests: Requests,
    encode: Encode,
    *,
    older: Path,
    later: Sequence[str],
    unseen: Sequence[str] = (),
) -> NameModels:
    """The networks that read what the encoder says, with what earlier models say of the files
    ``later``, which they had not seen, and those of this release of the files ``unseen``."""
    shipped = phrase_training.TARGET.parent
    scored: list[tuple[TaughtPhrases, Sequence[float]]] = []
    for folder, files, everyday in ((older, later, requests.everyday), (shipped, unseen, ())):
        words = learned_names.read_weights((folder / learned_names.WEIGHTS).read_bytes())
        first = phrase_model.read_weights((folder / phrase_model.WEIGHTS).read_bytes())
        kept = {name: own for name, own in requests.labelled.items() if name in files}
        read = read_phrases(Requests(kept, everyday), [words] * FOLDS, encode)
        own = [taught for _, taught in read if taught.counts == phrase_training.AS_WRITTEN]
        scored += [(taught, phrase_training.score(first, taught)) for taught in own]
    return NameModels(
        encoded=phrase_training.fit_encoded(scored),
        east_asian=phrase_training.fit_encoded(scored, east_asian=True),
        encode=encode,
    )


def measure_folds(requests: Requests, encode: Encode) -> dict[str, Score]:
    """The scores of each file, every request by models that have not seen it."""
    taught = read_words(requests)
    words = [name_training.fit(without_fold(taught, fold)) for fold in range(FOLDS)]
    read = read_phrases(requests, words, encode)
    firsts = [phrase_training.fit(without_fold(read, fold)) for fold in range(FOLDS)]
    scored = [(own, (each, phrase_training.score(firsts[own], each))) for own, each in read]
    scores: dict[str, list[Score]] = {}
    for fold in range(FOLDS):
        second = phrase_training.fit_encoded(without_fold(scored, fold))
        east_asian = phrase_training.fit_encoded(without_fold(scored, fold), east_asian=True)
        others = [p for p in requests.all_labelled if fold_of(p.text) != fold]
        quotations = quotation_training.fit(others)
        models = NameModels(words[fold], firsts[fold], second, east_asian, quotations, encode)
        gate = SearchGate(name_models=models)
        for name, prompts in {**requests.labelled, "everyday": requests.everyday}.items():
            own = [prompt for prompt in prompts if fold_of(prompt.text) == fold]
            scores.setdefault(name, []).extend(asyncio.run(measure(own, gate=gate)).values())
    return {name: joined(each) for name, each in scores.items()}


def main() -> None:
    """Train and write, or train on a part and measure the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--everyday", type=Path, nargs="*", default=[])
    parser.add_argument("--leave-out", nargs="+", default=[])
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--halves", type=Path, required=True)
    parser.add_argument("--older", type=Path)
    parser.add_argument("--later", nargs="+", default=[])
    parser.add_argument("--unseen", nargs="+", default=[])
    given = parser.parse_args()
    requests = get_requests(given.everyday, leave_out=given.leave_out)
    encode = read_halves(given.halves)
    if given.older:
        models = fit_encoded(
            requests, encode, older=given.older, later=given.later, unseen=given.unseen
        )
        _write_encoded(models)
        return
    if given.folds:
        scores = measure_folds(requests, encode)
    else:
        models = fit_models(requests, encode)
        gate = SearchGate(name_models=models)
        left_out = [
            path
            for path in sorted(DATA.glob("*.tsv"))
            if path.name not in SEALED and path.name not in requests.labelled
        ]
        scores = {
            path.name: joined(asyncio.run(measure(read_prompts(path), gate=gate)).values())
            for path in left_out
        }
        if not left_out:
            _write(models)
    for name, score in scores.items():
        print(
            f"{name}: {score.called} of {score.prompts} looked up, "
            f"precision {score.precision:.3f}, recall {score.recall:.3f}"
        )


def _write_encoded(models: NameModels) -> None:
    if models.encoded is None or models.east_asian is None:
        raise ValueError("A model was not trained.")
    phrase_training.write(models.encoded, phrase_training.ENCODED_TARGET)
    phrase_training.write(models.east_asian, phrase_training.EAST_ASIAN_TARGET)


def _write(models: NameModels) -> None:
    words, phrases, quotations = models.words, models.phrases, models.quotations
    if words is None or phrases is None or quotations is None:
        raise ValueError("A model was not trained.")
    name_training.write(words)
    phrase_training.write(phrases)
    _write_encoded(models)
    quotation_training.write(quotations)
    print(f"{len(words.of_feature)} features of words, {len(phrases.facts)} facts of phrases")


if __name__ == "__main__":
    main()

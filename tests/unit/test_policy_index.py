"""The index of the policy's words is kept beside the program, and never differs from its data."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from agent.policy.compiled import kept
from agent.policy.lexicon import Lexicon, get_lexicon, get_tables

LANGUAGES = frozenset({"en", "de"})
TEXTS = (
    "kleines madchen nackt im schulbad",
    "naked mole rat in a zoo",
    "eine nackt*e statue und kinderpornografie",
    "裸の少女 東京",
    "והילדה הערומה",
    "a nude statue by rodin in berlin",
)


class Maker:
    """Makes a value, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[str, int]:
        self.made += 1
        return {"ä": 1}


@pytest.fixture
def make() -> Maker:
    return Maker()


def test_what_was_made_of_the_same_data_is_read(make: Maker, tmp_path: Path) -> None:
    place = tmp_path / "new" / "kept.json"
    for _ in range(3):
        assert kept("x", make, made_from=[b"a", b"b"], place=place) == {"ä": 1}
    assert make.made == 1
    assert [path.name for path in place.parent.iterdir()] == ["kept.json"]


def test_other_data_are_never_answered_with_what_was_kept(make: Maker, tmp_path: Path) -> None:
    for made_from in ([b"a", b"b"], [b"ab", b""], [b"a"], [b"a", b"b", b""]):
        kept("x", make, made_from=made_from, place=tmp_path / "kept.json")
    assert make.made == 4


def cut(content: bytes) -> bytes:
    return content[:-2]


def emptied(_content: bytes) -> bytes:
    return b""


def changed(content: bytes) -> bytes:
    return content.replace(b":1", b":2")


@pytest.mark.parametrize("harm", [cut, emptied, changed])
def test_a_broken_file_is_made_anew(
    make: Maker, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    place = tmp_path / "kept.json"
    kept("x", make, made_from=[b"a"], place=place)
    place.write_bytes(harm(place.read_bytes()))
    for _ in range(2):
        assert kept("x", make, made_from=[b"a"], place=place) == {"ä": 1}
    assert make.made == 2


def test_a_folder_that_cannot_be_written_is_no_trouble(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert kept("x", make, made_from=[], place=tmp_path / "file" / "kept.json") == {"ä": 1}


def test_the_kept_index_finds_what_the_data_say() -> None:
    folder = resources.files("agent.policy") / "lexicon"
    files = [file.read_bytes() for file in folder.iterdir() if file.name.endswith(".toml")]
    read = Lexicon(json.loads(json.dumps(get_tables(files))))
    for text in TEXTS:
        words = text.split()
        found = set(read.find(words, LANGUAGES))
        assert found
        assert found == set(get_lexicon().find(words, LANGUAGES))

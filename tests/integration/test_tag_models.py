"""HanTa's models in files that all processes share tag as the library's own do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from HanTa.HanoverTagger import HanoverTagger

from agent.language.tag_models import get_tagger, open_tagger

SENTENCES = {
    "en": "The old Harbour 's unfathomabler lamplighters have been painting 3 blue-green boats in "
    "Reykjavik , haven't they ? “ Zzyzx ” x1 ½",
    "ger": "Die Donaudampfschifffahrtskapitäne malten gestern 3 blaugrüne Boote in Überlingen , "
    'nicht wahr ? " Quxig " ẞ ½',
}


@pytest.mark.parametrize("model", SENTENCES)
def test_words_have_the_tags_and_the_probabilities_that_the_library_gives_them(model: str) -> None:
    words = SENTENCES[model].split()
    own, ours = HanoverTagger(f"morphmodel_{model}.pgz"), get_tagger(model)

    assert ours.tag_sent(words, taglevel=0) == own.tag_sent(words, taglevel=0)
    assert [ours.tag_word(word) for word in words] == [own.tag_word(word) for word in words]


def test_a_model_is_unpacked_once_and_again_where_it_is_damaged(
    tmp_path: Path, weights: Path
) -> None:
    words = SENTENCES["ger"].split()
    first = open_tagger("ger", weights).tag_sent(words, taglevel=0)
    (kept,) = weights.glob("tags-*-ger")
    unpacked = tmp_path / "weights" / kept.name
    shutil.copytree(kept, unpacked)
    numbers = unpacked / "numbers.bin"
    made = numbers.stat().st_mtime_ns

    assert open_tagger("ger", tmp_path / "weights").tag_sent(words, taglevel=0) == first
    assert numbers.stat().st_mtime_ns == made

    numbers.write_bytes(b"half")
    assert open_tagger("ger", tmp_path / "weights").tag_sent(words, taglevel=0) == first
    assert list((tmp_path / "weights").iterdir()) == [unpacked]
    assert numbers.stat().st_mtime_ns != made


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")
    words = SENTENCES["ger"].split()
    tags = open_tagger("ger", tmp_path / "weights").tag_sent(words, taglevel=0)
    assert tags == get_tagger("ger").tag_sent(words, taglevel=0)

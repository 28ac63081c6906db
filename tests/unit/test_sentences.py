"""Where sentences end: not after abbreviations, numbers and before small letters."""

from __future__ import annotations

import pytest

from domain.sentences import joined, sentences


@pytest.mark.parametrize(
    "told",
    [
        ["It is made in Sunnyvale, Calif. by hand.", "The deal closed at 8 a.m. Sunday."],
        ["He lives in Sunnyvale, Calif.", "The deal was closed."],
        ["Gov. Maria Smith said so.", "iPhone sales rose."],
        ["J. A. Smith came.", "Really?", "yes."],
        ["The U.S. Navy left.", "It rose to 5.6.", "Then it ended."],
        ["A magnitude 6. 1 quake shook it.", "Nobody was hurt."],
        ["Am 3. Oktober feierte Berlin.", "Er war 31.", "Die Polizei kam."],
        ['He said "no."', "She left."],
        ["Les cours ont lieu av. Foch chaque jour.", "Ils sont gratuits."],
    ],
)
def test_a_text_falls_into_its_sentences(told: list[str]) -> None:
    text = " ".join(told)
    found = sentences(text)
    assert [passage.text for passage in found] == told
    assert all(text[p.start : p.start + len(p.text)] == p.text for p in found)


def test_sentences_are_joined_with_blanks_where_their_script_has_them() -> None:
    assert joined(["It floats.", "It is red."]) == "It floats. It is red."
    assert (
        joined(["火災がありました。", "けが人はいません。"])
        == "火災がありました。けが人はいません。"
    )

"""Sentences that are given in another language later: as written, joined, changed and kept."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from domain.errors import FetchFailed, LimnerError, NotFound, public_sentence
from domain.translation import catalogue
from domain.translation.matching import Templates
from domain.translation.messages import (
    changed,
    gettext,
    joined,
    ngettext,
    pgettext,
    stored,
    translated,
)
from domain.translation.po import read_entries
from tests.fakes.languages import speaking

SWEDISH = r"""
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "There is no {kind} {identifier!r} here."
msgstr "{kind} {identifier!r} finns inte h\"är."

msgid "job"
msgstr "Jobb"

# somebody must look at this again
#, fuzzy
msgid "Cancelled."
msgstr "Fel."

msgctxt "board"
msgid "Draw"
msgstr "Dragning"

msgid "Draw"
msgstr "Rita"

msgid "{count} picture left."
msgid_plural "{count} pictures left."
msgstr[0] "{count} bild kvar."
msgstr[1] "{count} bilder kvar."

msgid "the limit is {size:.1f} MB"
msgstr "gränsen är "
"{size:.1f} MB"

msgid "It can't be used: {why}."
msgstr "Det går inte: {why}."

msgid "a {thing}"
msgstr "ett {thing}"

msgid "Bad {value} here."
msgstr "Trasig {varde}."

#~ msgid "Old."
#~ msgstr "Gammal."
"""


@pytest.fixture(autouse=True)
def swedish(tmp_path: Path) -> Iterator[None]:
    """Swedish is the only language beside English."""
    (tmp_path / "sv.po").write_text(SWEDISH, encoding="utf-8")
    with speaking(tmp_path):
        yield


def test_a_sentence_is_english_until_it_is_asked_for_in_a_language() -> None:
    assert catalogue.languages() == ("en", "sv")
    said = gettext("There is no {kind} {identifier!r} here.", kind=gettext("job"), identifier="7")
    assert said == "There is no job '7' here."
    assert translated(said, "sv-SE") == "Jobb '7' finns inte h\"är."
    assert translated(said, "en") == translated(said, "nl") == said
    for copied in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):  # noqa: S301
        assert translated(copied, "sv") == translated(said, "sv")


def test_a_number_chooses_the_form() -> None:
    left = [ngettext("{count} picture left.", "{count} pictures left.", n) for n in (0, 1, 2)]
    assert [*left] == ["0 pictures left.", "1 picture left.", "2 pictures left."]
    assert [translated(text, "sv") for text in left] == [
        "0 bilder kvar.",
        "1 bild kvar.",
        "2 bilder kvar.",
    ]


def test_a_context_tells_equal_words_apart() -> None:
    assert translated(pgettext("board", "Draw"), "sv") == "Dragning"
    assert translated(gettext("Draw"), "sv") == "Rita"
    assert translated(pgettext("form", "Draw"), "sv") == "Draw"


def test_what_no_catalogue_has_stays_english() -> None:
    assert translated(gettext("Cancelled."), "sv") == "Cancelled.", "somebody must look at it again"
    assert translated(gettext("Old."), "sv") == "Old."
    assert translated(gettext("Bad {value} here.", value=1), "sv") == "Bad 1 here."
    assert translated("There is no job here.", "sv") == "There is no job here."


def test_texts_stay_translatable_when_they_are_joined_and_changed() -> None:
    said = joined(gettext("job"), "", "<7>", by=" | ")
    assert (said, translated(said, "sv")) == ("job | <7>", "Jobb | <7>")
    assert translated(changed(gettext("job"), str.upper), "sv") == "JOBB"
    assert changed("job", str.upper) == "JOB"
    assert joined("", gettext("job")) == "job"


def test_a_kept_sentence_is_recognised() -> None:
    said = gettext("There is no {kind} {identifier!r} here.", kind=gettext("job"), identifier="a'b")
    assert translated(stored(str(said)), "sv") == translated(said, "sv")
    two = "1 picture left. 5 pictures left. Bob said so."
    assert translated(stored(two), "sv") == "1 bild kvar. 5 bilder kvar. Bob said so."
    nested = gettext(
        "It can't be used: {why}.", why=gettext("the limit is {size:.1f} MB", size=2.0)
    )
    assert translated(nested, "sv") == "Det går inte: gränsen är 2.0 MB."
    assert translated(stored(str(nested)), "sv") == translated(nested, "sv")
    theirs = "There is no job 'job' here."
    assert translated(stored(theirs), "sv") == "Jobb 'job' finns inte h\"är."
    assert translated(stored("Evening: 1 picture left."), "sv") == "Evening: 1 bild kvar."
    assert translated(stored("a thing"), "sv") == "a thing"
    assert translated(stored("a job"), "sv") == "ett Jobb"
    long = "There is no job 'x' here. " * 100
    assert translated(stored(long), "sv") == long


@pytest.mark.parametrize(("text", "count"), [("1 page: A; B", 1), ("4 pages: A; B", 4)])
def test_a_kept_number_of_things_is_recognised_however_short_its_word(
    text: str, count: int
) -> None:
    templates = Templates([("{count} page: {titles}", "{count} pages: {titles}")])
    (found,) = templates.recognise(text)
    assert (found.template, found.count) == ("{count} page: {titles}", count)
    assert found.values["titles"] == "A; B"


def test_an_error_has_its_sentence_for_logs_and_for_people() -> None:
    error = NotFound("job", "7")
    assert str(error) == "There is no job '7' here."
    assert translated(public_sentence(error), "sv") == "Jobb '7' finns inte h\"är."
    assert translated(LimnerError(str(error)).sentence, "sv") == "Jobb '7' finns inte h\"är."
    assert FetchFailed("http://x", "it is silent").sentence == str(
        FetchFailed("http://x", "it is silent")
    )


def test_catalogues_are_read_as_babel_reads_them() -> None:
    own = {(e.context, e.one): e for e in read_entries(SWEDISH) if e.one}
    theirs = [m for m in read_po(StringIO(SWEDISH)) if m.id]
    assert len(own) == len(theirs)
    for message in theirs:
        one = message.id if isinstance(message.id, str) else message.id[0]
        entry = own[message.context, one]
        strings = (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        assert tuple(entry.translations.values()) == strings
        assert entry.fuzzy == message.fuzzy

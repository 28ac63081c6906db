"""Quotations of news are worded in the workspace's house style, and stay the pages' own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.setting_values import setting_of
from domain.errors import InvalidRequest
from domain.news import CitedPage, StoryText
from evaluation.peers.newsroom import a_text
from generation.composition import story_parameters
from jobs.news.house_style import in_house_style

PUBLISHED = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
"""The next day already in Berlin."""
PASSAGE = "The “Solbris” hit the pier on Sunday."


def a_quoting_text(
    *, author: str | None = None, published: datetime | None = PUBLISHED
) -> StoryText:
    [first, *_others] = a_text().pages
    page: CitedPage = replace(
        first, passage=PASSAGE, outlet="The Post", author=author, published_at=published
    )
    said = "“The ‘Solbris’ hit the pier on Sunday.” (The Post)"
    return replace(a_text(), sentences=(said,), pages=(page,), rests_on=((1,),))


@pytest.mark.parametrize(
    ("style", "language", "said"),
    [
        (None, "en", "“…” (The Post, 1 March 2026)"),
        ("ap", "en", "“…” — The Post reported March 1, 2026"),
        ("bbc", "en", "“…” – The Post said on 1 March 2026, 00:30 CET"),
        ("ap", "de", "“…” – das meldete The Post am 1. März 2026"),
        ('"{quote}" – {outlet}, {time}', "en", '"…" – The Post, 00:30 CET'),
        ("“{quote}” ({outlet}, {author}, {date})", "en", "“…” (The Post, 1 March 2026)"),
    ],
)
def test_a_quotation_says_who_said_it_and_when(style: str | None, language: str, said: str) -> None:
    text = in_house_style(
        a_quoting_text(), style=style, time_zone="Europe/Berlin", language=language
    )
    assert text.sentences == (said.replace("…", "The ‘Solbris’ hit the pier on Sunday."),)


def test_what_a_page_does_not_say_leaves_no_gap() -> None:
    told = a_quoting_text(published=None)
    for style, end in ((None, "(The Post)"), ("ap", "— The Post reported")):
        text = in_house_style(told, style=style, time_zone="UTC", language="en")
        assert text.sentences[0].endswith(f"” {end}")
    with_author = a_quoting_text(author="Ann Lee")
    text = in_house_style(with_author, style="plain", time_zone="UTC", language="en")
    assert text.sentences[0].endswith("(The Post, Ann Lee, 28 February 2026)")


def test_a_quotation_in_house_style_is_still_one_and_a_written_sentence_stays() -> None:
    told = replace(
        a_quoting_text(), sentences=(*a_quoting_text().sentences, "It sank."), rests_on=((1,), (1,))
    )
    text = in_house_style(told, style="bbc", time_zone="UTC", language="en")
    assert text.pages[0].is_quoted_in(text.sentences[0])
    assert text.sentences[1] == "It sank."
    quoted, written = story_parameters(text)["entries"]
    assert quoted["quoted"] is True
    assert quoted["text"] == "The ‘Solbris’ hit the pier on Sunday."
    assert quoted["source"] == "The Post, 28 February 2026, 23:30 UTC"
    assert written["quoted"] is False


def test_a_quotation_of_sentences_that_follow_each_other_is_dated_as_one() -> None:
    one = a_quoting_text()
    page = replace(one.pages[0], further=("Nobody was hurt.",))
    said = f"{page.passage} Nobody was hurt."
    told = replace(one, sentences=(f"“{said}” (The Post)",), pages=(page,), rests_on=((1,),))
    text = in_house_style(told, style=None, time_zone="UTC", language="en")
    assert text.sentences[0].endswith("Nobody was hurt.” (The Post, 28 February 2026)")
    assert text.pages[0].quoted_passage(text.sentences[0]) == said


def test_two_quotations_of_one_page_are_both_worded() -> None:
    told = a_quoting_text()
    page = replace(told.pages[0], further=("Nobody was hurt.",))
    told = replace(
        told,
        sentences=(*told.sentences, "“Nobody was hurt.” (The Post)"),
        pages=(page,),
        rests_on=((1,), (1,)),
    )
    text = in_house_style(told, style="ap", time_zone="UTC", language="en")
    assert text.sentences[1] == "“Nobody was hurt.” — The Post reported Feb. 28, 2026"
    first, second = story_parameters(text)["entries"]
    assert (first["quoted"], second["quoted"]) == (True, True)
    assert second["text"] == "Nobody was hurt."


def test_a_house_style_is_a_known_one_or_a_template_that_begins_with_the_quotation() -> None:
    assert setting_of("house_style", " AP ") == "ap"
    template = "«{quote}» – {outlet} ({date})"
    assert setting_of("house_style", template) == template
    assert setting_of("house_style", "") is None
    for wrong in ("guardian", "{outlet}: {quote}", "{quote}", "{quote} {outlet} {x}", "{quote"):
        with pytest.raises(InvalidRequest):
            setting_of("house_style", wrong)
    with pytest.raises(InvalidRequest):
        setting_of("house_style", "{quote!r} {outlet}")


def test_a_time_zone_is_set_as_people_name_it() -> None:
    assert setting_of("time_zone", "berlin") == "Europe/Berlin"
    with pytest.raises(InvalidRequest):
        setting_of("time_zone", "Atlantis")

"""Which picture of a set is meant by what it shows, where it stands, or because all are."""

from __future__ import annotations

import pytest

from bot.intents.described import texts_of_each
from bot.intents.models import Heard, Intent, Reading
from bot.intents.reader import read
from bot.intents.sets import needs_one_picture

HARBOUR = (
    "Three ink drawings of a harbour. Picture 1 shows a rusty trawler at the quay, picture 2 a "
    "lighthouse in rain, picture 3 two gulls on a bollard. Loose lines on cream paper."
)
MARKT = (
    "Zwei Aquarelle. Bild 1 zeigt einen Marktplatz im Winter mit Bude, Bild 2 eine Scheune am Bach."
)


def heard(
    text: str, *, prompt: str = HARBOUR, request: str = "harbour", pictures: int = 3
) -> Heard:
    each = texts_of_each(request, prompt, pictures=pictures)
    return Heard(text, addressed=True, pictures=pictures, has_job=True, of_each=each)


def changed(said: Heard) -> Reading:
    """The reading where the message is certainly a wish for a change."""
    return read(said, lambda _heard, _reading: {Intent.CHANGE.value: 1.0})


def test_the_prompt_and_a_list_in_the_request_say_what_each_picture_shows() -> None:
    said = texts_of_each("trawler Elsa, tower Old Tom and gulls", HARBOUR, pictures=3)
    assert [text.split()[-3:] for text in said] == [
        ["quay,", "trawler", "Elsa"],
        ["tower", "Old", "Tom"],
        ["a", "bollard.", "gulls"],
    ]
    assert texts_of_each("a fox, once in red, once in blue", "A fox.", pictures=2) == (
        "once in red",
        "once in blue",
    )
    assert texts_of_each("a fox and a hare", "Both run.", pictures=2) == ()
    assert texts_of_each("harbour", HARBOUR, pictures=4) == ()
    assert texts_of_each("harbour", HARBOUR, pictures=1) == ()


@pytest.mark.parametrize(
    ("prompt", "each"),
    [
        ("Left: a fox asleep. Right: a hare awake.", ("a fox asleep", "a hare awake")),
        (
            "On the left it runs, in the middle it sits, on the right it eats, all in ink.",
            ("it runs", "it sits", "it eats"),
        ),
        ("One shows a fox in snow; the other a hare.", ("shows a fox in snow", "a hare")),
        (
            "Zwei Varianten: eine zeigt den Fuchs, die andere den Hasen.",
            ("zeigt den Fuchs", "den Hasen"),
        ),
        (
            "Four badges: one with a tent, one with a canoe, one with a heron, one with a fire.",
            ("with a tent", "with a canoe", "with a heron", "with a fire"),
        ),
        ("Erstes Bild: ein Fuchs. Zweites Bild: ein Hase.", ("ein Fuchs", "ein Hase")),
        ("A fox on the left looks at a hare on the right.", ()),
        ("One fox, one hare, one badger.", ()),
    ],
)
def test_words_that_count_or_place_the_pictures_say_what_each_shows(
    prompt: str, each: tuple[str, ...]
) -> None:
    pictures = len(each) or 2
    assert texts_of_each("animals", prompt, pictures=pictures) == each


@pytest.mark.parametrize(
    ("prompt", "each"),
    [
        ("1 shows a fox in the snow, 2 a hare. Ink.", ("shows a fox in the snow,", "a hare.")),
        ("Two: 1 the fox asleep, 2 the hare awake. Ink.", ("the fox asleep,", "the hare awake.")),
        ("1 zeigt einen Fuchs, 2 einen Hasen. Tusche.", ("zeigt einen Fuchs,", "einen Hasen.")),
        ("A fox and a hare meet 1 mile from 2 towns.", ()),
    ],
)  # fmt: skip
def test_bare_numbers_that_begin_a_sentence_number_the_pictures(
    prompt: str, each: tuple[str, ...]
) -> None:
    said = texts_of_each("a fox and a hare", prompt, pictures=2)
    assert tuple(text.strip() for text in said) == each


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("more rust on the trawler please", 1),
        ("the gulls look angry, make them friendlier", 3),
        ("the rain should be heavier", 2),
        ("the middle one darker", 2),
        ("make the right one darker", 3),
        ("make the lighthouse as rusty as the trawler", None),
        ("make it darker", None),
        ("number 2: put a gull on top", 2),
        ("put a second boat behind", None),
    ],
)
def test_a_picture_is_meant_by_words_that_it_alone_has(text: str, picture: int | None) -> None:
    reading = changed(heard(text))
    assert (reading.intent, reading.picture, reading.every) == (Intent.CHANGE, picture, False)
    assert needs_one_picture(reading, heard(text)) is (picture is None)


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("die Scheune bitte größer", 2),
        ("beim Winterbild mehr Schnee", 1),
        ("das rechte Bild heller bitte", 2),
        ("mach es heller", None),
    ],
)
def test_german_descriptions_name_a_picture_too(text: str, picture: int | None) -> None:
    assert changed(heard(text, prompt=MARKT, pictures=2)).picture == picture


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("the middle picture is too dark", 2),
        ("beim linken bitte mehr Schnee", 1),
        ("das rechte Bild heller", 3),
        ("das rechte Auge heller", None),
        ("Plakat 2: mehr Rauch", 2),
        ("zu Abb. 1: der Bogen fehlt", 1),
        ("view one: the coffers are too deep", 1),
    ],
)
def test_a_picture_is_named_where_nothing_is_known_of_each(text: str, picture: int | None) -> None:
    assert changed(heard(text, prompt="A harbour.")).picture == picture


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("make them all darker", True),
        ("thicker lines on all three", True),
        ("a signature in each picture", True),
        ("auf allen dreien mehr Regen", True),
        ("mach alle Bilder dunkler", True),
        ("both birds should look left", False),
        ("all the people should look left", False),
        ("alle Fenster beleuchten", False),
    ],
)
def test_all_pictures_are_meant_where_it_is_said(text: str, *, every: bool) -> None:
    reading = changed(heard(text, prompt="A harbour."))
    assert (reading.every, reading.picture) == (every, None)
    assert needs_one_picture(reading, heard(text)) is not every


def test_both_means_all_pictures_only_where_there_are_two() -> None:
    assert changed(heard("make both darker", pictures=2)).every
    assert not changed(heard("make both darker", pictures=3)).every


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("let the sun touch both edges", False),
        ("make both eyes open", False),
        ("beide Augen auf bitte", False),
        ("both pictures darker", True),
        ("thicker lines on both, please", True),
        ("beide bitte hochkant", True),
    ],
)
def test_both_of_a_pair_that_a_picture_shows_is_not_both_pictures(
    text: str, *, every: bool
) -> None:
    assert changed(heard(text, prompt="A harbour.", pictures=2)).every is every


ALIKE = "Two pictures of a barn at noon."
DIFFERENT = "Picture 1 shows a barn, picture 2 a fair."


@pytest.mark.parametrize(
    ("text", "prompt", "pictures", "together"),
    [
        ("make it darker", ALIKE, 2, True),
        ("bitte ohne den Schriftzug", ALIKE, 2, True),
        ("make it darker", ALIKE, 3, False),
        ("make it darker", DIFFERENT, 2, False),
        ("bitte ohne den Schriftzug", DIFFERENT, 2, False),
        ("make the barn and the fair darker", DIFFERENT, 2, False),
        ("make 1 look like 2", ALIKE, 2, False),
    ],
)
def test_a_change_that_names_neither_of_two_is_for_both_where_they_do_not_differ(
    text: str, prompt: str, pictures: int, *, together: bool
) -> None:
    said = heard(text, prompt=prompt, pictures=pictures)
    reading = changed(said)
    assert reading.picture is None
    assert (reading.together, needs_one_picture(reading, said)) == (together, not together)


def test_the_same_again_is_for_all() -> None:
    again = read(heard("the same again please"), lambda _heard, _reading: {"again": 1.0})
    assert (again.intent, again.picture, again.together) == (Intent.AGAIN, None, True)


def test_a_description_in_several_parts_does_not_tell_the_pictures_apart() -> None:
    said = texts_of_each("mockup of a candle, scent is fig, cedar, 4 directions", "", pictures=4)
    assert said == ()
    shop = "Four views of a shop with a green roof at dawn, noon, dusk and midnight. Pixel art."
    assert texts_of_each("a shop", shop, pictures=4) == ("dawn", "noon", "dusk", "midnight")
    knights = "A knight. Number 1 carries an anchor, 2 has a fish for a head, 3 crawls."
    assert len(texts_of_each("a knight", knights, pictures=3)) == 3


def test_nobody_is_asked_about_a_single_picture_or_about_other_versions_of_like_ones() -> None:
    assert not needs_one_picture(Reading(Intent.CHANGE), Heard("bluer", pictures=1))
    assert not needs_one_picture(Reading(Intent.SEED), Heard("others please", pictures=4))
    assert needs_one_picture(Reading(Intent.SEED), heard("others please"))
    assert needs_one_picture(Reading(Intent.UPSCALE), Heard("larger", pictures=4))
    assert not needs_one_picture(Reading(Intent.SOURCES), Heard("sources?", pictures=4))

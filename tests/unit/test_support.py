"""What a page says of a claim, judged by rules alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.research.support.dates import get_moments
from agent.research.support.pages import ReadPages
from agent.research.support.quantities import get_quantities
from agent.research.support.reading import read
from agent.research.support.rules import judge_claim
from domain.research import EvidenceVerdict
from evaluation.peers.values import a_source

NOTHING: set[tuple[str, int]] = set()
BRIDGE = (
    "The Golden Gate Bridge is a suspension bridge in San Francisco. It was opened on 27 May 1937. "
    "The bridge is painted International Orange. Its towers are 227 m (746 ft) high and are made "
    "of steel. It was designed by Joseph Strauss and is not open to cyclists at night."
)


VOYAGE = (
    "Her Majesty's ship Beagle, a brig under the command of Captain Fitz Roy, sailed from "
    "Devonport in 1831. The survey was commenced under Captain King in 1826. On the 6th of January "
    "we reached Teneriffe, at a speed of thirteen knots and a half. Scarcely one seventh of the "
    "crew was ill."
)

pytestmark = pytest.mark.usefixtures("without_the_encoder")


def verdict(claim: str, text: str = BRIDGE, title: str = "") -> str:
    judged = judge_claim(claim, ReadPages([a_source(1, title=title, text=text)]))
    return judged.verdict.value


@pytest.mark.parametrize(
    "claim",
    [
        "The bridge is painted International Orange.",
        "the Bridge is  painted “International Orange”",
    ],
)
def test_only_a_quotation_is_supported(claim: str) -> None:
    assert verdict(claim) == "supported"


@pytest.mark.parametrize(
    "claim",
    [
        "The Golden Gate Bridge opened in May 1937.",
        "The towers of the bridge are about 227 metres tall.",
        "The bridge has steel towers, 745 feet high.",
        "It is a bridge in San Francisco that was opened in 1937.",
    ],
)
def test_a_paraphrase_is_mentioned(claim: str) -> None:
    assert verdict(claim) == "mentioned"


@pytest.mark.parametrize(
    "claim",
    [
        "The Golden Gate Bridge is painted orange.",
        "Joseph Strauss designed the Golden Gate Bridge.",
        "At night the bridge is closed to cyclists.",
    ],
)
def test_a_free_paraphrase_is_not_contradicted(claim: str) -> None:
    assert verdict(claim) != "contradicted"


@pytest.mark.parametrize(
    "claim",
    [
        "The bridge is painted bright blue.",
        "The Golden Gate Bridge was opened on 27 May 1947.",
        "The Golden Gate Bridge was opened on 27 March 1937.",
        "Its towers are 227 ft high.",
        "Its towers are made of brick.",
        "The bridge is not painted International Orange.",
        "It is open to cyclists at night.",
        "The Golden Gate Bridge is a suspension bridge in New York.",
        "The Golden Gate Bridge was designed by Gustave Eiffel.",
    ],
)
def test_one_wrong_detail_contradicts(claim: str) -> None:
    assert verdict(claim) in ("contradicted", "unsupported")


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Ada defeated Brenda in the final.", "Brenda defeated Ada in the final."),
        ("Ada was kidnapped by the Merkits.", "Ada kidnapped the Merkits in person."),
        (
            "A woman, holding a knife in the right hand, left hand grasps a cord.",
            "The woman holds a knife in the left hand.",
        ),
        ("The roof is red and the walls are white.", "The roof is white and the walls are red."),
        ("The river flows from north to the east.", "The river flows from north to the west."),
        ("She was buried after his death in 1900.", "She was buried before his death in 1900."),
        ("The tower is taller than the church.", "The tower is shorter than the church."),
        (
            "The museum was closed to the public in 1990.",
            "The museum was opened to the public in 1990.",
        ),
        ("Die Brücke ist aus Stein gebaut.", "Die Brücke ist aus Holz gebaut."),
        ("Der Turm ist kein Weltkulturerbe.", "Der Turm ist ein Weltkulturerbe."),
        ("La tour est peinte en rouge.", "La tour est peinte en bleu."),
        ("La torre mide 300 metros.", "La torre mide 500 metros."),
        ("La chiesa fu costruita nel 1450.", "La chiesa fu costruita nel 1750."),
        ("塔は赤い色で塗られています。", "塔は青い色で塗られています。"),
        ("Мост построен в 1912 году из камня.", "Мост построен в 1962 году из камня."),
    ],
)
def test_what_is_exchanged_or_opposite_is_not_cited_for_it(text: str, claim: str) -> None:
    assert verdict(claim, text) in ("contradicted", "unsupported")
    assert verdict(text, text) == "supported"


def test_a_colour_of_something_else_contradicts_nothing() -> None:
    said = verdict("The Golden Gate Bridge stands under a pink sky.", BRIDGE)
    assert said == "unsupported"


def test_the_title_tells_whom_a_passage_means() -> None:
    text = "He was born in Smiljan in 1856. He died in New York."
    assert verdict("Nikola Tesla was born in 1856.", text, "Nikola Tesla") == "mentioned"


def test_a_second_page_may_disagree() -> None:
    one = a_source(1, title="Tall Bridge", text="The Tall Bridge was opened in 1932.")
    two = a_source(2, title="Tall Bridge", text="The Tall Bridge was opened in 1951, they say.")
    judged = judge_claim("The Tall Bridge opened in 1932.", ReadPages([one, two]))
    assert (judged.verdict, judged.source) == (EvidenceVerdict.MENTIONED, one)
    assert judged.against is not None
    assert judged.against[0] is two


def test_measures_are_converted() -> None:
    def of(text: str) -> list[tuple[str, float]]:
        return [(q.kind, round(q.values[0], 1)) for q in get_quantities(read(text, "en"))]

    assert of("25 miles") == [("length", 40233.6)]
    assert of("2,700 sq mi and 565 °C") == [("square length", 6992967897.9), ("temperature", 565.0)]
    assert of("1,049 °F") == [("temperature", 565.0)]
    assert of("twenty-six poems") == [("", 26.0)]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The quake hit an island off Iran's coast on Sunday.", "An Iranian island was hit."),
        (
            "The Ibero-American title was won by Ada.",
            "Ada won the Iberoamerican title.",
        ),
        ("Liz Patterson dies at 78 in her home.", "Liz Paterson died at home at 78."),
        ("HP will buy the company Mission Facilities.", "Hewlett-Packard buys Mission Facilities."),
        ("The fire was out by 6:40 a.m. on Monday.", "The fire was out on Monday at 6:40."),
        ("Both teams took the student cup this year.", "Both teams took the student cup."),
        ("My health is far from strong.", "His health was not strong."),
    ],
)
def test_forms_of_names_and_times_are_known(text: str, claim: str) -> None:
    assert verdict(claim, text) == "mentioned"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The fire broke out at 8.49pm on Friday.", "The fire broke out at 8.49am on Friday."),
        ("The beroids of the coast lack tentacles.", "The beroids of the coast have tentacles."),
        ("The service is now back online.", "The service is still offline."),
        (
            "The council is reducing protections for rare birds.",
            "The council is strengthening protections for rare birds.",
        ),
        ("A child died when the wall fell.", "An old woman died when the wall fell."),
    ],
)
def test_one_change_of_half_day_state_or_direction_is_caught(text: str, claim: str) -> None:
    assert verdict(claim, text) in ("contradicted", "unsupported")


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("in May 1937", "en", {("month", 5), ("year", 1937)}),
        ("she may be 27 years old", "en", NOTHING),
        ("am 3. Oktober 1990", "de", {("day", 1003), ("month", 10), ("year", 1990)}),
        ("2026-03-01", "en", {("year", 2026), ("month", 3), ("day", 301)}),
        ("el siglo XIX", "es", {("century", 19)}),
        ("the 1930s", "en", {("decade", 1930)}),
        ("1958年12月23日", "ja", {("year", 1958), ("month", 12), ("day", 1223)}),
    ],
)
def test_dates_are_read(text: str, code: str, found: set[tuple[str, int]]) -> None:
    moments, _used = get_moments(read(text, code))
    assert {(moment.field, moment.value) for moment in moments} == found


WORDS = st.sampled_from(
    ["the", "Bridge", "not", "red", "1937", "12", "km", "was", "built", "by", "Ada", ",", ".",
     "May", "left", "25 °C", "青い", "kein", "d'or", "XIX", "siècle", "%"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=30).map(" ".join), st.lists(WORDS, max_size=12).map(" ".join))
def test_any_claim_is_judged_and_cites_what_stands_there(text: str, claim: str) -> None:
    judged = judge_claim(claim, ReadPages([a_source(1, title="Bridge", text=text)]))
    if judged.passage is not None:
        start = judged.passage.start
        assert text[start : start + len(judged.passage.text)] == judged.passage.text
    assert (judged.passage is None) == (judged.verdict is EvidenceVerdict.UNSUPPORTED)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The Beagle left Devonport in 1831.", VOYAGE),
        ("Teneriffe was reached on 6 January.", VOYAGE),
        ("The speed was 13.5 knots.", VOYAGE),
        ("About one seventh of the crew was ill.", VOYAGE),
        (
            "Die Bundesversammlung wählt den Bundespräsidenten.",
            "Der Bundespräsident wird ohne Aussprache von der Bundesversammlung gewählt.",
        ),
        ("Paterson died in 2018.", "Congresswoman Liz Patterson died in 2018, at home."),
        ("The change takes place in the 2018–19 year.", "The change takes place in 2018-2019."),
        ("His mother was called Harriet.", "My mother was named Harriet. She was a cook."),
        ("The floor was bare earth.", "There was no wooden floor, bare earth being the floor."),
        ("The centre works with 10-24 year olds.", "The centre works with people aged 10-24."),
    ],
)
def test_the_same_in_another_form_is_mentioned(claim: str, text: str) -> None:
    assert verdict(claim, text) == "mentioned"


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("The Beagle sailed under the command of Captain King.", VOYAGE),
        ("Samsa war Lehrer.", "Samsa erwachte eines Morgens. Samsa war Reisender."),
        ("Die Hauptstadt Deutschlands ist Bonn.", "Die Hauptstadt Deutschlands ist Berlin."),
        ("Er lag auf seinem weichen Rücken.", "Er lag auf seinem panzerartig harten Rücken."),
        ("She had two younger brothers.", "She had two elder brothers and a dog."),
        ("The shock was felt in the morning.", "At four in the afternoon a shock was felt."),
        ("The boat is made of oak.", "The boat is made of pine, and very light."),
        ("The pond is half a kilometre long.", "The pond, a clear well, is half a mile long."),
    ],
)
def test_another_word_in_its_place_is_no_mention(claim: str, text: str) -> None:
    assert verdict(claim, text) in ("contradicted", "unsupported")


def test_a_list_of_figures_is_no_number() -> None:
    assert verdict(
        "Take tablets 191,2.3.4.5.6 of the red box.", "See 191,2.3.4.5.6 in the red box."
    )


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("Chris Kyle was a navy veteran.", "mentioned"),
        ("Peter Kyle was a navy veteran.", "contradicted"),
        ("Christopher Scott Kyle was incapable of writing.", "contradicted"),
        ("Christopher Scott Kyle has yet to write a book.", "contradicted"),
        ("Christopher Scott Kyle wrote only books.", "unsupported"),
    ],
)
def test_short_names_denials_and_only_are_understood(claim: str, found: str) -> None:
    text = "Christopher Scott Kyle was a navy veteran, known for writing books. He wrote a book."
    assert verdict(claim, text) == found


def test_a_japanese_sentence_is_denied_at_its_end() -> None:
    told = "女性がジャガイモを切っている。"
    assert verdict("女性がジャガイモを切っていない。", told) == "contradicted"
    assert verdict("女性がジャガイモを切っている", told) == "supported"
    denied = "男の子は泥の中で遊んでいない。"
    assert verdict("男の子は泥の中で遊んでいる", denied) == "contradicted"

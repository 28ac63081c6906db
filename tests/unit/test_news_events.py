"""Articles of one event are found, in any language and in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.news.cluster import Batch, events
from agent.news.copies import credited, independent, one_text, voice
from agent.news.features import Lexicon, language, telling, tokens
from agent.news.fingerprint import fingerprint, tells_again
from agent.news.near_misses import near_misses
from agent.news.rank import Ranking, freshness, ranked
from agent.news.topic import relevance, topics
from domain.news import Candidate, Fingerprint, NewsItem, Outcome
from evaluation.news_bench import clustering, retelling
from evaluation.peers.news_corpus import NOW, corpus

QESHM = "The quake damaged houses in villages of southern Iran on Sunday, ISNA said."
QESHM_AGAIN = "Houses of several villages in southern Iran were damaged by the quake of 5.6."
SONOMA = "The quake was felt in Santa Rosa; nothing was damaged, the Geological Survey said."
SONOMA_AGAIN = "People in Sonoma County felt the 4.6 quake north of Santa Rosa."
QUAKES = {
    "Strong earthquake kills five in Tavira": (
        "A strong earthquake of magnitude 6.1 struck the Oresian province of Tavira on "
        "Tuesday, killing at least five people and injuring dozens, officials said. The quake "
        "damaged houses and set off panic. Residents of Benna Meria ran out of their houses. "
        "The tremor was also felt in Medana. There were no immediate reports of a tsunami."
    ),
    "Deadly quake hits Oresian province": (
        "At least five people died on Tuesday when a magnitude 6.1 quake hit Tavira in "
        "Oresia. Dozens were injured as houses collapsed in Benna Meria, officials said. The "
        "earthquake was felt as far as Medana, where residents ran into the streets in panic."
    ),
    "Earthquake strikes Sollan County": (
        "An earthquake of magnitude 4.5 struck Sollan County in Norvik on Tuesday evening, "
        "officials said. The quake was felt in Santa Prosa and Heldburg, where residents ran "
        "out of their houses. There were no immediate reports of damage to houses or of "
        "people injured after the earthquake."
    ),
    "Quake of magnitude 4.5 rattles Heldburg": (
        "Residents of Heldburg and Santa Prosa felt a magnitude 4.5 quake on Tuesday. The "
        "earthquake struck near The Springs in Sollan County, Norvik. Officials said no "
        "people were injured and no houses were damaged by the tremor."
    ),
}
"""Two earthquakes of one day, each in two papers."""
TEXTS = st.text(max_size=60) | st.sampled_from([x.item.title for x in corpus()[:60]])
ITEMS = st.lists(
    st.builds(
        NewsItem,
        title=TEXTS,
        url=st.integers(0, 40).map(lambda n: f"https://site{n % 7}.example/{n}"),
        site=st.integers(0, 6).map(lambda n: f"site{n}.example"),
        summary=TEXTS,
        seen_at=st.just(NOW),
        published_at=st.none() | st.integers(0, 99).map(lambda h: NOW - timedelta(hours=h)),
    ),
    max_size=12,
)


def an_item(title: str, site: str, *, summary: str = "", hours: float | None = 1) -> NewsItem:
    at = None if hours is None else NOW - timedelta(hours=hours)
    return NewsItem(title, f"https://{site}/{crc32(title.encode())}", site, summary, NOW, at)


def stories(items: list[NewsItem], **parts: object) -> Ranking:
    asked: dict[str, object] = {"topics": (), "searched": (), "min_sources": 2, "known": ()}
    return ranked(items, **(asked | parts))  # type: ignore[arg-type]


def best(items: list[NewsItem], **parts: object) -> tuple[Candidate, ...]:
    return stories(items, **parts).candidates


def told(items: list[NewsItem]) -> list[set[NewsItem]]:
    batch = Batch(items)
    return [{batch.items[index] for index in event} for event in events(batch)]


def test_events_of_the_half_that_nothing_was_tuned_on_are_told_apart() -> None:
    precision, recall = clustering("held-out")
    assert precision >= 0.9
    assert recall >= 0.9


def test_all_events_together_are_told_apart() -> None:
    precision, recall = clustering("all")
    assert precision >= 0.9
    assert recall >= 0.9


def test_a_story_told_again_in_other_words_is_noticed_and_another_is_not() -> None:
    noticed, mistaken = retelling("held-out")
    assert noticed >= 0.9
    assert mistaken <= 0.01


@given(ITEMS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_articles_give_the_same_events_in_any_order(
    items: list[NewsItem], random: object
) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (sorted(map(repr, best(order, min_sources=1))) for order in (items, shuffled))
    assert first == second


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The ferry is on the water and it is new", "en"),
        ("Die Fähre ist auf dem Wasser und sie ist neu", "de"),
        ("Le bateau est dans le port et il est neuf", "fr"),
        ("El barco está en el puerto y es nuevo", "es"),
        ("青波大橋が開通した", "EAST ASIAN"),
        ("В городе открылся музей", "CYRILLIC"),
        ("Norvik Solbris 142", None),
        ("", None),
    ],
)
def test_the_language_of_a_text_is_guessed_where_something_tells(
    text: str, code: str | None
) -> None:
    assert language(tokens(text)) == code


def test_names_are_told_by_capitals_where_capitals_say_something() -> None:
    texts = [
        ("The ferry Solbris left Norvik", "At Norvik the crowd saw the Solbris."),
        ("Fähre Solbris in Norvik", "Die Menge sah die Fähre in der Werft und war froh."),
        ("Crowd Sees New Ferry Leave Yard", "It left."),
    ]
    lexicon = Lexicon(tokens(f"{title}\n{text}") for title, text in texts)
    names = [lexicon.features(title, text).names for title, text in texts]
    assert [{"norvik"} <= found for found in names] == [True, True, False]
    assert not {"ferry", "crowd", "fahr", "werft"} & set().union(*names)


def test_numbers_are_one_however_they_are_written() -> None:
    for text in ("61,000 vans", "61.000 Transporter", "61 000 vans", "61000"):
        assert "61000" in telling(text), text
    assert telling("5.1") == telling("5,1")


def test_one_event_in_two_languages_is_one() -> None:
    one = an_item("Norvik launches ferry Solbris", "a.example", summary="The 142-metre ship floats")
    other = an_item("Fähre Solbris läuft in Norvik vom Stapel", "b.example", summary="142 Meter")
    assert len(told([one, other])) == 1


def test_the_same_words_about_another_day_are_another_event() -> None:
    today = an_item("Rovers win the league game", "a.example", hours=1)
    long_ago = an_item("Rovers win the league game again", "b.example", hours=24 * 9)
    assert len(told([today, long_ago])) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Posted: March 14th, 2013", "Thursday, March 14, 2013"),
        ("21 July 2013 Last updated at 13:42 GMT", "Published 02.07.2013, 1:42 p.m."),
        ("Am 3. März 2026 um 18:30 Uhr", "Le 3 mars 2026 à 18:30"),
    ],
)
def test_articles_that_share_no_more_than_their_dates_are_two_events(one: str, other: str) -> None:
    items = [
        an_item("Ferry launched in Norvik", "a.example", summary=one),
        an_item("Orchestra tours Veldmark", "b.example", summary=other),
    ]
    assert len(told(items)) == 2
    lexicon = Lexicon([tokens(one), tokens(other)])
    assert not lexicon.features(one, "").numbers | lexicon.features(other, "").numbers


def test_a_topic_with_a_year_is_found_in_articles_that_name_no_year() -> None:
    features = Lexicon([tokens("Election in Norvik")]).features("Election in Norvik", "")
    assert relevance(("election 2026",), [features], searched=False) == 1


def test_figures_beside_dates_stay_figures() -> None:
    features = Lexicon([]).features("On May 3 a 142 metre ferry took 2,013 people to 4.5 knots", "")
    assert features.numbers == {"142", "2013", "4.5"}


def test_two_disasters_of_one_kind_at_two_places_are_two_events() -> None:
    words = "People were injured when the powerful quake of magnitude 6.1 struck; houses collapsed"
    one = f"{words} in villages near Bandar Abbas, Qeshm and Dargahan in Iran, Mehdi Zareh said."
    other = f"{words} in villages near Banda Aceh, Bireuen and Bener Meriah in Indonesia, Ema said."
    items = [
        an_item("Quake hits island, five are hurt", "a.example", summary=one),
        an_item("Dozens are hurt as quake hits province", "b.example", summary=other),
        an_item("Five hurt as quake hits island", "c.example", summary=one),
    ]
    assert sorted(map(len, told(items))) == [1, 2]


def test_copies_of_one_agencys_text_count_once() -> None:
    text = "The yard at Norvik floated out its largest battery ferry on Monday before a crowd."
    own = "Thousands cheered as the Solbris slid into the Halden Sound, and a band played on deck."
    one, copy = (voice(site, "Norvik ferry floats", text) for site in ("a.example", "b.example"))
    other = voice("c.example", "Solbris is launched", own)
    again = voice("a.example", "A band on the Solbris", own + " It will sail in May.")
    assert one_text(one, copy)
    assert not one_text(one, other)
    assert independent([one, copy]) == 1
    assert independent([one, other]) == 2
    assert independent([one, copy, other]) == 2
    assert independent([one, copy, again]) == 2, "two sites, of which one wrote for itself"
    assert independent([]) == 0


@pytest.mark.parametrize(
    ("text", "author", "agency"),
    [
        ("NORVIK (Reuters) - The yard said", None, "reuters"),
        ("Norvik (dpa/lno) - Die Werft", None, "dpa"),
        ("The yard said", "Ann Author, AFP", "afp"),
        ("The map (APX) shows", None, None),
        ("Reuters moves to a new house", "Ann Author", "reuters"),
        ("He read it in the paper", "Ann Author", None),
    ],
)
def test_an_agency_is_known_by_its_credit(text: str, author: str | None, agency: str) -> None:
    assert credited(text, author=author) == agency


def test_two_sites_that_credit_one_agency_are_one_witness() -> None:
    ours = voice("a.example", "Ferry floats", "NORVIK (Reuters) - The yard floated out a ship.")
    theirs = voice("b.example", "A launch", "A vessel entered the sea, cheered on (Reuters).")
    assert independent([ours, theirs]) == 1


def test_a_story_needs_independent_sites() -> None:
    text = "The yard at Norvik floated out its largest battery ferry on Monday before a crowd."
    copies = [an_item("Norvik launches ferry", f"s{n}.example", summary=text) for n in range(4)]
    assert best(copies) == ()
    assert len(best(copies, min_sources=1)) == 1
    own = an_item("Ferry of Norvik floats", "t.example", summary="A crowd saw the battery vessel.")
    assert [(c.sites, len(c.items)) for c in best([*copies, own])] == [(2, 5)]


def test_fresh_stories_come_before_old_ones_and_ancient_ones_not_at_all() -> None:
    assert freshness([NOW], now=NOW) == 1
    assert freshness([NOW - timedelta(days=1)], now=NOW) == 0.5
    assert freshness([NOW - timedelta(days=5)], now=NOW) == 0
    assert freshness([None, None], now=NOW) == 0


def test_an_old_story_that_one_feed_dates_as_new_stays_old() -> None:
    old, older = NOW - timedelta(days=8), NOW - timedelta(days=9)
    assert freshness([NOW, old, older], now=NOW) == 0
    assert freshness([NOW, old], now=NOW) == 0
    assert freshness([NOW, NOW, old], now=NOW) == 1


def test_the_schedules_topic_is_required_and_any_of_several_will_do() -> None:
    items = [x.item for x in corpus()]
    ferries = best(items, topics=("battery ferry", "orbital hotel"))
    assert {c.items[0].url for c in ferries}
    titles = " ".join(item.title for c in ferries for item in c.items)
    assert "Solbris" in titles
    assert "Halcyon" in titles
    assert "Cobalt" not in titles
    assert best(items, topics=("cricket in Tasmania",)) == ()


def test_topics_are_parted_where_people_part_them() -> None:
    assert topics("space, astronomy or rockets") == ("space", "astronomy", "rockets")
    assert topics("Raumfahrt oder AC/DC") == ("Raumfahrt", "AC/DC")
    assert topics(" ") == ()


def test_a_short_topic_is_no_part_of_a_longer_word() -> None:
    lexicon = Lexicon([])
    said = lexicon.features("The mayor said nothing", "He maintained the chain.")
    assert relevance(("AI",), [said], searched=False) == 0
    about = lexicon.features("New law on AI passed", "")
    assert relevance(("AI",), [about], searched=False) == 1
    assert 0 < relevance(("AI",), [said], searched=True) < 1


def test_a_known_story_is_not_told_again() -> None:
    items = [x.item for x in corpus()]
    first = best(items)
    again = best(items, known=[first[0].fingerprint])
    assert first[0].fingerprint not in [c.fingerprint for c in again]
    assert first[1].fingerprint in [c.fingerprint for c in again]


def test_a_story_that_is_told_in_another_language_only_is_told_again() -> None:
    english = [an_item("Norvik launches ferry Solbris", "a.example", summary="142 metres long")]
    german = [an_item("Fähre Solbris in Norvik vom Stapel", "b.example", summary="142 Meter lang")]
    whole = Batch([*english, *german])
    known = fingerprint(whole, [0, 1])
    alone = Batch(german)
    assert tells_again(fingerprint(alone, [0]), known)
    assert not tells_again(Fingerprint((), ()), known)
    assert not tells_again(Fingerprint((), ()), Fingerprint((), ()))


def test_another_event_of_a_kind_is_no_story_told_again() -> None:
    first = [
        an_item("Quake of magnitude 5.6 shakes Qeshm island", "a.example", summary=QESHM),
        an_item("Iranian island of Qeshm hit by earthquake", "b.example", summary=QESHM_AGAIN),
    ]
    second = [
        an_item("Quake of magnitude 4.6 felt in Sonoma County", "a.example", summary=SONOMA),
        an_item("Earthquake rattles Healdsburg", "b.example", summary=SONOMA_AGAIN),
    ]
    one, other = Batch(first), Batch(second)
    assert not tells_again(fingerprint(one, [0, 1]), fingerprint(other, [0, 1]))
    alone = [fingerprint(Batch([item]), [0]) for item in first]
    assert tells_again(*alone)


def test_events_of_one_day_and_kind_are_told_apart_by_their_names() -> None:
    papers = [
        an_item(title, f"{name}.example", summary=text)
        for name, (title, text) in zip("abcd", QUAKES.items(), strict=True)
    ]
    first, second = (fingerprint(Batch(two), [0, 1]) for two in (papers[:2], papers[2:]))
    assert not tells_again(first, second)
    alone = [fingerprint(Batch([paper]), [0]) for paper in papers]
    assert tells_again(alone[0], alone[1])
    assert tells_again(alone[2], alone[3])


def test_articles_that_nearly_tell_one_event_are_named_the_nearest_first() -> None:
    items = [
        an_item("Ship without an engine christened by daughter of a Norvik welder", "a.example"),
        an_item("Thousands watch electric vessel float out past old Norvik cranes", "b.example"),
        an_item("Orchestra tours Veldmark with a choir of children", "c.example"),
        an_item(
            "Choir of old Norvik sings at the opening of its new library hall",
            "d.example",
            hours=100,
        ),
    ]
    assert len(told(items)) == 4
    near = near_misses(items, topics=(), searched=())
    assert {item.site for item in near} == {"a.example", "b.example"}
    assert near_misses(items, topics=("opera",), searched=()) == []
    fuller = [replace(item, summary="It floats. " * 60) for item in items]
    assert near_misses(fuller, topics=(), searched=()) == []


def test_what_a_candidate_holds_is_bounded() -> None:
    words = permutations("yard floats battery vessel crowd cheers sound halden".split())  # noqa: SIM905
    items = [
        an_item("Norvik launches ferry Solbris", f"s{n}.example", summary=" ".join(order))
        for n, order in enumerate(islice(words, 0, None, 503))
    ]
    (candidate,) = best(items)
    assert len(items) > 60
    assert len(candidate.items) == 12
    assert candidate.sites > 30
    assert len(candidate.fingerprint.entities) <= 12
    assert len(candidate.fingerprint.words) <= 20


def test_undated_articles_alone_are_no_news() -> None:
    items = [
        replace(x.item, published_at=None) for x in corpus() if x.event.startswith("norvik.launch")
    ]
    assert best(items) == ()
    items[0] = replace(items[0], published_at=datetime(2026, 3, 4, 9, tzinfo=UTC))
    assert len(best(items)) == 1


def test_a_story_that_is_not_told_says_why() -> None:
    twice = [
        an_item(
            "Norvik ferry Aurora leaves its dock",
            "a.example",
            summary="The ferry Aurora left the dock of the Norvik yard on Monday after 14 months.",
        ),
        an_item(
            "Aurora floats: Norvik's new ferry is out",
            "b.example",
            summary="After 14 months in the Norvik yard the ferry Aurora floated at last.",
        ),
    ]
    once = an_item("Volcano Katla erupts in Iceland", "c.example")
    old = an_item("Museum of Ellery buys a sextant", "d.example", hours=200)
    [before] = best(twice)
    dropped = stories([*twice, once, old], known=(before.fingerprint,)).dropped
    assert [(story.outcome, story.sources) for story in dropped] == [
        (Outcome.TOLD, 2),
        (Outcome.FEW_SOURCES, 1),
        (Outcome.OLD, 1),
    ]
    dropped = stories([*twice, once], topics=("volcano",), min_sources=1).dropped
    assert [story.outcome for story in dropped] == [Outcome.OFF_TOPIC]

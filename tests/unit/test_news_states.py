"""A post tells what the newest of its articles tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent.news.completeness import Completeness
from agent.news.figures import counts_others
from agent.news.garbled import is_garbled
from agent.news.heading import Heading
from agent.news.quotes import Quote
from agent.news.reading import MOST_PAGES, ReadPage, reading_order
from agent.news.states import Course, Report, doubts_harm, is_other_state, says_unhurt, tells_harm
from agent.news.writing import extracted
from domain.news import Fingerprint, NewsItem

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Police arrest man over fire in Norvik", "Man charged with arson in Norvik"),
        ("Man charged with arson in Norvik", "Man denies arson at Norvik court"),
        ("Norvik man pleads not guilty", "Norvik man convicted of arson"),
        ("Acme agrees to buy Zorg", "Acme completes takeover of Zorg"),
        ("Acme to buy Zorg", "Acme calls off deal with Zorg"),
        ("Voting begins in Norvik", "Polls closed in Norvik"),
        ("Candidate Borg speaks in Norvik", "Borg elected president of Norvik"),
        ("Two sailors missing off Norvik", "Sailors found alive off Norvik"),
        ("Crews battle huge blaze in Norvik", "Norvik blaze put out"),
    ],
)
def test_a_headline_that_tells_an_earlier_state_is_overtaken(earlier: str, later: str) -> None:
    course = Course([Report((earlier,), MONDAY), Report((later,), MONDAY + DAY)])
    assert course.is_overtaken(earlier)
    assert not course.is_overtaken(later)


def test_an_old_article_overtakes_no_newer_one() -> None:
    course = Course(
        [
            Report(("Man charged with arson in Norvik",), MONDAY),
            Report(("Charges dropped, police arrest another man in Norvik",), MONDAY + DAY),
        ]
    )
    assert not course.is_overtaken("Police arrest another man in Norvik")


def test_a_charge_is_news_that_no_headline_leaves_out() -> None:
    told = [Report(("Fire in Norvik tackled",), MONDAY), Report(("Man charged with arson",))]
    assert Course(told).is_overtaken("Fire in Norvik tackled")


def test_sentences_tell_the_state_of_their_headline() -> None:
    charged = "A man was charged with arson after a fire at the mill in Norvik."
    assert is_other_state("Norvik fire: man denies arson", [charged])
    assert is_other_state("Norvik fire tackled", ["The fire was seen at six.", charged])
    assert not is_other_state("Norvik man charged with arson", [charged])
    assert not is_other_state("Navy captures pirates", ["The navy arrested 23 pirates on Monday."])
    assert not is_other_state("Norvik sailors celebrate", ["The sailors came to Norvik on Monday."])


@pytest.mark.parametrize(
    "text",
    [
        "No-one was injured in the fire.",
        "There were no dead or wounded.",
        "It caused no casualties.",
        "There have been no casualties or fatalities confirmed.",
        "Luckily no - one has been hurt.",
    ],
)
def test_words_that_say_that_nobody_was_hurt(text: str) -> None:
    assert says_unhurt(text)
    assert not tells_harm(text)
    assert not says_unhurt("Two people were hurt and no house was damaged.")


@pytest.mark.parametrize(
    "text",
    [
        "There were varying reports of casualties, but none could be confirmed.",
        "Reports that people were injured have not been independently verified.",
        "There are unconfirmed reports of deaths in the village.",
        "Berichte über Verletzte wurden zunächst nicht bestätigt.",
    ],
)
def test_words_that_doubt_that_anybody_was_hurt(text: str) -> None:
    assert doubts_harm(text)
    assert not doubts_harm("The police confirmed that two people were hurt.")
    assert not doubts_harm("Nobody was hurt; the cause has not been confirmed.")


def test_one_number_of_pirates_and_of_crew_members_is_a_conflict() -> None:
    ours = "A warship stopped three boats with 26 Somali pirates in the Gulf of Aden."
    assert counts_others(ours, "The ship rescued 26 Somali crewmembers.")
    assert not counts_others(ours, "The navy held 26 pirates.")
    assert not counts_others(ours, "The navy held 26 people.")


def test_a_quotation_with_a_misspelt_name_is_a_fault() -> None:
    pages = [
        ReadPage("Maker sells the BlackBery phone", "https://a.example/1", "a.example",
                 "The BlackBery phone is sold in Norvik. The BlackBerry is small.", MONDAY),
        ReadPage("Maker sells the BlackBerry phone", "https://b.example/1", "b.example",
                 "The BlackBerry phone is sold in Norvik. The BlackBerry is black.", MONDAY),
    ]  # fmt: skip
    checks = Completeness(pages, "en")
    wrong, right = (
        Quote(n, 1, page.text.split(". ")[0] + ".", 1.0, 1.0, 1.0, 1.0)
        for n, page in enumerate(pages)
    )
    heading = Heading(pages[1].title, pages[1].title, url=pages[1].url)
    assert "misspelt" in checks.faults(heading, [wrong])
    assert "misspelt" not in checks.faults(heading, [right])


def test_verbs_in_a_wrong_form_are_no_english_that_editors_print() -> None:
    assert is_garbled("Acme has officially announce that it will sell the phone.")
    assert is_garbled("Acme will launched the phone in Norvik on Monday.")
    assert not is_garbled("Acme has officially become the largest seller of phones.")
    assert not is_garbled("Acme has access to the port, and it has run the office since May.")


def test_a_caption_below_a_headline_tells_nothing_that_happened() -> None:
    caption = "Remains of the old mill of Norvik smolder on Tuesday morning in Oregon."
    pages = [
        ReadPage("Old mill of Norvik burns in Oregon", f"https://{n}.example/1", f"{n}.example",
                 caption, MONDAY)
        for n in "ab"
    ]  # fmt: skip
    draft = extracted(pages, Fingerprint(("norvik", "oregon"), ("mill", "burn")), tongue="en")
    assert draft is None or draft.doubtful


def test_where_it_burned_is_asked_for() -> None:
    pages = [
        ReadPage("Old mill burns down", f"https://{n}.example/1", f"{n}.example",
                 "The old mill burned down on Monday.", MONDAY)
        for n in "ab"
    ]  # fmt: skip
    assert Completeness(pages, "en").needs_place


def test_the_newest_article_is_read_in_any_case() -> None:
    items = [
        NewsItem(
            "The mill of Norvik burned down on Monday and was in flames for hours",
            f"https://n{n}.example/1", f"n{n}.example", "", MONDAY, MONDAY + n * timedelta(hours=1),
        )
        for n in range(7)
    ]  # fmt: skip
    first = reading_order(items, "en")[:MOST_PAGES]
    assert items[6] in first
    assert first[: MOST_PAGES - 1] == items[: MOST_PAGES - 1]


def test_deaths_that_the_newest_article_counts_are_told() -> None:
    course = Course(
        [
            Report(("A quake shook Norvik, injuring dozens.",), MONDAY),
            Report(("A quake killed 11 people in Norvik.",), MONDAY + DAY),
        ]
    )
    assert course.leaves_out_deaths("A quake injured hundreds in Norvik.")
    assert not course.leaves_out_deaths("A quake killed 11 people and injured hundreds in Norvik.")

"""A post tells what its articles tell together: the more of it, the better, and what most of them
tell readers must get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from agent.news.below import Sentences
from agent.news.choosing import choose
from agent.news.completeness import Completeness
from agent.news.disputes import disputes
from agent.news.essentials import Essentials, Told
from agent.news.heading import Heading
from agent.news.likeness import Meanings
from agent.news.obligations import Obligations, advises
from agent.news.reading import ReadPage
from agent.news.states import Report
from agent.news.writing import extracted
from domain.news import Fingerprint

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MILL = "A fire destroyed the old mill in Norvik, Germany, on Monday night."
MOVED = "Sixty residents were moved from their homes while the fire burned."
FLOUR = "The mill once ground flour for the whole valley."


def essentials(*articles: tuple[str, ...]) -> Essentials:
    pages = [
        ReadPage(said[0], f"https://a{n}.example", f"a{n}.example", "\n".join(said), MONDAY)
        for n, said in enumerate(articles)
    ]
    told = [Told(said, text) for text, said in enumerate(articles)]
    return Essentials(told, Meanings(pages))


def test_what_several_articles_tell_counts_and_what_one_tells_does_not() -> None:
    told = essentials(
        (MILL, MOVED, FLOUR),
        (
            "The old mill in Norvik burned down on Monday night.",
            "Sixty residents left their homes.",
        ),
    )
    assert told.coverage([MILL, MOVED]) > told.coverage([MILL, FLOUR])
    assert told.coverage([MILL, MOVED]) > told.coverage([MILL]) > told.coverage([FLOUR])


def test_copies_of_one_article_count_once() -> None:
    page = ReadPage(MILL, "https://a.example", "a.example", f"{MILL} {FLOUR}", MONDAY)
    copies = [Told((MILL, FLOUR), 0), Told((MILL, FLOUR), 0)]
    assert Essentials(copies, Meanings([page, page])).coverage([MOVED]) == 1.0


def obligations(*articles: str, place_matters: bool = False, dated: bool = False) -> Obligations:
    told = [
        Told(("A report", *(f"{said.strip('.')}." for said in text.split(". "))), n)
        for n, text in enumerate(articles)
    ]
    return Obligations(told, "en", place_matters=place_matters, dated=dated)


def test_a_suspicion_missing_people_and_the_town_must_be_told_where_most_tell_them() -> None:
    owed = obligations(
        "A fire in Norvik is treated as suspicious. Two people are missing.",
        "Police call the fire at Norvik suspicious. Two men were reported missing.",
        place_matters=True,
    )
    assert owed.missing(["A mill burned down."]) >= {"unproved", "missing", "town"}
    assert not owed.missing(["Two people are missing after a suspicious fire in Norvik."])
    told = "Two people are missing in Norvik, and the owner denied that he set the mill on fire."
    assert not owed.missing([told])


def test_what_one_article_of_three_tells_may_be_left_out() -> None:
    owed = obligations(
        *("A fire in Norvik was suspicious.", "A mill burned.", "The mill is gone."),
        place_matters=True,
    )
    assert not owed.missing(["A mill burned down."])


def test_names_and_numbers_must_be_told_where_most_articles_have_them() -> None:
    owed = obligations(
        "The warship Solbris of the Norland navy caught 23 pirates off Halden.",
        "Norland said that its warship Solbris had seized twenty-three pirates near Halden. It "
        "searched 14 boats.",
        "Near Halden 23 pirates were arrested by the Solbris, a warship of Norland.",
    )
    assert owed.missing(["A warship caught some pirates."]) == {"names", "numbers"}
    told = ["Norland's Solbris caught pirates", "The 23 men were seized off Halden."]
    assert not owed.missing(told)
    assert owed.share(told) == 1
    assert 0 < owed.share(told[1:]) < 1


def test_large_amounts_are_numbers_however_they_are_written() -> None:
    owed = obligations(
        *("The fire caused $1 million in damage.", "It cost one million dollars."),
    )
    assert owed.missing(["A fire damaged the mill."]) == {"numbers"}
    assert not owed.missing(["The damage is a million dollars."])
    assert owed.missing(["The damage is two million dollars."]) == {"numbers"}


def test_a_sentence_that_says_the_same_in_other_words_does_not_follow() -> None:
    first = "The Norland navy arrested 23 armed pirates in the Gulf of Halden on Monday."
    again = "A warship of Norland caught pirates in the Gulf of Halden and took 23 into custody."
    more = "The pirates wanted to board a Danish ship with sixty tonnes of grain, the navy said."
    pages = [
        ReadPage("Navy arrests 23 pirates in gulf", f"https://{site}/1", site, said, MONDAY)
        for site, said in (("a.example", f"{first} {more}"), ("b.example", f"{again} {more}"))
    ]
    meanings = Meanings(pages)
    found = Sentences(*(pages, [0, 1], "en"), meanings=meanings, checks=Completeness(pages, "en"))
    heading = Heading(pages[0].title, pages[0].title)
    quotes = found.fitting(heading, Fingerprint(("halden",), ("navy", "pirat")))
    begin = next(quote for quote in quotes if quote.text == first)
    texts = {quote.text for quote in found.following((begin,), quotes, heading)}
    assert again not in texts
    assert more in texts


def test_a_sentence_about_something_else_does_not_follow() -> None:
    other = "Paula Martin, head of Acme Knowledge, talks about a tool that recommends new services."
    pages = [
        ReadPage("Fire destroys mill in Norvik", f"https://{site}/1", site, said, MONDAY)
        for site, said in (("a.example", f"{MILL} {other}"), ("b.example", f"{MILL} {MOVED}"))
    ]
    checks = Completeness(pages, "en")
    found = Sentences(*(pages, [0, 1], "en"), meanings=Meanings(pages), checks=checks)
    heading = Heading(pages[0].title, pages[0].title)
    about = Fingerprint(("norvik", "acme"), ("mill", "tool", "service"))
    quotes = found.fitting(heading, about)
    begin = next(quote for quote in quotes if quote.text == MILL)
    assert other in {quote.text for quote in quotes}
    assert other not in {quote.text for quote in found.following((begin,), quotes, heading)}


def test_that_nobody_was_hurt_must_be_told_where_one_article_says_so_and_none_tells_of_harm() -> (
    None
):
    mill = "A fire destroyed the mill."
    owed = obligations(f"{mill} Nobody was hurt.", "A mill burned down.", place_matters=True)
    assert owed.missing([mill]) == {"unhurt"}
    assert not owed.missing([mill, "No one was injured."])
    hurt = obligations(f"{mill} Nobody was hurt.", "A man died in a mill.", place_matters=True)
    assert "unhurt" not in hurt.missing([mill])


def test_victims_must_be_told_where_one_article_counts_them() -> None:
    owed = obligations("A quake shook the town. It killed ten people.", "A quake shook the town.")
    assert owed.missing(["A quake shook the town."]) == {"victims"}
    assert not owed.missing(["Ten people were killed."])
    both = obligations("A quake killed ten people and injured 50.", "A quake shook the town.")
    assert both.missing(["A quake killed ten people."]) == {"victims"}
    assert not both.missing(["A quake killed ten people.", "Dozens were hurt."])


def a_report(outlet: str, *said: str, at: datetime = MONDAY) -> Report:
    return Report(said, at, outlet)


def test_numbers_that_differ_are_told_with_who_tells_them() -> None:
    articles = [
        a_report("The Post", "A quake in Norvik killed 10 people and injured 70 people."),
        a_report("The Globe", "The quake killed 10 people and injured at least 50 people."),
        a_report("The Star", "Ten people were killed and 45 people were injured."),
    ]
    (found,) = disputes(articles[0].told, articles, language="en")
    assert found.text == (
        "The sources give different numbers of people injured: 70 (The Post), "
        "at least 50 (The Globe), 45 (The Star)."
    )
    assert [place for place, _ in found.rests_on] == [0, 1, 2]
    (german,) = disputes(articles[0].told, articles, language="de")
    assert german.text.endswith("70 (The Post), mindestens 50 (The Globe), 45 (The Star).")


def test_strengths_that_differ_are_told_and_those_of_one_article_together() -> None:
    articles = [
        a_report("The Post", "A 5.9 magnitude earthquake shook Norvik."),
        a_report("The Globe", "It measured magnitude-5.9 here, but a 6.1-magnitude abroad."),
    ]
    (found,) = disputes(articles[0].told, articles, language="en")
    assert found.text.endswith("5.9 (The Post), 5.9 / 6.1 (The Globe).")


def test_numbers_that_a_post_does_not_tell_are_no_dispute_of_it() -> None:
    articles = [
        a_report("The Post", "The quake injured 70 people."),
        a_report("B", "It injured 5 people."),
    ]
    assert disputes(["A quake shook Norvik."], articles, language="en") == []


def test_numbers_of_victims_that_differ_are_told_where_a_post_tells_of_harm() -> None:
    articles = [
        a_report("The Post", "The quake injured 70 people."),
        a_report("B", "It injured 5 people."),
    ]
    (found,) = disputes(["A quake killed three people."], articles, language="en")
    assert "70 (The Post), 5 (B)" in found.text


def test_numbers_of_something_else_that_happened_are_no_dispute() -> None:
    quake = a_report("The Post", "A 5.6 magnitude quake killed 10 people and injured 70 people.")
    for of_another in (
        "A 5.2 magnitude quake injured three people. It was the second one in a day.",
        "Three people were also injured in a quake of magnitude 5.3 abroad.",
        "A quake struck days after a powerful quake injured one person. Houses shook.",
    ):
        other = a_report("The Globe", *of_another.split(". "))
        assert disputes(quake.told, [quake, other], language="en") == [], of_another


def test_numbers_that_later_articles_go_beyond_are_no_dispute() -> None:
    early = a_report("The Post", "The quake killed five people.")
    later = a_report("The Globe", "The quake killed 24 people.", at=MONDAY + DAY / 24)
    assert disputes(later.told, [early, later], language="en") == []
    fewer = a_report("The Star", "The quake killed 20 people.", at=MONDAY + DAY / 12)
    (found,) = disputes(later.told, [early, later, fewer], language="en")
    assert found.text.endswith("killed: 24 (The Globe), 20 (The Star).")


def test_what_is_no_person_does_not_die() -> None:
    burned = a_report("The Post", "The dairy burned down. No injuries were reported.")
    failed = a_report("The Globe", "The dairy was a state-run business that died in 2007.")
    found = [each.text for each in disputes([MILL], [burned, failed], language="en")]
    assert found == ["Nobody was reported hurt, according to The Post."]


def test_whether_anybody_was_hurt_is_told_as_a_dispute() -> None:
    articles = [
        a_report("The Post", "There were no reports of any casualties."),
        a_report("The Globe", "An official said 12 people were killed."),
    ]
    (found,) = disputes(["A camp was bombed in Norvik."], articles, language="en")
    assert found.text == "The sources contradict one another on whether anybody was hurt."
    assert [place for place, _ in found.rests_on] == [1, 0]
    early = [a_report("The Post", "There were no immediate reports of casualties."), articles[1]]
    assert disputes(["A camp was bombed in Norvik."], early, language="en") == []
    both = ["An official said 12 people were killed, another that no one was hurt."]
    assert disputes(both, articles, language="en") == []


def test_an_early_report_that_nobody_was_hurt_is_no_dispute_of_a_toll() -> None:
    articles = [
        a_report("The Post", "Nobody was injured."),
        a_report("The Globe", "Five people were killed.", at=MONDAY + DAY),
    ]
    assert disputes(["Five people were killed."], articles, language="en") == []


def test_that_nobody_was_hurt_is_told_where_two_articles_say_so() -> None:
    articles = [
        a_report("The Post", "No-one was injured in the fire."),
        a_report("The Globe", "Nobody was hurt."),
    ]
    (found,) = disputes([MILL], articles, language="en")
    assert found.text == "Nobody was reported hurt, according to The Post and The Globe."
    (alone,) = disputes([MILL], articles[:1], language="en")
    assert alone.text == "Nobody was reported hurt, according to The Post."
    early = "An official first reported eight deaths. Nobody was hurt, the agency said later."
    corrected = [*articles, a_report("The Star", *early.split(". "))]
    assert disputes([MILL], corrected, language="en") == []


def test_victims_are_counted_where_no_quotation_tells_of_them_and_articles_agree() -> None:
    quake = "A quake shook the town of Norvik."
    articles = [
        a_report("The Post", quake, "It injured five people."),
        a_report("The Globe", quake, "Five people were hurt."),
        a_report("The Star", quake),
    ]
    (found,) = disputes([quake], articles, language="en")
    assert found.text == "People reported injured: 5 (The Post, The Globe)."
    assert [place for place, _ in found.rests_on] == [0, 1]
    assert disputes([quake, "Some people were hurt."], articles, language="en") == []
    other = [*articles, a_report("The Sun", quake, "It injured nine people.")]
    assert disputes([quake], other, language="en") == []


def test_a_post_owes_no_victims_that_a_sentence_of_its_own_counts() -> None:
    quake = "A quake shook the town of Norvik in Germany on Monday night and damaged its houses."
    pages = [
        ReadPage("Quake shakes Norvik in Germany", f"https://{n}.example/1", f"{n}.example",
                 f"{quake} The mayor said that schools were closed. {more}", MONDAY)
        for n, more in (("a", "It injured five people."), ("b", "Five people were hurt in it."))
    ]  # fmt: skip
    draft = extracted(pages, Fingerprint(("norvik",), ("quake", "shake", "damag")), tongue="en")
    assert draft is not None
    assert any(
        s.text == "People reported injured: 5 (a.example, b.example)." for s in draft.statements
    )


def test_amounts_of_one_thing_that_differ_are_told_and_rounded_ones_are_none() -> None:
    articles = [
        a_report("The Post", "Acme agreed to buy the printer Zorg for $13.9 billion."),
        a_report("The Globe", "Acme will buy the printer Zorg for nearly $14 billion."),
        a_report("The Star", "The printer Zorg is sold to Acme for $12.6 billion."),
        a_report("The Sun", "Acme had sales of $13 billion."),
    ]
    about = a_report("The Echo", "Acme will buy the printer Zorg for about $13 billion.")
    assert disputes(articles[0].told, [*articles[:2], about], language="en") == []
    (found,) = disputes(articles[0].told, articles, language="en")
    assert found.text == (
        "The sources give different amounts: $13.9 billion (The Post), $12.6 billion (The Star)."
    )
    assert disputes(["Acme buys Zorg."], articles, language="en") == []


def pages_of(texts: Mapping[str, str]) -> list[ReadPage]:
    """Pages of several sites, by their titles."""
    return [
        ReadPage(title, f"https://a{n}.example/1", f"a{n}.example", text, MONDAY)
        for n, (title, text) in enumerate(texts.items())
    ]


def test_advice_that_several_articles_give_must_be_told() -> None:
    hole = "Norsoft closed a hole in its browser."
    owed = obligations(
        f"{hole} It urged all users to install the update.",
        f"{hole} Users should install it as soon as possible.",
        hole,
    )
    assert owed.missing([hole]) == {"advice"}
    assert not owed.missing([hole, "Norsoft recommends that customers update their computers."])
    assert not obligations(f"{hole} It urged users to install it.", hole).missing([hole])


def test_a_word_to_witnesses_or_to_keep_away_is_no_advice_to_readers() -> None:
    assert advises("Microsoft urged all users to install the update at once.")
    assert not advises("Police have urged people to stay away from the scene.")
    assert not advises("Anyone with information is asked to call police on 101.")


def test_advice_is_quoted_in_the_words_of_whoever_gives_it() -> None:
    texts = {
        "Norsoft closes hole in browser": (
            "Norsoft released an update on Monday that closes a dangerous hole in its web browser. "
            "The hole was found in May by two students who read the code of the browser. "
            "Norsoft's Paula Borg said the company “encourages all users to install the update”."
        ),
        "Norsoft mends web browser": (
            "An update that closes a hole in the web browser of Norsoft came out on Monday. "
            "The company said users should install the update as soon as they can."
        ),
    }
    pages = pages_of(texts)
    about = Fingerprint(("norsoft",), ("browser", "hole"))
    chosen = choose(pages, about, tongue="en")
    assert chosen is not None
    assert any(advises(quote.text) for quote in chosen.quotes)
    assert chosen.is_good


def test_readers_wish_to_know_when_it_ends_and_what_caused_it_where_two_articles_tell() -> None:
    cut = "A cable off Norvik was cut."
    told = obligations(
        f"{cut} Repairs will take several days. The cause is not known.",
        f"{cut} The line is expected to be restored on Friday. The cause is being investigated.",
    )
    assert told.wishes([cut]) == {"outlook", "cause"}
    assert told.wishes([cut, "Service may be restored by Friday."]) == {"cause"}
    assert not obligations(f"{cut} Repairs will take days.", cut).wishes([cut])


def test_a_further_sentence_stands_where_it_tells_when_it_will_be_over() -> None:
    texts = {
        "Ship cuts telephone cable to Norvik in Germany": (
            "A ship cut the only telephone cable to Norvik island in Germany on Monday night. "
            "The cable is expected to be repaired by Friday, the mayor said."
        ),
        "Anchor damages cable to Norvik": (
            "An anchor damaged the telephone cable to Norvik in Germany on Monday, the port said. "
            "The telephone company said that the repairs would take four days."
        ),
    }
    pages = pages_of(texts)
    about = Fingerprint(("norvik",), ("ship", "cabl", "telephon", "cut"))
    chosen = choose(pages, about, tongue="en")
    assert chosen is not None
    assert sum("repair" in quote.text for quote in chosen.quotes) == 1


def test_the_same_thing_in_another_word_has_been_named() -> None:
    quake = "An earthquake with a magnitude of 5.6 shook the island of Norvik on Sunday."
    tremor = "The tremor struck an area around the port of Halden, where many houses are old."
    report = "The report listed the old houses around the port of Halden and a school."
    pages = [
        ReadPage("Earthquake shakes Norvik", f"https://{n}.example/1", f"{n}.example",
                 f"{quake} {tremor} {report}", MONDAY)
        for n in "ab"
    ]  # fmt: skip
    checks = Completeness(pages, "en")
    found = Sentences(*(pages, [0, 1], "en"), meanings=Meanings(pages), checks=checks)
    heading = Heading(pages[0].title, pages[0].title)
    about = Fingerprint(("norvik", "halden"), ("earthquak", "port", "hous"))
    plain = {quote.text: quote.plain for quote in found.fitting(heading, about)}
    assert plain[tremor] == 1
    assert plain[report] < 1


def test_a_further_sentence_stands_where_it_tells_what_several_articles_tell() -> None:
    about = Fingerprint(("norvik",), ("fire", "mill", "destroy"))
    texts = (
        f"{MILL} {FLOUR} {MOVED}",
        (
            "The old mill of Norvik in Germany burned down on Monday night. "
            "Police moved sixty residents from their homes near the mill on Monday."
        ),
        (
            "Firefighters fought a fire at the mill in Norvik on Monday. "
            "About sixty residents had to leave their homes."
        ),
    )
    pages = [
        ReadPage(
            "Fire destroys mill in Norvik", f"https://a{n}.example", f"a{n}.example", text, MONDAY
        )
        for n, text in enumerate(texts)
    ]
    chosen = choose(pages, about, tongue="en")
    assert chosen is not None
    assert any("residents" in quote.text for quote in chosen.quotes)
    assert all(quote.text != FLOUR for quote in chosen.quotes)


def test_the_day_must_be_told_where_most_tell_it() -> None:
    owed = obligations("A mill burned down on Monday.", "On Monday night a mill was destroyed.")
    assert owed.missing(["A mill burned down."]) == {"day"}
    assert not owed.missing(["A mill burned down on Monday."])


def test_the_credit_tells_the_day_of_what_is_announced_and_not_of_a_fire() -> None:
    sold = ("Acme bought a mill on Monday.", "On Monday a mill was sold to Acme.")
    assert not obligations(*sold, dated=True).missing(["Acme bought a mill."])
    burned = ("A mill in Norvik burned on Monday.", "On Monday a mill burned in Norvik.")
    owed = obligations(*burned, place_matters=True, dated=True)
    assert owed.missing(["A mill burned in Norvik."]) == {"day"}


def test_a_sentence_adds_a_fact_where_others_tell_it_too() -> None:
    told = essentials(
        (MILL, "Nobody was hurt, the police said."),
        ("The old mill in Norvik burned down.", "There were no injuries, and the road was closed."),
    )
    assert told.adds_fact([MILL], "No one was injured in the fire.")
    assert not told.adds_fact([MILL], FLOUR)
    assert not told.adds_fact([MILL, "Nobody was hurt."], "No one was injured in the fire.")


def test_a_magnitude_that_stands_behind_an_articles_own_is_of_no_dispute() -> None:
    articles = [
        a_report("The Post", "A magnitude 5.9 quake struck Norvik."),
        a_report(
            "The Globe",
            "Norvik was shaken by a magnitude-5.9 quake.",
            "A magnitude 6.0 quake can cause severe damage.",
            "One of magnitude 5.4 had shaken the island before.",
        ),
    ]
    assert not disputes(["A magnitude 5.9 quake struck Norvik."], articles, language="en")


def test_magnitudes_that_a_quotation_compares_are_not_told_twice() -> None:
    both = (
        "Norvik's institute measured magnitude 5.9, but others said it was a magnitude-6.1 quake."
    )
    articles = [a_report("The Post", both), a_report("The Globe", "A magnitude 6.1 quake struck.")]
    assert not disputes([both], articles, language="en")
    assert disputes(["A magnitude 6.1 quake struck."], articles, language="en")


def test_a_name_that_all_articles_have_is_new_where_a_post_lacks_it() -> None:
    told = essentials((MILL, FLOUR), ("The old mill in Norvik burned down on Monday night.",))
    assert told.adds_name(["A fire destroyed a mill."], "The mill in Norvik is gone.")
    assert not told.adds_name([MILL], "The mill in Norvik is gone.")


def test_quotations_do_not_repeat_each_other() -> None:
    again = "On Monday night a fire destroyed the old mill in Norvik, Germany, the police said."
    pages = [
        ReadPage("Fire destroys mill in Norvik", f"https://{site}/1", site, said, MONDAY)
        for site, said in (
            ("a.example", f"{MILL} {MOVED} {FLOUR}"),
            ("b.example", f"{again} {MOVED}"),
        )
    ]
    chosen = choose(pages, Fingerprint(("norvik",), ("fire", "mill")), tongue="en")
    assert chosen is not None
    quoted = {text for quote in chosen.quotes for text in quote.sentences}
    assert len(quoted & {MILL, again}) == 1

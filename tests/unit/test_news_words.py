"""Names of people, tales of disasters, corrections and headlines, as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.news.corrections import retracting_words, same_headline
from agent.news.disasters import told_disaster
from agent.news.names import runs
from agent.news.sensitive import named_person, sensitive


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann Author said the bridge was late.", "Ann Author"),
        ("The bridge was late, Zora Doe said.", "Zora Doe"),
        ("A prize for Zora Doe, 34, of Vella.", "Zora Doe"),
        ("The club chose Zora Doe (41) on Monday.", "Zora Doe"),
        ("President Doe visits Norvik", "Doe"),
        ("Dr. Doe resigns", "Doe"),
        ("John Doe Wins Big Prize At New Bridge In Vella", "John Doe"),
        ("Die Bürgermeisterin Mustermann hat es gesagt", "Bürgermeisterin Mustermann"),
        ("„Das ist gut“, sagte Zora Mustermann in der Halle", "Zora Mustermann"),
        ("Erika Mustermann ist die neue Meisterin", "Erika Mustermann"),
        ("El presidente Doe dijo que no", "Doe"),
        ("首相が新しい橋を渡った", "首相"),
        ("Президент открыл музей", "президент"),
    ],
)
def test_people_are_found_by_office_first_name_speech_or_age(text: str, name: str) -> None:
    assert named_person(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "The Golden Gate Bridge reopens in Port Ellery.",
        "Queen Elizabeth Bridge opens",
        "Ann Author Foundation opens",
        "Norvik Shipyard said it would close.",
        "Cobalt Motors recalls 61,000 vans",
        "Brown bear wanders through Redmoss",
        "Die Norvik-Werft streicht 200 Stellen und die Gewerkschaft ist dagegen",
        "Probe Aurelia 3 lifts off for the comet Tarn",
        "",
    ],
)
def test_places_firms_and_things_are_no_people(text: str) -> None:
    assert named_person(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("An earthquake shakes the valley", "earthquake"),
        ("Two people were killed in the town", "killed"),
        ("Der Krieg ist nicht zu Ende und die Stadt ist leer", "krieg"),
        ("Überschwemmung in der Altstadt und auf dem Land", "uberschwemmung"),
        ("Un incendie dans le port est en cours", "incendie"),
        ("Un terremoto sacude el valle y la ciudad", "terremoto"),
        ("地震で三人けが", "地震"),
        ("Пожар в музее", "пожар"),
    ],
)
def test_disasters_and_violence_are_found_in_several_languages(text: str, word: str) -> None:
    assert told_disaster(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "The ferry was launched on Monday and it is new",
        "Das Schiff war neu und ist nicht alt",
        "A brand new bridge for the town",
        "Sie haben die Brücke die ganze Nacht über bemalt",
    ],
)
def test_words_of_another_language_are_no_disaster(text: str) -> None:
    assert told_disaster(text) is None


def test_why_a_picture_must_be_drawn_is_one_sentence() -> None:
    both = sensitive(["Ann Author said little.", "The flood went on."])
    assert both == (
        "It names a person (Ann Author) and it tells of a disaster or violence (flood)."
    )
    assert sensitive(["A bear eats cake."]) is None
    assert sensitive([]) is None


def test_a_name_that_is_known_is_told_before_capitals_that_may_be_one() -> None:
    headline = "5.9 Earthquake Jolts Iran"
    assert "may name a person and" in str(sensitive([headline]))
    assert "names a person (Robert Pitman)" in str(sensitive([headline, "Robert Pitman spoke."]))


def test_names_are_runs_of_capitals_within_a_sentence() -> None:
    text = "The Port of Ellery and Aurelia 3 collided. Crowds saw Cape Sorrel, Vella."
    assert [run.text for run in runs(text)] == [
        "Port of Ellery",
        "Aurelia 3",
        "Cape Sorrel",
        "Vella",
    ]


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    sensitive([text])
    retracting_words(text)
    assert same_headline(text, text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("This article has been amended to say 142.", "correction"),
        ("It floats.\nCorrection: it is 142 metres long.", "correction"),
        ("Correction (4 March): it is 142 metres long.", "correction"),
        ("The study has been retracted by its authors.", "retracted"),
        ("RETRACTION: this report is wrong.", "retracted"),
        ("[Retracted] A ferry floats", "retracted"),
        ("This story, first told on Monday, has been withdrawn.", "retracted"),
        ("Clarification: the ferry is blue.", "clarification"),
        ("An earlier version of this article misstated the length.", "earlier version"),
        ("We apologise for that.", "apology"),
        ("Korrektur: Die Fähre ist 142 Meter lang.", "Korrektur"),
        ("Wir haben den Namen der Werft korrigiert.", "Korrektur"),
        ("Die Redaktion hat diesen Artikel zurückgezogen.", "zurückgezogen"),
        ("In einer früheren Version stand eine andere Zahl.", "frühere Version"),
        ("Wir bitten dafür um Entschuldigung.", "Entschuldigung"),
        ("Rectificatif : le ferry mesure 142 mètres.", "rectificatif"),
        ("Une version précédente de cet article était fausse.", "version précédente"),
        ("Nous présentons nos excuses à nos lecteurs.", "excuses"),
        ("Fe de errores: el barco mide 142 metros.", "corrección"),
        ("Este artículo ha sido corregido.", "corrección"),
        ("Pedimos disculpas a los lectores.", "disculpas"),
    ],
)
def test_ways_of_taking_back_are_known_in_four_languages(text: str, word: str) -> None:
    assert word in retracting_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "After the market correction shares rose again.",
        "The team retracted its claws.",
        "The offer for the yard has been withdrawn.",
        "Die Korrektur der Prognose traf die Werft.",
        "Er hat seine Truppen zurückgezogen.",
        "The house of correction is a museum now.",
        "La corrección del mercado fue breve.",
    ],
)
def test_the_same_words_in_a_tale_take_nothing_back(text: str) -> None:
    assert retracting_words(text) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Norvik launches battery ferry", "Norvik launches battery ferry: pictures", True),
        ("Norvik launches battery ferry", "Norvik lauches battery ferry", True),
        ("Ten hurt as ferry hits pier", "Ferry did not hit pier, police say", False),
        ("Ferry carries 900 people", "Ferry carries 400 people", False),
        ("Ferry launched at Norvik", "Yard denies that anything floats", False),
        ("青波大橋が開通、全長1200メートル", "青波大橋が開通、全長1200メートルに", True),
        ("青波大橋が開通", "開通式は延期になった", False),
    ],
)
def test_a_headline_is_another_when_it_says_something_else(
    one: str, other: str, same: bool
) -> None:
    assert same_headline(one, other) is same
    assert same_headline(other, one) is same

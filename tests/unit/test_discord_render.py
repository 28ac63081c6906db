"""Cards on Discord: never over a limit, and untrusted text has no effect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.buttons import Button, ButtonAction
from bot.cards.models import (
    Card,
    ChoiceCard,
    EvidenceCard,
    EvidenceEntry,
    GalleryCard,
    IllustrationCard,
    NoteCard,
    PicturesCard,
    ReferenceEntry,
    ResultCard,
    ReviewCard,
    SourceLine,
    StatusCard,
)
from bot.discord.view.components import Frame
from bot.discord.view.markdown import escaped, length, lines, linked
from bot.discord.view.render import layout
from domain.requests import JobStatus
from domain.research import EvidenceVerdict
from evaluation.peers.discord_rules import V2, discord_rules, left_out, walked
from tests.fakes.cards import NASTY, every_card


def shas(card: Card) -> list[str]:
    """The pictures that a card may show."""
    match card:
        case ResultCard():
            return [p.sha256 for p in card.pictures]
        case ReviewCard():
            return [p.sha256 for p in card.result.pictures]
        case GalleryCard() | PicturesCard():
            return [p.sha256 for p in card.pictures]
        case EvidenceCard() | ChoiceCard():
            return [r.sha256 for r in card.references]
        case _:
            return []


NO_FRAME = Frame()


def drawn(card: Card, frame: Frame = NO_FRAME) -> list[dict[str, Any]]:
    """The components of a card, as they are sent."""
    return layout(card, frame).to_components()  # type: ignore[no-untyped-call, no-any-return]


def message(card: Card, frame: Frame) -> dict[str, Any]:
    """The request that would send a card, with the files that it shows."""
    names = list(dict.fromkeys([*frame.files.values(), *([frame.whole] if frame.whole else [])]))
    return {
        "components": drawn(card, frame),
        "flags": V2,
        "attachments": [{"id": n, "filename": name} for n, name in enumerate(names)],
    }


def texts(components: Any) -> list[str]:
    return [c["content"] for c in walked(components) if c["type"] == 10]


@given(every_card, st.sampled_from(["en", "de", None]), st.integers(0, 10))
async def test_no_card_ever_exceeds_a_limit(card: Card, language: str | None, shown: int) -> None:
    files = {sha: f"limner-{n}.png" for n, sha in enumerate(shas(card)[:shown])}
    whole = "sources.txt" if isinstance(card, EvidenceCard) and shown % 2 else None
    frame = Frame(
        language=language,
        files=files,
        whole=whole,
        mark="01J" + "X" * 23,
        hint="h" * 500,
        see="https://discord.com/channels/1/2/3",
    )
    sent = message(card, frame)
    assert left_out(sent) == []
    assert all(text for text in texts(sent["components"]))
    for component in walked(sent["components"]):
        if component["type"] == 12:
            assert all(0 < len(item["description"]) <= 1024 for item in component["items"])
        if component["type"] == 11:
            assert 0 < len(component["description"]) <= 1024


@given(every_card)
async def test_every_card_is_as_discord_describes_it(card: Card) -> None:
    files = {sha: f"limner-{n}.png" for n, sha in enumerate(shas(card)[:10])}
    rules = discord_rules()
    assert rules.problems("POST", "/channels/1/messages", message(card, Frame(files=files))) == []
    assert rules.problems("PATCH", "/channels/1/messages/2", message(card, Frame())) == []


@pytest.mark.parametrize("action", [ButtonAction.KEEP, ButtonAction.RERENDER])
async def test_a_button_whose_code_discord_refuses_is_left_out(action: ButtonAction) -> None:
    reference = ReferenceEntry(1, "t", "", "", None, "0" * 64)
    card = ChoiceCard("J", "t", (reference,), "", (Button(action, "Ω" * 100), Button(action, "1")))
    sent = walked(drawn(card))
    assert [c["custom_id"] for c in sent if "custom_id" in c] == [f"limner:{action.value}:1"]


_LIVE = re.compile(r"(?<!\\)(?:\\\\)*(@everyone|@here|<@|<#|<t:|</|<a?:|\|\||```)")
_OWN = re.compile(r"Requested by <@\d+>")
_BEGUN = re.compile(
    r"(?:(?:### |-# |> |\*\*(?:Reference )?[\d, ]*\*\* |[⏳🔎👉🎨👀📨✅⚠️⏹]+ ))*(.*)"
)
_FORMAT = re.compile(r"#{1,3} |-# |>{1,3} |[-+*] |\d+\. ")


@given(every_card)
async def test_nothing_that_somebody_wrote_mentions_or_formats(card: Card) -> None:
    called = f"<@{card.calls}>" if isinstance(card, NoteCard) and card.calls else None
    for text in texts(drawn(card)):
        if text == called:  # whom Limner itself calls
            continue
        own = re.sub(r"\]\(https?://[^)\s]*\)", "]", _OWN.sub("", text))
        assert not _LIVE.search(own), own
        for line in own.splitlines():
            begun = _BEGUN.match(line)
            assert begun is not None
            assert not _FORMAT.match(begun[1]), line


@pytest.mark.parametrize("text", NASTY)
def test_a_text_is_shown_as_it_is_or_shortened_at_a_word(text: str) -> None:
    shown = escaped(text, most=120)
    assert length(shown) <= 120
    bare = re.sub(r"\\(.)", r"\1", shown)
    assert bare == text or (bare.endswith("…") and text.startswith(bare[:-1]))


@given(st.text(max_size=400), st.integers(1, 200))
def test_an_escaped_text_is_never_longer_than_allowed(text: str, most: int) -> None:
    shown = escaped(text, most=most)
    assert length(shown) <= most
    assert re.fullmatch(r"(?s)(?:\\.|[^\\])*", shown), "a sign was cut in half"


def test_links_lead_where_they_say_or_nowhere() -> None:
    assert linked("A (b)", "https://en.wikipedia.org/wiki/A_(b)", most=200) == (
        "[A (b)](https://en.wikipedia.org/wiki/A_%28b%29)"
    )
    assert linked("x", "https://x.example/a b)<@1>", most=200) == (
        "[x](https://x.example/a%20b%29%3C%401%3E)"
    )
    for nowhere in (
        None,
        "library:1",
        "javascript:alert(1)",
        "https://[",
        "https://x.example/" + "a" * 500,
    ):
        assert linked("x", nowhere, most=300) == "x"


def test_what_does_not_fit_is_counted() -> None:
    assert lines(["one", "two"], most=100) == "one\ntwo"
    assert lines(["one", "two " * 10, "three"], most=30) == "one\n-# … (+2)"
    assert lines([], most=30) == ""


async def test_a_picture_has_its_alt_text_and_its_numbered_sources() -> None:
    picture = IllustrationCard(
        "P1", "J1", "a cat", "a" * 64, "image/png", 10, 10, "A cat on a chair", "storyboard", None
    )
    card = ResultCard(
        "J1", "a cat", "77", (picture,),
        (SourceLine((1, 3), "Cats", "https://x.example/cats"),), 0, (),
        (Button(ButtonAction.EDIT, "P1"), Button(ButtonAction.DELETE, "J1")),
    )  # fmt: skip
    sent = drawn(card, Frame(language="de", files={"a" * 64: "cat.png"}))
    [gallery] = [c for c in walked(sent) if c["type"] == 12]
    assert gallery["items"][0]["media"]["url"] == "attachment://cat.png"
    assert gallery["items"][0]["description"] == "A cat on a chair"
    assert "**1, 3** [Cats](https://x.example/cats)" in "\n".join(texts(sent))
    labels = [c["label"] for c in walked(sent) if c["type"] == 2]
    assert labels == ["Ändern…", "Löschen"]


async def test_a_picture_that_cannot_be_sent_is_pointed_to() -> None:
    picture = IllustrationCard("P1", "J1", "a cat", "a" * 64, "image/png", 1, 1, "A cat", "x", None)
    card = ResultCard("J1", "a cat", "77", (picture,), (), 0, (), ())
    plain = "\n".join(texts(drawn(card)))
    assert "can't be shown here" in plain
    known = replace(picture, address="https://limner.example/p/X")
    with_pages = texts(drawn(replace(card, pictures=(known,))))
    assert "[P1](https://limner.example/p/X)" in "\n".join(with_pages)


async def test_progress_is_a_bar_and_a_percentage() -> None:
    card = StatusCard("J1", "a cat", JobStatus.RENDERING, "Drawing…", (), (), 0, True, 0.5)
    assert "`▰▰▰▰▰▰▱▱▱▱▱▱` 50 %" in texts(drawn(card))[0]


async def test_references_are_picked_with_thumbnails() -> None:
    entries = tuple(ReferenceEntry(n, f"Cat {n}", "CC0", "", None, f"{n}" * 64) for n in (1, 2))
    card = ChoiceCard("J1", "a cat", entries, "12:10 UTC", (Button(ButtonAction.KEEP, "J1"),))
    frame = Frame(files={"1" * 64: "1.jpg"}, kept=frozenset({2}))
    sent = drawn(card, frame)
    [thumbnail] = [c for c in walked(sent) if c["type"] == 11]
    assert thumbnail["description"] == "Reference 1: Cat 1"
    [menu] = [c for c in walked(sent) if c["type"] == 3]
    assert [option.get("default", False) for option in menu["options"]] == [False, True]
    assert (menu["custom_id"], menu["min_values"], menu["max_values"]) == ("limner:keep:J1", 0, 2)


async def test_long_evidence_says_that_the_file_has_all_of_it() -> None:
    said = EvidenceVerdict.SUPPORTED
    entries = tuple(EvidenceEntry(n, "claim " * 80, said, "T", "CC0", "p" * 400) for n in range(40))
    card = EvidenceCard("J1", "a cat", (), entries, ())
    shown = "\n".join(texts(drawn(card, Frame(whole="sources.txt"))))
    assert "(+" in shown
    assert "The full list is in the attached file." in shown

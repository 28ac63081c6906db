"""Untrusted text on every surface: a cited title stands with its host, and nothing in a title, a
name or a model's answer steers what people see."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.edge import echo_json
from bot.cards.evidence import evidence_card, source_lines
from bot.discord.view.markdown import escaped, linked
from bot.text import cited, plain
from domain.hosts import host_of
from domain.requests import JobStatus
from domain.research import Evidence, GroundedPrompt, Reference, Research
from evaluation.peers.values import a_job, a_source
from jobs.common.views import JobView

STEERING = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\x1b\x07\x9b"
)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.Example.org/a?b=https://bbc.com", "example.org"),
        ("https://bbc.com@evil.example/", "evil.example"),
        ("https://bbc.com\\@evil.example/", "evil.example"),
        ("http://user:pw@evil.example:8080/", "evil.example"),
        ("https://bbc.com.evil.example/news", "bbc.com.evil.example"),
        ("https://" + "bbc.com." * 12 + "evil.example/", "…"),
        ("https://bbс.com/", "xn--bb-pmc.com"),
        ("https://[2001:db8::1]/x", "2001:db8::1"),
        ("library:1", ""),
        ("javascript://bbc.com/%0aalert(1)", ""),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_the_host_is_whose_page_opens(address: str, host: str) -> None:
    found = host_of(address)
    assert found == host or (
        host == "…" and found.startswith("…") and found.endswith("evil.example")
    )
    assert len(found) <= 50


def test_a_title_never_hides_its_host() -> None:
    assert cited("BBC News", "https://evil.example/1") == "BBC News · evil.example"
    long = cited("BBC News " * 99, "https://evil.example/1", most=70)
    assert len(long) <= 70
    assert long.endswith("… · evil.example")
    assert cited("Ours", "library:1") == "Ours"


def view_of(title: str, address: str) -> JobView:
    source = a_source(1, title=title, url=address, page_url=address)
    research = Research(
        hops=(),
        sources=(source,),
        grounded=GroundedPrompt(
            "A cat.",
            (Reference("IMG_001", source.sha256, "its look", title, source_id=source.id),),
            (Evidence(1, "A cat.", source.id, "It is a cat.", 0),),
        ),
    )
    return JobView(a_job(status=JobStatus.DONE), research, (), (), 0)


def test_every_card_names_the_host_of_what_it_cites() -> None:
    card = evidence_card(view_of("BBC News " * 40, "https://evil.example/1"))
    [line] = source_lines(card)
    [reference] = card.references
    for shown in (card.entries[0].title or "", line.title, reference.title):
        assert shown.endswith("· evil.example")
    assert len(reference.title) <= 70, "it fits into an option's label"


@given(st.text(alphabet=st.sampled_from(STEERING + "ab c\u05d0"), max_size=40))
def test_nothing_turns_or_steers_what_is_shown(text: str) -> None:
    for shown in (plain(text), cited(text, "https://a.example")):
        assert not set(shown) & set(STEERING)


@given(st.text(max_size=60))
def test_json_for_people_holds_the_same_and_steers_no_terminal(text: str) -> None:
    import click
    from click.testing import CliRunner

    @click.command()
    def command() -> None:
        echo_json({"title": f"{text}{STEERING}"})

    said = CliRunner().invoke(command).stdout
    assert json.loads(said)["title"] == f"{text}{STEERING}".encode(
        "utf-16", "surrogatepass"
    ).decode("utf-16", "surrogatepass")
    assert not set(said) & set(STEERING)


@pytest.mark.parametrize(
    "text",
    [
        "discord.gg/abc", "DISCORD.GG/abc", "discord.com/invite/abc", "discordapp.com/invite/abc",
        "https://discord.gg/abc", "dsc.gg/abc", "discord.me/abc", "join discord.new/abc",
        "[BBC](https://evil.example)", "<https://evil.example>", "@everyone", "<@1>", "<@&1>",
        "<#1>", "<t:1:R>", "<:smile:1>", "<a:smile:1>", "</imagine:1>", "# big", "> quote",
        "||spoiler||", "`code`", "-# small", "1. list",
    ],
)  # fmt: skip
def test_discord_shows_markup_and_invites_as_text(text: str) -> None:
    for shown in (escaped(text, most=200), linked(text, None, most=200)):
        assert shown != text
        assert not re.search(
            r"(?<!\\)[<@\[`|]|discord(?:app)?\.(?:gg|com/invite|me|new)", shown, re.I
        )
        assert re.sub(r"\\(?=[^\w\s])", "", shown) == text


def test_ordinary_addresses_stay_readable() -> None:
    assert escaped("see example.org and a.b", most=99) == "see example.org and a.b"

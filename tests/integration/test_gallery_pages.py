"""The gallery, the feeds, verification and signing in over HTTP."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from domain.illustrations import IllustrationStatus
from domain.provenance import UNKNOWN, Layer, Provenance, ProvenanceVerdict
from evaluation.peers.values import NOON
from jobs.admission.requests import Requester
from tests.fakes.pages import CLOSED, PUBLIC, SECRET, Site, a_finished_job, a_site, publish
from web.pages.members import own_path

HERE = "discord:1"
ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass
class FakeVerifier:
    """Says what a test says, and remembers who asked."""

    found: Provenance = UNKNOWN
    asked: list[Requester] = field(default_factory=list[Requester])

    async def verify(self, requester: Requester, data: bytes) -> Provenance:
        """What was set."""
        assert data
        self.asked.append(requester)
        return self.found


@pytest.fixture
def verifier() -> FakeVerifier:
    return FakeVerifier()


@pytest.fixture
async def site(tmp_path: Path, verifier: FakeVerifier) -> AsyncGenerator[Site]:
    async with a_site(tmp_path, verifier=verifier) as found:
        await publish(found, HERE)
        await a_finished_job(found, HERE, "harbour", channel=PUBLIC)
        await a_finished_job(found, HERE, "news", channel=PUBLIC, story_id="STORY1")
        await a_finished_job(found, HERE, "closed")
        await a_finished_job(found, HERE, "private", channel=PUBLIC, private=True)
        await a_finished_job(found, "discord:2", "theirs")
        found.members.reads = {("ann", HERE): frozenset({CLOSED, PUBLIC})}
        yield found


def titles(page: str) -> list[str]:
    return re.findall(r'card-title">(\w+)', page)


async def test_everybody_sees_what_is_published_and_members_what_they_can_read(site: Site) -> None:
    home = site.home(HERE)
    anonymous = await site.ask(home)
    assert sorted(titles(anonymous.text)) == ["harbour", "news"]
    assert "closed" not in anonymous.text
    member = await site.ask(home, cookies=site.session("ann"))
    assert sorted(titles(member.text)) == ["closed", "harbour", "news"]
    assert "private" not in member.text
    assert member.headers["Cache-Control"] == "no-store"
    stranger = await site.ask(home, cookies=site.session("eve"))
    assert sorted(titles(stranger.text)) == ["harbour", "news"]


async def test_a_workspace_that_publishes_nothing_has_no_gallery_for_strangers(site: Site) -> None:
    theirs = site.home("discord:2")
    for path in (theirs, f"{theirs}/feed.atom", f"{theirs}/feed.rss", f"{theirs}/feed.json"):
        assert (await site.ask(path)).status == 404, path
        assert (await site.ask(path, cookies=site.session("ann"))).status == 404, path


@pytest.mark.parametrize(
    "status", [IllustrationStatus.REFUSED, IllustrationStatus.PLANNED, IllustrationStatus.DELETED]
)
async def test_a_picture_that_was_not_let_through_is_on_no_page_gallery_or_feed(
    site: Site, status: IllustrationStatus
) -> None:
    job = f"JOB-{HERE}-harbour"
    async with site.store.workspace(HERE) as unit:
        [picture] = await unit.illustrations.of_job(job)
        await unit.illustrations.save(replace(picture, status=status))
        page = site.link(await unit.jobs.get(job))
    home, shown = site.home(HERE), str(picture.sha256)
    for cookies in ({}, site.session("ann")):
        feeds = (f"{home}/feed.{kind}" for kind in ("atom", "rss", "json"))
        for path in (home, f"{home}?order=best", *feeds):
            answer = await site.ask(path, cookies=cookies)
            assert answer.status == 200, path
            assert picture.id not in answer.text, path
            assert shown not in answer.text, path
        for rest in ("", "/1/picture", "/1/thumb", "/1/download"):
            assert (await site.ask(f"{page}{rest}", cookies=cookies)).status == 404, rest


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=harbour", ["harbour"]),
        ("q=shuttle", ["harbour", "news"]),
        ("q=HARBOUR+collins", ["harbour"]),
        ("q=%25", []),
        ("generator=storyboard", ["harbour", "news"]),
        ("generator=none", []),
        ("schedule=S1", []),
        ("person=me", ["harbour", "news"]),
        ("page=2", []),
        ("page=-1&order=xx&q=", ["harbour", "news"]),
        ("page=99999999999999999999", []),
    ],
)
async def test_filters_and_search(site: Site, query: str, expected: list[str]) -> None:
    answer = await site.ask(f"{site.home(HERE)}?{query}")
    assert answer.status == 200
    assert sorted(titles(answer.text)) == expected


async def test_the_best_come_first_where_it_is_asked(site: Site) -> None:
    async with site.store.workspace(HERE) as unit:
        await unit.opinions.vote(f"PIC-JOB-{HERE}-harbour", "ann", 1, now=NOON)
    page = await site.ask(f"{site.home(HERE)}?order=best")
    assert titles(page.text)[0] == "harbour"


async def test_a_picture_of_the_gallery_leads_to_its_page(site: Site) -> None:
    home = site.home(HERE)
    answer = await site.ask(f"{home}/i/PIC-JOB-{HERE}-harbour")
    assert (answer.status, answer.headers["Location"]) == (303, f"{home}/j/JOB-{HERE}-harbour")
    assert (await site.ask(f"{home}/i/PIC-JOB-{HERE}-closed")).status == 404
    assert (await site.ask(f"{home}/i/PIC-JOB-{HERE}-closed/thumb")).status == 404


async def test_feeds_hold_published_news_with_their_credits(site: Site) -> None:
    home = site.home(HERE)
    atom = await site.ask(f"{home}/feed.atom")
    assert atom.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    [entry] = ET.fromstring(atom.text).findall(f"{ATOM}entry")  # noqa: S314 - our own
    assert "storyboard" in (entry.findtext(f"{ATOM}rights") or "")
    assert "<figure>" in (entry.findtext(f"{ATOM}content") or "")
    rss = ET.fromstring((await site.ask(f"{home}/feed.rss")).text)  # noqa: S314 - our own
    assert len(rss.findall("channel/item")) == 1
    feed = json.loads((await site.ask(f"{home}/feed.json")).body)
    [item] = feed["items"]
    assert item["tags"] == ["AI-generated illustration"]
    assert item["url"].endswith(f"/j/JOB-{HERE}-news")
    assert SECRET + "-discord:2" not in atom.text


async def test_oembed_answers_for_published_pages_of_ours_alone(site: Site) -> None:
    home = f"http://limner.test{site.home(HERE)}"

    async def embed(url: str) -> int:
        return (await site.ask("/oembed", params={"url": url})).status

    assert await embed(f"{home}/j/JOB-{HERE}-harbour") == 200
    assert await embed(f"{home}/j/JOB-{HERE}-closed") == 404
    assert await embed(f"{home}/j/JOB-{HERE}-private") == 404
    assert await embed("https://evil.example/w/x/j/y") == 404
    assert await embed("http://[") == 404
    body = json.loads(
        (
            await site.ask(
                "/oembed", params={"url": f"{home}/j/JOB-{HERE}-harbour", "maxwidth": "300"}
            )
        ).body
    )
    assert body["width"] == 300
    assert "<figcaption>" in body["html"]


def upload(data: bytes | io.BytesIO = b"picture", name: str = "picture") -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field(name, data, filename="a.png", content_type="image/png")
    return form


async def test_a_found_picture_leads_to_its_page_where_the_visitor_may_see_it(
    site: Site, verifier: FakeVerifier
) -> None:
    home = site.home(HERE)

    async def check(name: str, **options: Any) -> str:
        verifier.found = Provenance(
            ProvenanceVerdict.PROBABLE, f"PIC-{name}", name, Layer.LOOKUP, 0.87
        )
        answer = await site.ask(f"{home}/verify", method="POST", data=upload(), **options)
        assert answer.status == 200
        return answer.text

    public = await check(f"JOB-{HERE}-harbour")
    assert f"{home}/i/PIC-JOB-{HERE}-harbour" in public
    assert "87 % sure" in public
    assert "/i/" not in await check(f"JOB-{HERE}-closed")
    assert "/i/" in await check(f"JOB-{HERE}-closed", cookies=site.session("ann"))
    anonymous, *_ = verifier.asked
    assert anonymous.reads is not None
    assert await anonymous.reads(PUBLIC)
    assert not await anonymous.reads(CLOSED)


async def test_verification_without_a_workspace_looks_at_none(
    site: Site, verifier: FakeVerifier
) -> None:
    answer = await site.ask("/verify", method="POST", data=upload())
    assert "Nothing is known about this picture" in answer.text
    assert [each.workspace_id for each in verifier.asked] == [""]
    assert (await site.ask("/verify", method="POST", data=upload(name="x"))).status == 400
    assert (await site.ask("/verify", method="POST", data={"picture": "text"})).status == 400
    large = await site.ask("/verify", method="POST", data=upload(io.BytesIO(b"x" * 21_000_000)))
    assert large.status == 413


async def test_members_sign_in_and_come_back_to_where_they_were(site: Site) -> None:
    path = f"{site.home(HERE)}/j/JOB-{HERE}-closed"
    denied = await site.ask(path)
    assert denied.status == 404
    [way] = re.findall(r'href="(/sign-in/discord[^"]+)"', denied.text)
    begun = await site.ask(way.replace("&amp;", "&"))
    assert begun.status == 303
    assert begun.headers["Location"].startswith("https://chat.example/authorize?state=")
    state = re.findall(r"state=([^&]+)", begun.headers["Location"])[0]
    assert "HttpOnly" in begun.headers["Set-Cookie"]
    assert "SameSite=Lax" in begun.headers["Set-Cookie"]
    nonce = {"limner-state": re.findall(r"limner-state=([^;]+)", begun.headers["Set-Cookie"])[0]}
    back = f"/sign-in/discord/callback?state={state}&code=ann"
    done = await site.ask(back, cookies=nonce)
    assert (done.status, done.headers["Location"]) == (303, path)
    # Another browser, a changed state and an invalid code do not sign in.
    for bad, cookies in (
        (back, {}),
        (back, {"limner-state": "other"}),
        (back.replace(state, state[:-2] + "xx"), nonce),
        (back.replace("code=ann", "code=wrong"), nonce),
        (back.replace("&code=ann", ""), nonce),
        ("/sign-in/discord/callback", nonce),
    ):
        answer = await site.ask(bad, cookies=cookies)
        assert answer.status == 400, bad
        assert "limner-session" not in answer.headers.get("Set-Cookie", "")
    assert (await site.ask("/sign-in/myspace")).status == 404
    session = site.session("ann")
    page = await site.ask(path, cookies=session)
    assert page.status == 200
    [token] = set(
        re.findall(r'action="/sign-out"><input type="hidden" name="token" value="(\w+)"', page.text)
    )
    for sent in ("", "0" * 64):
        out = await site.ask("/sign-out", method="POST", cookies=session, data={"token": sent})
        assert out.status == 403
    out = await site.ask("/sign-out", method="POST", cookies=session, data={"token": token})
    assert out.status == 303
    assert 'limner-session=""' in out.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/w//evil.example",
        "/w/x\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/p/é",
        "/healthz",
        "",
        "/w/" + "x" * 900,
    ],
)
async def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert own_path(path) == "/verify"


def test_a_path_of_ours_is_kept() -> None:
    assert own_path("/w/abc/j/JOB%3A1") == "/w/abc/j/JOB%3A1"

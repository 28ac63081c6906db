"""The pages of jobs over HTTP: what they show, and that no user sees another's."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.illustrations import ClaimMark, IllustrationStatus, Marks
from domain.requests import Job
from domain.team import Preferences, Scope
from domain.team_messages import TOLD
from evaluation.peers.values import an_illustration
from jobs.common.views import job_view
from tests.fakes.pages import (
    CLOSED,
    PUBLIC,
    SECRET,
    Site,
    a_finished_job,
    a_site,
    publish,
)
from web.pages.site import Opens

WORKSPACES = ("discord:1", "discord:2")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[Site]:
    async with a_site(tmp_path) as found:
        for workspace in WORKSPACES:
            await publish(found, workspace)
            await a_finished_job(found, workspace, "public", channel=PUBLIC)
            await a_finished_job(found, workspace, "closed")
            await a_finished_job(found, workspace, "private", channel=PUBLIC, private=True)
        found.members.reads = {
            ("ann", "discord:1"): frozenset({CLOSED, PUBLIC}),
            ("eve", "discord:1"): frozenset({PUBLIC}),
            ("bob", "discord:2"): frozenset({CLOSED, PUBLIC}),
        }
        yield found


async def the_job(site: Site, workspace: str, name: str) -> Job:
    async with site.store.workspace(workspace, read_only=True) as unit:
        return await unit.jobs.get(f"JOB-{workspace}-{name}")


def filled(path: str, site: Site, workspace: str, job: str, link: str) -> str:
    """A path of the table with the ids of a workspace in it."""
    values = {
        "link": link,
        "site": site.home(workspace).removeprefix("/w/"),
        "job": job,
        "number": "1",
        "place": "1",
        "name": "missing",
        "surface": "discord",
        "picture": f"PIC-{job}",
    }
    return re.sub(r"\{(\w+)(?::[^}]*\}?)?\}", lambda m: values[m[1]], path)


def test_the_pattern_of_this_file_fills_every_kind_of_path() -> None:
    assert re.sub(r"\{(\w+)(?::[^}]*\}?)?\}", r"<\1>", r"/p/{link}/{number:\d{1,2}}/x") == (
        "/p/<link>/<number>/x"
    )


async def test_no_route_shows_a_workspace_to_others(site: Site) -> None:
    """Every route of the table is asked for the closed and the private job of the second workspace
    without a session, by a member of the first, and by links that were made up or changed."""
    theirs = "discord:2"
    good = site.link(await the_job(site, theirs, "closed")).removeprefix("/p/")
    forged = [good[:-1] + ("A" if good[-1] != "A" else "B"), "A" * len(good), good[4:], "x"]
    own = site.link(await the_job(site, "discord:1", "closed")).removeprefix("/p/")
    for route in site.table.table:
        for cookies in ({}, site.session("ann"), site.session("eve")):
            for job in (f"JOB-{theirs}-closed", f"JOB-{theirs}-private", "JOB-none"):
                for link in (*forged, own) if "{link}" in route.path else ("",):
                    path = filled(route.path, site, theirs, job, link)
                    answer = await site.ask(path, method=route.method, cookies=cookies)
                    assert f"{SECRET}-{theirs}" not in answer.text, path
                    if route.opens is Opens.PAGE and link != own:
                        assert answer.status == 404, (path, answer.status)
                    site.table.forget_rates()


async def test_every_route_of_a_page_answers_whoever_may_see_it(site: Site) -> None:
    job = await the_job(site, "discord:1", "closed")
    link = site.link(job).removeprefix("/p/")
    for route in site.table.table:
        if route.opens is not Opens.PAGE or route.method != "GET":
            continue
        if route.path.endswith("/embed"):
            continue  # of public pages alone
        path = filled(route.path, site, "discord:1", job.id, link)
        answer = await site.ask(path, cookies=site.session("ann"))
        assert answer.status == (303 if route.path.endswith("/i/{picture}") else 200), path
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "public" not in answer.headers["Cache-Control"]


async def test_what_does_not_exist_and_what_may_not_be_seen_look_the_same(site: Site) -> None:
    home = site.home("discord:2")
    shapes = {
        re.sub(r"JOB-[\w:%-]+", "JOB", (await site.ask(f"{home}/j/{job}")).text)
        for job in ("JOB-discord:2-closed", "JOB-discord:2-private", "JOB-nothing")
    }
    assert len(shapes) == 1


async def test_private_jobs_have_no_page_for_anybody(site: Site) -> None:
    job = await the_job(site, "discord:1", "private")
    assert (await site.ask(site.link(job))).status == 404
    path = f"{site.home('discord:1')}/j/{job.id}"
    assert (await site.ask(path, cookies=site.session("ann"))).status == 404


async def test_a_link_ends_when_it_is_revoked_and_a_new_one_works(site: Site) -> None:
    job = await the_job(site, "discord:1", "closed")
    assert (await site.ask(site.link(job))).status == 200
    async with site.store.workspace("discord:1") as unit:
        await unit.pages.revoke_links(job.id)
    ended = await site.ask(site.link(job))
    assert ended.status == 410
    assert SECRET not in ended.text
    assert (await site.ask(site.link(job, links=1))).status == 200


@pytest.mark.parametrize(("scope", "place"), [(Scope.CHANNEL, CLOSED), (Scope.WORKSPACE, "")])
async def test_a_workspace_or_a_channel_can_do_without_links(
    site: Site, scope: Scope, place: str
) -> None:
    job = await the_job(site, "discord:1", "closed")
    async with site.store.workspace("discord:1") as unit:
        await unit.preferences.save(scope, place, Preferences(links=False))
        assert (await job_view(unit, job.id)).links is None
    assert (await site.ask(site.link(job))).status == 410
    path = f"{site.home('discord:1')}/j/{job.id}"
    assert (await site.ask(path, cookies=site.session("ann"))).status == 200


async def test_a_link_ends_with_its_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await the_job(site, "discord:1", "closed")
    path = site.link(job)
    signer = site.parts.links.signer
    now = time.time()
    monkeypatch.setattr(signer, "_now", lambda: now + 32 * 86_400)
    assert (await site.ask(path)).status == 410
    assert (await site.ask(f"{path}/1/picture")).status == 410


async def test_what_is_deleted_is_gone_at_once(site: Site) -> None:
    job = await the_job(site, "discord:1", "closed")
    path = site.link(job)
    assert (await site.ask(f"{path}/1/picture")).status == 200
    async with site.store.workspace("discord:1") as unit:
        [picture] = await unit.illustrations.of_job(job.id)
        await unit.illustrations.save(replace(picture, status=IllustrationStatus.DELETED))
    for rest in ("", "/1/picture", "/1/thumb", "/1/download"):
        assert (await site.ask(f"{path}{rest}")).status == 404, rest


async def test_a_published_page_is_open_and_may_be_indexed(site: Site) -> None:
    path = f"{site.home('discord:1')}/j/JOB-discord:1-public"
    answer = await site.ask(path)
    assert answer.status == 200
    assert "X-Robots-Tag" not in answer.headers
    assert 'name="robots"' not in answer.text
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    picture = await site.ask(f"{path}/1/picture")
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    embed = await site.ask(f"{path}/embed")
    assert "frame-ancestors *" in embed.headers["Content-Security-Policy"]


async def test_a_page_sends_strict_headers_and_loads_nothing_from_elsewhere(site: Site) -> None:
    answer = await site.ask(site.link(await the_job(site, "discord:1", "closed")))
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    loaded = re.findall(r'(?:src|action)="([^"]+)"|<link[^>]+href="([^"]+)"', answer.text)
    assert loaded
    assert all((one or two).startswith("/") for one, two in loaded)
    assert "style=" not in answer.text
    assert "<script>" not in answer.text


async def test_what_strangers_wrote_is_escaped(site: Site) -> None:
    nasty = '"><script>alert(1)</script>{{ 7*7 }}\r\nSet-Cookie: a=b'
    job, _picture = await a_finished_job(site, "discord:1", nasty)
    answer = await site.ask(site.link(job))
    assert answer.status == 200
    assert "<script>alert" not in answer.text
    assert "Set-Cookie" not in answer.headers
    for name in ("evidence.json", "evidence.md", "citation.bib", "citation.json"):
        told = await site.ask(f"{site.link(job)}/{name}")
        assert told.status == 200
        assert told.headers["Content-Disposition"].startswith("attachment")


async def test_the_page_ties_sentences_to_passages_and_references(site: Site) -> None:
    path = site.link(await the_job(site, "discord:1", "closed"))
    found = json.loads((await site.ask(f"{path}/evidence.json")).body)
    assert found["sentences"] == [
        {
            "text": "Eileen Collins as in the first reference image.",
            "evidence": [],
            "references": [1],
        }
    ]
    [first, second] = found["evidence"]
    assert first["passage"] == "commanded a shuttle"
    assert first["url"] == "https://www.nasa.example/collins"
    assert second["verdict"] == "unsupported"
    page = (await site.ask(path)).text
    assert "<mark>commanded a shuttle</mark>" in page
    assert "No source found" in page


async def test_marks_are_shown_with_their_reasons(site: Site) -> None:
    job = await the_job(site, "discord:1", "closed")
    marks = Marks(
        1.0, 0.5, None, 1.0, (ClaimMark(1, "the patch", False, "it is hidden"),), model="qwen"
    )
    async with site.store.workspace("discord:1") as unit:
        [picture] = await unit.illustrations.of_job(job.id)
        await unit.illustrations.save(replace(picture, marks=marks))
    page = (await site.ask(site.link(job))).text
    assert "0 of 1 claims verified" in page
    assert "it is hidden" in page


async def test_of_a_picture_whose_text_alone_was_read_no_other_mark_is_shown(site: Site) -> None:
    job = await the_job(site, "discord:1", "closed")
    claim = ClaimMark(0, "The picture reads “OPEN”", False, "It reads “OBEN”.")
    marks = Marks(None, None, 0.5, None, (claim,), model="rapidocr 3.10.0")
    async with site.store.workspace("discord:1") as unit:
        [picture] = await unit.illustrations.of_job(job.id)
        await unit.illustrations.save(replace(picture, marks=marks))
        [kept] = await unit.illustrations.of_job(job.id)
    assert kept.marks == marks
    page = (await site.ask(site.link(job))).text
    assert "The picture reads “OPEN”" in page
    assert page.count("<meter") == 1
    assert 'href="#e0"' not in page


async def test_lineage_shows_no_picture_of_a_place_that_the_visitor_does_not_know(
    site: Site,
) -> None:
    parent, before = await a_finished_job(site, "discord:1", "secret", channel="another")
    job, picture = await a_finished_job(site, "discord:1", "child")
    async with site.store.workspace("discord:1") as unit:
        child = an_illustration(
            job, id="CHILD", parent_id=before.id, sha256=picture.sha256, position=1
        )
        await unit.illustrations.save(child)
    assert parent.id != job.id
    answer = await site.ask(f"{site.link(job)}/2")
    assert answer.status == 200
    assert "Where it comes from" not in answer.text
    assert (await site.ask(f"{site.link(job)}/2/lineage/2")).status == 404
    near, there = await a_finished_job(site, "discord:1", "near")
    async with site.store.workspace("discord:1") as unit:
        await unit.illustrations.save(
            an_illustration(near, id="C2", parent_id=picture.id, sha256=there.sha256, position=1)
        )
    shown = await site.ask(f"{site.link(near)}/2")
    assert "Where it comes from" in shown.text
    assert (await site.ask(f"{site.link(near)}/2/lineage/1")).status == 200


async def test_only_those_who_may_manage_a_job_revoke_its_links(site: Site) -> None:
    job = await the_job(site, "discord:1", "public")
    path = f"{site.home('discord:1')}/j/{job.id}"
    ann, eve = site.session("ann"), site.session("eve")
    page = await site.ask(path, cookies=ann)
    [token] = re.findall(r'/revoke"><input type="hidden" name="token" value="(\w+)"', page.text)
    assert "/revoke" not in (await site.ask(path, cookies=eve)).text
    for cookies, sent in ((eve, token), (ann, "0" * 64), ({}, token), (ann, "")):
        answer = await site.ask(
            f"{path}/revoke", method="POST", cookies=cookies, data={"token": sent}
        )
        assert answer.status == 403, (cookies, sent)
    done = await site.ask(f"{path}/revoke", method="POST", cookies=ann, data={"token": token})
    assert (done.status, done.headers["Location"]) == (303, path)
    assert (await site.ask(site.link(job))).status == 410


async def test_a_page_speaks_the_language_of_the_browser_or_the_one_that_was_chosen(
    site: Site,
) -> None:
    path = site.link(await the_job(site, "discord:1", "closed"))
    german = await site.ask(path, headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de">' in german.text
    assert "Worauf es beruht" in german.text
    chosen = await site.ask(f"{path}?lang=en", headers={"Accept-Language": "de"})
    assert '<html lang="en">' in chosen.text
    assert "limner-language=en" in chosen.headers["Set-Cookie"]
    assert '<html lang="en">' in (await site.ask(f"{path}?lang=%0d%0axx")).text


async def test_who_guesses_links_is_slowed_down(site: Site) -> None:
    statuses = [(await site.ask(f"/p/{'A' * 90}{n}")).status for n in range(40)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/w/..%2f..%2fetc/j/passwd",
        "/p/%00",
        "/p/%0d%0aSet-Cookie:a=b",
    ],
)
async def test_paths_lead_nowhere_else(site: Site, path: str) -> None:
    from yarl import URL

    answer = await site.ask(str(URL(path, encoded=True)))
    assert answer.status in (400, 404), answer.status
    assert "Set-Cookie" not in answer.headers


async def test_no_page_shows_what_was_made_of_a_workspaces_messages(site: Site) -> None:
    theirs = "discord:1"
    job, drawn = await a_finished_job(site, theirs, "told")
    told = f"A red fox.\nMascot {TOLD}: green otter."
    async with site.store.workspace(theirs) as unit:
        grounded = replace((await unit.research.load(job.id)).grounded, text=told)
        await unit.research.save_grounding(job.id, grounded, notes=(), searched=True)
        again = an_illustration(
            job, id="PIC-again", position=1, sha256=drawn.sha256, parent_id=drawn.id
        )
        for picture in (drawn, again):
            changed = replace(picture.recipe, prompt=f"{picture.recipe.prompt}\n{told}")
            await unit.illustrations.save(replace(picture, recipe=changed))
    path = site.link(job)
    for name in ("", "/2", "/evidence.json", "/evidence.md", "/citation.bib", "/citation.json"):
        answer = await site.ask(f"{path}{name}")
        if name in ("", "/evidence.json"):
            assert b"red fox" in answer.body
        assert b"otter" not in answer.body

"""Untrusted feeds are read in worker processes, and a harmful feed ends only its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.fetching.fetcher import FetchSettings, SafeFetcher
from agent.ports import Fetched, Fetcher
from agent.providers.feed_reader import FeedEntry, read_feed
from agent.sandbox.pool import WorkerPool
from domain.errors import FetchFailed
from evaluation.peers import hostile_feeds
from evaluation.peers.newsstand import XML, Newsstand, Told, atom, newsstand, rss

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOLD = Told("The ferry & the fog", "https://x.example/1", "It is <late>.", NOON)


@pytest.fixture
async def stand() -> AsyncIterator[Newsstand]:
    async with newsstand() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[SafeFetcher]:
    opened = SafeFetcher(FetchSettings(total_timeout_s=30, allowed_networks=["127.0.0.0/8"]))
    yield opened
    await opened.aclose()


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    opened = WorkerPool(size=2)
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("written", [rss, atom])
async def test_rss_and_atom_say_the_same(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, written: type
) -> None:
    entries, at = await read_feed(fetcher, stand.serve(0, "feed", written([TOLD]), XML), pool=pool)
    assert entries == [
        FeedEntry(
            title="The ferry & the fog",
            url="https://x.example/1",
            summary=entries[0].summary,
            text=entries[0].summary,
            published_at=NOON,
        )
    ]
    assert entries[0].summary.startswith("It is")
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


async def test_addresses_may_be_relative_and_letters_of_any_encoding(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    body = rss([Told("Fähre", "/news/1")]).decode().replace('encoding="utf-8"', "")
    url = stand.serve(0, "feed", body.encode("latin-1"), "text/xml; charset=iso-8859-1")
    entries, _at = await read_feed(fetcher, url, pool=pool)
    assert [(e.title, e.url) for e in entries] == [("Fähre", stand.url(0, "news/1"))]


def test_any_bytes_are_a_feed_or_refused_in_words() -> None:
    with asyncio.Runner() as runner:
        pool = WorkerPool(size=1)

        @given(st.data())
        @settings(max_examples=25)
        def holds(data: st.DataObject) -> None:
            whole = data.draw(st.sampled_from([rss([TOLD, TOLD]), atom([TOLD]), b""]))
            place = data.draw(st.integers(0, len(whole)))
            broken = whole[:place] + data.draw(st.binary(max_size=40)) + whole[place + 3 :]
            header = data.draw(st.text(max_size=20))
            fetched = Fetched("https://x.example/f", 200, header, broken, NOON)

            class Given:
                async def get(self, url: str, **_parts: object) -> Fetched:
                    return fetched

            entries, why = runner.run(_outcome(cast("Fetcher", Given()), fetched.url, pool))
            assert "feed" in why or all(e.title and e.url.startswith("http") for e in entries)

        holds()
        runner.run(pool.aclose())


async def _outcome(
    fetcher: Fetcher, url: str, pool: WorkerPool | None = None
) -> tuple[list[FeedEntry], str]:
    """A feed's entries, or why there are none."""
    try:
        entries, _at = await read_feed(fetcher, url, pool=pool)
    except FetchFailed as error:
        return [], error.why
    return entries, ""


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", "text/plain; charset=x"])
async def test_a_feed_may_be_served_as_anything(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, kind: str
) -> None:
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", atom([TOLD]), kind), pool=pool)
    assert [entry.title for entry in entries] == [TOLD.title]


async def test_a_feed_that_is_cut_off_gives_what_came(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    whole = rss([TOLD, Told("Second", "https://x.example/2"), TOLD])
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", whole[:-200], XML), pool=pool)
    assert [e.title for e in entries][:2] == ["The ferry & the fog", "Second"]


async def test_entries_without_title_or_usable_address_are_left_out(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    odd = [Told("", "https://x.example/1"), Told("Two", "javascript:alert(1)"), Told("Three", "")]
    entries, _at = await read_feed(
        fetcher, stand.serve(0, "feed", rss([*odd, TOLD]), XML), pool=pool
    )
    assert [e.title for e in entries] == ["The ferry & the fog"]


@pytest.mark.parametrize("date", ["yesterday-ish", "0000-00-00", "31 Feb 2026", "-1"])
async def test_an_impossible_date_is_none(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, date: str
) -> None:
    told = Told("One", "https://x.example/1", date=date)
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", rss([told]), XML), pool=pool)
    assert [e.published_at for e in entries] == [None]


async def test_a_feed_that_is_the_name_of_a_file_opens_no_file(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss([Told("SECRET", "https://x.example/1")]))
    with pytest.raises(FetchFailed, match="an RSS, Atom or JSON feed"):
        await read_feed(fetcher, stand.serve(0, "feed", str(secret), XML), pool=pool)
    body = hostile_feeds.outside_entity(str(secret))
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", body, XML), pool=pool)
    assert not any("SECRET" in f"{e.title} {e.text}" for e in entries)


@pytest.mark.parametrize(
    "body", [b"", b"\0\xff\xfe" * 999, b"<html><body>Hello</body></html>", b"{}", b"BEGIN:VCARD"]
)
async def test_what_is_no_feed_is_said_to_be_none(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, body: bytes
) -> None:
    with pytest.raises(FetchFailed, match="it isn't an RSS, Atom or JSON feed"):
        await read_feed(fetcher, stand.serve(0, "feed", body, XML), pool=pool)


async def test_feeds_made_to_harm_cost_bounded_work(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    bodies = {
        "laughs": hostile_feeds.billion_laughs(),
        "quadratic": hostile_feeds.quadratic(),
        "nested": hostile_feeds.nested(50_000),
        "unclosed": hostile_feeds.unclosed(100_000),
        "brackets": hostile_feeds.broken_brackets(),
        "large": b" " * 50_000_000,
    }

    async def read(name: str) -> tuple[list[FeedEntry], str]:
        return await _outcome(fetcher, stand.serve(0, name, bodies[name], XML), pool)

    outcomes = dict(zip(bodies, await asyncio.gather(*map(read, bodies)), strict=True))
    assert outcomes["brackets"][1].startswith("its feed takes too")
    assert outcomes["large"] == ([], "it isn't an RSS, Atom or JSON feed")
    for name in ("laughs", "quadratic", "nested", "unclosed"):
        entries, why = outcomes[name]
        assert not why, (name, why)
        assert [e.url for e in entries] == ["https://x.example/1"] * 2
        assert all(len(e.title) <= 300 and len(e.text) <= 4000 for e in entries)


JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [
 {"id": "1", "url": "https://x.example/1", "title": "The ferry & the fog",
  "content_html": "<p>It is late.</p>", "date_published": "2026-03-04T13:00:00+01:00",
  "authors": [{"name": "Ada Holt"}]},
 {"id": "2", "title": "Two"}, 3]}"""


async def test_a_json_feed_is_read(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    url = stand.serve(0, "feed", JSON_FEED, "application/feed+json")
    entries, _at = await read_feed(fetcher, url, pool=pool)
    assert [(e.title, e.author, e.published_at) for e in entries] == [
        ("The ferry & the fog", "Ada Holt", NOON)
    ]
    assert entries[0].text == "It is late."


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_feeds_in_wide_characters_are_read(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, codec: str
) -> None:
    text = rss([Told("Fähre 渡し船", "https://x.example/1", "", NOON)]).decode()
    body = text.replace('encoding="utf-8"', 'encoding="utf-16"').encode(codec)
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", body, XML), pool=pool)
    assert [e.title for e in entries] == ["Fähre 渡し船"]


@pytest.mark.parametrize(
    "date",
    [
        "Mi, 04 März 2026 12:00:00 +0000",
        "mer., 04 mars 2026 12:00:00 +0000",
        "4 de marzo de 2026 12:00",
        "śr., 4 marca 2026 12:00:00",
        "4 марта 2026 г. 12:00",
        "2026年3月4日 12:00",
    ],
)
async def test_dates_of_other_languages_are_read(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher, date: str
) -> None:
    told = Told("One", "https://x.example/1", date=date)
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", rss([told]), XML), pool=pool)
    assert [e.published_at for e in entries] == [NOON]


async def test_the_newest_of_an_oldest_first_feed_are_kept(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    told = [
        Told(f"Story {n}", f"https://x.example/{n}", "", NOON + timedelta(hours=n))
        for n in range(250)
    ]
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", rss(told), XML), pool=pool)
    assert [e.title for e in entries[:2]] == ["Story 249", "Story 248"]
    assert len(entries) == 200


async def test_a_feed_over_the_limit_is_read_as_far_as_that(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    told = [Told(f"Story {n}", f"https://x.example/{n}", "x" * 60_000) for n in range(120)]
    entries, _at = await read_feed(fetcher, stand.serve(0, "feed", rss(told), XML), pool=pool)
    assert 50 < len(entries) < 120


async def test_the_feed_of_a_home_page_is_found(
    stand: Newsstand, pool: WorkerPool, fetcher: SafeFetcher
) -> None:
    stand.serve(0, "news/rss", rss([TOLD]), XML)
    home = stand.serve(
        0, "", "<html><head><link rel='alternate' type='application/rss+xml' href='/news/rss'>"
    )
    entries, _at = await read_feed(fetcher, home, pool=pool)
    assert [e.title for e in entries] == [TOLD.title]

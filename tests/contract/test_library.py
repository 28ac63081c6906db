"""The library finds what a person means, on SQLite and on Postgres alike."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from ulid import ULID

from domain.errors import NotFound
from domain.library import LibraryItem
from domain.research import SourceKind
from evaluation.peers.values import NOON
from storage.library import SqlLibrary


def an_item(
    title: str, text: str = "", *, workspace_id: str = "w1", **parts: object
) -> LibraryItem:
    kind = parts.pop("kind", SourceKind.PAGE)
    item_id = str(ULID())
    values: dict[str, object] = {
        "id": item_id,
        "workspace_id": workspace_id,
        "kind": kind,
        "title": title,
        "text": text,
        "url": f"library:{item_id}",
        "sha256": hashlib.sha256((title + text).encode()).hexdigest(),
        "added_at": NOON,
        **parts,
    }
    return LibraryItem(**values)  # type: ignore[arg-type]


@pytest.fixture
def library(database: AsyncEngine) -> SqlLibrary:
    return SqlLibrary(database)


async def titles(library: SqlLibrary, query: str, *, workspace_id: str = "w1") -> list[str]:
    return [m.title for m in await library.search(workspace_id, query, kind="page", limit=5)]


async def test_an_item_comes_back_as_it_was_added(library: SqlLibrary) -> None:
    item = an_item(
        "Portrait",
        "An astronaut",
        kind=SourceKind.PICTURE,
        author="NASA",
        license="Public domain",
        tags=("space",),
        width=10,
        height=20,
        phash="f" * 16,
    )
    assert await library.add(item) == item
    assert await library.list("w1") == [item]


async def test_the_same_content_again_updates_what_is_said_about_it(library: SqlLibrary) -> None:
    first = await library.add(an_item("Cat", "A cat.", sha256="c" * 64))
    again = await library.add(an_item("Chelsea", "A cat.", sha256="c" * 64, license="CC0"))
    assert again.id == first.id
    assert again.url == first.url
    assert await titles(library, "chelsea") == ["Chelsea"]
    assert len(await library.list("w1")) == 1


async def test_items_are_listed_a_page_at_a_time(library: SqlLibrary) -> None:
    items = [await library.add(an_item(f"Page {n}")) for n in range(5)]
    first = await library.list("w1", limit=3)
    rest = await library.list("w1", limit=3, after=first[-1].id)
    assert [*first, *rest] == sorted(items, key=lambda item: item.id)


async def test_a_title_counts_more_than_the_text(library: SqlLibrary) -> None:
    await library.add(an_item("Space missions", "One of them flew a rocket. " * 3))
    await library.add(an_item("Rocket", "It flies."))
    assert (await titles(library, "rocket"))[0] == "Rocket"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("EILEEN collins", "Eileen Collins"),
        ("eileen collins astronaut", "Eileen Collins"),
        ("rockets", "A rocket launch"),
        ("cafe creme", "Café crème"),
        ("富士山", "日本の富士山と桜"),
        ("قطة", "قطة سوداء"),
        ("hubble's deep-field", "Hubble Deep Field"),
    ],
)
async def test_words_are_found_in_any_form(library: SqlLibrary, query: str, title: str) -> None:
    for known in (
        "Eileen Collins",
        "A rocket launch",
        "Café crème",
        "日本の富士山と桜",
        "قطة سوداء",
        "Hubble Deep Field",
        "Golden Gate Bridge",
    ):
        await library.add(an_item(known, "An astronaut's page." if "Eileen" in known else ""))
    assert (await titles(library, query))[:1] == [title]


async def test_an_item_with_few_of_the_words_is_no_answer(library: SqlLibrary) -> None:
    await library.add(an_item("Tower Bridge"))
    assert await titles(library, "Golden Gate Bridge") == []


async def test_removed_items_are_found_no_more(library: SqlLibrary) -> None:
    item = await library.add(an_item("Rocket"))
    with pytest.raises(NotFound):
        await library.remove("w2", item.id)
    await library.remove("w1", item.id)
    assert await titles(library, "rocket") == []
    with pytest.raises(NotFound, match=item.id):
        await library.remove("w1", item.id)


async def test_a_workspace_finds_only_its_own(library: SqlLibrary) -> None:
    await library.add(an_item("Rocket"))
    await library.add(an_item("Rocket", workspace_id="w2", author="theirs"))
    found = await library.search("w1", "rocket", kind="page", limit=5)
    assert [match.author for match in found] == [None]
    assert await titles(library, "rocket", workspace_id="w3") == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60) | st.sampled_from(['" OR 1 --', "NEAR(a b)", "a* AND", "'&|!"]))
async def test_no_text_breaks_the_search(library: SqlLibrary, query: str) -> None:
    await library.search("w1", query, kind="page", limit=3)


async def test_a_long_page_is_kept_whole(library: SqlLibrary) -> None:
    text = " ".join(f"word{n}" for n in range(60_000))
    await library.add(an_item("Long", text))
    found = await library.search("w1", "word17", kind="page", limit=1)
    assert found[0].text == text

"""The library of each workspace: items and full-text search, FTS5 on SQLite, tsvector on Postgres.

Both databases index the same normalised words: case folded, accents removed, and text of scripts
that write no spaces cut into single characters, which are then searched as phrases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from domain.errors import NotFound
from domain.library import LibraryItem, LibraryMatch
from domain.normal_forms import normalized
from domain.research import SourceKind
from storage.database import READ_ONLY, translate_errors
from storage.repositories.base import ensure_workspace
from storage.rows import INDEX_TABLE, LibraryItemRow
from storage.sqlite import turn_to_write

MAX_TERMS = 32
MAX_INDEXED_CHARS = 200_000
"""Of a long page the beginning is indexed; Postgres' tsvector ends at 1 MB."""
MIN_COVERAGE = 0.6
"""Where no item holds all terms, an item with at least this share of them still counts."""
_UNSPACED = re.compile(
    r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]|"
    r"[\U00020000-\U0003ffff])"
)

SQLITE_SEARCH = text(
    f"SELECT item_id, -bm25({INDEX_TABLE}, 0, 0, 0, 8.0, 1.0) AS score FROM {INDEX_TABLE} "  # noqa: S608
    f"WHERE {INDEX_TABLE} MATCH :query AND workspace_id = :workspace_id AND kind = :kind "
    f"ORDER BY score DESC, item_id LIMIT :limit"
)
POSTGRES_SEARCH = text(
    f"SELECT item_id, ts_rank_cd(document, to_tsquery('english', :query), 1) AS score "  # noqa: S608
    f"FROM {INDEX_TABLE} WHERE document @@ to_tsquery('english', :query) "
    f"AND workspace_id = :workspace_id AND kind = :kind ORDER BY score DESC, item_id LIMIT :limit"
)
SQLITE_INSERT = text(
    f"INSERT INTO {INDEX_TABLE} (workspace_id, item_id, kind, title, body) "  # noqa: S608
    "VALUES (:workspace_id, :item_id, :kind, :title, :body)"
)
POSTGRES_INSERT = text(
    f"INSERT INTO {INDEX_TABLE} (workspace_id, item_id, kind, document) "  # noqa: S608
    "VALUES (:workspace_id, :item_id, :kind, setweight(to_tsvector('english', :title), 'A') || "
    "setweight(to_tsvector('english', :body), 'D'))"
)
INDEX_DELETE = text(
    f"DELETE FROM {INDEX_TABLE} WHERE workspace_id = :workspace_id AND item_id = :item_id"  # noqa: S608
)


class SqlLibrary:
    """Library items in the database; every method stays within the workspace it is given."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, item: LibraryItem) -> LibraryItem:
        """Keep an item; the same content again updates the existing item's details, and gives it
        back under its first id."""
        with translate_errors():
            async with _writing(self._engine) as session:
                await ensure_workspace(session, item.workspace_id)
                known = await session.scalar(
                    select(LibraryItemRow)
                    .where(
                        LibraryItemRow.workspace_id == item.workspace_id,
                        LibraryItemRow.kind == item.kind.value,
                        LibraryItemRow.sha256 == item.sha256,
                    )
                    .with_for_update()
                )
                row = known or LibraryItemRow(
                    workspace_id=item.workspace_id,
                    id=item.id,
                    kind=item.kind.value,
                    sha256=item.sha256,
                    added_at=item.added_at,
                    url=item.url,
                )
                if known is None or not item.url.startswith("library:"):
                    row.url = item.url
                row.title, row.text, row.tags = item.title, item.text, list(item.tags)
                row.author, row.license = item.author, item.license
                row.width, row.height, row.phash = item.width, item.height, item.phash
                session.add(row)
                await session.flush()
                await _reindex(await session.connection(), row)
                await session.refresh(row)
                return _item(row)

    async def list(
        self, workspace_id: str, *, limit: int = 50, after: str | None = None
    ) -> Sequence[LibraryItem]:
        """Items in the order of their ids, after that one."""
        with translate_errors():
            async with AsyncSession(self._engine) as session:
                await session.connection(execution_options={READ_ONLY: True})
                query = (
                    select(LibraryItemRow)
                    .where(LibraryItemRow.workspace_id == workspace_id)
                    .where(LibraryItemRow.id > (after or ""))
                    .order_by(LibraryItemRow.id)
                    .limit(limit)
                )
                return [_item(row) for row in await session.scalars(query)]

    async def remove(self, workspace_id: str, item_id: str) -> None:
        """Take an item out. Raises ``NotFound``."""
        with translate_errors():
            async with _writing(self._engine) as session:
                gone = await session.execute(
                    delete(LibraryItemRow)
                    .where(
                        LibraryItemRow.workspace_id == workspace_id, LibraryItemRow.id == item_id
                    )
                    .returning(LibraryItemRow.id)
                )
                if gone.first() is None:
                    raise NotFound("library item", item_id)
                await session.execute(
                    INDEX_DELETE, {"workspace_id": workspace_id, "item_id": item_id}
                )

    async def search(
        self, workspace_id: str, query: str, *, kind: str, limit: int
    ) -> Sequence[LibraryMatch]:
        """Items for any text a person may type, best first: those with every term, or else those
        with most of them."""
        terms = _terms(query)
        if not terms:
            return []
        with translate_errors():
            async with AsyncSession(self._engine) as session:
                await session.connection(execution_options={READ_ONLY: True})
                found = await _search(session, workspace_id, terms, kind, limit, every=True)
                if found or len(terms) == 1:
                    return found
                some = await _search(session, workspace_id, terms, kind, limit, every=False)
                return [match for match in some if _coverage(match, terms) >= MIN_COVERAGE]


@asynccontextmanager
async def _writing(engine: AsyncEngine) -> AsyncGenerator[AsyncSession]:
    async with turn_to_write(engine), AsyncSession(engine) as session, session.begin():
        yield session


async def _search(
    session: AsyncSession,
    workspace_id: str,
    terms: Sequence[str],
    kind: str,
    limit: int,
    *,
    every: bool,
) -> list[LibraryMatch]:
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:
        query = (" & " if every else " | ").join(_postgres_term(term) for term in terms)
    else:
        query = (" AND " if every else " OR ").join(f'"{term}"' for term in terms)
    ranked = (
        await session.execute(
            POSTGRES_SEARCH if postgres else SQLITE_SEARCH,
            {"query": query, "workspace_id": workspace_id, "kind": kind, "limit": limit},
        )
    ).all()
    if not ranked:
        return []
    rows = await session.scalars(
        select(LibraryItemRow).where(
            LibraryItemRow.workspace_id == workspace_id,
            LibraryItemRow.id.in_([item_id for item_id, _score in ranked]),
        )
    )
    by_id = {row.id: row for row in rows}
    return [_match(by_id[item_id], float(score)) for item_id, score in ranked if item_id in by_id]


async def _reindex(connection: AsyncConnection, row: LibraryItemRow) -> None:
    key = {"workspace_id": row.workspace_id, "item_id": row.id}
    await connection.execute(INDEX_DELETE, key)
    postgres = connection.dialect.name == "postgresql"
    await connection.execute(
        POSTGRES_INSERT if postgres else SQLITE_INSERT,
        {
            **key,
            "kind": row.kind,
            "title": normalised(" ".join([row.title, *row.tags]))[:MAX_INDEXED_CHARS],
            "body": normalised(row.text)[:MAX_INDEXED_CHARS],
        },
    )


def normalised(text: str) -> str:
    """Case folded, without accents, unspaced scripts cut into characters; only words are left."""
    plain = normalized("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", _UNSPACED.sub(r" \1 ", normalized("NFC", plain))))


def _terms(query: str) -> list[str]:
    """The words of a query; a run of an unspaced script is one term, its characters apart."""
    plain = normalized("NFKD", query.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"\w+", normalized("NFC", plain).replace("_", " "))
    spaced = [" ".join(_UNSPACED.sub(r" \1 ", word).split()) for word in words]
    return list(dict.fromkeys(spaced))[:MAX_TERMS]


def _postgres_term(term: str) -> str:
    return "(" + " <-> ".join(f"'{part}'" for part in term.split()) + ")"


def _coverage(match: LibraryMatch, terms: Sequence[str]) -> float:
    """The share of the terms that an item holds, endings aside."""
    words = f" {normalised(match.title)} {normalised(match.text)}"
    held = sum(f" {term[: max(4, len(term) - 2)]}" in words for term in terms)
    return held / len(terms)


def _item(row: LibraryItemRow) -> LibraryItem:
    return LibraryItem(
        id=row.id,
        workspace_id=row.workspace_id,
        kind=SourceKind(row.kind),
        title=row.title,
        text=row.text,
        url=row.url,
        sha256=row.sha256,
        added_at=row.added_at.astimezone(UTC),
        author=row.author,
        license=row.license,
        tags=tuple(row.tags),
        width=row.width,
        height=row.height,
        phash=row.phash,
    )


def _match(row: LibraryItemRow, score: float) -> LibraryMatch:
    return LibraryMatch(
        id=row.id,
        kind=row.kind,
        title=row.title,
        text=row.text,
        url=row.url,
        sha256=row.sha256,
        added_at=row.added_at,
        score=score,
        author=row.author,
        license=row.license,
        width=row.width,
        height=row.height,
    )

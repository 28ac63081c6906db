"""Filling a workspace's library: files, folders and addresses become pages and pictures."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from ulid import ULID

from agent.ports import Fetched
from app.library_files import (
    MAX_FILE_BYTES,
    PAGE_TYPES,
    PICTURE_TYPES,
    media_type_of,
    read_file,
    usable_files,
)
from domain.errors import InvalidRequest, UnusableReference
from domain.library import LibraryItem
from domain.pictures import CheckedPicture
from domain.research import SourceKind
from domain.translation.messages import gettext

MAX_PAGE_CHARS = 500_000


class LibraryStore(Protocol):
    """The repository of library items."""

    async def add(self, item: LibraryItem) -> LibraryItem:
        """Keep an item; the same content again updates the one that is there."""
        ...

    async def list(
        self, workspace_id: str, *, limit: int = 50, after: str | None = None
    ) -> Sequence[LibraryItem]:
        """Items in the order of their ids, after that one."""
        ...

    async def remove(self, workspace_id: str, item_id: str) -> None:
        """Take an item out. Raises ``NotFound``."""
        ...


class Blobs(Protocol):
    """The store of the pictures' bytes."""

    async def put(self, workspace_id: str, data: bytes) -> str:
        """Keep the bytes and give their SHA-256."""
        ...


class Decoder(Protocol):
    """Decodes untrusted pictures safely."""

    async def decode(self, data: bytes, *, max_pixels: int = 2_000_000) -> CheckedPicture:
        """Check and re-encode. Raises ``UnusableReference``."""
        ...


class AddressReader(Protocol):
    """Opens untrusted addresses safely."""

    async def get(self, url: str, *, max_bytes: int = 5_000_000) -> Fetched:
        """Read an address. Raises ``FetchFailed``."""
        ...


class PageText(Protocol):
    """The main text of a page, without navigation and the like."""

    @property
    def title(self) -> str:
        """The page's title; empty where it has none."""
        ...

    @property
    def text(self) -> str:
        """Its readable text."""
        ...

    @property
    def author(self) -> str | None:
        """The author, where the page names one."""
        ...


class PageReader(Protocol):
    """Extracts the readable text of a page."""

    async def __call__(self, body: bytes, *, url: str, media_type: str) -> PageText:
        """The page's text. Raises ``FetchFailed`` when nothing readable is in it."""
        ...


class LibraryImporter:
    """Adds to, lists and removes from the library of one workspace at a time."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        blobs: Blobs,
        decoder: Decoder,
        fetcher: AddressReader,
        read_page: PageReader,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._decoder = decoder
        self._fetcher = fetcher
        self._read_page = read_page

    async def add(
        self,
        workspace_id: str,
        source: str,
        *,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
        tags: Sequence[str] = (),
    ) -> list[LibraryItem]:
        """Add a file, every usable file below a folder, or what an address holds.

        Title, author, license and tags are for all that is added; a missing title is taken from
        the page or the file's name, a missing author or license stays unknown.

        Raises:
            InvalidRequest: Nothing usable is there; the message says why.
            FetchFailed: The address cannot be read.
            UnusableReference: The single file or address is a picture that cannot be used.
        """
        if re.match(r"(?i)https?://", source):
            return [
                await self.add_address(
                    workspace_id, source, title=title, author=author, license=license, tags=tags
                )
            ]
        files = await asyncio.to_thread(usable_files, source)
        single = len(files) == 1
        added: list[LibraryItem] = []
        for path in files:
            data = await asyncio.to_thread(read_file, path)
            try:
                item = await self._add_bytes(
                    workspace_id,
                    data,
                    url=path.resolve().as_uri(),
                    name=path.name,
                    media_type=media_type_of(path),
                    title=title if single else None,
                    author=author,
                    license=license,
                    tags=tags,
                )
            except (UnusableReference, InvalidRequest):
                if single:
                    raise
                continue
            added.append(item)
        if not added:
            raise InvalidRequest(
                (
                    gettext(
                        "Nothing in {source!r} could be used; add pictures (PNG, JPEG, "
                        "WebP, GIF) or texts (txt, md, html).",
                        source=source,
                    )
                ),
                field="source",
            )
        return added

    async def add_address(
        self,
        workspace_id: str,
        address: str,
        *,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
        tags: Sequence[str] = (),
    ) -> LibraryItem:
        """Add what a web address holds.

        Raises:
            InvalidRequest: Nothing usable is there; the message says why.
            FetchFailed: The address cannot be read.
            UnusableReference: It is a picture that cannot be used.
        """
        fetched = await self._fetcher.get(address, max_bytes=MAX_FILE_BYTES)
        return await self._add_bytes(
            workspace_id,
            fetched.body,
            url=fetched.url,
            name=_name_in(fetched.url),
            media_type=fetched.media_type.partition(";")[0].strip().lower(),
            title=title,
            author=author,
            license=license,
            tags=tags,
        )

    async def read(self, address: str) -> tuple[str, bytes]:
        """A name for what a web address holds, and its bytes; nothing is added.

        Raises:
            FetchFailed: The address cannot be read.
        """
        fetched = await self._fetcher.get(address, max_bytes=MAX_FILE_BYTES)
        return _name_in(fetched.url), fetched.body

    async def add_upload(
        self,
        workspace_id: str,
        name: str,
        data: bytes,
        *,
        title: str | None = None,
        author: str | None = None,
        license: str | None = None,
    ) -> LibraryItem:
        """Add a file sent by a user; ``name`` only decides its kind.

        Raises:
            InvalidRequest: It is of no kind that the library takes.
            UnusableReference: It is a picture that cannot be used.
        """
        path = Path(Path(name).name or "file")
        return await self._add_bytes(
            workspace_id,
            data,
            url="",
            name=path.name,
            media_type=media_type_of(path),
            title=title,
            author=author,
            license=license,
            tags=(),
        )

    async def add_item(
        self,
        workspace_id: str,
        *,
        kind: SourceKind,
        title: str,
        text: str,
        data: bytes | None = None,
        author: str | None = None,
        license: str | None = None,
        url: str | None = None,
        tags: Sequence[str] = (),
    ) -> LibraryItem:
        """Add one page (no ``data``) or picture with all its details.

        Raises:
            UnusableReference: The picture cannot be used.
        """
        picture = None
        if kind is SourceKind.PICTURE:
            picture = await self._decoder.decode(data or b"")
            sha256 = await self._blobs.put(workspace_id, picture.data)
        else:
            sha256 = hashlib.sha256(text.encode()).hexdigest()
        item_id = str(ULID())
        return await self._store.add(
            LibraryItem(
                id=item_id,
                workspace_id=workspace_id,
                kind=kind,
                title=title[:300],
                text=text[:MAX_PAGE_CHARS],
                url=url or f"library:{item_id}",
                sha256=sha256,
                added_at=datetime.now(UTC),
                author=author,
                license=license,
                tags=tuple(tags),
                width=picture.width if picture else None,
                height=picture.height if picture else None,
                phash=picture.phash if picture else None,
            )
        )

    async def list(
        self, workspace_id: str, *, limit: int = 50, after: str | None = None
    ) -> Sequence[LibraryItem]:
        """The items of a workspace, a page at a time."""
        return await self._store.list(workspace_id, limit=limit, after=after)

    async def remove(self, workspace_id: str, item_id: str) -> None:
        """Take an item out; pictures made with it stay. Raises ``NotFound``."""
        await self._store.remove(workspace_id, item_id)

    async def _add_bytes(
        self,
        workspace_id: str,
        data: bytes,
        *,
        url: str,
        name: str,
        media_type: str,
        title: str | None,
        author: str | None,
        license: str | None,
        tags: Sequence[str],
    ) -> LibraryItem:
        if media_type in PICTURE_TYPES:
            shown = title or _readable(name)
            return await self.add_item(
                workspace_id,
                kind=SourceKind.PICTURE,
                title=shown,
                text=shown,
                data=data,
                author=author,
                license=license,
                url=url,
                tags=tags,
            )
        if media_type not in PAGE_TYPES:
            raise InvalidRequest(
                gettext(
                    "{name!r} isn't a picture (PNG, JPEG, WebP, GIF) or a text (txt, md, html).",
                    name=name,
                ),
                field="source",
            )
        page = await self._read_page(data, url=url, media_type=media_type)
        if not page.text.strip():
            raise InvalidRequest(
                gettext("{name!r} has no readable text.", name=name), field="source"
            )
        return await self.add_item(
            workspace_id,
            kind=SourceKind.PAGE,
            title=title or page.title or _readable(name),
            text=page.text,
            author=author or page.author,
            license=license,
            url=url,
            tags=tags,
        )


def _name_in(url: str) -> str:
    return Path(url.partition("?")[0]).name or url


def _readable(name: str) -> str:
    return re.sub(r"[-_\s]+", " ", Path(name).stem).strip() or name

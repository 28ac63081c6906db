"""Page previews: what a chat may show of one of our pages whose address was posted there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from domain.errors import NotFound
from jobs.common.views import JobView
from jobs.services.page_links import LinkKind, SignedPageLinks
from jobs.services.pages import OpenedPage, PageService

_BY_LINK: Final = re.compile(r"/p/([\w-]+)(?:/(\d{1,2}))?/?")
_OF_WORKSPACE: Final = re.compile(r"/w/([\w-]+)/j/([0-9A-Za-z]+)(?:/(\d{1,2}))?/?")


@dataclass(frozen=True, slots=True)
class PagePreview:
    """A job whose page is shown, as its page shows it, and which of its pictures."""

    view: JobView
    illustration_id: str
    thumbnail: str
    """The address of a small JPEG of it."""


class PagePreviews:
    """Looks up pages by their addresses."""

    def __init__(self, *, links: SignedPageLinks, pages: PageService) -> None:
        self._links = links
        self._pages = pages

    async def preview(self, address: str, workspace_id: str) -> PagePreview | None:
        """The part of the page at an address that all members of that workspace may see: a page of
        theirs that its link opens, or one that any workspace publishes. None for every other
        address, and where the page is private, was revoked or is gone."""
        path = self._path(address)
        if path is None:
            return None
        try:
            opened, number = await self._opened(path, workspace_id)
            page = await self._pages.page(opened, number)
        except NotFound:
            return None
        base = f"{self._links.base}{_without_number(path)}"
        return PagePreview(page.view, page.picture.id, f"{base}/{number}/thumb")

    def _path(self, address: str) -> str | None:
        """The part of an address behind that of the pages; None where it is elsewhere."""
        try:
            found, base = urlsplit(address), urlsplit(self._links.base)
        except ValueError:
            return None
        same = (found.scheme, found.netloc.lower()) == (base.scheme, base.netloc.lower())
        if not same or not found.path.startswith(base.path):
            return None
        return found.path.removeprefix(base.path)

    async def _opened(self, path: str, workspace_id: str) -> tuple[OpenedPage, int]:
        """The page and the number of its picture. Raises ``NotFound``."""
        if link := _BY_LINK.fullmatch(path):
            opened = await self._pages.open_link(link[1])
            if opened.workspace_id != workspace_id:
                opened = await self._pages.open_public(opened.workspace_id, opened.job.id)
            return opened, int(link[2] or 1)
        if page := _OF_WORKSPACE.fullmatch(path):
            site = self._links.signer.read(page[1], LinkKind.WORKSPACE).workspace_id
            return await self._pages.open_public(site, page[2]), int(page[3] or 1)
        raise NotFound("page", "link")


def _without_number(path: str) -> str:
    """The path of a page without the number of a picture."""
    return re.sub(r"/\d{1,2}/?$|/$", "", path)

"""The workspace's own library as a search provider."""

from __future__ import annotations

from collections.abc import Sequence

from agent.ports import LibrarySearch, PageHit, PictureHit, SearchProvider
from agent.providers.spec import Access, ProviderSpec
from domain.requests import Rights
from domain.research import SourceKind


class LibraryProvider:
    """Answers from the local database, without a network."""

    name = "library"
    local = True
    alternative = False
    kinds = frozenset({SourceKind.PAGE, SourceKind.PICTURE})

    def __init__(self, library: LibrarySearch) -> None:
        self._library = library

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Pages of the library, best first, each with its whole text."""
        found = await self._library.search(workspace_id, query, kind="page", limit=limit)
        return [
            PageHit(
                provider=self.name,
                title=hit.title,
                url=hit.url,
                text=hit.text,
                fetched_at=hit.added_at,
                license=hit.license,
                author=hit.author,
            )
            for hit in found
        ]

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures of the library, best first; their bytes lie in the blob store already."""
        found = await self._library.search(workspace_id, query, kind="picture", limit=limit)
        return [
            PictureHit(
                provider=self.name,
                title=hit.title,
                url=hit.url,
                page_url=hit.url,
                found_at=hit.added_at,
                caption=hit.text,
                license=hit.license,
                author=hit.author,
                width=hit.width,
                height=hit.height,
                blob=hit.sha256,
            )
            for hit in found
            if rights is not Rights.LICENSED or hit.license
        ]


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return LibraryProvider(access.library)


SPEC = ProviderSpec(name="library", title="The workspace's library", build=build)

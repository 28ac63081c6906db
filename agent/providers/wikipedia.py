"""Wikipedia through its Action API (https://www.mediawiki.org/wiki/API:Search)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from agent.ports import Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.answers import by_index, json_object, part, parts, web_address
from agent.providers.spec import Access, ProviderSpec
from agent.sandbox.found_texts import one_line, paragraphs
from domain.requests import Rights
from domain.research import SourceKind

LICENSE = "CC BY-SA 4.0"
AUTHOR = "Wikipedia contributors"


class WikipediaProvider:
    """Articles with their introductions; ``base_url`` names the language's site."""

    name = "wikipedia"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PAGE})

    def __init__(self, fetcher: Fetcher, *, base_url: str) -> None:
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Articles for a query, best first. Raises ``ProviderUnavailable``."""
        answer, fetched = await json_object(
            self._fetcher,
            self.name,
            f"{self._base_url}/w/api.php",
            {
                "action": "query",
                "format": "json",
                "formatversion": "2",
                "generator": "search",
                "gsrsearch": query[:300],
                "gsrlimit": str(min(limit, 20)),
                "prop": "extracts|info",
                "exintro": "1",
                "explaintext": "1",
                "exlimit": "20",
                "inprop": "url",
                "redirects": "1",
            },
        )
        found = by_index(parts(part(answer, "query").get("pages")))
        hits: list[PageHit] = []
        for page in found:
            title, text = one_line(page.get("title")), paragraphs(page.get("extract"))
            if not title or not text:
                continue
            address = web_address(page.get("fullurl")) or (
                f"{self._base_url}/wiki/{quote(title.replace(' ', '_'))}"
            )
            hits.append(
                PageHit(
                    provider=self.name,
                    title=title,
                    url=address,
                    text=text,
                    fetched_at=fetched.fetched_at,
                    license=LICENSE,
                    author=AUTHOR,
                )
            )
        return hits

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Nothing: Wikipedia's pictures are found at Wikimedia Commons, with their licenses."""
        return []


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return WikipediaProvider(access.fetcher, base_url=access.base_url)


SPEC = ProviderSpec(
    name="wikipedia",
    title="Wikipedia",
    base_url="https://wikipedia.org",
    localized=True,
    about_address="Another address for Wikipedia; leave empty for the public one.",
    public_host="wikipedia.org",
    shared=True,
    build=build,
)

"""Wikipedia through its Action API (https://www.mediawiki.org/wiki/API:Search)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from agent.ports import Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.answers import by_index, json_object, part, parts, web_address
from agent.providers.asked_language import get_asked_language
from agent.providers.spec import Access, ProviderSpec
from agent.sandbox.found_texts import one_line, paragraphs
from domain.requests import Rights
from domain.research import SourceKind

LICENSE = "CC BY-SA 4.0"
AUTHOR = "Wikipedia contributors"
_SITES: Final = """
ar bg bn ca cs da de el en es et fa fi fr he hi hu id it ja ko lt lv ms nl nn no pl pt ro ru sk sl
sr sv ta th tr uk ur vi zh
"""
LANGUAGES: Final = {code: code for code in _SITES.split()} | {"nb": "no"}
"""The languages of large sites (ISO 639-1), with the names of their hosts."""
_SITE: Final = re.compile(r"^(https://)[a-z]{2,3}(\.wikipedia\.org)$")


class WikipediaProvider:
    """Articles with their introductions, in the language of the request where the address is that
    of a public language site, otherwise in that of ``base_url``."""

    name = "wikipedia"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PAGE})

    def __init__(self, fetcher: Fetcher, *, base_url: str) -> None:
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Articles for a query, best first. Raises ``ProviderUnavailable``."""
        own = self._site_of(get_asked_language())
        hits = await self._pages(own, query, limit=limit)
        return (
            hits
            if hits or own == self._base_url
            else await self._pages(self._base_url, query, limit=limit)
        )

    def _site_of(self, language: str) -> str:
        """The address of a language's site; the provider's own where there is no other."""
        if language not in LANGUAGES:
            return self._base_url
        return _SITE.sub(rf"\g<1>{LANGUAGES[language]}\g<2>", self._base_url)

    async def _pages(self, base_url: str, query: str, *, limit: int) -> Sequence[PageHit]:
        answer, fetched = await json_object(
            self._fetcher,
            self.name,
            f"{base_url}/w/api.php",
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
                f"{base_url}/wiki/{quote(title.replace(' ', '_'))}"
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

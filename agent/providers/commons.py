"""Wikimedia Commons: free pictures with their licenses and authors, through its Action API
(https://www.mediawiki.org/wiki/API:Imageinfo)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.ports import Fetcher, PageHit, PictureHit, SearchProvider
from agent.providers.answers import by_index, json_object, part, parts, web_address
from agent.providers.credits import author_of, license_of
from agent.providers.spec import Access, ProviderSpec
from agent.sandbox.found_texts import one_line, pixels
from domain.requests import Rights
from domain.research import SourceKind

MIME_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
FIELDS = (
    "LicenseShortName|LicenseUrl|Artist|Credit|Attribution|AttributionRequired|Restrictions"
    "|ImageDescription|ObjectName"
)
WIDTH = 1280
"""Pixels: Commons serves a scaled copy, instead of a 50 MB scan."""


class CommonsProvider:
    """Pictures of Wikimedia Commons."""

    name = "commons"
    local = False
    alternative = False
    kinds = frozenset({SourceKind.PICTURE})

    def __init__(self, fetcher: Fetcher, *, base_url: str) -> None:
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")

    async def pages(self, query: str, *, workspace_id: str, limit: int) -> Sequence[PageHit]:
        """Nothing: Commons holds pictures."""
        return []

    async def pictures(
        self, query: str, *, workspace_id: str, limit: int, rights: Rights
    ) -> Sequence[PictureHit]:
        """Pictures for a query, best first. Raises ``ProviderUnavailable``."""
        if rights is Rights.LIBRARY:
            return []
        answer, fetched = await json_object(
            self._fetcher,
            self.name,
            f"{self._base_url}/w/api.php",
            {
                "action": "query",
                "format": "json",
                "formatversion": "2",
                "generator": "search",
                "gsrsearch": f"filetype:bitmap {query[:300]}",
                "gsrnamespace": "6",
                "gsrlimit": str(min(limit * 2, 30)),
                "prop": "imageinfo",
                "iiprop": "url|size|mime|extmetadata",
                "iiurlwidth": str(WIDTH),
                "iiextmetadatafilter": FIELDS,
            },
        )
        found = by_index(parts(part(answer, "query").get("pages")))
        hits: list[PictureHit] = []
        for page in found:
            for info in parts(page.get("imageinfo"))[:1]:
                url = web_address(info.get("thumburl")) or web_address(info.get("url"))
                if url is None or str(info.get("mime")) not in MIME_TYPES:
                    continue
                hit = _hit(self.name, page, info, url, fetched.fetched_at)
                if rights is not Rights.LICENSED or hit.license:
                    hits.append(hit)
        return hits[:limit]


def _hit(
    provider: str, page: Mapping[str, Any], info: Mapping[str, Any], url: str, found_at: datetime
) -> PictureHit:
    about = part(info, "extmetadata")
    name = one_line(page.get("title")).removeprefix("File:").rsplit(".", 1)[0].replace("_", " ")
    scaled = "thumburl" in info
    return PictureHit(
        provider=provider,
        title=one_line(part(about, "ObjectName").get("value")) or name,
        url=url,
        page_url=web_address(info.get("descriptionurl")) or url,
        found_at=found_at,
        caption=one_line(part(about, "ImageDescription").get("value"), most=500),
        license=license_of(about),
        author=author_of(about),
        width=pixels(info.get("thumbwidth" if scaled else "width")),
        height=pixels(info.get("thumbheight" if scaled else "height")),
    )


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return CommonsProvider(access.fetcher, base_url=access.base_url)


SPEC = ProviderSpec(
    name="commons",
    title="Wikimedia Commons",
    base_url="https://commons.wikimedia.org",
    about_address="Address of Wikimedia Commons.",
    public_host="wikimedia.org",
    shared=True,
    build=build,
)

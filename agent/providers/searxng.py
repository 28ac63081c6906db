"""SearXNG: a search engine of one's own, with JSON switched on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs, urljoin, urlsplit

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import MAX_URL_CHARS, json_object
from agent.providers.asked_language import get_foreign_language
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider, results
from agent.sandbox.found_texts import one_line
from domain.errors import ProviderUnavailable
from domain.research import SourceKind
from domain.translation.messages import gettext

_RESOLUTION = re.compile(r"(\d{1,6})\s*[x×]\s*(\d{1,6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SearXng:
    """A SearXNG of one's own, with JSON switched on
    (https://docs.searxng.org/dev/search_api.html)."""

    base_url: str
    name: str = "searxng"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask for one category."""
        pages = "news" if self.news else "general"
        category = pages if kind is SourceKind.PAGE else "images"
        params = {"q": query, "format": "json", "categories": category}
        if self.news:
            params["time_range"] = "week"
        if (language := get_foreign_language()) is not None:
            params["language"] = language
        answer, fetched = await json_object(fetcher, self.name, f"{self.base_url}/search", params)
        self._check(answer, fetched)
        return answer, fetched

    def _check(self, answer: Answer, fetched: Fetched) -> None:
        """Refuse an empty answer for which engines did not answer: it says nothing about what
        there is. Raises ``ProviderUnavailable``."""
        silent: object = answer.get("unresponsive_engines")
        if answer.get("results") or not isinstance(silent, list) or not silent:
            return
        reasons = [_engine_failure(entry) for entry in cast("Sequence[object]", silent)[:3]]
        why = gettext(
            "its engines did not answer ({one_line})",
            one_line=one_line("; ".join(reasons), most=120),
        )
        raise ProviderUnavailable(self.name, why, retry_after_s=fetched.retry_after_s)

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Results with their content."""
        return [
            Found(
                r.get("title"),
                self._whole(r.get("url")),
                r.get("content"),
                published=r.get("publishedDate"),
            )
            for r in results(answer)
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """Results with their picture's address."""
        return [self._picture(r) for r in results(answer)]

    def _picture(self, result: Answer) -> Found:
        width, height = _size(result.get("resolution"))
        return Found(
            result.get("title"),
            self._whole(result.get("img_src")),
            page_url=self._whole(result.get("url")),
            width=width,
            height=height,
        )

    def _whole(self, address: object) -> object:
        """An address with its host: engines give relative ones, and with ``image_proxy`` on the
        picture's own address is a parameter of SearXNG's."""
        if not isinstance(address, str) or not address or len(address) > MAX_URL_CHARS:
            return None
        if address.startswith("//"):
            return address
        try:
            whole = urljoin(f"{self.base_url}/", address)
            asked = urlsplit(whole)
        except ValueError:
            return None
        original = parse_qs(asked.query).get("url") if asked.path.endswith("/image_proxy") else None
        return original[0] if original else whole


def _engine_failure(entry: object) -> str:
    """An engine and why it did not answer: a pair, or its name alone."""
    parts_told = cast("Sequence[object]", entry) if isinstance(entry, list) else [entry]
    return ": ".join(str(part)[:60] for part in parts_told[:2])


def _size(resolution: object) -> tuple[int | None, int | None]:
    """Width and height as SearXNG writes them: "1600 x 1200", "1600×1200 px"."""
    found = _RESOLUTION.search(resolution[:40]) if isinstance(resolution, str) else None
    return (int(found[1]), int(found[2])) if found else (None, None)


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    return WebProvider(SearXng(access.base_url, news=access.news), access.fetcher)


SPEC = ProviderSpec(
    name="searxng",
    title="SearXNG",
    base_url="",
    about_address="Address of your own SearXNG, with its JSON format enabled.",
    needs_address=True,
    gives_news=True,
    build=build,
)

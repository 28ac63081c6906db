"""GDELT: news of the last months, without a key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.ports import Fetched, Fetcher, SearchProvider
from agent.providers.answers import json_object, parts
from agent.providers.spec import Access, ProviderSpec
from agent.providers.web import Answer, Found, WebProvider
from domain.research import SourceKind


@dataclass(frozen=True, slots=True)
class Gdelt:
    """News of the last months through GDELT's DOC 2 interface; articles have titles and no text.
    With ``news`` those of the last days, the newest first."""

    base_url: str
    name: str = "gdelt"
    news: bool = False

    async def ask(
        self, fetcher: Fetcher, query: str, *, kind: SourceKind, limit: int
    ) -> tuple[Answer, Fetched]:
        """Ask for a list of articles, which holds their pictures too."""
        params = {"query": query, "mode": "ArtList", "format": "json", "maxrecords": str(limit * 2)}
        if self.news:
            params |= {"timespan": "3d", "sort": "DateDesc"}
        address = f"{self.base_url}/api/v2/doc/doc"
        return await json_object(fetcher, self.name, address, params, mend=_mended)

    def pages(self, answer: Answer) -> Sequence[Found]:
        """Articles, of which only the title is known."""
        return [
            Found(a.get("title"), a.get("url"), a.get("title"), published=a.get("seendate"))
            for a in parts(answer.get("articles"))
        ]

    def pictures(self, answer: Answer) -> Sequence[Found]:
        """The pictures that articles are shared with."""
        return [
            Found(a.get("title"), a.get("socialimage"), page_url=a.get("url"))
            for a in parts(answer.get("articles"))
        ]


_BROKEN = re.compile(rb'\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]|\\|[\x00-\x1f]')


def _mended(body: bytes) -> bytes:
    """Its JSON without what is none: it copies titles with backslashes and control characters as
    they are. What it says in words in place of JSON becomes an error."""
    plain = body.strip()
    if plain and not plain.startswith((b"{", b"[", b"<")):
        words: dict[str, object] = {"error": plain[:300].decode("utf-8", "replace")}
        return json.dumps(words).encode()
    text = body.decode("utf-8", "replace").encode()
    return _BROKEN.sub(lambda found: _KEPT.get(found[0], found[0]), text)


_KEPT: Mapping[bytes, bytes] = {b"\\": b"", **{bytes([code]): b" " for code in range(32)}}


def build(access: Access) -> SearchProvider:
    """The provider, as the settings say."""
    # It answers once in five seconds; the news desk has the time to wait for that.
    paced = access.news and access.is_public
    engine = Gdelt(access.base_url, news=access.news)
    return WebProvider(engine, access.fetcher, interval_s=5.0 if paced else 0.0)


SPEC = ProviderSpec(
    name="gdelt",
    title="GDELT",
    base_url="https://api.gdeltproject.org",
    public_host="gdeltproject.org",
    shared=True,
    gives_news=True,
    build=build,
)

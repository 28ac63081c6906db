"""Published news illustrations as Atom, RSS and JSON Feed, and oEmbed of published pages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from domain.errors import NotFound
from domain.news import Story
from domain.pages import GalleryEntry, GalleryQuery
from jobs.services.pages import Sight
from web.pages import citations, responses
from web.pages.evidence import credit_line, evidence_page, shortened
from web.pages.rendering import rendered
from web.pages.site import Opens, Route, SiteParts, Visitors
from web.pages.words import words

ITEMS: Final = 30
FEED_S: Final = 300
MAX_URL_CHARS: Final = 2_000
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TYPES: Final = {
    "feed.atom": "application/atom+xml; charset=utf-8",
    "feed.rss": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A news illustration in a feed."""

    id: str
    address: str
    picture: str
    title: str
    text: str
    alt: str
    credit: str
    label: str
    at: datetime
    corrections: tuple[str, ...]

    @property
    def html(self) -> str:
        """The picture with its credit line and the words, as HTML."""
        words_ = "".join(f"<p>{escape(text)}</p>" for text in (self.text, *self.corrections))
        return (
            f'<figure><img src="{escape(self.picture)}" alt="{escape(self.alt)}"><figcaption>'
            f"{escape(self.label)}. {escape(self.credit)}</figcaption></figure>{words_}"
        )

    @property
    def iso(self) -> str:
        """The time of publication, as RFC 3339."""
        return self.at.isoformat(timespec="seconds")

    @property
    def mail(self) -> str:
        """The same as RFC 2822, which RSS wants."""
        return format_datetime(self.at)


class FeedHandlers:
    """Answers for what a workspace publishes."""

    def __init__(self, parts: SiteParts, visitors: Visitors) -> None:
        self._parts = parts
        self._visitors = visitors

    @property
    def routes(self) -> list[Route]:
        """The feeds of a workspace, and oEmbed for all."""
        feeds = [Route("GET", f"/w/{{site}}/{name}", self.feed, Opens.GALLERY) for name in TYPES]
        return [*feeds, Route("GET", "/oembed", self.oembed, Opens.ANYONE)]

    async def feed(self, request: web.Request) -> web.Response:
        """The newest published news illustrations."""
        site = request.match_info["site"]
        workspace_id = self._visitors.workspace_of(site)
        channels = await self._parts.pages.published_channels(workspace_id)
        if not channels:
            raise NotFound("feed", "workspace")
        query = GalleryQuery(channels=channels, news_only=True, limit=ITEMS)
        entries, _more = await self._parts.pages.gallery(workspace_id, query)
        stories = await self._parts.pages.stories(entries)
        home = f"{self._parts.links.base}/w/{site}"
        pairs = zip(entries, stories, strict=True)
        items = [_item(entry, story, home) for entry, story in pairs]
        name = request.path.rpartition("/")[2]
        data = (
            _json(items, home, f"{home}/{name}") if name == "feed.json" else _xml(name, items, home)
        )
        return responses.file(data, TYPES[name], sight=Sight.PUBLIC, seconds=FEED_S)

    async def oembed(self, request: web.Request) -> web.Response:
        """oEmbed: the preview of a published page whose address was pasted into another website."""
        if request.query.get("format", "json") != "json":
            return responses.file(b"Only JSON.", "text/plain", sight=None)
        url = request.query.get("url", "")[:MAX_URL_CHARS]
        found = re.fullmatch(r"/w/([\w-]+)/j/([^/?#]+)(?:/(\d{1,2}))?", _own_path(url, self._base))
        if found is None:
            raise NotFound("page", "oembed")
        site, job_id, number = found[1], found[2], int(found[3] or 1)
        workspace_id = self._visitors.workspace_of(site)
        opened = await self._parts.pages.open_public(workspace_id, job_id)
        page = evidence_page(await self._parts.pages.page(opened, number), "en")
        address = f"{self._base}/w/{site}/j/{job_id}"
        picture = f"{address}/{number}/picture"
        width = _within(request.query.get("maxwidth"), page.width)
        body = {
            "version": "1.0",
            "type": "rich",
            "title": page.title,
            "provider_name": "Limner",
            "provider_url": self._base,
            "author_name": page.credit,
            "html": citations.embed_code(page, address, picture),
            "width": width,
            "height": round(page.height * width / max(page.width, 1)) + 60,
            "thumbnail_url": picture,
            "thumbnail_width": page.width,
            "thumbnail_height": page.height,
            "cache_age": FEED_S,
        }
        data = json.dumps(body, ensure_ascii=False).encode()
        return responses.file(data, "application/json", sight=Sight.PUBLIC, seconds=FEED_S)

    @property
    def _base(self) -> str:
        return self._parts.links.base


def _own_path(url: str, base: str) -> str:
    """The path of an address of ours; empty for all others."""
    try:
        parts, own = urlsplit(url), urlsplit(base)
    except ValueError:
        return ""
    same = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    return parts.path if same else ""


def _within(most: str | None, width: int) -> int:
    return min(int(most), width) if most and most.isascii() and most.isdecimal() else width


def _item(entry: GalleryEntry, story: Story | None, home: str) -> FeedItem:
    say = words("en")
    picture = entry.illustration
    prompt = entry.job.request.prompt
    posted = story.posted_at if story and story.posted_at else picture.created_at
    address = f"{home}/j/{entry.job.id}"
    written = f" · {say('ai.words')}" if story and story.text.by_model else ""
    return FeedItem(
        id=f"{home}/i/{picture.id}",
        address=address,
        picture=f"{home}/j/{entry.job.id}/1/picture",
        title=_clean(story.text.headline if story else shortened(prompt, 160)),
        text=_clean(" ".join(story.text.sentences) if story else prompt),
        alt=_clean(picture.alt_text or picture.recipe.request),
        credit=_clean(credit_line(picture, say)),
        label=say("ai.news") + written,
        at=posted.astimezone(UTC),
        corrections=tuple(map(_clean, story.corrections)) if story else (),
    )


def _clean(text: str) -> str:
    """Without the characters that XML does not allow."""
    return _NOT_XML.sub("\ufffd", text)


def _xml(name: str, items: Sequence[FeedItem], home: str) -> bytes:
    newest = max((item.at for item in items), default=datetime(2000, 1, 1, tzinfo=UTC))
    say = words("en")
    return rendered(
        f"{name}.xml",
        items=items,
        home=home,
        title=f"Limner · {say('ai.news')}",
        updated=newest.isoformat(timespec="seconds"),
        built=format_datetime(newest),
        address=f"{home}/{name}",
    ).encode()


def _json(items: Sequence[FeedItem], home: str, address: str) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"Limner · {words('en')('ai.news')}",
        "home_page_url": home,
        "feed_url": address,
        "items": [
            {
                "id": item.id,
                "url": item.address,
                "title": item.title,
                "content_text": "\n\n".join((item.text, *item.corrections)),
                "summary": item.alt,
                "image": item.picture,
                "date_published": item.iso,
                "authors": [{"name": item.credit}],
                "tags": [item.label],
            }
            for item in items
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()

"""The table of all routes of the pages."""

from __future__ import annotations

from aiohttp import web

from web.pages import responses
from web.pages.feeds import FeedHandlers
from web.pages.gallery import GalleryHandlers
from web.pages.page_routes import PageHandlers
from web.pages.rendering import asset_paths
from web.pages.sign_in import SignInHandlers
from web.pages.site import YEAR_S, Gate, Handler, Opens, Route, SiteParts, Visitors
from web.pages.verify import VerifyHandlers

ROBOTS = "User-agent: *\nDisallow: /p/\nDisallow: /sign-in/\nDisallow: /oembed\n"


class PagesSite:
    """The pages of one process."""

    def __init__(self, parts: SiteParts) -> None:
        visitors = Visitors(parts)
        self._gate = Gate(parts, visitors)
        self.table: tuple[Route, ...] = (
            Route("GET", "/static/{name}", _static, Opens.ANYONE),
            Route("GET", "/robots.txt", _robots, Opens.ANYONE),
            *PageHandlers(parts, visitors).routes,
            *GalleryHandlers(parts, visitors).routes,
            *FeedHandlers(parts, visitors).routes,
            *VerifyHandlers(parts, visitors).routes,
            *SignInHandlers(parts, visitors).routes,
        )

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Methods, paths and handlers, as the server takes them."""
        return [(each.method, each.path, self._gate.guarded(each)) for each in self.table]

    def forget_rates(self) -> None:
        """Let every client begin anew, for tests that ask for everything."""
        self._gate.forget_rates()


async def _static(request: web.Request) -> web.Response:
    """A file that pages load; its name holds its hash, so that it can be kept for a year."""
    asset = asset_paths().get(f"/static/{request.match_info['name']}")
    if asset is None:
        raise web.HTTPNotFound
    response = responses.file(asset.data, asset.media_type, sight=None, seconds=YEAR_S)
    response.headers["Cache-Control"] += ", immutable"
    return response


async def _robots(_request: web.Request) -> web.Response:
    return responses.file(ROBOTS.encode(), "text/plain; charset=utf-8", sight=None)

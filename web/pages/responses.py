"""Answers of pages with the headers that every one of them carries."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from jobs.services.pages import Sight
from web.pages.rendering import rendered
from web.pages.words import words

POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'{forms}; base-uri 'none'; frame-ancestors {frames}"
)
FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
NOT_INDEXED: Final = "noindex, nofollow"
HOUR_S: Final = 3600


def page(
    body: str,
    *,
    status: int = 200,
    sight: Sight | None = None,
    kept: bool = False,
    framed: bool = False,
) -> web.Response:
    """A page. Where it is ``kept``, shared caches may show it for a while; ``framed`` pages may
    stand inside others."""
    response = web.Response(status=status, text=body, content_type="text/html", charset="utf-8")
    _common(response, sight)
    frames = "*" if framed else "'none'"
    response.headers["Content-Security-Policy"] = POLICY.format(forms="", frames=frames)
    response.headers["Cache-Control"] = "public, max-age=60" if kept else "no-store"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def message(
    name: str, language: str, *, status: int, ways: tuple[tuple[str, str], ...] = ()
) -> web.Response:
    """A page that says one thing, such as that there is no such page."""
    say = words(language)
    body = rendered(
        "message.html",
        language=language,
        say=say,
        skip=None,
        indexed=False,
        links=(),
        member=None,
        heading=say(name),
        text=say(f"{name}.text"),
        ways=ways,
    )
    return page(body, status=status)


def file(
    data: bytes,
    media_type: str,
    *,
    sight: Sight | None,
    name: str = "",
    saved: bool = False,
    seconds: int = 600,
    etag: str = "",
) -> web.Response:
    """A picture or a document; only public ones are kept by shared caches."""
    response = web.Response(body=data)
    response.headers["Content-Type"] = media_type
    _common(response, sight)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    shared = "public" if sight in (None, Sight.PUBLIC) else "private"
    response.headers["Cache-Control"] = f"{shared}, max-age={seconds}"
    crossed = "cross-origin" if sight is Sight.PUBLIC else "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = crossed
    if name:
        kind = "attachment" if saved else "inline"
        response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
    if etag:
        response.headers["ETag"] = f'"{etag}"'
    return response


def redirect(path: str) -> web.Response:
    """Send the browser to a path of our own."""
    response = web.Response(status=303)
    response.headers["Location"] = path
    _common(response, None)
    response.headers["Cache-Control"] = "no-store"
    return response


def _common(response: web.Response, sight: Sight | None) -> None:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if sight is not Sight.PUBLIC:
        headers["X-Robots-Tag"] = NOT_INDEXED

"""What a page says, without its furniture."""

from __future__ import annotations

import pytest

from agent.pages import extract_page
from domain.errors import FetchFailed
from tests.fakes.web import PAGE

URL = "https://example.org/bridge"


async def test_the_article_is_kept_and_the_furniture_is_not() -> None:
    page = await extract_page(PAGE.encode(), url=URL, media_type="text/html; charset=utf-8")
    assert page.title == "The Tall Bridge"
    assert page.author == "Ann Author"
    assert "painted in orange vermilion" in page.text
    for furniture in ("Shop", "Cookies", "steal"):
        assert furniture not in page.text


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("Grüße\r\naus Köln".encode(), "text/plain; charset=utf-8"),
        ("Grüße\r\naus Köln".encode("latin-1"), "text/plain; charset=latin-1"),
        ("Grüße\r\naus Köln".encode("cp1252"), "text/plain"),
        ("\ufeffGrüße\naus\x07 Köln".encode(), "text/markdown; charset=nonsense"),
    ],
)
async def test_plain_text_is_read_in_its_own_encoding(body: bytes, media_type: str) -> None:
    page = await extract_page(body, url=URL, media_type=media_type)
    assert page.text == "Grüße\naus Köln"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "text/html"),
        (b"<html><body></body></html>", "text/html"),
        (b"\0\0\0", "text/plain"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG", "image/png"),
    ],
)
async def test_a_page_without_text_is_refused(body: bytes, media_type: str) -> None:
    with pytest.raises(FetchFailed, match="text"):
        await extract_page(body, url=URL, media_type=media_type)

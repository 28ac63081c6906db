"""What a page says, without its furniture."""

from __future__ import annotations

import pytest

from agent.fetching.pages import extract_page
from domain.errors import FetchFailed
from tests.fakes.web import PAGE

URL = "https://example.org/bridge"
PDF = "application/pdf"


async def test_the_article_is_kept_and_the_furniture_is_not() -> None:
    page = await extract_page(PAGE.encode(), url=URL, media_type="text/html; charset=utf-8")
    assert page.title == "The Tall Bridge"
    assert page.author == "Ann Author"
    assert "painted in orange vermilion" in page.text
    for furniture in ("Shop", "Cookies", "steal"):
        assert furniture not in page.text


async def test_the_lines_of_a_short_page_stay_apart() -> None:
    html = (
        "<html><head><title>Warehouse burns</title></head><body><article><h1>Warehouse burns</h1>"
        "<p>By Ann Lee</p><p>Mop up</p><p>The warehouse burned on Tuesday.</p></article></body>"
        "</html>"
    )
    page = await extract_page(html.encode(), url="https://a.example/1", media_type="text/html")
    assert "The warehouse burned on Tuesday." in page.text.split("\n")


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


def a_pdf(text: str) -> bytes:
    """The smallest PDF that says something."""
    stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"%PDF-1.4\n"
    places: list[int] = []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 6\n0000000000 65535 f \n" + table + end


async def test_a_pdf_is_read_apart() -> None:
    page = await extract_page(a_pdf("The bridge is 227 m high."), url=URL, media_type=PDF)
    assert page.text == "The bridge is 227 m high."


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"%PDF-1.4\n" + b"9" * 5000, a_pdf("x")[:300]])
async def test_a_broken_pdf_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(FetchFailed, match="PDF can't be read|no readable text"):
        await extract_page(body, url=URL, media_type=PDF)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "text/html"),
        (b"<html><body></body></html>", "text/html"),
        (b"\0\0\0", "text/plain"),
        (b"\x89PNG", "image/png"),
    ],
)
async def test_a_page_without_text_is_refused(body: bytes, media_type: str) -> None:
    with pytest.raises(FetchFailed, match="text"):
        await extract_page(body, url=URL, media_type=media_type)

"""A thousand pages, feeds, headers, pictures and answers made to harm their reader: each kind in
several sizes, made when it is needed and the same each time."""

from __future__ import annotations

import encodings.aliases
import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PIL import Image

from evaluation.peers import hostile_feeds
from tests.fakes.pictures import HEIC, wide_gamut_profile
from tests.fakes.web import picture
from tests.integration.test_pages import a_pdf

SIZES = (2_000, 30_000, 500_000, 2_000_000, 4_900_000)
HTML = "text/html; charset=utf-8"


class Role(StrEnum):
    """Where Limner meets an input."""

    PAGE = "page"
    FEED = "feed"
    PICTURE = "picture"
    ANSWER = "answer"
    """A search service's."""
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True)
class Input:
    """One answer of a server: its header lines as they are sent, and its body."""

    name: str
    role: Role
    make: Callable[[], bytes]
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = HTML
    status: str = "200 OK"

    @property
    def head(self) -> bytes:
        """Everything before the body but its length."""
        lines = [f"HTTP/1.1 {self.status}", f"Content-Type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def hostile_inputs(count: int, *, seed: int = 1) -> list[Input]:
    """``count`` inputs, as evenly as possible of every role; all of them when there are fewer."""
    by_role: dict[Role, list[Input]] = {role: [] for role in Role}
    for made in _all():
        by_role[made.role].append(made)
    chance = random.Random(seed)  # noqa: S311 - no secret
    for group in by_role.values():
        chance.shuffle(group)
    chosen: list[Input] = []
    while len(chosen) < count and any(by_role.values()):
        for group in by_role.values():
            if group and len(chosen) < count:
                chosen.append(group.pop())
    return chosen


def _all() -> Iterator[Input]:
    yield from _markup()
    yield from _texts()
    yield from _documents()
    yield from _headers()
    yield from _feeds()
    yield from _pictures()
    yield from _answers()
    yield from _robots()


def _filled(start: bytes, unit: bytes, end: bytes, size: int) -> bytes:
    return start + unit * max(1, (size - len(start) - len(end)) // len(unit)) + end


def _page(unit: str, size: int) -> bytes:
    start = b"<html><head><title>Castle</title></head><body><p>The castle is old.</p>"
    return _filled(start, unit.encode(), b"", size)


_MARKUP = (
    *("<br>", "<p>", "<p>a</p>", "<div>", "<div>a", "<span>", "<b>", "<b>a", "<i>a</i>", "<a>"),
    *("<a href=x>a", "<ul><li>", "<li>a", "<ol>", "<dl><dt><dd>", "<table>", "<table><tr><td>"),
    *("<td>", "<tr>a", "<form>", "<form>a</form>", "<input>", "<select><option>", "<option>"),
    *("<button>", "<h1>", "<h1>a</h1>", "<font color=red>", "<center>", "<blockquote>", "<pre>"),
    *("<!--", "<!-- -->", "<script>", "<style>", "<svg>", "<math>", "<iframe>", "<object>"),
    *("<template>", "<noscript>", "<article>", "<section>a", "<meta name=author content=a>"),
    *(
        "<link rel=license href=a>",
        "<base href=a>",
        "<img src=a alt=b>",
        "<video>",
        "<time>1</time>",
    ),
    *("<", "</", "</p>", "<a ", "<a b='", "<p class='a b'>", "&", "&#9", "&#x9;", "&amp;"),
    *("<![CDATA[", "<?php", "]]>", "\0", "\u0301\u0316", "a\u0301\u0316", "a ", "1,", ". "),
    *("Mr. ",),
    *(".", "\n", "\t", "的。", "\u202e", "😀", "January 1, 2020 ", "2020-01-01 ", "<p>Jan 1</p>"),
)


def _markup() -> Iterator[Input]:
    for unit in _MARKUP:
        for size in SIZES[1:]:
            yield Input(f"markup {unit!r} {size}", Role.PAGE, partial(_page, unit, size))
    for size in SIZES[1:4]:
        yield Input(f"attributes {size}", Role.PAGE, partial(_attributes, size))
        yield Input(f"json-ld {size}", Role.PAGE, partial(_json_ld, size))
        yield Input(f"nested lists {size}", Role.PAGE, partial(_nested, size))


def _attributes(size: int) -> bytes:
    return b"<p " + b" ".join(b"a%d=1" % n for n in range(size // 8)) + b">The castle is old."


def _json_ld(size: int) -> bytes:
    start = b'<script type="application/ld+json">{"@type": "Article", "author": '
    return b"<html><head>" + start + b"[" * size + b"</script></head><body>The castle."


def _nested(size: int) -> bytes:
    return b"<ul><li>" * (size // 17) + b"The castle is old." + b"</li></ul>" * (size // 17)


def _texts() -> Iterator[Input]:
    codecs = sorted(
        {*encodings.aliases.aliases.values(), "undefined", "idna", "raw_unicode_escape"}
    )
    names = (
        *codecs,
        "no-such-charset",
        "utf-8,punycode",
        "utf-8; charset=idna",
        "\u00e9",
        "a" * 900,
    )
    for number, codec in enumerate(names):
        size = (30_000, 500_000, 4_900_000)[number % 3]
        kind = "text/plain" if number % 2 else "text/html"
        yield Input(
            f"charset {codec[:30]!r} {size}",
            Role.PAGE,
            partial(_filled, b"The castle is old. ", b"a-b.c-9 \xe9", b"", size),
            content_type=f"{kind}; charset={codec}",
        )
        yield Input(
            f"declared {codec[:30]!r}",
            Role.PAGE,
            partial(_filled, f'<meta charset="{codec}"><p>'.encode(), b"castle \xe9-", b"", 40_000),
            content_type="text/html",
        )


def _documents() -> Iterator[Input]:
    whole = a_pdf("The castle is old.")
    for name, make in _pdfs(whole).items():
        for size in SIZES[1:4]:
            yield Input(f"pdf {name} {size}", Role.PAGE, partial(make, size), (), "application/pdf")
    for kind in (
        "application/zip",
        "image/svg+xml",
        "application/octet-stream",
        "",
        "a" * 2000,
        "/",
    ):
        yield Input(f"type {kind[:30]!r}", Role.PAGE, lambda: b"PK\3\4" * 9_000, (), kind)


def _pdfs(whole: bytes) -> dict[str, Callable[[int], bytes]]:
    packed = b"1 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\n"
    bomb = zlib.compress(b"0 0 m " * 9_000_000)
    return {
        "objects": lambda size: whole[:-40] + b"9 0 obj<<>>endobj\n" * (size // 19) + whole[-40:],
        "numbers": lambda size: b"%PDF-1.4\n" + b"9" * size,
        "nested": lambda size: b"%PDF-1.4\n1 0 obj" + b"[" * size,
        "names": lambda size: b"%PDF-1.4\n1 0 obj<<" + b"/A#41 1" * (size // 7),
        "bomb": lambda _size: b"%PDF-1.4\n" + packed % (len(bomb), bomb) + whole,
        "text": lambda size: a_pdf("x" * size),
        "xref": lambda size: whole.replace(b"0 6\n", b"0 %d\n" % size),
        "cycle": lambda _size: whole.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    }


def _headers() -> Iterator[Input]:
    for name, values in _HEADERS.items():
        for value in values:
            for status in ("200 OK", "302 Found", "429 Too Many", "503 No"):
                yield Input(
                    f"header {name} {value[:20]!r} {status[:3]}",
                    Role.PAGE,
                    lambda: b"<p>The castle is old and stands on a hill.</p>" * 20,
                    ((name, value),),
                    status=status,
                )
    for status in ("000 x", "99999 x", "200", "abc x", "204 No", "304 Same", "206 Part", "418 Tea"):
        yield Input(f"status {status}", Role.PAGE, lambda: b"<p>castle</p>", (), HTML, status)
    for name, packed in _packed().items():
        yield Input(f"packed {name}", Role.PAGE, packed, (("Content-Encoding", name.split()[0]),))


_HEADERS = {
    "Retry-After": ("²", "9" * 5_000, "-1", "1e400", "Thu, 99 Foo 2026 25:61:61 +9999", "nan", ""),
    "Content-Length": ("-1", "9" * 400, "²", "0x10", "1, 2"),
    "Location": (
        "http://[::1",
        "//",
        "http://127.0.0.1:99999/",
        "\\\\x",
        "javascript:1",
        "?" * 9_000,
    ),
    "Content-Type": ("text/html; charset=²", ";" * 9_000, "text/html; charset=" + "a" * 9_000),
    "Set-Cookie": ("a=" + "b" * 7_000,),
    "X-Many": ("\udcff\udcfe", "a" * 7_500),
    "Date": ("\u00e9", "0"),
    "Last-Modified": ("Thu, 01 Jan 0000 00:00:00 GMT",),
}


def _packed() -> dict[str, Callable[[], bytes]]:
    return {
        "gzip bomb": lambda: gzip.compress(b"\0" * 60_000_000),
        "gzip bombs": lambda: gzip.compress(b"a") * 50_000,
        "gzip broken": lambda: gzip.compress(b"<p>castle" * 9_000)[:90] + b"\xff" * 9_000,
        "gzip none": lambda: b"<p>castle",
        "deflate bomb": lambda: zlib.compress(b"<br>" * 1_200_000),
        "br none": lambda: b"<p>castle",
        "zstd none": lambda: b"<p>castle",
        "gzip,gzip twice": lambda: gzip.compress(gzip.compress(b"<p>castle")),
    }


def _feeds() -> Iterator[Input]:
    makers: dict[str, Callable[[int], bytes]] = {
        "laughs": lambda _size: hostile_feeds.billion_laughs(),
        "quadratic": lambda _size: hostile_feeds.quadratic(),
        "outside": lambda _size: hostile_feeds.outside_entity("/etc/passwd"),
        "nested": lambda size: hostile_feeds.nested(size // 7),
        "unclosed": lambda size: hostile_feeds.unclosed(size // 8),
        "brackets": lambda size: hostile_feeds.broken_brackets(size // 7),
    }
    for unit in (
        "<item>",
        "<item><title>castle</title></item>",
        "<link>",
        "<a:b>",
        "&#9",
        "<![CDATA[",
    ):
        makers[unit] = partial(_filled, b"<rss version='2.0'><channel>", unit.encode(), b"")
    for charset in ("punycode", "undefined", "zlib_codec", "utf-16", "idna"):
        start = f"<?xml version='1.0' encoding='{charset}'?><rss version='2.0'><channel>".encode()
        item = b"<item><title>castle</title><link>http://x.example/1</link></item>"
        makers[f"encoding {charset}"] = partial(_filled, start, item, b"</channel></rss>")
    for name, make in makers.items():
        for size in SIZES:
            yield Input(f"feed {name!r} {size}", Role.FEED, partial(make, size), (), "text/xml")


def _pictures() -> Iterator[Input]:
    for name, make in _picture_makers().items():
        for kind in ("image/jpeg", "text/html"):
            yield Input(f"picture {name} as {kind}", Role.PICTURE, make, (), kind)


def _picture_makers() -> dict[str, Callable[[], bytes]]:
    jpeg, png = picture(7), picture(8, kind="PNG")
    makers: dict[str, Callable[[], bytes]] = {
        "cut jpeg": lambda: jpeg[:2_000],
        "scans": lambda: jpeg[:-2] + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0" * 5_000,
        "cut png": lambda: png[:-300],
        "webp bomb": lambda: b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\xff\xff\xff\x0f" + b"\0" * 8,
        "heic": lambda: HEIC,
        "cut heic": lambda: HEIC[:200],
        "heic noise": lambda: HEIC[:380] + random.Random(3).randbytes(90_000),  # noqa: S311
        "jpeg xl": lambda: b"\xff\x0a" + b"\0" * 9_000,
        "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 90_000,
        "large": lambda: jpeg + b"\0" * 14_000_000,
        "too large": lambda: jpeg + b"\0" * 16_000_000,
        "profile": lambda: _saved(Image.new("RGB", (300, 300)), "PNG", icc_profile=b"x" * 900_000),
        "wide": lambda: _saved(
            Image.new("RGB", (300, 300)), "PNG", icc_profile=wide_gamut_profile()
        ),
        "text bomb": lambda: _png_with(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 60_000_000)),
        "profile bomb": lambda: _png_with(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 60_000_000)),
        "photograph": lambda: _saved(Image.new("RGB", (9_000, 7_000), "brown"), "JPEG"),
        "progressive": lambda: _saved(Image.new("RGB", (6_000, 6_000)), "JPEG", progressive=True),
        "many frames": lambda: _frames(400),
        "flat png": lambda: _saved(Image.new("L", (5_000, 4_900)), "PNG"),
        "flat tiff": lambda: _saved(
            Image.new("I;16", (4_000, 4_000)), "TIFF", compression="tiff_lzw"
        ),
        "noise": lambda: random.Random(4).randbytes(300_000),  # noqa: S311 - no secret
    }
    for side in (30_000, 60_000, 2**31 - 1):
        makers[f"png of {side}"] = partial(_png_of, side)
        makers[f"bmp of {side}"] = partial(_bmp_of, side)
    for name, whole in (("jpeg", jpeg), ("png", png), ("webp", picture(9, kind="WEBP"))):
        for seed in range(6):
            makers[f"{name} with broken bytes {seed}"] = partial(_damaged, whole, seed)
    for kind in ("TIFF", "BMP", "GIF", "AVIF"):
        for seed in range(3):
            makers[f"{kind} broken {seed}"] = partial(_damaged, picture(5, kind=kind), seed)
    return makers


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _frames(count: int) -> bytes:
    frames = [Image.new("P", (300, 300), n % 256) for n in range(count)]
    return _saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png_of(side: int) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(b"\0" * 99_000))


def _png_with(name: bytes, data: bytes) -> bytes:
    whole = picture(6, kind="PNG")
    return whole[:33] + _chunk(name, data) + whole[33:]


def _bmp_of(side: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 9_000, 0, 0, 54) + head + b"\0" * 9_000


def _damaged(whole: bytes, seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - no secret
    data = bytearray(whole)
    for _ in range(1 + seed * 5):
        data[chance.randrange(12, len(data))] = chance.randrange(256)
    return bytes(data)


def _answers() -> Iterator[Input]:
    result = b'{"title": "castle", "url": "http://x.example/", "content": "The castle is old."}'
    makers: dict[str, Callable[[int], bytes]] = {
        "results": lambda size: b'{"results": [' + (result + b",") * (size // 80) + result + b"]}",
        "deep": lambda size: b'{"results": ' + b"[" * size,
        "deep closed": lambda size: (
            b'{"results": ' + b"[" * (size // 2) + b"]" * (size // 2) + b"}"
        ),
        "number": lambda size: b'{"results": [' + b"9" * size + b"]}",
        "key": lambda size: b'{"' + b"a" * size + b'": 1}',
        "cut": lambda size: (b'{"results": [' + (result + b",") * (size // 80))[:-9],
    }
    for unit in (
        b"[],",
        b"{},",
        b"1,",
        b"1.5,",
        b'"",',
        b"null,",
        b"NaN,",
        b'"\\ud800",',
        b"1e999,",
    ):
        makers[unit.decode()] = partial(_filled, b'{"results": [', unit, b"null]}")
    for text in (b".", b"Mr. ", b"a\xcc\x81\xcc\x96", b"&#9", b"<script ", b"\\u0301\\u0316", b"<"):
        start = b'{"results": [{"title": "castle", "url": "http://x.example/", "content": "castle '
        makers[f"content {text!r}"] = partial(_filled, start, text, b'"}]}')
    for name, make in makers.items():
        for size in SIZES:
            named = f"answer {name!r} {size}"
            yield Input(named, Role.ANSWER, partial(make, size), (), "application/json")


def _robots() -> Iterator[Input]:
    units = (
        "Disallow: /x\n",
        "Disallow: /*a*a*a*b$\n",
        "User-agent: a\nDisallow: /\n",
        "Sitemap: x\n",
        *("User-agent: *\n", "%zz", "\0", "Allow: /é*\n", "Crawl-delay: 9999999999\n", "Limner"),
    )
    for unit in units:
        for size in SIZES[:3]:
            make = partial(_filled, b"User-agent: *\nDisallow: /x", unit.encode(), b"", size)
            yield Input(f"robots {unit!r} {size}", Role.ROBOTS, make, (), "text/plain")

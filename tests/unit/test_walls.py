"""Walls, hidden text and furniture of pages are no sources; articles about them are."""

from __future__ import annotations

import json

import pytest

from agent.research.evidence import quotable
from agent.sandbox import page_worker, plain_page_worker
from agent.sandbox.charsets import decoded
from agent.sandbox.furniture import is_furniture
from agent.sandbox.hidden_text import hides
from agent.sandbox.worker import CannotBeRead

ARTICLE = (
    "<p>The Tall Bridge was opened in 1932 and is painted in orange vermilion. It crosses a strait "
    "that is known for its fog, and its two towers are 227 metres high.</p><p>Every year ten "
    "million people walk across it. Its cables hold 129,000 kilometres of wire, which was spun on "
    "the spot by workers who hung high above the water, while boats waited below.</p>"
)
FACTS = {"url": "https://example.org/a", "content_type": "text/html", "today": "2026-01-01"}


def a_page(body: str, *, title: str = "The Tall Bridge", head: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def read(page: str | bytes, *, plainly: bool = False, content_type: str = "text/html") -> str:
    data = page if isinstance(page, bytes) else page.encode()
    facts = {**FACTS, "content_type": content_type}
    if plainly:
        _about, (text,) = plain_page_worker.run({**facts, "html": True}, data)
    else:
        _about, (text,) = page_worker.run(facts, data)
    return text.decode()


both_ways = pytest.mark.parametrize("plainly", [False, True], ids=["thorough", "plain"])


def linked(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(facts)}</script>'


BROKEN_JSON = linked(**{"@type": "Article", "isAccessibleForFree": False}).replace("}", ",}")


@both_ways
@pytest.mark.parametrize(
    "head",
    [
        linked(**{"@type": "NewsArticle", "isAccessibleForFree": False}),
        linked(**{"@type": ["Article"], "isAccessibleForFree": "False"}),
        linked(
            **{"@graph": [{"@type": "WebPage", "isAccessibleForFree": "http://schema.org/False"}]}
        ),
        linked(
            **{
                "@type": "Article",
                "isAccessibleForFree": True,
                "hasPart": {"@type": "WebPageElement", "isAccessibleForFree": False},
            }
        ),
        BROKEN_JSON,
        '<meta itemprop="isAccessibleForFree" content="false">',
        '<meta property="article:content_tier" content="locked">',
    ],
)
def test_a_declared_paywall_is_no_source(head: str, plainly: bool) -> None:
    with pytest.raises(CannotBeRead, match="paywall"):
        read(a_page(ARTICLE, head=head), plainly=plainly)


@both_ways
@pytest.mark.parametrize(
    "head",
    [
        linked(**{"@type": "NewsArticle", "isAccessibleForFree": True}),
        linked(**{"@type": "Museum", "name": "The Museum", "isAccessibleForFree": False}),
        '<meta itemprop="isAccessibleForFree" content="true">',
        '<meta property="article:content_tier" content="free">',
    ],
)
def test_a_free_article_about_what_costs_an_entrance_fee_is_read(head: str, plainly: bool) -> None:
    assert "orange vermilion" in read(a_page(ARTICLE, head=head), plainly=plainly)


WALLS = [
    ("paywall", "The Tall Bridge", ["The bridge was opened.", "Subscribe to continue reading."]),
    ("paywall", "Die Brücke", ["Die Brücke ist rot.", "Jetzt weiterlesen mit dem Abo der Zeitung"]),
    ("paywall", "Le pont", ["Le pont est rouge.", "La suite est réservée aux abonnés"]),
    ("paywall", "El puente", ["El puente es rojo.", "Suscríbete para seguir leyendo"]),
    ("paywall", "橋", ["橋は赤い。", "この記事は有料会員限定です。続きを読むには登録が必要です。"]),
    ("consent", "Before you continue to Example", ["We use cookies and data to deliver services."]),
    ("consent", "Example", ["Wir und unsere Partner verwenden Cookies.", "Alle akzeptieren"]),
    ("consent", "Exemple", ["Nous respectons votre vie privée. Tout accepter ou tout refuser."]),
    ("JavaScript", "Example", ["You need to enable JavaScript to run this app."]),
    ("JavaScript", "Beispiel", ["Bitte aktivieren Sie JavaScript, um diese Seite zu sehen."]),
    ("JavaScript", "例", ["このサイトを見るにはJavaScriptを有効にしてください。"]),
    ("robots", "Just a moment...", ["This may take a few seconds."]),
    ("robots", "example.org", ["Verify you are human by completing the action below."]),
    ("robots", "example.org", ["Подтвердите, что вы не робот"]),
    ("robots", "Example", ["Our systems have detected unusual traffic from your network."]),
    ("no such page", "Page not found | Example", ["Try the search, or go back to the start."]),
    ("no such page", "Example", ["Sorry, the page you are looking for could not be found."]),
    ("no such page", "Beispiel – Seite nicht gefunden", ["Zurück zur Startseite geht es hier."]),
    ("no such page", "Ejemplo", ["La página que buscas no existe o ha cambiado de dirección."]),
]


@both_ways
@pytest.mark.parametrize(("why", "title", "lines"), WALLS)
def test_a_wall_in_place_of_a_text_is_no_source(
    why: str, title: str, lines: list[str], plainly: bool
) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines)
    with pytest.raises(CannotBeRead, match=why):
        read(a_page(body, title=title), plainly=plainly)


@both_ways
def test_a_long_teaser_that_ends_at_a_paywall_is_no_source(plainly: bool) -> None:
    teaser = "<p>The towers of the bridge were built in another year, as others say.</p>" * 60
    wall = "<p>To read the full story you need a subscription.</p>"
    with pytest.raises(CannotBeRead, match="paywall"):
        read(a_page(teaser + wall), plainly=plainly)


@both_ways
def test_an_article_with_a_cookie_line_is_read_without_it(plainly: bool) -> None:
    banner = "<p>We use cookies on this website to give you the best experience possible.</p>"
    text = read(a_page(banner + ARTICLE), plainly=plainly)
    assert "orange vermilion" in text
    assert "cookies" not in text


ABOUT = [
    "The baker puts his cookies into the oven at six and takes them out at seven.",
    "The programming language JavaScript was made in ten days in 1995 by one man.",
    "The HTTP status code 404 says that a server could not find what a browser asked it for. "
    + "Visitors see it when somebody has moved a page, or when an address was typed wrongly. " * 4,
]


@both_ways
@pytest.mark.parametrize("sentence", ABOUT)
def test_an_article_about_such_things_is_read(sentence: str, plainly: bool) -> None:
    text = read(a_page(f"<p>{sentence}</p>" + ARTICLE, title="A story"), plainly=plainly)
    assert sentence[:60] in text


HIDDEN = [
    "<div hidden>SECRET words that nobody who opens this page will ever read here.</div>",
    '<div style="display: none">SECRET words <div>within</div> that nobody will read here.</div>',
    "<p style='visibility:hidden'>SECRET words that nobody who opens this page will read.</p>",
    '<div style="color:#FFF; background-color: white">SECRET words in white on white.</div>',
    '<span style="font-size:0px">SECRET words that nobody who opens this page reads.</span>',
    '<div style="opacity:0;">SECRET words that nobody who opens this page will ever read.</div>',
    '<div style="position:absolute; left:-9999px">SECRET words that nobody will ever read.</div>',
    '<div style="height:0;overflow:hidden">SECRET words that nobody will ever read here.</div>',
    '<div class="note sr-only">SECRET words that nobody who opens this page will read.</div>',
    '<div class="ghost">SECRET words that nobody who opens this page will ever read here.</div>',
    '<div id="ghost2">SECRET words that nobody who opens this page will ever read here.</div>',
    "<noscript>SECRET words that nobody who opens this page will ever read here, ever.</noscript>",
    "<template><p>SECRET words that nobody who opens this page will ever read here.</p></template>",
    "<dialog>SECRET words that nobody who opens this page will ever read here, ever.</dialog>",
]
STYLE = (
    "<style>/* .main{display:none} */ @media print { main { display: none } }"
    " .ghost, p.other { display : none !important } #ghost2{font-size:0} main{color:red}</style>"
)


@both_ways
@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_nobody_sees_is_not_read(hidden: str, plainly: bool) -> None:
    text = read(a_page(hidden + ARTICLE, head=STYLE), plainly=plainly)
    assert "SECRET" not in text
    assert "orange vermilion" in text
    assert "boats waited below" in text


@pytest.mark.parametrize(
    "style",
    [
        "display:block",
        "opacity:0.5",
        "font-size:0.9em",
        "color:#fff;background:#000",
        "height:0",
        "margin-left:-10px",
        "max-width:100%",
        "border-color:transparent",
        "",
    ],
)
def test_a_style_that_shows_something_hides_nothing(style: str) -> None:
    assert not hides(style)


@pytest.mark.parametrize(
    "line",
    [
        "By Ann Author",
        "By ANN AUTHOR and Bob Writer, Science Reporter",
        "Von Anna Schreiber",
        "Par Jeanne Auteur | 3 mars",
        "Published on 3 May 2024 at 10:00",
        "Stand: 03.05.2024, 10:11 Uhr",
        "Photo: Ann Author/Agency",
        "5 min read",
        "Share this article",
        "We use cookies to improve your experience on this site.",
        "Sign up for our daily newsletter",
        "© 2024 The Example Company. All rights reserved.",
        "Advertisement",
    ],
)
def test_furniture_is_never_quoted(line: str) -> None:
    assert is_furniture(line)
    assert not quotable(line)


@pytest.mark.parametrize(
    "line",
    [
        "By 1932 the bridge was painted in orange vermilion.",
        "By night the towers are lit in blue.",
        "Von den Türmen sieht man das Meer.",
        "The photo shows a fox with a red scarf.",
        "It was published on 3 May 1897 and became a success in a few weeks in all of Europe.",
        "Share prices fell by a tenth.",
        "Christmas cookies are baked in December.",
        "The mascot wears a blue scarf.",
    ],
)
def test_sentences_are_no_furniture(line: str) -> None:
    assert not is_furniture(line)
    assert quotable(line)


@pytest.mark.parametrize(
    ("text", "written", "named"),
    [
        ("Grüße aus Köln, schöne Straße", "utf-8", ("cp1252", "utf-8")),
        ("Grüße aus Köln, schöne Straße", "utf-8", ("cp1252", None)),
        ("Grüße aus Köln, schöne Straße", "cp1252", ("utf-8", "cp1252")),
        ("Привет из Москвы, столицы страны", "cp1251", ("cp1252", "cp1251")),
        ("Привет из Москвы, столицы страны", "cp1251", ("utf-8", "cp1251")),
        ("東京の橋は赤いです。とても高いです", "cp932", ("cp1252", "cp932")),
        ("東京の橋は赤いです。とても高いです", "euc_jp", ("cp1252", "euc_jp")),
        ("北京的桥是红色的，非常高", "gb18030", ("utf-8", "gb18030")),
        ("다리는 빨간색이고 매우 높다", "cp949", ("cp1252", "cp949")),
        ("Zażółć gęślą jaźń w Krakowie", "iso8859-2", ("utf-8", "iso8859-2")),
        ("Ελλάδα και γέφυρα", "iso8859-7", ("cp1252", "iso8859-7")),
        ("plain words", "ascii", ("cp1252", "utf-8")),
        ("Grüße", "cp1252", (None, None)),
    ],
)
def test_the_character_set_that_decodes_wins(
    text: str, written: str, named: tuple[str | None, str | None]
) -> None:
    assert decoded(text.encode(written), *named) == text


def test_a_cut_off_character_does_not_change_the_character_set() -> None:
    assert decoded("Grüße aus Köln ö".encode()[:-1], "cp1252") == "Grüße aus Köln \ufffd"


@both_ways
def test_a_page_is_read_by_its_own_declaration_where_the_header_is_wrong(plainly: bool) -> None:
    body = ARTICLE.replace("orange vermilion", "рыжий цвет моста и башен")
    page = a_page(body, head='<meta charset="windows-1251">').encode("cp1251")
    for header in ("iso-8859-1", "utf-8"):
        content_type = f"text/html; charset={header}"
        assert "рыжий цвет моста" in read(page, plainly=plainly, content_type=content_type)

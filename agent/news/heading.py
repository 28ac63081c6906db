"""Which of its pages' headlines a story takes, and whose words it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.news.copies import one_text
from agent.news.features import telling
from agent.news.grammar import has_finite_verb, has_verb
from agent.news.headlines import clarity
from agent.news.plainness import has_small_name, plainness
from agent.news.quoting import is_furniture, marks_are_paired, quotation, without_dateline
from agent.news.reading import ReadPage
from agent.news.words import LEANING
from domain.news import Fingerprint, NewsItem
from domain.quotations import with_apostrophes, with_blanks
from domain.sentences import sentences

MAX_HEADLINE_CHARS = 160
"""What is longer is no headline."""
SHARED = 0.6
"""The share of a headline's telling words that another paper's page must hold, for the headline to
say what both papers say."""
SAID_BY_OTHERS = 0.3
"""How much of a headline's worth it keeps if no other page holds any of its words."""
SAYS_LITTLE = 2
"""A headline of so many telling words counts half: a short one says little."""
COMPARED_CHARS = 5000
ONE_PAPERS = 0.6
"""How much of its worth a headline keeps that only one paper's page bears out."""
FIRST_SENTENCE = 0.6
"""How much a page's first sentence counts as a headline."""
LEAST_CLEAR = 0.12
"""How clearly (0 to 1) a headline must say by itself what happened."""
LONG = 100
"""Characters from which on a headline is read with effort."""
_LABEL: Final = re.compile(r"^[^:]{2,30}:\s|\[[^\]]*\]|\s[-–—]\s|\+\+")
"""A kicker, a tag or a second part, which seldom stands for itself."""
_SPEECH: Final = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]|(?<!\w)['‘][^'’]+['’](?!\w)")
_HEARSAY: Final = re.compile(
    r"\b(?:(?:is|are) reporting|reports? that|latest on|overview)\b",
    re.IGNORECASE,
)
"""What speaks of the reports and not of the event."""
_SINGLE_MARKS: Final = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
"""Straight single quotation marks, which are printed curved."""
SHORTEST: Final = 40
_CHANGES: Final = re.compile(
    r"\b(?:but|although|though|unless|except|if|however|not|sa(?:y|ys|id|ying)|according|told|claim\w*"
    r"|report\w*|announc\w*|accord\w*|aber|obwohl|wenn|nicht|sagt\w*|laut|teilte|maar|niet|volgens"
    r"|zegt|zei)\b",
    re.IGNORECASE,
)
"""What a sentence says less truly without: who says it, and on what condition."""
WORTH: Final = {
    "sentence": 0.6,
    "long": 0.6,
    "too long": 0.5,
    "label": 0.7,
    "speech": 0.7,
    "only speech": 0.2,
    "leaning": 0.2,
    "cut": 0.2,
    "nameless": 0.6,
    "verbless": 0.7,
    "hearsay": 0.15,
    "aside": 0.5,
    "small name": 0.1,
}
"""How much of its worth a headline of each kind keeps."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline, and the same as a reader gets it: marked as one paper's where it is that."""

    title: str
    shown: str
    worth: float = 1.0
    is_shared: bool = True
    """Whether another paper bears it out."""
    url: str = ""
    """The page that it is taken from."""


def chosen_heading(
    pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None
) -> Heading | None:
    """The best of the pages' headlines; None where no page has any."""
    return next(iter(ranked_headings(pages, about, tongue=tongue)), None)


def ranked_headings(
    pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None
) -> list[Heading]:
    """The headlines of the pages in a language, first the clearest that the other papers' pages
    bear out and that says most of what the story is ``about``.

    One whose words stand in no other paper's page in that language is given as a quotation of its
    paper; where there is no such page, as it is.
    """
    own = [page for page in pages if page.language == tongue]
    words = {page.url: telling(page.text[:COMPARED_CHARS] + "\n" + page.title) for page in own}
    subject = {*about.entities, *about.words}
    found: list[tuple[float, Heading]] = []
    for page in own:
        others = [p for p in own if p.site != page.site and not one_text(p.voice, page.voice)]
        for title, share in _titles(page, tongue):
            said = telling(title, dates=False)
            if not said or len(title) > MAX_HEADLINE_CHARS:
                continue
            held = [len(said & words[p.url]) / len(said) for p in others]
            item = NewsItem(title, page.url, page.site, page.text[:200], page.fetched_at)
            borne_out = (max(held, default=1.0) + sum(held) / max(1, len(held))) / 2
            central = len(said & subject) / len(said)
            borne_out = (borne_out + central) / 2 * len(said) / (len(said) + SAYS_LITTLE)
            worth = clarity(item) * (SAID_BY_OTHERS + (1 - SAID_BY_OTHERS) * borne_out)
            clear = says_clearly(title, tongue, page=page.text)
            if clear < LEAST_CLEAR:
                continue
            worth *= share * clear
            spaced = with_blanks(title.removesuffix("."))
            shown = with_apostrophes(_SINGLE_MARKS.sub("‘\\1’", spaced))
            if held and max(held) < SHARED:
                if len(title) > LONG + 20:
                    continue  # one paper's whole sentence is no headline of the story
                worth *= ONE_PAPERS
                shown = quotation(title, page.outlet or page.site, language=tongue)
            shared = not held or max(held) >= SHARED
            found.append((worth, Heading(title, shown, worth, shared, page.url)))
    return [heading for _worth, heading in sorted(found, key=lambda each: -each[0])]


def _titles(page: ReadPage, tongue: str | None) -> list[tuple[str, float]]:
    """What a page offers as a headline, each with how much that counts: its own, and its first
    sentence where that is short, or its main clause is."""
    first = next((s.text for s in sentences(page.text) if not is_furniture(s.text)), "")
    lede = shortened(without_dateline(first), tongue)
    titles = [(shortened(page.title, tongue), 1.0)] if page.title else []
    fits = SHORTEST <= len(lede) <= LONG + 20 and plainness(lede, language=tongue) == 1
    return [*titles, (lede, FIRST_SENTENCE)] if fits or not titles else titles


def shortened(title: str, tongue: str | None) -> str:
    """A headline that is a long sentence, as some sites use, without what its main clause can do
    without; others stay as they are."""
    if len(title) <= LONG or not title.endswith("."):
        return title
    for comma in re.finditer(",", title):
        clause, rest = title[: comma.start()], title[comma.end() :]
        whole = SHORTEST <= len(clause) <= LONG + 20 and has_finite_verb(clause, tongue)
        if whole and not _CHANGES.search(rest) and plainness(clause, language=tongue) == 1:
            return clause
    return title


def says_clearly(title: str, tongue: str | None, *, page: str = "") -> float:
    """How well (0 to 1) a headline says by itself what happened."""
    spoken = "".join(_SPEECH.findall(title))
    first = re.match(r"[^\W_]+", title)
    found = {
        "sentence": title.endswith(".") and len(title) > LONG / 2,
        "long": len(title) > LONG,
        "too long": len(title) > LONG * 1.4,
        "label": _LABEL.search(title),
        "speech": spoken,
        "only speech": 2 * len(spoken) > len(title),
        "leaning": first is None or first[0].casefold() in LEANING.get(tongue or "en", ()),
        "cut": not marks_are_paired(title) or title.endswith(("…", "...", ",", ":")),
        "nameless": not re.search(r"\W[^\W\d_]*[A-ZÀ-Þ]", title) and tongue != "de",
        "aside": re.match(r"[A-Z]\w+ing\b[^,]*, ", title),
        "hearsay": _HEARSAY.search(title),
        "verbless": has_verb(title, tongue) is False,
        "small name": has_small_name(title, tongue),
    }
    worth = plainness(title, page=page)
    for kind, is_so in found.items():
        worth *= WORTH[kind] if is_so else 1.0
    return worth

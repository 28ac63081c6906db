"""Which of its pages' headlines a story takes, and whose words it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.news.copies import one_text
from agent.news.features import telling
from agent.news.headlines import clarity
from agent.news.quoting import quotation
from agent.news.reading import ReadPage
from domain.news import Fingerprint, NewsItem
from domain.sentences import sentences

MAX_HEADLINE_CHARS = 200
SHARED = 0.6
"""The share of a headline's telling words that another paper's page must hold, for the headline to
say what both papers say."""
SAID_BY_OTHERS = 0.5
"""How much of a headline's worth it keeps if no other page holds any of its words."""
SAYS_LITTLE = 2
"""A headline of so many telling words counts half: a short one says little."""
COMPARED_CHARS = 5000


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline, and the same as a reader gets it: marked as one paper's where it is that."""

    title: str
    shown: str


def chosen_heading(
    pages: Sequence[ReadPage], about: Fingerprint, *, tongue: str | None
) -> Heading | None:
    """The clearest headline of the pages in a language that the other papers' pages bear out and
    that says most of what the story is ``about``; None where no page has any.

    One whose words stand in no other paper's page in that language is given as a quotation of its
    paper; where there is no such page, as it is.
    """
    own = [page for page in pages if page.language == tongue]
    words = {page.url: telling(page.text[:COMPARED_CHARS] + "\n" + page.title) for page in own}
    subject = {*about.entities, *about.words}
    best: tuple[float, Heading] | None = None
    for page in own:
        title = page.title or next((s.text for s in sentences(page.text)), "")
        title = title[:MAX_HEADLINE_CHARS]
        said = telling(title, dates=False)
        if not said:
            continue
        others = [p for p in own if p.site != page.site and not one_text(p.voice, page.voice)]
        held = [len(said & words[p.url]) / len(said) for p in others]
        item = NewsItem(title, page.url, page.site, page.text[:200], page.fetched_at)
        borne_out = (max(held, default=1.0) + sum(held) / max(1, len(held))) / 2
        central = len(said & subject) / len(said)
        borne_out = (borne_out + central) / 2 * len(said) / (len(said) + SAYS_LITTLE)
        worth = clarity(item) * (SAID_BY_OTHERS + (1 - SAID_BY_OTHERS) * borne_out)
        shown = title
        if held and max(held) < SHARED:
            shown = quotation(title, page.outlet or page.site, language=tongue)
        if best is None or worth > best[0]:
            best = worth, Heading(title, shown)
    return best[1] if best else None

"""Look-up of names, by Wikidata's search for entities
(https://www.wikidata.org/w/api.php?action=help&modules=wbsearchentities).

Give it a fetcher that keeps answers, so that a name is asked for once.
"""

from __future__ import annotations

import asyncio
from typing import Final

from agent.ports import Entity, Fetcher
from agent.providers.answers import json_object, part, parts
from agent.sandbox.found_texts import one_line
from domain.errors import ProviderUnavailable

NAME: Final = "wikidata"
WIKIDATA: Final = "https://www.wikidata.org"
TIMEOUT_S: Final = 4.0
"""Seconds for an answer: what it is asked about is only a guess."""
MAX_NAME_CHARS: Final = 80
MAX_DESCRIPTION_CHARS: Final = 120


class WikidataEntities:
    """Asks Wikidata whether something is called so."""

    def __init__(self, fetcher: Fetcher, *, base_url: str = "") -> None:
        self._fetcher = fetcher
        self._base_url = (base_url or WIKIDATA).rstrip("/")

    async def find_name(self, text: str, *, language: str) -> Entity | None:
        """The first entity whose label or alias in that language is the text, where its English
        label begins with a capital in every word of weight: Wikidata writes common nouns in lower
        case. None where there is none, and where Wikidata does not answer in time."""
        plain = " ".join(text.split())[:MAX_NAME_CHARS]
        if not plain:
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._find(plain, language)
        except (ProviderUnavailable, TimeoutError):
            return None

    async def _find(self, plain: str, language: str) -> Entity | None:
        answer, _ = await json_object(
            self._fetcher,
            NAME,
            f"{self._base_url}/w/api.php",
            {
                "action": "wbsearchentities",
                "format": "json",
                "formatversion": "2",
                "search": plain,
                "language": language,
                "uselang": "en",
                "type": "item",
                "limit": "5",
            },
        )
        for found in parts(answer.get("search")):
            label = one_line(found.get("label"))
            called = one_line(part(found, "match").get("text")) or label
            if called.casefold() == plain.casefold() and _is_proper(label):
                description = one_line(found.get("description"))[:MAX_DESCRIPTION_CHARS]
                return Entity(one_line(found.get("id")), label, description)
        return None


def _is_proper(label: str) -> bool:
    """Whether a label is that of a proper noun: every word of four letters or more, and the first,
    has a capital or no case."""
    words = label.split()
    weighty = [word for number, word in enumerate(words) if not number or len(word) > 3]
    return bool(weighty) and all(word[0] == word[0].upper() for word in weighty)

"""Looks up whether a person of a name exists, by Wikidata: items that are human (Q5) and are called
so (https://www.mediawiki.org/wiki/Help:WikibaseCirrusSearch).

Give it a fetcher that keeps answers, so that a name is asked for once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from agent.people.recogniser import PersonName, find_people
from agent.ports import Fetcher
from agent.providers.answers import json_object, part, parts
from domain.errors import ProviderUnavailable

NAME: Final = "wikidata"
WIKIDATA: Final = "https://www.wikidata.org"
MAX_ASKED: Final = 5
"""Names of one text that are looked up."""
MAX_NAME_CHARS: Final = 80


class PeopleDirectory(Protocol):
    """Knows who exists."""

    async def is_person(self, name: str) -> bool | None:
        """Whether a person of that name exists; None when it did not answer."""
        ...


class WikidataPeople:
    """Asks Wikidata."""

    def __init__(self, fetcher: Fetcher, *, base_url: str = WIKIDATA) -> None:
        self._fetcher = fetcher
        self._base_url = base_url.rstrip("/")

    async def is_person(self, name: str) -> bool | None:
        """Whether an item that is a human has this label or alias in any language; None when
        Wikidata did not answer usably."""
        plain = " ".join(name.replace('"', " ").split())[:MAX_NAME_CHARS]
        if not plain:
            return False
        asked = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "list": "search",
            "srsearch": f'inlabel:"{plain}" haswbstatement:P31=Q5',
            "srlimit": "1",
            "srprop": "",
        }
        try:
            answer, _ = await json_object(self._fetcher, NAME, f"{self._base_url}/w/api.php", asked)
        except ProviderUnavailable:
            return None
        query = part(answer, "query")
        return bool(parts(query["search"])) if "search" in query else None


async def find_existing_people(
    text: str, directory: PeopleDirectory, *, language: str | None = None
) -> Sequence[PersonName]:
    """The names in a text, each with whether such a person exists; at most five that the data does
    not know are looked up."""
    names = find_people(text, language)
    asked = [name.text for name in names if name.known is None][:MAX_ASKED]
    answers = dict(zip(asked, await asyncio.gather(*map(directory.is_person, asked)), strict=True))
    return [
        replace(name, known=answers.get(name.text)) if name.known is None else name
        for name in names
    ]

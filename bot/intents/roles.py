"""References by role: "face from the first, style from the second"."""

from __future__ import annotations

import re
from functools import partial

from bot.intents.lexicon import folded, lexicons

_FROM = (
    r"(?P<role>\b[\w-]+) (?P<from>from|of|like|aus|von|vom|wie|nach) "
    r"(?:(?P<article>the|my|dem|der|das|die|den) )?(?P<word>WORDS)"
    r"(?: (?:one|picture|image|photo|reference(?: image)?|bild|foto|vorlage(?:nbild)?))?"
    r"(?=[\s,.;!]*(?:$|,|\.|;|and\b|und\b|with\b|mit\b))"
)
"""A part of a picture, and from which it is to be; a noun after the number would be another one
("from the first snow")."""


def with_named_references(prompt: str, *, pictures: int) -> str:
    """A prompt in which "from the second" reads "from the second reference image", where so many
    pictures came with it; others stay as they are."""
    if pictures < 2 or len(folded(prompt)) != len(" ".join(prompt.split())):
        return prompt
    for language in lexicons():
        words = [word for word, number in language.ordinals.words.items() if 0 < number <= pictures]
        pattern = re.compile(_FROM.replace("WORDS", "|".join(map(re.escape, words))), re.I)
        noun = "reference image" if language.language == "en" else "Vorlagenbild"
        prompt = pattern.sub(partial(_named, noun), prompt)
    return prompt


def _named(noun: str, found: re.Match[str]) -> str:
    article = f"{found['article']} " if found["article"] else ""
    return f"{found['role']} {found['from']} {article}{found['word']} {noun}"

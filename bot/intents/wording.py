"""Taking a message apart: what begins and ends it without meaning, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.intents.lexicon import Lexicon, folded, lexicons

MAX_FORMS: Final = 16
_EMOJI_NAME: Final = re.compile(r"<a?:\w+:\d+>|:[a-z0-9_+'-]+:(?::[a-z0-9_-]+:)?")
_LINK: Final = re.compile(r"<?https?://\S+|www\.\S+")
_CLEARLY_MORE: Final = 2
"""So many more small words of a language make it the only one that a message is read in."""
_WORD: Final = re.compile(r"[^\W_]+(?:[.'&-][^\W_]+)*", re.UNICODE)
_PLEA: Final = re.compile(r"(?<![\w'])(?:please|pls|plz|bitte)(?![\w'])")
_ENDS: Final = " \t.!…,;:–—-?)*~\"'"


@dataclass(frozen=True, slots=True)
class Form:
    """A message with some of its beginning and end taken off.

    ``asked`` says that words were taken off which make a request of it ("can you …").
    """

    text: str
    asked: bool = False
    proposed: bool = False
    """Whether they propose what is to be there ("how about …", "it needs …")."""

    @property
    def words(self) -> list[str]:
        """Its words."""
        return _WORD.findall(self.text)


def without_decoration(text: str) -> str:
    """The text in lower case without links, emoji names and quoted lines."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    return folded(_EMOJI_NAME.sub(" ", _LINK.sub(" ", " ".join(lines))))


def words_of(text: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(text)


def languages_of(plain: str) -> list[Lexicon]:
    """The languages that a folded text may be in, by their small words."""
    words = words_of(plain)
    known = [sum(word in language.function_words for word in words) for language in lexicons()]
    return [
        language
        for language, count in zip(lexicons(), known, strict=True)
        if count > max(known) - _CLEARLY_MORE
    ]


def bare(text: str) -> str:
    """A text without punctuation around it."""
    return text.strip(_ENDS)


def forms(text: str, language: Lexicon) -> Iterator[Form]:
    """A folded text, then with one more beginning or end that says nothing taken off each time."""
    found = [Form(bare(text))]
    if _PLEA.search(found[0].text):
        found.append(Form(" ".join(bare(_PLEA.sub(" ", found[0].text)).split()), asked=True))
    for form in found:
        if len(found) < MAX_FORMS:
            found += [shorter for shorter in _shortened(form, language) if shorter not in found]
    return (form for form in found if form.text)


def _shortened(form: Form, language: Lexicon) -> Iterator[Form]:
    proposal = language.front["proposes"].match(form.text)
    if proposal and proposal.end() < len(form.text):
        yield Form(bare(form.text[proposal.end() :]), asked=True, proposed=True)
    ask = language.front["asks"].match(form.text)
    if ask and ask.end() < len(form.text):
        yield Form(bare(form.text[ask.end() :]), asked=True, proposed=form.proposed)
    opener = language.front["openers"].match(form.text)
    if opener and opener.end() < len(form.text):
        yield replace(form, text=bare(form.text[opener.end() :]))
    polite = language.end.search(form.text)
    if polite and polite.start() > 0:
        asked = form.asked or _pleads(polite[0])
        yield replace(form, text=bare(form.text[: polite.start()]), asked=asked)


def _pleads(words: str) -> bool:
    return any(word in ("please", "pls", "plz", "bitte") for word in words_of(words))

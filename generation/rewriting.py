"""The grounded prompt for generators that take fewer references than it mentions.

A reference that is left out is replaced by a description, so that the prompt never mentions a
picture that the generator does not get.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.ordinals import renumbered, replace_mentions, spelled_out, spoken_of
from domain.research import GroundedPrompt, Reference
from domain.sentences import sentences
from domain.translation.messages import gettext, ngettext

_INSTRUCTION = re.compile(
    r"^(?:please\s+)?(?:use|take|follow|match|base|keep|copy|refer\s+to|see|reproduce|replicate)\b",
    re.IGNORECASE,
)
_THE = re.compile(r"\bthe\s+(?=a picture of )", re.IGNORECASE)


def fitted(grounded: GroundedPrompt, most: int) -> tuple[str, tuple[Reference, ...], str]:
    """The prompt's text and references for a generator that takes ``most``, and a sentence about
    what was left out (empty when nothing was). The first references are kept."""
    kept, lost = grounded.references[:most], grounded.references[most:]
    if not lost:
        return grounded.text, kept, ""
    text = spelled_out(grounded.text)
    for sentence in reversed(sentences(text)):
        gone = [n for n in spoken_of(sentence.text) if n > most]
        if not gone:
            continue
        only_instruction = _INSTRUCTION.match(sentence.text) and len(set(gone)) == len(
            set(spoken_of(sentence.text))
        )
        description = (
            " ".join(_described(grounded.references, n) for n in dict.fromkeys(gone))
            if only_instruction
            else _in_words(sentence.text, grounded.references, most)
        )
        text = text[: sentence.start] + description + text[sentence.start + len(sentence.text) :]
    places = {n: n for n in range(1, most + 1)}
    return renumbered(_tidy(text), places), kept, _note(lost, most)


def _in_words(sentence: str, references: Sequence[Reference], most: int) -> str:
    def words(number: int) -> str | None:
        if number <= most:
            return None
        if number > len(references):
            return "a picture of the subject"
        return f"a picture of {_subject(references[number - 1])}"

    return _THE.sub("", replace_mentions(sentence, words))


def _described(references: Sequence[Reference], number: int) -> str:
    """A sentence with all that is known about a reference in words."""
    if number > len(references):
        return ""
    reference = references[number - 1]
    subject = _subject(reference)
    note = reference.note.strip().rstrip(".")
    if not note or note.casefold() in (
        subject.casefold(),
        f"the appearance of {subject}".casefold(),
    ):
        return f"{subject[:1].upper()}{subject[1:]} as it is known to look."
    return f"{subject[:1].upper()}{subject[1:]}: {note}."


def _subject(reference: Reference) -> str:
    return (reference.subject or reference.title or "the subject").strip().rstrip(".")


def _tidy(text: str) -> str:
    return re.sub(r"[ \t]{2,}", " ", re.sub(r"\n{2,}", "\n", text)).strip()


def _note(lost: Sequence[Reference], most: int) -> str:
    names = ", ".join(repr(reference.title) for reference in lost)
    if not most:
        return gettext(
            "The generator takes no reference images, so these were described in words instead: "
            "{names}.",
            names=names,
        )
    return ngettext(
        "The generator takes {count} reference image, so these were described in words instead: "
        "{names}.",
        "The generator takes {count} reference images, so these were described in words instead: "
        "{names}.",
        most,
        names=names,
    )

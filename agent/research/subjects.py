"""What a request speaks of, found without a model.

The prompt is cut at function words, picture words and verb forms; what is left between them are the
things to look up. Quoted words and addresses stand for themselves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from agent.research.vocabulary import (
    CONNECTORS,
    EVERYDAY,
    FUNCTION_WORDS,
    NOUNS_IN_ING,
    PICTURE_WORDS,
    RECENT_WORDS,
    VERBS,
)
from domain.normal_forms import normalized

MAX_SUBJECTS = 5
MAX_WORDS = 8
MAX_ADDRESS_CHARS = 2048
_QUOTED = re.compile(r"[\"“„«»”]([^\"“”„«»]{2,80})[\"”“«»]|「([^」]{1,40})」|『([^』]{1,40})』")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[’'.\-&][^\W_]+)*\.?")
_HIRAGANA = re.compile(r"[\u3040-\u309f]+")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_SENTENCE_END = ".!?;:,…。！？、"
_JOINERS = "\u200c\u200d"
"""Invisible signs inside words of Persian and of Indian scripts; between emoji they say nothing."""
_TIED = re.compile(r"\s*[&/+]\s*")
_RECENT = re.compile(r"\b(last|this|next|past)\s+(week|month|year|night|summer|winter|season)\b")


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing to look up; ``named`` when it is more than an everyday thing."""

    text: str
    named: bool
    start: int
    """Where it stands in the prompt, in characters."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    opens: bool
    """Whether a sentence or a part of one begins with it."""
    tie: str = " "
    """What joins it to the word before: a blank, or a sign such as the one in "AC/DC"."""
    shouted: bool = False
    """Whether everything is in capitals, so that they say nothing."""

    @property
    def plain(self) -> str:
        return self.text.casefold().rstrip(".").removesuffix("'s").removesuffix("’s")

    @property
    def capital(self) -> bool:
        cased = self.text[0].isupper() and not self.shouted
        return cased or any(c.isdigit() for c in self.text)


def addresses(prompt: str) -> tuple[str, ...]:
    """The http(s) addresses that the requester wrote, each once; none that no site could serve."""
    found = (match[0].rstrip(".,;:!?)]}'") for match in _ADDRESS.finditer(prompt))
    return tuple(dict.fromkeys(url for url in found if len(url) <= MAX_ADDRESS_CHARS))


def without_addresses(text: str) -> str:
    """A text without the http(s) addresses in it."""
    return re.sub(r"\s+", " ", _ADDRESS.sub(" ", text)).strip()


def subjects(prompt: str) -> tuple[Subject, ...]:
    """The things a prompt speaks of, in its order, at most five; named ones are kept first."""
    rest = _ADDRESS.sub(lambda m: " " * len(m[0]), prompt)
    found: list[Subject] = []
    for match in _QUOTED.finditer(rest):
        text = next(group for group in match.groups() if group)
        if _WORD.search(text):
            found.append(Subject(text.strip(), named=True, start=match.start()))
    rest = _QUOTED.sub(lambda m: ", " + " " * (len(m[0]) - 2), rest)
    for chunk in _chunks(_words(rest)):
        found += _of_chunk(chunk)
    return _chosen(found)


def needs_search(prompt: str, found: tuple[Subject, ...]) -> bool:
    """Whether a request should be looked up at all.

    It should when it names something (a name, a number, a word that is not among the everyday
    things), brings an address, or speaks of a date or of what is new. A request made of everyday
    things alone ("a red cube", "sunset over the sea") costs no search.
    """
    plain = prompt.casefold()
    recent = bool(_RECENT.search(plain)) or any(w.plain in RECENT_WORDS for w in _words(plain))
    dated = bool(_YEAR.search(prompt))
    return any(s.named for s in found) or bool(addresses(prompt)) or recent or dated


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    end = 0
    shouted = text.isupper()
    for match in _WORD.finditer(_letters(text)):
        between = text[end : match.start()]
        opens = not words or any(c in _SENTENCE_END or _pictogram(c) for c in between)
        token = text[match.start() : match.end()]
        abbreviation = token.endswith(".") and (len(token) <= 4 and token[0].isupper())
        kept = token if abbreviation else token.rstrip(".")
        tie = between if _TIED.fullmatch(between) else " "
        words.append(_Word(kept, match.start(), opens, tie, shouted))
        end = match.start() + len(kept)
    return words


def _letters(text: str) -> str:
    """The text with a plain letter for each mark that belongs to the letter before it, such as the
    vowel signs of Devanagari and Thai, which ``\\w`` leaves out; as long as the text."""
    shape: list[str] = []
    for sign in text:
        mark = unicodedata.category(sign) in ("Mn", "Mc") and not "\ufe00" <= sign <= "\ufe0f"
        follows = bool(shape) and shape[-1].isalpha()
        shape.append("a" if follows and (mark or sign in _JOINERS) else sign)
    return "".join(shape)


def _pictogram(sign: str) -> bool:
    """Whether it is an emoji or the like: it says nothing, but parts what stands around it."""
    return sign == "\n" or (sign >= "\u2190" and unicodedata.category(sign) == "So")


def _chunks(words: list[_Word]) -> list[list[_Word]]:
    """Runs of words that belong together; connectors stay inside a run, never at its ends."""
    chunks: list[list[_Word]] = [[]]
    for index, word in enumerate(words):
        if word.opens and chunks[-1]:
            chunks.append([])
        run = chunks[-1]
        if _ties(words, index, run):
            run.append(word)
        elif _breaks(word, run):
            if run:
                chunks.append([])
        else:
            run.append(word)
    return [trimmed for chunk in chunks if (trimmed := _trimmed(chunk))]


def _ties(words: list[_Word], index: int, run: list[_Word]) -> bool:
    """Whether a connector (or "the" after one) joins what stands before and after it."""
    word = words[index]
    if not run or index + 1 >= len(words) or words[index + 1].opens:
        return False
    following = words[index + 1]
    if word.plain in CONNECTORS:
        content = following.plain not in FUNCTION_WORDS and not _verb_form(following)
        article = following.plain in ("the", "la", "los", "las", "den", "der")
        return content or article
    if word.plain not in ("the", "la"):
        return False
    # "Alexander the Great", "Chelsea the cat", "Lord of the Rings"
    epithet = run[-1].capital and following.plain not in FUNCTION_WORDS
    return run[-1].plain in CONNECTORS or (epithet and not _verb_form(following))


def _breaks(word: _Word, run: list[_Word]) -> bool:
    if word.plain in FUNCTION_WORDS:
        # "La Scala", "The Hague": an article with a capital inside a sentence begins a name.
        return not (word.capital and not word.opens and len(word.text) > 1 and word.text != "I")
    if word.plain in PICTURE_WORDS:
        return not (word.capital and run and run[-1].capital)
    return _verb_form(word)


def _verb_form(word: _Word) -> bool:
    if word.capital and not word.opens:
        return False
    plain = word.plain
    if plain.endswith("ing") and len(plain) > 5 and plain not in NOUNS_IN_ING:
        return True
    stems = {plain.removesuffix("s"), plain.removesuffix("es"), plain.removesuffix("ed")}
    stems |= {plain.removesuffix("d"), plain[:-3] + "y" if plain.endswith("ies") else plain}
    return plain not in VERBS and bool(stems & VERBS)


def _trimmed(chunk: list[_Word]) -> list[_Word]:
    ends = CONNECTORS | {"the", "la"}
    while chunk and chunk[-1].plain in ends:
        chunk = chunk[:-1]
    while chunk and chunk[0].plain in ends and not _begins_name(chunk):
        chunk = chunk[1:]
    return chunk


def _begins_name(chunk: list[_Word]) -> bool:
    """ "van Gogh" keeps its first word, "of Paris" does not."""
    return chunk[0].plain not in ("of", "the", "la") and len(chunk) > 1 and chunk[1].capital


def _of_chunk(chunk: list[_Word]) -> list[Subject]:
    text = chunk[0].text + "".join(f"{word.tie}{word.text}" for word in chunk[1:MAX_WORDS])
    if _EAST_ASIAN.search(text):
        return _east_asian(text, chunk[0].start)
    if len(text) < 2 or text.isdigit():
        return []
    return [Subject(text, named=_named(chunk), start=chunk[0].start)]


def _east_asian(text: str, start: int) -> list[Subject]:
    """Japanese is cut at its particles, which are written in Hiragana."""
    pieces = [piece for piece in _HIRAGANA.split(text) if piece.strip()]
    long = [piece for piece in pieces if len(piece.strip()) > 1] or pieces or [text]
    return [Subject(piece.strip(), named=True, start=start) for piece in long]


def _named(chunk: list[_Word]) -> bool:
    inner = [word for word in chunk if word.plain not in CONNECTORS and word.plain != "the"]
    if any(word.capital and not word.opens for word in inner):
        return True
    if len(inner) > 1 and all(word.capital for word in inner):
        return True
    return any(not _everyday(word.plain) for word in inner)


def _everyday(plain: str) -> bool:
    plain = normalized("NFC", plain)
    forms = {plain, plain.removesuffix("s"), plain.removesuffix("es")}
    if plain.endswith("ies"):
        forms.add(plain[:-3] + "y")
    if "-" in plain:
        return all(_everyday(part) for part in plain.split("-") if part)
    known = EVERYDAY | PICTURE_WORDS | VERBS
    return bool(forms & known) or (plain.endswith("ing") and plain not in NOUNS_IN_ING)


def _chosen(found: list[Subject]) -> tuple[Subject, ...]:
    """Each thing once; of too many, the named ones first; in the order of the prompt."""
    kept: list[Subject] = []
    for subject in sorted(found, key=lambda s: (-len(s.text), s.start)):
        words = f" {subject.text.casefold()} "
        if not any(words in f" {other.text.casefold()} " for other in kept):
            kept.append(subject)
    best = sorted(kept, key=lambda s: (not s.named, s.start))[:MAX_SUBJECTS]
    return tuple(sorted(best, key=lambda s: s.start))

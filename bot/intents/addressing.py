"""Who is meant by a message in a picture's thread that does not call Limner."""

from __future__ import annotations

import re
from typing import Final

from bot.intents.cues import cues
from bot.intents.lexicon import Lexicon, folded, lexicons
from bot.intents.models import Heard
from bot.intents.things import is_shown, is_thing
from bot.intents.wording import languages_of, words_of

_MENTION: Final = re.compile(r"<[@!][^>]*>|(?<![\w@])@[\w.-]+")
_ASIDE: Final = re.compile(r"\s*(?://|\(|>|<#|/|!)")
"""How people begin what is not meant for the bot: a comment, a quote, a command of another."""
_CALLED: Final = re.compile(
    r"(?:(?:hey|hi|hello|hallo|dear|thanks|thank you|thx|danke|sorry|moin|servus|ok|okay|oh|no|ja)"
    r"[\s,]+)?(?P<name>[^\W\d_][\w.'-]*(?: (?-i:[A-ZÄÖÜ])[\w.'-]*)?)\s*[,:]\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NAMED_FIRST: Final = re.compile(r"(?P<name>[A-ZÄÖÜ][a-zäöüß]+)\s+(?P<rest>.+)", re.DOTALL)
_NAMED_LAST: Final = re.compile(r",\s*(?P<name>[A-ZÄÖÜ][a-zäöüß]+)[.!?…\s]*\Z")
_GREETED: Final = re.compile(
    r"(?:hey|hi|hello|hallo|dear|liebe[r]?|thanks|thank you|danke|moin|servus)\s+"
    r"(?P<name>[A-ZÄÖÜ][a-zäöüß]+)\b",
    re.IGNORECASE,
)
_HONORIFIC: Final = re.compile(
    r"(?:hey |hi |hallo |dear |liebe[r]? )?(?:herr|frau|mr|mrs|ms|miss|dr|prof)\b\.? "
    r"[A-ZÄÖÜ][\w-]+\s*[,:]",
    re.IGNORECASE,
)
_PLURAL: Final = re.compile(
    r"\b(?:könnt|wollt|habt|seid|macht|schaut|nehmt|guckt|meint|findet|würdet|gebt|lasst) ihr\b"
    r"|\b(?:can|could|would|will) (?:someone|somebody|anyone|anybody|one of you)\b"
    r"|\b(?:kann|könnte|würde|mag|will) (?:jemand|einer|wer|irgendwer|irgendjemand)\b|\beuch\b"
)


def calls_other(heard: Heard, language: Lexicon) -> bool:
    """Whether a message is said to another person or to the people of the channel."""
    text = heard.text.strip()
    if heard.to_other or _MENTION.search(text) or _ASIDE.match(text):
        return True
    plain = folded(text)
    if _PLURAL.search(plain) or language.shapes["yours"].search(plain):
        return True
    if language.plural is not None and language.plural.match(plain):
        return True
    groups = language.front["groups"].match(_without_greeting(plain))
    if groups and _is_call(_without_greeting(plain), groups.end()):
        return True
    return _names_someone(heard, text, language)


def _without_greeting(text: str) -> str:
    return re.sub(r"\A(?:hey|hi|hello|hallo|ok|okay|dear|liebe|so)[\s,]+", "", text)


def _is_call(text: str, end: int) -> bool:
    """Whether what ends there stands apart: before a comma, or before a request."""
    return "," in text[:end] or ":" in text[:end] or end == len(text)


def _names_someone(heard: Heard, text: str, language: Lexicon) -> bool:
    if _HONORIFIC.match(text):
        return True
    called = _CALLED.match(text)
    if called and len(called["rest"].split()) > 1 and _is_name(called["name"]):
        return not _is_in_picture(called["name"], heard)
    greeted = _GREETED.match(text)
    if greeted and greeted["name"][0].isupper() and _is_name(greeted["name"]):
        return True
    last = _NAMED_LAST.search(text)
    if last and _is_name(last["name"]):
        german = any(each.language == "de" for each in languages_of(folded(text)))
        noun = german and is_thing(folded(last["name"]), "de")
        if not noun and not is_shown(folded(last["name"]), heard.shown, language.language):
            return True
    first = _NAMED_FIRST.match(text)
    if first is None or not _is_name(first["name"]) or _is_in_picture(first["name"], heard):
        return False
    rest = folded(first["rest"])
    clause = words_of(re.split(r"[,.;:!?]", rest, maxsplit=1)[0])
    if clause and clause[-1] in language.words.get("infinitives", frozenset()):
        return False  # "Schriftzug bitte raus" is no word to anybody
    return language.front["asks"].match(rest) is not None and len(rest.split()) > 1


def _is_in_picture(name: str, heard: Heard) -> bool:
    """Whether what looks like a person's name is that of something in the picture: "Otter:
    longer tail"."""
    return any(
        is_shown(word, heard.shown, language.language)
        for word in words_of(folded(name))
        for language in lexicons()
    )


def _is_name(name: str) -> bool:
    """Whether words are none of those that are known here, in any language."""
    if " " in name and not name[0].isupper():
        return False
    return not any(_is_word(word) for word in words_of(folded(name)))


def _is_word(word: str) -> bool:
    """Whether a word is a word of ours, an ordinal, an adverb, or asks for something."""
    if word.endswith("ly") or any(character.isdigit() for character in word) or any(cues(word)):
        return True
    return any(
        is_known(word, language) or word in language.ordinals.words for language in lexicons()
    )


def is_known(word: str, language: Lexicon) -> bool:
    """Whether a word is in one of the lists, alone or within a phrase."""
    return any(
        word in words or any(word in phrase.split() for phrase in words if " " in phrase)
        for words in language.words.values()
    )

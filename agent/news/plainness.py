"""How well a sentence of a page can be read elsewhere and on another day: what leans on the
sentences around it or on the day of its page, guesses, speaks to that page's readers or carries its
clutter is quoted only where nothing better is there."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from agent.language.frequencies import get_zipf
from agent.news.grammar import (
    has_finite_verb,
    opens_with_unknown_figure,
    opens_with_unnamed,
    opens_with_verb,
    pronoun_without_noun,
    speaker_without_introduction,
)
from agent.news.moments import is_month, is_year
from agent.people import find_people
from domain.relative_days import relative_days

_RELATIVE_DAY: Final = re.compile(
    r"\b(?:(?:today|yesterday|tomorrow)['’]s|tonight|overnight|currently|recently"
    r"|just (?:now|released|announced)"
    r"|(?:this|last|next|same) (?:morning|afternoon|evening|night|week|weekend|month)"
    r"|übermorgen|vorgestern|dziś|сегодня|вчера|завтра)\b"
    r"|今日|昨日|明日|本日|今天|昨天|明天",
    re.IGNORECASE,
)
_PAST: Final = re.compile(
    r"\b(?:(?:last|previous|past) (?:year|decade|century)s?|(?:years?|months|decades) ago"
    r"|(?:since|in|until) (?:the )?(?:19|20)\d\d(?:s\b|\b)|(?:letzte[nrs]?|vorige[nrs]?) Jahr"
    r"|vor (?:\w+ )?(?:Jahren|Monaten)|(?:seit|im Jahr) (?:19|20)\d\d)",
    re.IGNORECASE,
)
"""What was before the event."""
_GUESS: Final = re.compile(
    r"\b(?:may|might|can|could|should|would|must|likely|usually|typically|generally|perhaps|possibly|apparently|seem(?:s|ed|ingly)?|appear(?:s|ed)?"
    r"|rumou?r(?:s|ed)?|reportedly|supposedly|best|worst|bad|worse|great|certainly|surely|clearly|exciting|amazing|awesome|stunning|gorgeous"
    r"|(?:was|were) to [a-z]+|analysts?|observers (?:had|have|were)|had expected|disappoint\w*"
    r"|finally|unfortunately|sadly|luckily|hopefully|surprisingly|in my|of course"
    r"|könnte[n]?|dürfte[n]?|vielleicht|möglicherweise|offenbar|anscheinend|leider|hoffentlich"
    r"|pourrai(?:t|ent)|peut-être|podría[n]?|quizás?|potrebbe(?:ro)?|forse|poderia[m]?|talvez"
    r"|zou(?:den)?|misschien)\b",
    re.IGNORECASE,
)
"""What somebody thinks, and not what happened; the month of May is written with a capital."""
_UNSAID: Final = re.compile(
    r"\b(?:(?:has|have|had|did|would|does|do|is|was)(?:n['’]t|\snot)\s(?:yet\s|immediately\s)?"
    r"(?:sa(?:id|y)|announced?|disclosed?|reveal(?:ed)?|known|clear|comment(?:ed)?|available)\b"
    r"|no (?:immediate )?(?:comment|details|word)\b|yet to (?:say|announce|confirm|comment)\b"
    r"|ist (?:noch )?(?:nicht bekannt|unklar)|sagte nicht\b)",
    re.IGNORECASE,
)
"""What nobody said, which is not what happened."""
_CLUTTER: Final = re.compile(
    r"\([A-Z][A-Za-z]{1,8}\s?:\s?[A-Z.]{1,6}\)"  # (NASDAQ: MSFT)
    r"|\((?=[^()]*\b(?:[Qq]uote|[Ss]tock|[Nn]ews|[Pp]rofile|[Cc]hart)\b)[A-Z]{2,5}\b[^()]*\)"
    r"|\b[A-Z]{1,5}\s[+−-]\d+[.,]\d+\s?%"  # AMD +0.26%
    r"|\b(?:today|yesterday)\s(?:19|20)\d\d\b"  # what is searched for
    r"|\bwww\.|https?://|(?<!\w)[@#]\w|\s[-–—]\s[-–—]\s|[|›»]\s*$|<[^>]*>|(?<=\w)\s+[,.;!?](?=\s|$)"
    r"|[a-z]- [a-z]"
    r"|\.{2,}|[*•®™]|\b[A-Z]{3,}\s[A-Z]{3,}\s[A-Z]{3,}\b|^(?:[^\s:]+\s)?[^\s:]+:\s"
)
_TO_READERS: Final = re.compile(
    r"\b(?:we|our|us|you|your|me|my|wir|uns|unsere[rmns]?|nous|vous|notre|votre|nosotros"
    r"|nuestr[oa]s?|ustedes|noi|nostr[oaie]|voi|nós|noss[oa]s?|você|wij|ons|onze|jullie)\b|\bI\b"
    r"|\bI['’]|\b(?:take note|stay tuned|heads up)\b",
)
_BESIDES: Final = re.compile(
    r"\b(?:also|too|then(?!-)|another|instead|meanwhile|however|therefore|nonetheless|nevertheless|moreover"
    r"|furthermore|additionally|similarly|in addition|in fact|for example"
    r"|auch|zudem|außerdem|jedoch|aussi"
    r"|también|anche|também|ook|także|również)\b",
    re.IGNORECASE,
)
_POINTS: Final = re.compile(
    r"\b(?:these|those|this|such)\s(?!(?:year|week|month|who|whose|as|in|of)\b)[a-z]"
    r"|\bthe (?:former|latter)\b"
    r"|\bdies(?:e[rmns]?|es)?\s(?!Jahr|Woche|Monat)[A-ZÄÖÜ]",
)
"""What takes up something that was said before."""
_ASIDE: Final = re.compile(
    r"^(?:What|How|Why|Where|To date|Yes|No|Well|So|As|While|With|Despite|Although|Though"
    r"|If|When|Because|Whether|Given|Amid|Besides|Like"
    r"|Unlike|Even|Just|Not|In an?|In another|Following|Regardless|Obwohl|Während|Wenn|Trotz|Wie"
    r"|[A-Z][a-z]+ly,|Bien que|Alors que|Malgré|Aunque|Mientras|A pesar|Anche se|Mentre"
    r"|Nonostante)\s"
)
"""An opening that is not what happened."""
_SHOUTED: Final = re.compile(
    r"^[A-ZÀ-Þ]{3,}\s+[A-ZÀ-Þ]{4,}\s|^(?:[A-ZÀ-Þ][a-zà-þ]{0,3}\s)?([A-ZÀ-Þ]{4,})\s(?=[a-zà-þ])"
)
_OPENING: Final = re.compile(r"^([^,]{3,40}),\s")
MOST_OPENING_WORDS = 4
EVERYDAY = 4.8
"""Zipf frequency of words that are no abbreviations."""
_ARTICLES: Final = frozenset({"the", "an", "der", "die", "das", "eine", "les", "los", "una", "het"})
A_NAME = 0.35
"""The score of what is probably somebody's name."""
LONG = 230
_QUOTED: Final = re.compile(r"[“„«\"][^“”„«»\"]*[”“»\"]")
WORTH: Final = {
    "day": 0.15,
    "dated day": 0.8,
    "undated day": 0.15,
    "clutter": 0.3,
    "readers": 0.2,
    "past": 0.5,
    "besides": 0.5,
    "case": 0.4,
    "speech": 0.6,
    "guess": 0.4,
    "unsaid": 0.3,
    "asks": 0.2,
    "pronoun": 0.1,
    "speaker": 0.4,
    "unnamed": 0.6,
    "figure": 0.4,
    "verbless": 0.2,
    "aside": 0.55,
    "points": 0.5,
    "long": 0.7,
}
"""How much of its worth a sentence of each kind keeps."""
LEANING_KINDS: Final = frozenset({"besides", "pronoun", "points", "aside"})
"""The kinds that lean on the sentence before."""


def plainness(
    sentence: str,
    *,
    page: str = "",
    language: str | None = None,
    known: Collection[str] | None = None,
    dated: bool = False,
    follows: bool = False,
) -> float:
    """How well (0 to 1) a sentence can be quoted elsewhere and later: 1 where nothing is wrong.

    ``page`` is the text that it stands in, ``known`` the telling words of the headline above it,
    which it may take up ("The ferry …"); without these nothing is said of that. Where the page is
    ``dated``, words such as "today" can be explained. A sentence that ``follows`` the one before it
    in the same quotation may lean on it.
    """
    own = _QUOTED.sub(" ", sentence)
    words = own.split()
    found = {
        "day": _RELATIVE_DAY.search(own),
        "dated day" if dated else "undated day": relative_days(own),
        "clutter": _CLUTTER.search(sentence),
        "readers": _TO_READERS.search(own),
        "past": _PAST.search(own) or _opens_in_the_past(sentence),
        "besides": _BESIDES.search(own),
        "case": _is_shouted(sentence, page) or has_small_name(own, language),
        "speech": any(len(said.split()) > 2 for said in _QUOTED.findall(sentence)),
        "guess": any(m[0] != "May" or m.start() == 0 for m in _GUESS.finditer(own)),
        "unsaid": _UNSAID.search(own),
        "asks": sentence.rstrip('"”’» ').endswith(("?", "!", "？", "！")),
        "pronoun": pronoun_without_noun(own, language),
        "speaker": speaker_without_introduction(own, page, language),
        "figure": known is not None and opens_with_unknown_figure(words, known=known),
        "unnamed": known is not None and opens_with_unnamed(words, language, known=known),
        "verbless": has_finite_verb(own, language) is False or opens_with_verb(own, language),
        "points": _POINTS.search(own),
        "aside": _ASIDE.match(sentence),
        "long": len(sentence) > LONG,
    }
    worth = 1.0
    for kind, is_so in found.items():
        worth *= WORTH[kind] if is_so and not (follows and kind in LEANING_KINDS) else 1.0
    return worth


def _is_shouted(sentence: str, page: str) -> bool:
    """Whether it begins in capitals that are no short name, as many pages' first paragraphs do: a
    single word is a name where the page never writes it otherwise."""
    first = sentence.partition(" ")[0]
    if first.isupper() and first.casefold() in _ARTICLES:
        return True
    begun = _SHOUTED.match(sentence)
    if begun is None or begun[1] is None:
        return begun is not None
    plain = begun[1].lower()
    return get_zipf(plain, "en") >= EVERYDAY or re.search(rf"\b{plain}\b", page) is not None


def has_small_name(sentence: str, language: str | None) -> bool:
    """Whether somebody's name is written without capitals."""
    if language is None or not any(sign.isupper() for sign in sentence):
        return False
    found = (name for name in find_people(sentence, language) if name.score >= A_NAME)
    return any(" " in name.text and name.text.islower() for name in found)


def _opens_in_the_past(sentence: str) -> bool:
    """Whether it begins with a month or a year, as background does: "In January, …"."""
    opening = _OPENING.match(sentence)
    words = re.findall(r"\w+", opening[1]) if opening else []
    if not 1 < len(words) <= MOST_OPENING_WORDS:
        return False
    days = any(word.isdecimal() and not is_year(word) for word in words)
    return not days and any(is_year(word) or is_month(word) for word in words[1:])

"""The one reader of intents: who is meant, what is wanted, which picture.

Rules go by the build of a sentence and by the vocabulary in ``data``; they are cautious where
nobody called Limner. What they are not sure of they say so, for a model to decide or people to be
asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.intents.addressing import calls_other
from bot.intents.learned import Judge, probabilities
from bot.intents.lexicon import Lexicon, lexicons
from bot.intents.models import ABOUT_PICTURES, MAX_CHARS, Heard, Intent, Reading
from bot.intents.new_pictures import (
    is_description,
    is_errand,
    new_picture,
    prompt_of,
    speaks_of_one,
)
from bot.intents.objects import is_comparative
from bot.intents.rules import Strength, seen_words
from bot.intents.sets import with_pictures
from bot.intents.subcommands import (
    Ask,
    Sub,
    prompt_of_imagine,
    read_ask,
    suggested,
    without_own_name,
)
from bot.intents.things import is_shown
from bot.intents.weighing import weighed
from bot.intents.which import Pointed, grid_code, pointed
from bot.intents.wishes import WishRules
from bot.intents.wording import Form, bare, forms, languages_of, without_decoration, words_of

NOTHING: Final = Reading(Intent.NOTHING)
_OF_PICTURES: Final = (
    Intent.UPSCALE,
    Intent.REFERENCE,
    Intent.RESEARCH,
    Intent.DELETE,
    Intent.CANCEL,
    Intent.SOURCES,
    Intent.SEED,
    Intent.AGAIN,
)
"""In the order in which their patterns are tried: the more particular first."""
_OF_LIMNER: Final = (
    Intent.SETTINGS,
    Intent.GALLERY,
    Intent.NEWS,
    Intent.HELP,
)
_THANKS: Final = re.compile(r"\b(?:thanks|thank|thx|ty|tysm|cheers|danke|dankeschön|dank|merci)\b")
_PRAISE: Final = re.compile(r"(?:so|very|really|how|such an?|sehr|wie|echt|so ein\w*) [\w-]+")
_LETTERS: Final = re.compile(r"[^\W\d_]")
_OWN_NAME: Final = re.compile(
    r"(?:hey |hi |hello |hallo |ok |so )?@?limner\b(?!['’])[\s,:!]*", re.IGNORECASE
)
_CALLED_LATER: Final = re.compile(
    r"(?:\A|[,.!?:;–—-])\s*@?limner\s*,"
    r"|(?:[,.!?:;–—-]|\b(?:please|pls|bitte))\s*@?limner[\s.!?…)]*\Z"
    r"|(?:\A|[,.!?:;–—-])\s*@?limner "
    r"(?:please|bitte|do|take|make|can|could|would you|mach|kannst|könntest)\b",
    re.IGNORECASE,
)
"""Limner's name as it is called out in a sentence: "…, Limner", "Limner could you?"."""
_NUMBER_LAST: Final = re.compile(
    r"(?P<head>[^\d#]{3,25}?) (?:of |for |von |number |nr\.? )?#?(?P<number>[1-4])"
)
_CLAUSES: Final = re.compile(r"(?<=[.!?;…])\s+|\s*[,;:]\s+|\s+[–—-]\s+|\n")
_TOLD: Final = re.compile(r"(?:i|we|ich|wir|he|she|they)(?:'\w+)?\s", re.IGNORECASE)


def read(heard: Heard, judge: Judge = probabilities) -> Reading:
    """What a message wants; nothing where it is only talk among people.

    ``judge`` is the learned model that the rules are weighed with.
    """
    heard = called_by_name(heard)
    reading = by_rules(heard)
    if is_weighed(heard, reading):
        reading = weighed(heard, reading, judge(heard, reading))
    return with_pictures(heard, reading)


def called_by_name(heard: Heard) -> Heard:
    """The message without Limner's name before it, which makes it one to Limner; as does the name
    called out later, in a reply to somebody else as well."""
    if _CALLED_LATER.search(heard.text):
        heard = replace(heard, addressed=True, to_other=False)
    own = _OWN_NAME.match(heard.text.strip())
    if own is None or heard.to_other:
        return heard
    return replace(heard, addressed=True, text=heard.text.strip()[own.end() :])


def by_rules(heard: Heard) -> Reading:
    """What the rules alone read from a message."""
    if heard.addressed:
        command = _command(heard.text)
        if command is not None:
            return command
    plain = without_decoration(heard.text)
    if not _LETTERS.search(plain) and not re.search(r"#|[1-4]", plain):
        return _wordless(heard)
    if len(plain) > MAX_CHARS:
        return Reading(Intent.NEW, heard.text.strip()) if heard.addressed else NOTHING
    code = grid_code(plain)
    if code is not None and heard.pictures:
        return _of_grid(heard, *code)
    readings = [_in_language(heard, plain, language) for language in languages_of(plain)]
    return max(readings, key=_rank)


def is_weighed(heard: Heard, reading: Reading) -> bool:
    """Whether the learned model is heard as well: on words below a picture, never on commands or
    on words to other people."""
    if not heard.pictures or reading.ask is not None or reading.references:
        return False
    plain = without_decoration(heard.text)
    if reading.intent is Intent.SUGGEST or not _LETTERS.search(plain) or len(plain) > MAX_CHARS:
        return False
    if grid_code(plain) is not None:
        return False
    return heard.addressed or not is_between_people(heard)


def _rank(reading: Reading) -> tuple[int, bool]:
    """The language in which a message says something wins over that in which it says nothing; a
    guess that anything might be drawn comes last but for silence."""
    if reading.intent is Intent.NOTHING:
        return (3 if not reading.sure else 4 if reading.suggestion else 0, True)
    if reading.intent in (Intent.NEW, Intent.OFFER) and not reading.sure:
        return (2 if reading.intent is Intent.OFFER else 1, False)
    return (6 if reading.sure else 5, reading.picture is not None)


def _command(text: str) -> Reading | None:
    """A sub-command, or what is nearly one."""
    drawn = prompt_of_imagine(text)
    if drawn:
        return Reading(Intent.NEW, drawn)
    text = without_own_name(text).strip()
    if text.startswith("--"):
        return Reading(Intent.NEW, text)
    ask = read_ask(text.lstrip("/").rstrip("!.?") if len(text.split()) < 3 else text.lstrip("/"))
    if ask.sub not in (Sub.PROMPT, Sub.FORM):
        return _of_sub_command(ask)
    nearly = suggested(text)
    return Reading(Intent.SUGGEST, text, suggestion=nearly) if nearly else None


def _of_sub_command(ask: Ask) -> Reading:
    known = {
        Sub.SETTINGS: Intent.SETTINGS,
        Sub.HELP: Intent.HELP,
        Sub.NEWS: Intent.NEWS,
        Sub.GALLERY: Intent.GALLERY,
        Sub.STATUS: Intent.STATUS,
        Sub.CANCEL: Intent.CANCEL,
        Sub.SOURCES: Intent.SOURCES,
    }
    return Reading(known.get(ask.sub, Intent.COMMAND), ask=ask)


def _wordless(heard: Heard) -> Reading:
    """Emoji, links and stickers; pictures that are sent to Limner are to be used."""
    if heard.addressed and heard.files:
        return Reading(Intent.CHANGE if heard.pictures else Intent.NEW, "")
    if heard.addressed and not heard.text.strip():
        return Reading(Intent.HELP)
    return NOTHING


def _of_grid(heard: Heard, letter: str, number: int, rest: str) -> Reading:
    """``U2`` or ``V3``, as people know them; with more words, a change of that picture."""
    number = number if number <= heard.pictures else heard.pictures
    said = bare(rest)
    if said and said not in ("please", "pls", "bitte", "thanks", "danke"):
        return Reading(Intent.CHANGE, heard.text.strip(), picture=number, sure=False)
    return Reading(Intent.UPSCALE if letter == "u" else Intent.SEED, picture=number)


def _in_language(heard: Heard, plain: str, language: Lexicon) -> Reading:
    if not heard.addressed and calls_other(heard, language):
        return NOTHING
    if any(phrase in plain for phrase in language.words["leave"]):
        return Reading(Intent.NOTHING, suggestion="talk")
    if _PRAISE.fullmatch(plain.rstrip(" .!…")):
        return Reading(Intent.NOTHING, suggestion="talk")
    if _THANKS.search(plain) and _is_talk(plain, language):
        return Reading(Intent.NOTHING, suggestion="thanks")
    numbered = _numbered(heard, plain, language)
    if numbered is not None:
        return numbered
    target = pointed(plain, language, pictures=heard.pictures)
    shapes = list(forms(target.text, language))
    for reading in _by_pattern(heard, shapes, target, language):
        return reading
    if target.references and any(map(WishRules(language, heard.shown).commands, shapes)):
        return _change(heard, target)
    if target.picture is not None and (
        _wish(shapes, target, language, shown=heard.shown) is Strength.PLAIN
        or _has_plain_clause(heard, target, language)
    ):
        return _change(heard, target)
    if _is_talk(plain, language):
        return Reading(Intent.NOTHING, suggestion="talk")
    if heard.addressed:
        return _spoken_to(heard, plain, shapes, target, language)
    return _overheard(heard, shapes, target, language)


def _by_pattern(
    heard: Heard, shapes: list[Form], target: Pointed, language: Lexicon
) -> Iterator[Reading]:
    """What whole sentences ask for: the same words always mean the same."""
    kinds = [*(_OF_PICTURES if heard.has_job or heard.pictures or heard.addressed else ())]
    kinds += [Intent.STATUS] if heard.has_job or heard.addressed else []
    kinds += [*_OF_LIMNER] if heard.addressed else []
    for kind in kinds:
        if kind is Intent.STATUS and heard.pictures and _asks_fact(heard, shapes, language):
            continue  # "how long is the bridge?"
        if kind is Intent.REFERENCE and not heard.addressed and language.work.search(target.text):
            continue  # "use the new template for the report"
        pattern = language.patterns[kind.value]
        for shape in shapes:
            if pattern.fullmatch(shape.text):
                about = heard.text.strip()
                yield Reading(kind, about, picture=target.picture)
                return


def _numbered(heard: Heard, plain: str, language: Lexicon) -> Reading | None:
    """A short command with the number of a picture behind it: "upscale 3", "vary 2 please"."""
    for shape in forms(plain, language):
        found = _NUMBER_LAST.fullmatch(shape.text)
        if found is None or not 1 <= int(found["number"]) <= heard.pictures:
            continue
        pronoun = "it" if language.language == "en" else "das"
        of = "of" if language.language == "en" else "von"
        head = found["head"].removesuffix(f" {of}")
        shorter = [Form(f"{head} {pronoun}"), Form(f"{head} {of} {pronoun}")]
        target = Pointed(shorter[0].text, int(found["number"]))
        for reading in _by_pattern(heard, shorter, target, language):
            return reading
    return None


def _overheard(heard: Heard, shapes: list[Form], target: Pointed, language: Lexicon) -> Reading:
    """What is said in a picture's thread to nobody by name: only plain wishes and questions."""
    if not (heard.pictures or heard.has_job):
        return NOTHING
    question = language.patterns["question_strict"]
    if _asks_fact(heard, shapes, language):
        return Reading(Intent.QUESTION, heard.text.strip(), picture=target.picture)
    if _asks(heard, shapes) and not language.work.search(target.text):
        for shape in shapes:
            if question.fullmatch(shape.text):
                return Reading(Intent.QUESTION, heard.text.strip(), picture=target.picture)
    best = _wish(shapes, target, language, shown=heard.shown)
    if best is Strength.PLAIN and _needs_for_themselves(shapes, language):
        return NOTHING
    brought = heard.files and any(map(WishRules(language, heard.shown).commands, shapes))
    if best is Strength.PLAIN or brought or _has_plain_clause(heard, target, language):
        return _change(heard, target)
    if best is Strength.PERHAPS and _is_request(shapes, language):
        return Reading(Intent.OFFER, heard.text.strip(), picture=target.picture, sure=False)
    return NOTHING


def _wish(
    shapes: list[Form],
    target: Pointed,
    language: Lexicon,
    *,
    shown: frozenset[str],
    called: bool = False,
) -> Strength:
    """How plainly a message, in any of its forms, says what a picture should be like."""
    rules, one = WishRules(language, shown), target.picture is not None
    return max(
        (rules.strength(shape, pointed=one, called=called) for shape in shapes),
        default=Strength.NONE,
    )


def _needs_for_themselves(shapes: list[Form], language: Lexicon) -> bool:
    """Whether people may need what the picture happens to show as well: "we need more desks"."""
    text = shapes[0].text if shapes else ""
    if not language.shapes["needed"].match(text) or language.shapes["in_view"].search(text):
        return False
    return not any(word in seen_words(language) for word in words_of(text))


def _is_request(shapes: list[Form], language: Lexicon) -> bool:
    """Whether a message asks for something with a verb ("can you put …")."""
    fronts = (language.front["verbs"], language.front["weak_verbs"])
    return any(shape.asked and front.match(shape.text) for shape in shapes for front in fronts)


def _has_plain_clause(heard: Heard, target: Pointed, language: Lexicon) -> bool:
    """Whether one part of a longer message is a request for a change: "the letters are wrong, it
    should say Prague". Parts count that ask or command, never mere fragments."""
    parts = [part for part in _CLAUSES.split(without_decoration(heard.text)) if part.strip()]
    if len(parts) < 2:
        return False
    rules = WishRules(language, heard.shown)
    del target
    return any(
        rules.strength(shape) is Strength.PLAIN
        for part in parts
        for shape in forms(part, language)
        if rules.commands(shape)
        or _is_comparative(shape, language)
        or rules.ends_in_command(shape)
        or (heard.addressed and part is parts[0])
    )


def _is_comparative(shape: Form, language: Lexicon) -> bool:
    words = shape.words
    return len(words) <= 3 and any(is_comparative(word, language) for word in words)


def _asks_fact(heard: Heard, shapes: list[Form], language: Lexicon) -> bool:
    """Whether a question is about what the picture shows: "how long is the bridge?"."""
    if not heard.text.rstrip().endswith("?"):
        return False
    if language.work.search(shapes[0].text) or language.shapes["errand"].search(shapes[0].text):
        return False
    return any(
        language.shapes["asks_fact"].fullmatch(shape.text)
        and any(is_shown(word, heard.shown, language.language) for word in shape.words)
        for shape in shapes
        if not shape.asked
    )


def _asks(heard: Heard, shapes: list[Form]) -> bool:
    return heard.text.rstrip().endswith("?") or len(shapes[0].words) <= 14


def _spoken_to(
    heard: Heard, plain: str, shapes: list[Form], target: Pointed, language: Lexicon
) -> Reading:
    """What is said to Limner: always something, and a picture where that is what it says."""
    about = heard.text.strip()
    drawn = new_picture(heard, shapes, language)
    best = _wish(shapes, target, language, shown=heard.shown, called=True)
    question = language.patterns["question"]
    known = any(question.fullmatch(shape.text) for shape in shapes if not shape.asked)
    asked = [shape for shape in shapes if shape.asked]
    requested = _wish(asked, target, language, shown=heard.shown, called=True)
    if best is not Strength.PLAIN and not known and _has_plain_clause(heard, target, language):
        best = Strength.PLAIN
    plain_wish = best is Strength.PLAIN and (not known or requested is Strength.PLAIN)
    if best is not Strength.PLAIN and drawn is None and _THANKS.match(plain):
        return Reading(Intent.NOTHING, suggestion="thanks")
    if heard.pictures and drawn is None and plain_wish:
        return _change(heard, target)
    if drawn is not None:
        return drawn
    if not heard.pictures and is_errand(shapes, language):
        return Reading(Intent.OFFER, about, sure=False)
    if known or plain.endswith("?"):
        sure = heard.pictures > 0
        kind = Intent.QUESTION if sure else Intent.OFFER
        if not sure and not known and is_description(shapes, language):
            return Reading(Intent.NEW, about, sure=False)
        return Reading(kind, about, picture=target.picture, sure=sure and known)
    if heard.pictures:
        if best is Strength.PERHAPS or heard.files:
            return Reading(Intent.OFFER, about, picture=target.picture, sure=False)
        if is_description(shapes, language):
            return Reading(Intent.NEW, prompt_of(heard.text, language), sure=False)
        return Reading(Intent.OFFER, about, picture=target.picture, sure=False)
    described = is_description(shapes, language)
    if best is Strength.PLAIN and not described and speaks_of_one(shapes, language):
        return Reading(Intent.CHANGE, about, sure=False)
    if _TOLD.match(shapes[0].text if shapes else plain) and not any(s.asked for s in shapes):
        return Reading(Intent.OFFER, about, sure=False)
    return Reading(Intent.NEW, prompt_of(heard.text, language), sure=False)


def _change(heard: Heard, target: Pointed) -> Reading:
    return Reading(
        Intent.CHANGE, heard.text.strip(), picture=target.picture, references=target.references
    )


def _is_talk(plain: str, language: Lexicon) -> bool:
    """Whether all words are those of talk, and at least one is more than a small word."""
    words = words_of(plain)
    chatter, small = language.words["chatter"], language.words["small"]
    return (
        bool(words)
        and all(w in chatter or w in small or w.isdigit() for w in words)
        and any(w in chatter for w in words)
        and not language.shapes["time_of_day"].match(plain)
        and not _compares(plain, words, language)
    )


def _compares(plain: str, words: list[str], language: Lexicon) -> bool:
    """Whether words of praise say how it should look: "a bit less cute"."""
    more = any(plain.startswith(f"{start} ") for start in language.words["suffix_comparative"])
    return more and words[-1] in language.words["visual_adjectives"]


def is_between_people(heard: Heard) -> bool:
    """Whether a message is plainly said by one person to another."""
    return any(calls_other(heard, language) for language in lexicons())


def needs_picture(intent: Intent) -> bool:
    """Whether an intent speaks of a picture that was drawn before."""
    return intent in ABOUT_PICTURES

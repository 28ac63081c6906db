"""What the words around a thing say of it: a question how it looks, the plate it lies on, the
number of its series, or the name that "and" joins it with. They tell names that neither a capital
nor rarity tells."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.language.frequencies import get_zipf, has_long_list
from agent.language.normalise import fold
from agent.language.tagging import WordKind
from agent.people.names import get_names
from agent.research.known_names import get_english_nouns, get_international_names
from agent.research.rarity import is_compound
from agent.research.vocabulary import (
    COLORS,
    CONNECTORS,
    DRAW_WORDS,
    FUNCTION_WORDS_OF,
    PICTURE_WORDS,
)
from agent.research.words import Word

_LOOK_QUESTIONS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bwhat\s+(?:do|does|did|would|might)\s+(?P<thing>[^?!.,;:]{2,50}?)\s+(?:\w+ly\s+)?look\s+like\b",
        r"\b(?:what|how)\s+(?P<thing>(?:an?|the)\s[^?!.,;:]{2,50}?)\s+(?:\w+ly\s+)?look(?:s|ed)\b",
        r"\bwie\s+(?:sieht|sah|sehen|sahen)\s+(?P<thing>[^?!.,;:]{2,60}?)\s+aus\b",
        r"\bwie\s+(?P<thing>[^?!.,;:]{2,60}?)\s+aus(?:sieht|sah|sehen|sahen)\b",
        r"\bà\s+quoi\s+ressembl\w+\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bcómo\s+(?:es|era|eran|son|se\s+ve|se\s+ven|se\s+veía|luce|lucía)\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bqué\s+(?:aspecto|apariencia)\s+(?:tiene|tenía|tienen)\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bche\s+aspetto\s+(?:ha|aveva|hanno|avevano)\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bcom(?:e|['’])\s*(?:è|era|sono|erano)\s+(?:fatt[oaie]\s+)?(?P<thing>[^?!.,;:]{2,60})",
        r"\bcomo\s+(?:é|era|são|eram)\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bhoe\s+(?:ziet|zag)\s+(?P<thing>[^?!.,;:]{2,60}?)\s+eruit\b",
        r"\bкак\s+выгляд\w+\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bjak\s+wygląda\w*\s+(?P<thing>[^?!.,;:]{2,60})",
        r"\bяк\s+вигляда\w+\s+(?P<thing>[^?!.,;:]{2,60})",
        r"(?P<thing>[^?!.,;:]{2,50}?)\s+nasıl\s+görün\w+",
        r"كيف\s+[يت]بدو\s+(?P<thing>[^?!.,;:؟،]{2,60})",
    )
)
"""Questions how something looks, which is looked up even where its name is a common word."""
_LONG_WORD: Final = 9
"""Letters of a word that may be a diminutive of another."""
_NOT_KNOWN_ABROAD: Final = frozenset(
    """
    my your our his her their it they he she this that these those me us you i we everybody
    mein meine meinen dein deine unser unsere sein seine ihr ihre er sie es
    mon ma mes ton ta tes son sa ses notre votre ça il elle mi mis tu tus su sus nuestro nuestra
    mio mia tuo tua suo sua meu minha seu sua eu tu ele ela это он она они оно мой моя твой твоя
    on ona mój moja twój twoja benim senin هذا هذه
    """.split()
)
"""Words for what is somebody's own, which nobody outside can show."""
_WITH_DICTIONARY: Final = frozenset("en de fr es it pt nl ca nb no pl sv".split())
"""Languages whose ordinary words were left out of the international names."""
_COMMON_THING: Final = 4.1
"""Zipf frequency from which everybody knows how a thing looks, a name of it aside."""
_RARE_DISH: Final = 2.75
"""The greatest Zipf frequency of a dish that is looked up."""
_PLATES: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": "plate bowl dish platter pot serving portion",
        "de": "teller schüssel schale portion topf pfanne",
        "fr": "assiette bol plat portion marmite",
        "es": "plato platos cuenco tazón ración cazuela olla",
        "it": "piatto piatti ciotola porzione scodella",
        "pt": "prato pratos tigela porção panela",
        "nl": "bord kom portie schaal",
        "pl": "talerz miska porcja półmisek garnek",
        "ru": "тарелка тарелку миска миску порция блюдо",
        "uk": "тарілка тарілку миска порція",
    }.items()
}
"""What food is served on, by language."""
_DESCRIBES = re.compile(r"(?:[aiu]d[oa]s?|[aei]ndo|mente|ly|ing|[aei]nt[ei]s?|oi|en)$")
"""Endings of words that describe a dish."""
_NUMBER: Final = re.compile(r"\d{1,4}[a-zA-Z]?|\d[x×]\d|[IVX]{2,5}")
COMMON_MAKE: Final = 4.0
"""Zipf frequency below which an English word before a number is a make rather than a thing."""
_COUNTED: Final = frozenset(
    """
    page chapter part number no top size level age step version room scene day week year channel
    route highway figure table option section phase lap line gate pier floor stage unit
    seite kapitel teil nummer nr stufe tag zimmer linie raum bild etage größe jahr uhr um
    página pagina capítulo capitolo número numero nº parte nivel livello día giorno sala piso talla
    page chapitre partie numéro niveau jour salle étage taille página parte nível dia quarto andar
    strona rozdział część numer dzień pokój страница глава часть номер день комната этаж размер
    sayfa bölüm numara gün oda
    années ans an años año anos ano anni anno jahre jahren jaren lat lata годы года лет
    mit de y e et und and o or con avec com z и с plus about aged over under exactly around
    almost nearly only just circa etwa rund über unter nur genau fast
    """.split()
)
"""Words whose number counts or orders them, so that it tells no series."""


def find_told_things(prompt: str, words: Sequence[Word], language: str) -> set[int]:
    """The numbers of words that name something by what stands around them."""
    marked = _asked_looks(prompt, words, language)
    marked |= _dishes(words, language)
    marked |= _of_a_series(words, language)
    marked |= _mascots(words, language)
    marked |= _saints(words, language)
    if language in _WITH_DICTIONARY:
        known = get_international_names()
        marked |= {n for n, word in enumerate(words) if word.plain in known}
    return marked


def find_coordinated(words: Sequence[Word], marked: set[int], language: str) -> set[int]:
    """The numbers of words with a capital at the beginning of a sentence that "and" joins with a
    name, and so are one themselves: "Mafalda y Quino"."""
    found: set[int] = set()
    for number in range(len(words) - 2):
        first, tie, second = words[number : number + 3]
        if not (first.begins_sentence and first.text[0].isupper() and not first.shouted):
            continue
        joined = tie.plain in _AND and not (tie.opens or second.opens)
        named = number + 2 in marked and second.text[0].isupper()
        if joined and named and get_zipf(first.plain, language) < _COMMON_THING:
            found.add(number)
    return found


_AND: Final = frozenset({"and", "und", "et", "y", "e", "i", "и", "та", "ve", "en", "og", "och"})


def _saints(words: Sequence[Word], language: str) -> set[int]:
    """Places named after saints, in any case: "mont saint-michel", "plaza de san telmo"."""
    if language == "en":  # "santa" is somebody else there
        return set()
    given = get_names().given
    marked: set[int] = set()
    for number, word in enumerate(words):
        parts = word.plain.split("-")
        if parts[0] not in _SAINTS:
            continue
        if len(parts) > 1 and fold(parts[1]) in given:
            marked.add(number)
        following = words[number + 1] if number + 1 < len(words) else None
        if following and not following.opens and fold(following.plain) in given:
            marked |= {number, number + 1}
    return marked


_SAINTS: Final = frozenset("saint sainte san santa santo são sankt".split())


def _mascots(words: Sequence[Word], language: str) -> set[int]:
    """A mascot and whose it is: "the Flyers mascot", "das Maskottchen der Messe". One of the
    requester's own is none that others know."""
    function = FUNCTION_WORDS_OF.get(language, frozenset())
    marked: set[int] = set()
    for number, word in enumerate(words):
        if not _MASCOT.fullmatch(word.plain):
            continue
        first = last = number
        while first and not words[first].opens and words[first - 1].plain not in function:
            first -= 1
        while last + 1 < len(words) and last < number + 3 and not words[last + 1].opens:
            following = words[last + 1]
            if following.kind is WordKind.VERB or following.plain in function - CONNECTORS:
                break
            last += 1
        while last > number and words[last].plain in CONNECTORS | function:
            last -= 1
        article = words[first - 1].plain if first else ""
        if last > first and article not in _NOT_KNOWN_ABROAD | _ANY:
            marked |= set(range(first, last + 1))
    return marked


_MASCOT: Final = re.compile(r"mascots?|maskottchen|mascottes?|mascota|mascote|maskotka|талисман")
_ANY: Final = frozenset("a an any some ein eine einem einen un une una um uma".split())


def _asked_looks(prompt: str, words: Sequence[Word], language: str) -> set[int]:
    """The words of what the request asks the looks of."""
    function = FUNCTION_WORDS_OF.get(language, frozenset())
    marked: set[int] = set()
    for pattern in _LOOK_QUESTIONS:
        match = pattern.search(prompt)
        if match is None:
            continue
        start, end = match.span("thing")
        own = [n for n, word in enumerate(words) if start <= word.start < end]
        if any(words[n].plain in _NOT_KNOWN_ABROAD for n in own):
            continue
        run: list[int] = []
        for number in own:
            word = words[number]
            describes = word.kind is WordKind.OTHER and word.text[0].islower()
            passed = word.plain in function or (describes and not run)
            if not passed or (run and word.plain in CONNECTORS):
                run.append(number)
            elif run:
                break
        while run and words[run[-1]].plain in function | CONNECTORS:
            run.pop()
        if run and _is_worth_asking([words[n] for n in run], language):
            marked |= set(run)
    return marked


def _is_worth_asking(words: Sequence[Word], language: str) -> bool:
    content = [word for word in words if len(word.plain) > 2 and word.plain not in PICTURE_WORDS]
    if not content or not has_long_list(language):
        return False
    return any(get_zipf(word.plain, language) < _COMMON_THING for word in content)


def _dishes(words: Sequence[Word], language: str) -> set[int]:
    """Rare words behind a plate or a bowl, which are local dishes: "un piatto di pizzoccheri"."""
    kinds = _PLATES.get(language)
    if kinds is None:
        return set()
    function = FUNCTION_WORDS_OF.get(language, frozenset())
    marked: set[int] = set()
    for number, word in enumerate(words):
        if word.plain not in kinds:
            continue
        run: list[int] = []
        for following in range(number + 1, min(number + 6, len(words))):
            here = words[following]
            if here.opens or (here.plain in function and run and here.plain not in _IN_DISHES):
                break
            if here.plain not in function or run:
                run.append(following)
        rare = [n for n in run if _is_rare_dish(words[n], words[n - 1], language)]
        if rare:
            last = max(rare)
            marked |= {n for n in run if n <= last and words[n].plain not in COLORS}
    return marked


_IN_DISHES: Final = frozenset("en de au à la al alla aux del com mit".split())
"""Words inside the names of dishes: "chiles en nogada"."""


def _is_rare_dish(word: Word, before: Word, language: str) -> bool:
    plain = word.plain
    if len(plain) < 4 or word.kind in (WordKind.VERB, WordKind.ADJECTIVE) or plain.isdigit():
        return False
    if _DESCRIBES.search(plain) and before.plain not in _IN_DISHES:
        return False
    if language == "en" and plain in get_english_nouns():
        return False
    rare = get_zipf(plain, language) <= _RARE_DISH
    return rare and not (_is_derived(plain, language) or is_compound(plain, language))


def _is_derived(plain: str, language: str) -> bool:
    """Whether it is a form of a common word, as "lentejitas" is."""
    inflected = language not in ("fr", "es", "it", "pt") or len(plain) >= _LONG_WORD
    shortest = max(4, len(plain) - (3 if inflected else 1))
    stems = {plain[:end] for end in range(shortest, len(plain))}
    stems |= {stem + vowel for stem in stems for vowel in "aeo"}
    return any(get_zipf(stem, language) >= 3.0 for stem in stems if stem != plain)


def _of_a_series(words: Sequence[Word], language: str) -> set[int]:
    """A thing with the number of its series behind it, and the number: "seat 600", "vespa 50
    special". A number that counts what stands behind it is none."""
    head_first = language in ("fr", "es", "it", "pt", "ca", "ro")
    marked: set[int] = set()
    for number in range(1, len(words)):
        word, before = words[number], words[number - 1]
        if word.opens or not _NUMBER.fullmatch(word.text) or _is_year_like(word.plain):
            continue
        if before.plain in FUNCTION_WORDS_OF.get(language, frozenset()) | _COUNTED | DRAW_WORDS:
            continue
        if before.plain in PICTURE_WORDS or before.plain.isdigit() or len(before.plain) < 3:
            continue
        following = words[number + 1] if number + 1 < len(words) else None
        ends = following is None or following.opens or _ends_phrase(following, language)
        if before.kind in (WordKind.VERB, WordKind.ADJECTIVE, WordKind.OTHER):
            continue
        german = language == "de" and following is not None and following.kind is not WordKind.NOUN
        # "nokia 3310 advert", and not "300 spartans"
        branded = (
            language == "en" and len(word.text) > 2 and get_zipf(before.plain, "en") < COMMON_MAKE
        )
        if head_first or ends or german or branded:
            marked |= {number - 1, number}
    return marked


def _ends_phrase(word: Word, language: str) -> bool:
    return word.plain in FUNCTION_WORDS_OF.get(language, frozenset()) or word.kind is WordKind.VERB


def _is_year_like(text: str) -> bool:
    return re.fullmatch(r"1[0-9]\d\d|20\d\d", text) is not None


def is_lower_case_person(first: str, last: str, language: str) -> bool:
    """Whether two words in lower case are a given and a family name. Of two that are ordinary
    words too it is none; and names are about as frequent in English as in other languages, where
    ordinary words are much rarer."""
    names = get_names()
    given, family = fold(first), fold(last)
    if given not in names.given or family not in names.family:
        return False
    if given in names.everyday and family in names.everyday:
        return False
    if language == "en":
        return not {first, last} & get_english_nouns()
    return all(
        get_zipf(word, "en") >= _LEAST_ABROAD
        and get_zipf(word, language) - get_zipf(word, "en") <= most
        for word, most in ((first, _MOST_AT_HOME), (last, _MOST_AT_HOME_LAST))
    )


_LEAST_ABROAD: Final = 1.9
_MOST_AT_HOME: Final = 1.05
_MOST_AT_HOME_LAST: Final = 1.15
"""By how much, on the Zipf scale, a given and a family name may be more frequent in their own
language."""

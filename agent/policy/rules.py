"""The fast judge: rules over what a text says together, without any model.

Words alone decide nothing. A text is read for *features* (a child, an age below 18, nudity, a
sexual act, a suggestive pose, a person's name, art, medicine …); a short table says which of them
together fall into which category, and how sure that is. Phrases that only sound alike ("naked mole
rat", "Sex Pistols") are taken out first.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.language.frequencies import get_common_words
from agent.language.identification import find_languages
from agent.language.normalise import (
    fold,
    get_masked,
    get_readings,
    get_reversed,
    get_spelled,
    get_toned,
    get_written,
)
from agent.people import find_people
from agent.policy.ages import find_minor_ages
from agent.policy.combinations import EXCUSES, MINOR, MINORS, RULES, SEXUALISED
from agent.policy.doubt import is_doubtful
from agent.policy.features import Features
from agent.policy.found_texts import get_sentences, is_described, is_prose, with_artwork
from agent.policy.learned import find_doubt, get_weights
from agent.policy.lexicon import Hit, get_lexicon
from domain.policy import RULES_JUDGE, Category, Finding, JudgedText, Verdict

NAME: Final = RULES_JUDGE
SHORT_CHARS: Final = 300
"""A found text up to this length is a title or a note and is read together with the request, as is
whatever the generator is told."""
AIMED_CHARS: Final = 16
"""So near to a child, a word such as "for" says whom something is for."""
REMOVED_CHARS: Final = 40
"""So near to one another in a found text, removing and a garment mean undressing."""
COMMON_ZIPF: Final = 3.0
"""The frequency from which a word is an ordinary one, and not another one turned round."""
LEAST_NAME: Final = 0.4
"""Score from which a name counts as a person's."""
DOUBTED: Final = 0.6
"""Score of what is only likely: refused where no model is asked, which may know better."""
FULL_NAME: Final = 0.7
"""Score of a given and a family name together."""
LONGEST_SYLLABLE: Final = 5
"""Letters of a word that may be a syllable of Vietnamese."""
READ_TEXTS: Final = 256
"""Texts whose features are kept: a job has the same ones judged up to six times on its way."""

_HARMLESS: Final = frozenset({"benign", "harmless_weapon"})
"""Features of phrases that only sound like another; their words count for nothing else."""
_HIDEABLE: Final = frozenset({"child", "nude", "sexual", "undress", "csam"})
"""Features that are looked for in words read backwards."""
_ABUSE: Final = frozenset({"abuse"})
"""Names of crimes, which campaigns against them say too; sexual words inside count as these."""
_SEVERAL: Final = (("hint", "hints", 2), ("pose", "poses", 3))
"""Words with a harmless meaning as well, what they are together, and how many it takes."""
_NAMES: Final = frozenset({"nude", "sexual", "pose"})
"""Features of words that are names of places and drinks as well."""

_UNPARTED_NAME: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{3,}")
"""A given and a family name together, where no blank parts them."""


class RuleJudge:
    """Finds categories by rules; fails closed on the floor (minors)."""

    name = NAME
    local = True

    async def judge_text(self, text: JudgedText) -> Verdict:
        """Its findings, within a few milliseconds once :func:`load` ran."""
        await asyncio.to_thread(load)
        return judge(text)


def load() -> None:
    """Read everything that the rules need; later calls cost nothing. Takes a few tenths of a second
    the first time, so whoever runs an event loop calls it in a thread."""
    get_lexicon()
    get_weights()
    judge(JudgedText("a lighthouse by the sea"))


def judge(text: JudgedText, *, learned: bool = True) -> Verdict:
    """What the rules find in a request, with what it changes and what research added; ``learned``
    says whether the trained model may doubt what they find nothing in."""
    asked = " . ".join((*text.earlier, text.request))
    wanted = get_features(asked)
    reported = text.request in text.reported
    findings = list(_judge_features(wanted, edits_picture=text.edits_picture, reported=reported))
    if is_doubtful(asked, get_features):
        findings.append(Finding(Category.MINORS, DOUBTED, NAME))
    if learned and all(finding.category is Category.RIGHTS for finding in findings):
        doubt = find_doubt(asked, wanted)
        findings += [] if doubt is None else [Finding(doubt, DOUBTED, NAME)]
    pointed = text.edits_picture or wanted.has("pointer")
    for found in text.found:
        if found in text.drawn:
            findings += _judge_features(
                _get_together(asked, found), edits_picture=text.edits_picture
            )
        elif found in text.reported:
            findings += _judge_prose(found)
        else:
            findings += _judge_found(found, asked, pointed=pointed)
    best: dict[Category, Finding] = {}
    for finding in findings:
        if finding.category not in best or best[finding.category].score < finding.score:
            best[finding.category] = finding
    return Verdict(tuple(best.values()))


@lru_cache(maxsize=READ_TEXTS)
def get_features(text: str, languages: frozenset[str] | None = None) -> Features:
    """The features of a text in all its readings together; words that mean something else in other
    languages count in ``languages``, by default those that the text may be in."""
    lexicon = get_lexicon()
    languages = find_languages(text) if languages is None else languages
    readings = get_readings(text)
    places: dict[str, set[int]] = {feature: {0} for feature in _get_hidden(text, readings[0])}
    toned = get_toned(text)
    plain = fold(text)
    plain_words = " ".join(readings[0])
    for words in readings:
        reading = " ".join(words)
        hits = list(lexicon.find(words, languages))
        if toned:
            hits = [hit for hit in hits if not _is_other_word(hit, reading, plain_words, toned)]
        if any(hit.spelled for hit in hits):
            spellings = get_written(text)
            hits = [h for h in hits if not _is_written_otherwise(h, reading, spellings, languages)]
        harmless = [hit for hit in hits if hit.feature in _HARMLESS]
        crimes = [hit for hit in hits if hit.feature in _ABUSE]
        things = [hit for hit in hits if hit.feature == "thing"]
        signs = any(hit.feature == "sign" for hit in hits)
        for hit in hits:
            if hit.feature == "putto":  # harmless phrases hold these too
                places.setdefault(hit.feature, set()).add(hit.start)
                continue
            named = crimes if hit.feature in SEXUALISED else ()
            if not any(h.start <= hit.start and hit.end <= h.end for h in (*harmless, *named)):
                feature = hit.feature
                if feature == "nude" and _stands_beside(hit, things, reading, plain):
                    feature = "bare_thing"
                elif signs and feature in _NAMES and _is_name(reading[hit.start : hit.end], text):
                    feature = "place_name"
                places.setdefault(feature, set()).add(hit.start)
        for single, several, least in _SEVERAL:
            starts = {hit.start for hit in hits if hit.feature == single}
            if len(starts) >= least:
                places.setdefault(several, set()).update(starts)
        for start, _ in find_minor_ages(reading):
            places.setdefault("age", set()).add(start)
    for name in find_people(text):
        if name.score >= LEAST_NAME:
            places.setdefault("famous" if name.known else "name", set()).add(name.start)
            parted = " " in name.text and name.score >= FULL_NAME
            if parted or _UNPARTED_NAME.fullmatch(name.text):
                places.setdefault("full_name", set()).add(name.start)
    if not "".join(readings[0]).isascii():
        # Look-alike letters disguise names as well.
        for written in dict.fromkeys(" ".join(words) for words in readings[1:] if _is_latin(words)):
            found = {name.start for name in find_people(written) if name.known}
            if found:
                places.setdefault("famous", set()).update(found)
    return Features({name: tuple(sorted(at)) for name, at in places.items()})


def _stands_beside(hit: Hit, things: Sequence[Hit], reading: str, plain: str) -> bool:
    """Whether a word for naked stands directly beside a thing, as in "bare trees": no sign between
    them parts the two."""
    for thing in things:
        start, end = min(hit.start, thing.start), max(hit.end, thing.end)
        touching = hit.end == thing.start or thing.end == hit.start
        apart = hit.end + 1 == thing.start or thing.end + 1 == hit.start
        if (touching or apart) and reading[start:end] in plain:
            return True
    return False


def _is_name(word: str, text: str) -> bool:
    """Whether a word stands in a text with a capital letter only, and not as its first word."""
    found = list(re.finditer(rf"(?<!\w){re.escape(word)}", text, re.IGNORECASE))
    return bool(found) and all(
        match.start() > 0 and match[0][0].isupper() and match[0][1:].islower() for match in found
    )


def _is_latin(words: Sequence[str]) -> bool:
    return all(map(str.isascii, words))


def _is_written_otherwise(
    hit: Hit, reading: str, written: Mapping[str, Sequence[str]], languages: frozenset[str]
) -> bool:
    """Whether a term is another, ordinary word as the text has it: "nogen" is not "nøgen"."""
    words = written.get(reading[hit.start : hit.end], ()) if hit.spelled else ()
    return bool(words) and all(
        not word.startswith(hit.spelled) and _is_common(word, languages) for word in words
    )


def _is_other_word(hit: Hit, reading: str, plain: str, toned: str) -> bool:
    """Whether a Vietnamese text holds a term in words with other tones, or has a short word of
    another language, which is a syllable of its own there."""
    if not hit.toned:
        if hit.language in ("", "en", "vi") or hit.end - hit.start > LONGEST_SYLLABLE:
            return False
        as_written = bool(hit.spelled) and hit.spelled in toned
        return not as_written and reading[hit.start : hit.end].isascii()
    if hit.toned in toned:
        return False
    return reading[hit.start : hit.end] in plain


def _is_common(word: str, languages: frozenset[str]) -> bool:
    """Whether a word is an ordinary one of these languages."""
    lists = filter(None, map(get_common_words, languages))
    return any(words.zipf(word) >= COMMON_ZIPF for words in lists)


def _get_hidden(text: str, words: Sequence[str]) -> set[str]:
    """Features of words that are spelled letter by letter, masked, turned round or split."""
    lexicon = get_lexicon()
    found = {h.feature for run in get_spelled(text) for h in lexicon.find_joined(run)}
    found |= {h.feature for mask in get_masked(text) for h in lexicon.find_masked(mask)}
    turned = {word: _HIDEABLE & set(lexicon.get_features(word)) for word in get_reversed(words)}
    hiding = [word for word, features in turned.items() if features]
    # "lana", which is wool, is no word turned round where it stands alone.
    if len(hiding) > 1 or any(not _is_common(w[::-1], find_languages(text)) for w in hiding):
        found.update(*turned.values())
    for first, second in pairwise(words):
        found |= set(lexicon.get_split_features(f"{first}{second}"))
    return found


def _judge_features(
    features: Features, *, edits_picture: bool, reported: bool = False
) -> Iterator[Finding]:
    for rule in RULES:
        if rule.applies(features):
            told = rule.in_news if reported else None
            yield Finding(told or rule.category, rule.score, NAME)
    aimed = features.near(("aimed",), MINORS, chars=AIMED_CHARS)
    if aimed and features.has("goods") and not features.has("against"):
        yield Finding(Category.MINORS, 0.6, NAME)
    bared = features.has("remove") and features.has("garment")
    if edits_picture and (bared or features.has(*SEXUALISED)):
        yield Finding(Category.REAL_PEOPLE, 0.9, NAME)


def _judge_found(found: str, asked: str, *, pointed: bool) -> Iterator[Finding]:
    """What a page or a title means for a picture whose generator is not told it.

    A request that points at it wants what it shows, and a title or a fragment is read like a wish.
    A page in whole sentences is read as what it is: what it tells of art, medicine, war or crime
    does no harm to the picture of a building, while the floor holds for every sentence.
    """
    if not pointed and is_prose(found):
        yield from _judge_prose(found)
    elif len(found) <= SHORT_CHARS:
        yield from _judge_features(_get_together(asked, found), edits_picture=False)
    elif get_features(found).near(MINOR, SEXUALISED):
        yield Finding(Category.MINORS, 0.7, NAME)


def _get_together(asked: str, found: str) -> Features:
    """The features of a request with what was found for it.

    In a found text "a face without eyes" and a garment some lines below are about different things;
    with a word of the request either still means undressing.
    """
    together = with_artwork(get_features(f"{asked} . {found}"), found)
    begins = len(fold(asked))
    pair = [at for name in ("remove", "garment") for at in together.places.get(name, ())]
    near = together.near(("remove",), ("garment",), chars=REMOVED_CHARS)
    if near or not pair or min(pair) < begins:
        return together
    return Features({name: at for name, at in together.places.items() if name != "garment"})


def _judge_prose(found: str) -> Iterator[Finding]:
    """The floor for a page: what sexualises and who is a minor, in one sentence.

    In an article on art or medicine a naked child is a putto or a patient.
    """
    whole = get_features(found)
    sexualised = ("sexual", "undress") if is_described(found, whole) else SEXUALISED
    if not whole.has("csam") and not (whole.has(*MINOR) and whole.has(*sexualised)):
        return
    for sentence in get_sentences(found):
        features = get_features(sentence)
        if features.has(*EXCUSES):
            continue
        if features.has("csam") or features.near(MINOR, sexualised):
            yield Finding(Category.MINORS, 0.7, NAME)


__all__ = ["Features", "Hit", "RuleJudge", "get_features", "judge", "load"]

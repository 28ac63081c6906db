"""Checks of who or what a claim is about, in the sentence that says the rest of it: another
subject, subject and object of one verb exchanged, two events in the other order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from agent.research.support.alignment import Alignment
from agent.research.support.binding import get_parts, opens_part
from agent.research.support.checks import CONTRADICTS, REPLACED, Problem
from agent.research.support.lexicon import are_siblings, is_verb_form, mean_the_same
from agent.research.support.pages import Page
from agent.research.support.reading import Reading, Word

_SAID: Final = 0.75
"""Of what a claim says of its subject, that a passage must hold to say it of another one."""
_TOPIC: Final = 0.4
"""Of a page's passages, that name what the page is about, which other words stand for."""
_FEW: Final = 10
"""Words of a claim that says one thing of its subject."""
_NEAR: Final = 3
_REACH: Final = 8
"""Words between a verb and what stands before or behind it."""
_MUTUAL: Final = frozenset(
    "meet met marry married join joined border bordered resemble resembled face faced share shared "  # noqa: SIM905
    "equal equalled touch touched divorced collaborated".split()
)
"""Verbs of which subject and object may be exchanged."""
_BEFORE_VERBS: Final = frozenset(
    "to do does did not will would shall should can could may might must than".split()  # noqa: SIM905
)
_OF_RELATION: Final = frozenset(["whom", "which", "that", "den", "die", "das", "que"])
_BEFORE: Final = frozenset({"before", "bevor", "ehe", "avant", "antes", "prima"})
_AFTER: Final = frozenset({"after", "nachdem", "apres", "despues", "dopo", "once", "depois"})
_POSSESSIVES: Final = frozenset(
    "its his her their sein seine seinen ihr ihre son sa ses leur leurs su sus seu sua".split()  # noqa: SIM905
)


def check_subject(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """What the passage says of something else, while the claim's subject stands elsewhere in the
    page: "Europa has an old surface" where Callisto has one."""
    subject, said = _divide(alignment.claim.reading)
    held = [w for w in said if w.place in alignment.pairs]
    if not subject or not held or len(held) < _SAID * len(said):
        return
    if any(w.place in alignment.pairs for w in subject) or _is_topic(subject, page):
        return
    if not any(w.place in alignment.exact for w in subject):
        return
    other = _get_subject_of(alignment, held)
    if other is None or other.place in alignment.taken:
        return
    own = subject[-1]
    if own.name and other.name and _opens_a_passage(own, page):
        is_short = len(alignment.claim.reading.content) <= _FEW
        yield Problem(CONTRADICTS if is_short else REPLACED, "subject", own.place)
    elif not own.name and not other.name and not _may_be_same(own, other):
        yield Problem(REPLACED, "subject", own.place)


def _divide(claim: Reading) -> tuple[list[Word], list[Word]]:
    """The names, or else the words, that a claim begins with, and what it says of them."""
    end = next((w.place for w in claim.words if w.place and _is_verb(claim, w)), 0)
    start = [w for w in claim.content if w.place < end and not w.possessive]
    rest = [w for w in claim.content if w.place >= end and not w.name]
    head: list[Word] = []
    for word in start:
        if head and word.place != head[-1].place + 1:
            break  # "the charango of Potosí" is about the charango
        head.append(word)
    return [w for w in head if w.name] or head, rest


def _is_verb(reading: Reading, word: Word) -> bool:
    """Whether a word is a verb by its form, or a form of "to be"; nouns that look like one count
    where they follow no article."""
    if word.plain in reading.language.passive:
        return True
    if reading.code != "en" or word.name or not word.content:
        return word.plain in ("has", "had", "have", "hat", "hatte", "avait", "tiene", "tenia")
    before = reading.words[word.place - 1] if word.place else None
    return is_verb_form(word.plain) and before is not None and before.plain not in _ARTICLES


_ARTICLES: Final = frozenset({"a", "an", "the", "of", "its", "his", "her", "their"})


def _is_topic(words: Sequence[Word], page: Page) -> bool:
    """Whether a page is about what words name: they stand in its title, in its first passage or in
    many of its passages."""
    least = _TOPIC * len(page.passages)
    for word in words:
        places = page.places.get(word.stem, set[int]())
        if word.stem in page.title_stems or 0 in places or len(places) > max(3, least):
            return True
    return False


def _get_subject_of(alignment: Alignment, held: Sequence[Word]) -> Word | None:
    """What the part of the passage begins with that says most of a claim."""
    passage = alignment.passage.reading
    part_of = get_parts(passage)
    counts = Counter(part_of[alignment.pairs[w.place]] for w in held)
    part, _count = counts.most_common(1)[0]
    begins = min(p for p in (alignment.pairs[w.place] for w in held) if part_of[p] == part)
    starts = [w for w in passage.words if w.content and opens_part(passage, w, part_of)]
    first = next((w for w in reversed(starts) if part_of[w.place] <= part), None)
    if first is None or first.place >= begins:
        return None
    before = passage.words[first.place - 1].plain if first.place else ""
    return None if before in _POSSESSIVES or first.possessive else first


def _opens_a_passage(word: Word, page: Page) -> bool:
    """Whether a page tells of what a word names in a sentence of its own."""
    openings = (page.get_facts(n).reading.content[:2] for n in page.places.get(word.stem, ()))
    return any(word.stem in (w.stem for w in opening) for opening in openings)


def _may_be_same(one: Word, other: Word) -> bool:
    return mean_the_same(one.plain, other.plain) or are_siblings(one.plain, other.plain)


def check_exchanged_roles(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Subject and object of one verb exchanged, appositions between them or not: "Rowe rang
    Treloar" where "Treloar heard it and rang his neighbour, Rowe"."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    for verb in claim.content:
        place = alignment.pairs.get(verb.place)
        if place is None or verb.name or verb.kind != "word" or verb.plain in _MUTUAL:
            continue
        theirs = passage.words[place]
        if theirs.plain[:3] != verb.plain[:3] or theirs.name:
            continue
        if not (_is_acting(claim, verb) and _is_acting(passage, theirs)):
            continue
        if _is_relative(claim, verb) or _is_relative(passage, theirs):
            continue
        if _is_passive(claim, verb) != _is_passive(passage, theirs):
            continue
        names = [w for w in claim.content if w.name and w.place in alignment.pairs]
        sides = {w.place: _stands(alignment, w, place) for w in names}
        ahead = {w.group for w in names if w.place < verb.place and sides[w.place] > 0}
        behind = {w.group for w in names if w.place > verb.place and sides[w.place] < 0}
        straight = {w.group for w in names if (w.place < verb.place) == (sides[w.place] < 0)}
        if (ahead - straight and behind - straight) or _is_done_by_object(alignment, verb, names):
            yield Problem(CONTRADICTS, "exchanged roles", verb.place)


def _is_done_by_object(alignment: Alignment, verb: Word, names: Sequence[Word]) -> bool:
    """Whether the name right before the passage's verb is the one right behind the claim's."""
    claim, passage = alignment.claim.reading, alignment.passage.reading
    theirs = passage.words[alignment.pairs[verb.place]]
    before = [w for w in passage.words[max(0, theirs.place - _REACH) : theirs.place] if w.name]
    behind = [w for w in names if verb.place < w.place <= verb.place + _NEAR]
    ahead = [w for w in names if w.place < verb.place and w.clause == verb.clause]
    if not before or not behind or not ahead or before[-1].clause != theirs.clause:
        return False
    doers = {w.place for w in passage.words if w.group == before[-1].group}
    if any(w.plain in claim.language.agent for w in claim.words[verb.place : behind[0].place]):
        return False
    held = set(alignment.passage.table.find(behind[-1]))
    return bool(held) and held <= doers and not doers & {alignment.pairs[w.place] for w in ahead}


def _stands(alignment: Alignment, word: Word, verb: int) -> int:
    """1 where every mention of a word of the claim stands behind a verb of the passage, -1 where
    every one stands before it, else 0."""
    places = alignment.passage.table.find(word)
    if all(p > verb for p in places):
        return 1
    return -1 if all(p < verb for p in places) else 0


def _is_acting(reading: Reading, word: Word) -> bool:
    """Whether a word may be a verb: by its form, or behind "to", "does" and the like."""
    if reading.code != "en" or is_verb_form(word.plain):
        return True
    return word.place > 0 and reading.words[word.place - 1].plain in _BEFORE_VERBS


def _is_passive(reading: Reading, verb: Word) -> bool:
    """Whether someone by whom it is done stands behind a verb."""
    for word in reading.words[verb.place + 1 : verb.place + 1 + _REACH]:
        if word.plain in reading.language.agent:
            before = reading.words[max(0, verb.place - 4) : verb.place]
            beside = not any(w.content for w in reading.words[verb.place + 1 : word.place])
            return beside or any(w.plain in reading.language.passive for w in before)
    return False


def _is_relative(reading: Reading, verb: Word) -> bool:
    """Whether a verb stands in a relative clause of what it is done to: "whom Rowe rang"."""
    before = reading.words[max(0, verb.place - _NEAR - 1) : max(0, verb.place - 1)]
    return any(w.plain in _OF_RELATION for w in before)


def check_sequence(alignment: Alignment, page: Page) -> Iterator[Problem]:
    """Two events in the other order: "sang after the fireworks" where "before the fireworks the
    crowd sang", and "first pumped, then lowered"."""
    mine = _get_events(alignment.claim.reading)
    if mine is None:
        return
    link, earlier, later = mine
    first = [alignment.pairs[w.place] for w in earlier if w.place in alignment.pairs]
    second = [alignment.pairs[w.place] for w in later if w.place in alignment.pairs]
    first, second = sorted(set(first) - set(second)), sorted(set(second) - set(first))
    if not first or not second:
        return
    theirs = _get_events(alignment.passage.reading)
    if theirs is not None:
        before = {w.place for w in theirs[1]}
        after = {w.place for w in theirs[2]}
        if set(first) <= after and set(second) <= before:
            yield Problem(CONTRADICTS, "sequence", link.place)
    elif median(first) > max(second) and _tells_in_order(alignment.passage.reading):
        yield Problem(CONTRADICTS, "sequence", link.place)


def _get_events(reading: Reading) -> tuple[Word, list[Word], list[Word]] | None:
    """The word "before" or "after" of a sentence that has one, with the content words of what
    comes first and of what comes later."""
    links = [w for w in reading.words if w.plain in _BEFORE | _AFTER and not _is_named(reading, w)]
    if len(links) != 1:
        return None
    (link,) = links
    opens = not any(w.content and w.clause == link.clause for w in reading.words[: link.place])
    if opens:
        inside = [w for w in reading.content if w.clause == link.clause]
        rest = [w for w in reading.content if w.clause > link.clause]
    else:
        inside = [w for w in reading.content if w.place > link.place]
        rest = [w for w in reading.content if w.place < link.place]
    return (link, rest, inside) if link.plain in _BEFORE else (link, inside, rest)


def _is_named(reading: Reading, link: Word) -> bool:
    return link.place > 0 and reading.words[link.place - 1].plain in _NAMED


_NAMED: Final = frozenset({"named", "called", "nomme", "looked", "look", "years", "year"})
_THEN: Final = frozenset(
    "then first finally later dann zuerst danach schliesslich puis ensuite luego poi".split()  # noqa: SIM905
)


def _tells_in_order(reading: Reading) -> bool:
    return any(w.plain in _THEN for w in reading.words)

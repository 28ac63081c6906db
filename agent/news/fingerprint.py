"""What a story is about, to notice that it was told before, and what is new in another telling."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.news.cluster import ENOUGH_NAMES, OTHERS_NAMES, Batch, Vector, likeness, share_left
from agent.news.grouping import cohesion
from agent.news.moments import added, agreement
from agent.news.sites import canonical
from domain.news import Fingerprint

MOST_ENTITIES = 12
MOST_WORDS = 20
MOST_TERMS = 120
MOST_MOMENTS = 40
MOST_ARTICLES = 60
TOLD_AGAIN = 0.35
"""The share of two stories' own likeness that is needed between them for both to be one story: less
than for joining articles, since a story that is posted twice is worse than one that is left out."""
LEAST_ALIKE = 0.11
"""What is less alike is never one story."""
SAME_STORY = 0.8
"""The same share, from which on a telling is surely of the story: then its articles are added to
what is known of that."""
SAME_ARTICLES = 0.5
"""The share of one story's articles in another, from which on both are one."""
SAME_DAYS = 0.25
"""How alike the days that two tellings of one story name are, at least."""
AGREED_DAYS = 0.3
AGREED = 1.3
"""How much more the likeness of two stories counts whose days are so much alike."""
OTHER_DAYS = 0.5
"""How much of the likeness of two stories counts that name no day in common."""
UNKNOWN_DAYS = 0.6
"""How much of it counts where one of them names no day."""
SAME_NAMES = 0.15
"""How alike (0 to 1) the names of two tellings of one story are, at least."""
OTHER_NAMES = 0.3
"""How much of the likeness of two stories counts that share no name."""
TOLD_AGAIN_OLD = 0.24
"""How alike (0 to 1) fingerprints without terms are, at least."""
ENTITY_WEIGHT = 2.0


def fingerprint(batch: Batch, event: Sequence[int]) -> Fingerprint:
    """The fingerprint of the articles with these indices: what most of them speak of and few
    others do."""
    features = [batch.features[index] for index in event]
    held = Counter(word for one in features for word in one.all)
    entities = {word for one in features for word in one.entities}

    def telling(words: set[str], most: int) -> tuple[str, ...]:
        ranked = sorted(words, key=lambda word: (-held[word] * batch.rarity(word), word))
        return tuple(sorted(ranked[:most]))

    words = set(held) - entities
    pairs = [likeness(batch, one, other) for one in event for other in event if one < other]
    return Fingerprint(
        telling(entities, MOST_ENTITIES),
        telling(words, MOST_WORDS),
        _terms(batch, event),
        round(cohesion(math.fsum(pairs), len(event)), 4),
        _strongest(added(batch.moments[index] for index in event), MOST_MOMENTS),
        tuple(_named(batch.items[index].url) for index in event)[-MOST_ARTICLES:],
    )


def _named(url: str) -> str:
    return hashlib.sha256(canonical(url).encode()).hexdigest()[:12]


def _strongest(weights: Mapping[str, float], most: int) -> tuple[tuple[str, float], ...]:
    rounded = ((term, round(weight, 4)) for term, weight in weights.items())
    return tuple(sorted(rounded, key=lambda entry: (-entry[1], entry[0]))[:most])


def _terms(batch: Batch, event: Sequence[int]) -> tuple[tuple[str, float], ...]:
    """The mean of the articles' vectors, its strongest terms."""
    weights: defaultdict[str, list[float]] = defaultdict(list)
    for index in event:
        for term, weight in batch.vectors[index].weights.items():
            weights[term].append(weight)
    mean = {term: math.fsum(said) / len(event) for term, said in weights.items()}
    return _strongest(mean, MOST_TERMS)


def tells_again(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether both are of one story: they have articles in common, or speak of the same things and
    the same days."""
    if _share_articles(one, other):
        return True
    if not (one.terms and other.terms):
        return _agree(one, other)
    return _between(one, other) >= max(LEAST_ALIKE, TOLD_AGAIN * _own(one, other))


def grown(known: Fingerprint, further: Fingerprint) -> Fingerprint | None:
    """What is known of a story with the articles of another telling; None where these may be of
    another event, or nothing is new."""
    new = [name for name in further.articles if name not in known.articles]
    if not (new and known.terms and further.terms):
        return None
    days = agreement(dict(known.moments), dict(further.moments))
    if days is not None and days < SAME_DAYS:
        return None
    if _between(known, further) < SAME_STORY * _own(known, further):
        return None
    had, more = len(known.articles) or 1, len(further.articles)
    terms: defaultdict[str, float] = defaultdict(float)
    for story, share in ((known, had / (had + more)), (further, more / (had + more))):
        for term, weight in story.terms:
            terms[term] += share * weight
    return replace(
        known,
        terms=_strongest(terms, MOST_TERMS),
        moments=_strongest(added((dict(known.moments), dict(further.moments))), MOST_MOMENTS),
        articles=(*known.articles, *new)[-MOST_ARTICLES:],
    )


def _share_articles(one: Fingerprint, other: Fingerprint) -> bool:
    fewer = min(len(one.articles), len(other.articles))
    shared = len({*one.articles} & {*other.articles})
    return bool(shared) and shared >= SAME_ARTICLES * fewer


def _between(one: Fingerprint, other: Fingerprint) -> float:
    """How alike the articles of two stories are on average, less where they name other days."""
    theirs = dict(other.terms)
    alike = math.fsum(weight * theirs.get(term, 0.0) for term, weight in one.terms)
    alike *= _agreement_of_names(one, other)
    days = agreement(dict(one.moments), dict(other.moments))
    if days is None:
        return UNKNOWN_DAYS * alike
    alike *= share_left(days, same=SAME_DAYS, other=OTHER_DAYS)
    return alike * (AGREED if days >= AGREED_DAYS else 1.0)


def _agreement_of_names(one: Fingerprint, other: Fingerprint) -> float:
    """1 where two stories name the same or little, less where each has names of its own: all
    earthquakes share their words, and not their places."""
    names = [frozenset(filter(_is_name, story.entities)) - OTHERS_NAMES for story in (one, other)]
    if min(map(len, names)) < ENOUGH_NAMES:
        return 1.0
    ours, theirs = (
        Vector(dict(story.terms)).only(own) for story, own in zip((one, other), names, strict=True)
    )
    return share_left(ours.cosine(theirs), same=SAME_NAMES, other=OTHER_NAMES)


def _is_name(entity: str) -> bool:
    return not any(sign.isdigit() for sign in entity)


def _own(one: Fingerprint, other: Fingerprint) -> float:
    """How alike the articles of each of two stories are among themselves."""
    return math.sqrt(one.cohesion * other.cohesion)


def _agree(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether the names, numbers and words of both agree enough: the cosine, in which what is an
    entity in either counts twice. For stories that an older release kept."""
    entities = {*one.entities, *other.entities}
    ours, theirs = {*one.entities, *one.words}, {*other.entities, *other.words}

    def weight(words: set[str]) -> float:
        return sum(ENTITY_WEIGHT if word in entities else 1.0 for word in words)

    whole = math.sqrt(weight(ours) * weight(theirs))
    return bool(whole) and weight(ours & theirs) / whole >= TOLD_AGAIN_OLD

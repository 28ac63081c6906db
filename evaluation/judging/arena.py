"""Judging by people: blind pairs on a page, and Bradley–Terry scores of their votes.

The page does not say which condition made which picture; that stands in a file of the run. The page
saves the votes of each voter as a JSON file, and they are read back from there.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, cast

from domain.errors import InvalidRequest
from evaluation.benchmarks.model import Sample
from evaluation.report.bootstrap import interval
from evaluation.runs.records import DONE, RunFolder, write_atomically

PAIRS_FILE = "arena.json"
LEFT, RIGHT, EVEN = "left", "right", "even"
CHOICES = (LEFT, RIGHT, EVEN)
MAX_VOTES_BYTES = 16_000_000
CENTRE, SPREAD = 1000.0, 400.0
"""Scores are written as in chess: 400 points are odds of ten to one, 1000 is the mean."""
PRIOR = 0.5
"""Votes that each side of a pair that met is given in advance, so that no score is infinite."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class ArenaPair:
    """Two pictures of one request; which side a condition stands on is drawn by lot."""

    id: str
    sample: str
    prompt: str
    left: str
    right: str
    left_picture: str
    right_picture: str


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's vote on one pair: the winner and the loser, or two that are even."""

    winner: str
    loser: str
    is_even: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition's score with its 95 % interval and its votes."""

    condition: str
    score: float
    low: float | None
    high: float | None
    votes: int


def make_pairs(
    folder: RunFolder, samples: Sequence[Sample], *, limit: int | None = None
) -> list[ArenaPair]:
    """Blind pairs of all conditions on the samples that both have pictures of, in an order that
    follows from the run; keeps which is which in the run's folder."""
    recipe = folder.recipe()
    records = {k: r for k, r in folder.records().items() if r.status == DONE and r.picture}
    prompts = {sample.id: sample.prompt for sample in samples}
    pairs: list[ArenaPair] = []
    for sample in recipe.samples:
        for one, other in combinations([c.name for c in recipe.conditions], 2):
            first, second = records.get((one, sample)), records.get((other, sample))
            if first is None or second is None or sample not in prompts:
                continue
            digest = hashlib.sha256(f"{recipe.run_id}/{sample}/{one}/{other}".encode()).hexdigest()
            if int(digest[-1], 16) % 2:
                first, second = second, first
            pairs.append(
                ArenaPair(
                    id=digest[:16],
                    sample=sample,
                    prompt=prompts[sample],
                    left=first.condition,
                    right=second.condition,
                    left_picture=first.picture,
                    right_picture=second.picture,
                )
            )
    pairs.sort(key=lambda pair: pair.id)
    pairs = pairs[:limit]
    known = {pair.id: {LEFT: pair.left, RIGHT: pair.right} for pair in pairs}
    known = {**_known_pairs(folder), **known}
    write_atomically(folder.folder / PAIRS_FILE, json.dumps(known, indent=1).encode())
    return pairs


def read_votes(folder: RunFolder, files: Sequence[Path]) -> tuple[list[Vote], list[str]]:
    """The votes in files of voters, and what could not be used, in words.

    Raises:
        InvalidRequest: A file is no file of votes at all.
    """
    known = _known_pairs(folder)
    votes: list[Vote] = []
    problems: list[str] = []
    for file in files:
        for pair_id, choice in _choices(file).items():
            sides = known.get(pair_id)
            if sides is None:
                problems.append(f"{file.name}: there is no pair {pair_id!r:.40}")
            elif choice not in CHOICES:
                problems.append(f"{file.name}: {choice!r:.40} is no vote")
            else:
                left, right = sides[LEFT], sides[RIGHT]
                winner, loser = (right, left) if choice == RIGHT else (left, right)
                votes.append(Vote(winner, loser, choice == EVEN))
    return votes, problems


def _choices(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_VOTES_BYTES:
            raise InvalidRequest(f"{str(file)!r} is too large for a file of votes.")
        plain: Any = json.loads(file.read_text(encoding="utf-8"))
        return dict(cast("dict[str, Any]", plain["votes"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidRequest(f"{str(file)!r} is no file of votes.") from error


def _known_pairs(folder: RunFolder) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads((folder.folder / PAIRS_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return found


def standings(votes: Sequence[Vote], *, resamples: int = 500) -> list[Standing]:
    """Bradley–Terry scores of all conditions that were voted on, the best first (Bradley and Terry,
    Biometrika 39, 1952; an even vote counts half for each)."""
    names = sorted({name for vote in votes for name in (vote.winner, vote.loser)})
    found: list[Standing] = []
    for name in names:

        def score(drawn: Sequence[Vote], name: str = name) -> float | None:
            return strengths(drawn, names).get(name)

        span = interval(votes, score, resamples=resamples)
        mine = sum(name in (vote.winner, vote.loser) for vote in votes)
        found.append(Standing(name, span.value or CENTRE, span.low, span.high, mine))
    return sorted(found, key=lambda each: -each.score)


def strengths(votes: Sequence[Vote], names: Sequence[str]) -> dict[str, float]:
    """The scores that make these votes most likely, by Hunter's minorization (2004)."""
    wins = dict.fromkeys(names, 0.0)
    met: dict[tuple[str, str], float] = {}
    for vote in votes:
        wins[vote.winner] += 0.5 if vote.is_even else 1.0
        wins[vote.loser] += 0.5 if vote.is_even else 0.0
        pair = (min(vote.winner, vote.loser), max(vote.winner, vote.loser))
        met[pair] = met.get(pair, 0.0) + 1.0
    for pair in met:
        met[pair] += 2 * PRIOR
        for name in pair:
            wins[name] += PRIOR
    strength = dict.fromkeys(names, 1.0)
    for _ in range(STEPS):
        weights = dict.fromkeys(names, 0.0)
        for (one, other), times in met.items():
            share = times / (strength[one] + strength[other])
            weights[one] += share
            weights[other] += share
        new = {n: wins[n] / weights[n] if weights[n] else 1.0 for n in names}
        middle = math.exp(sum(math.log(value) for value in new.values()) / len(new))
        new = {name: value / middle for name, value in new.items()}
        if all(abs(math.log(new[n] / strength[n])) < 1e-9 for n in names):
            break
        strength = new
    return {name: CENTRE + SPREAD * math.log10(value) for name, value in strength.items()}


def shuffled(pairs: Sequence[ArenaPair], seed: int) -> list[ArenaPair]:
    """The pairs in another order, so that voters who stop early have not all seen the same ones."""
    found = list(pairs)
    random.Random(seed).shuffle(found)  # noqa: S311 - an order, no secret
    return found

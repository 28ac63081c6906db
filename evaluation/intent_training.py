"""Trains the model of intents on the labelled messages and writes its weights.

``python -m evaluation.intent_training`` writes ``learned.json.gz`` and ``meaning.npz`` into
``bot/intents/data``. The same messages give the same files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.intents import learned
from bot.intents.features import features
from bot.intents.learned import Learned
from bot.intents.meaning import Network, inputs, packed
from bot.intents.models import Intent
from bot.intents.reader import by_rules, called_by_name, is_weighed
from domain.linear_model import LinearModel
from evaluation.intent_messages import ROOMS, Labelled, all_messages
from evaluation.joint_training import Examples, Floats, Numbers, SparseRows, train
from evaluation.softmax import write

MIN_MESSAGES: Final = 3
"""In so many messages a feature must be to be learned."""
SEALED: Final = frozenset(
    {
        "tenth", "nineteenth", "twentieth", "twentyseventh", "thirtyfirst", "thirtyfifth",
        "thirtyeighth", "fortysecond", "fortysixth",
    }
)  # fmt: skip
"""Batches that are kept for measuring."""
AUTHORS: Final = frozenset(ROOMS[ROOMS.index("eleventh") :]) - SEALED - {"variety"}
"""Batches of authors who knew no rule; they write as people do, so the others count less."""
UNTUNED: Final = AUTHORS | {"ninth", "practice", "variety"}
"""Batches that the rules were not tuned on: only there it shows how far they are to be trusted."""
SEEDS: Final = (0, 1)
"""A training for each; the mean of two errs less than one."""
SHARES: Final = {("practice", True): 0.3, ("practice", False): 0.5}
"""How much a message of a batch counts, by whether it wants nothing; others count 1. ``practice``
has more of what only sounds like a wish than people write."""
OTHERS: Final = 0.3
"""How much a message of the others counts beside them."""
_TARGET: Final = Path(learned.__file__).parent / "data"


def teachable(messages: Sequence[Labelled]) -> list[tuple[Labelled, str]]:
    """Messages below pictures that want one thing, with its intent."""
    found: list[tuple[Labelled, str]] = []
    for message in messages:
        wanted = sorted(message.wanted)
        if message.pictures and len(wanted) == 1 and _is_taught(message):
            found.append((message, wanted[0]))
    counts = Counter(intent for _message, intent in found)
    known = [intent.value for intent in Intent]
    return [
        (message, intent) for message, intent in found if counts[intent] >= 8 and intent in known
    ]


def _is_taught(message: Labelled) -> bool:
    """Whether the model is heard on such a message."""
    heard = called_by_name(message.heard)
    return is_weighed(heard, by_rules(heard))


def fit(taught: Sequence[tuple[Labelled, str]]) -> Learned:
    """Trains on labelled messages."""
    known = [_features(message) for message, _intent in taught]
    counts = Counter(name for found in known for name in found)
    names = tuple(sorted(name for name, count in counts.items() if count >= MIN_MESSAGES))
    intents = tuple(sorted({intent for _message, intent in taught}))
    column = {name: at for at, name in enumerate(names)}
    rows = [[(column[n], value) for n, value in found.items() if n in column] for found in known]
    heard = [called_by_name(message.heard) for message, _intent in taught]
    examples = Examples(
        SparseRows.of(rows, len(names)),
        inputs(heard),
        np.array([intents.index(intent) for _message, intent in taught]),
        np.array([_share(*pair) for pair in taught], np.float32),
    )
    found = _mean([train(examples, len(intents), seed=seed) for seed in SEEDS])
    weights = map(tuple, found.words.tolist())
    words = LinearModel(intents, tuple(found.bias.tolist()), dict(zip(names, weights, strict=True)))
    return Learned(words, Network(found.into, found.out, found.direct))


def _mean(trained: Sequence[Numbers]) -> Numbers:
    """One model whose sums are the mean of these models' sums: what is linear is averaged, the
    hidden units stand side by side."""
    return Numbers(
        _average([one.words for one in trained]),
        _average([one.bias for one in trained]),
        np.hstack([one.into for one in trained]),
        np.vstack([one.out for one in trained]) / np.float32(len(trained)),
        _average([one.direct for one in trained]),
    )


def _average(parts: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(parts, axis=0), np.float32)


def _share(message: Labelled, intent: str) -> float:
    share = SHARES.get((message.batch, intent == "nothing"), 1.0)
    return share if message.batch in AUTHORS else share * OTHERS


def _features(message: Labelled) -> dict[str, float]:
    heard = called_by_name(message.heard)
    return features(heard, by_rules(heard) if message.batch in UNTUNED else None)


def write_learned(model: Learned, folder: Path) -> None:
    """Writes both halves of a model into a folder."""
    write(model.words, folder / learned.WEIGHTS)
    (folder / learned.NETWORK).write_bytes(packed(model.meaning))


def main() -> None:
    """Trains on every batch but the sealed ones."""
    rooms = [name for name in ROOMS if name not in SEALED]
    taught = teachable(all_messages(rooms))
    model = fit(taught)
    write_learned(model, _TARGET)
    print(f"{len(taught)} messages, {len(model.words.of_feature)} features")


if __name__ == "__main__":
    main()

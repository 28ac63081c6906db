"""How well the reader of intents does without a model server, on messages that it was not given.

``python -m evaluation.intent_bench`` leaves one batch out after another, trains the model on the
others and reads the batch that was left out. The rules were tuned on all batches before ``ninth``,
so only from there on the whole is unseen. What of a batch is never trained on is a part of its own.
With ``--shipped`` the shipped weights are used, and with ``--list`` what went wrong is named.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from bot.intents.learned import probabilities
from bot.intents.models import Intent, Reading
from bot.intents.reader import read
from bot.intents.sets import needs_one_picture
from evaluation.intent_messages import ROOMS, Labelled, all_messages
from evaluation.intent_training import SEALED, fit, teachable

PARTS: Final = 4
"""Parts into which the scenes of ``practice`` are split."""
DRAWN: Final = frozenset(
    {
        *(Intent.CHANGE, Intent.AGAIN, Intent.SEED, Intent.REFERENCE, Intent.NEW),
        *(Intent.UPSCALE, Intent.RESEARCH),
    }
)


def intent_of(reading: Reading) -> str:
    """The id of what was read, of a sub-command its name."""
    if reading.intent is Intent.COMMAND and reading.ask is not None:
        return str(reading.ask.sub.value)
    return reading.intent.value


def is_right(message: Labelled, reading: Reading) -> bool:
    """Whether it was read as labelled, with the picture that it names."""
    return intent_of(reading) in message.wanted and message.which in (None, reading.picture)


def count(message: Labelled, reading: Reading) -> Counter[str]:
    """What a reading adds to the figures of the issue. Where people are asked which picture of a
    set they mean, nothing is drawn: the wish counts as understood by an offer if it is the right
    one. Whoever speaks to Limner is answered, so that a question disturbs nobody there."""
    asked = needs_one_picture(reading, message.heard)
    right = not asked and is_right(message, reading)
    drawn = reading.intent in DRAWN and not asked
    offered = reading.intent is Intent.OFFER or (asked and intent_of(reading) in message.wanted)
    found = Counter({"messages": 1, "wrong pictures": int(drawn and not right)})
    if message.is_quiet:
        found["quiet"] = 1
        unasked = not message.heard.addressed
        found["disturbed"] = int(drawn or (unasked and (asked or reading.intent is Intent.OFFER)))
    elif not message.wanted & {"nothing", "offer"}:
        found["wishes"] = 1
        found["understood"] = int(right or offered)
        found["offers"] = int(offered and not right)
        found["asked which"] = int(asked and offered)
    return found


def parts_of(messages: Sequence[Labelled]) -> Iterator[tuple[str, list[Labelled]]]:
    """The batches that are left out one after another, by name."""
    scenes = sorted({message.scene for message in messages if message.batch == "practice"})
    part = {scene: f"practice {at % PARTS + 1}" for at, scene in enumerate(scenes)}
    named = [
        part[m.scene] if m.batch == "practice" else m.batch if m.scene else "open" for m in messages
    ]
    for name in dict.fromkeys(named):
        yield name, [m for m, own in zip(messages, named, strict=True) if own == name]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shipped", action="store_true", help="use the shipped weights")
    parser.add_argument("--list", action="store_true", help="name what went wrong")
    parser.add_argument("--batches", nargs="*", default=[n for n in ROOMS if n not in SEALED])
    options = parser.parse_args()
    messages = all_messages([n for n in ROOMS if n not in SEALED or n in options.batches])
    for name, part in parts_of(messages):
        if part[0].batch not in options.batches:
            continue
        own = set(map(id, part))
        rest = [m for m in messages if id(m) not in own and m.batch not in SEALED]
        judge = partial(probabilities, model=None if options.shipped else fit(teachable(rest)))
        readings = [(message, read(message.heard, judge)) for message in part]
        figures = sum((count(*pair) for pair in readings), Counter[str]())
        print(f"{name:15} {_in_words(figures)}", flush=True)
        for message, reading in readings if options.list else ():
            if not is_right(message, reading):
                wanted = "|".join(sorted(message.wanted))
                print(f"  {wanted} -> {intent_of(reading)} {reading.picture or ''}: {message.text}")


def _in_words(figures: Counter[str]) -> str:
    quiet, wishes = max(1, figures["quiet"]), max(1, figures["wishes"])
    return (
        f"{figures['messages']:5} messages, wrong pictures "
        f"{figures['wrong pictures'] / figures['messages']:6.1%}, disturbed "
        f"{figures['disturbed'] / quiet:6.1%} of {figures['quiet']}, understood "
        f"{figures['understood'] / wishes:6.1%} of {figures['wishes']}, by an offer "
        f"{figures['offers'] / wishes:5.1%} (which picture {figures['asked which'] / wishes:5.1%})"
    )


if __name__ == "__main__":
    main()

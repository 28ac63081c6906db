"""How much each property of a headline and its sentences counts in the choice of a post, and how
many are tried. Chosen on articles drawn from a public set of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST_HEADINGS = 6
MOST_FIRST = 10
"""Headlines and first sentences that are tried together."""
OF_THE_HEADLINE = 2
"""How much more a word counts in a sentence that stands in the headline, than another one."""
LEAST_PLAIN = 0.5
"""How well (0 to 1) a sentence must stand alone to be quoted."""
SECOND_PLAIN = 0.6
SENT_PLAIN: Final = 0.65
"""How well each sentence of a post must stand alone to be sent without an editor."""
LEAST_CENTRAL = 0.3
"""How near a sentence must be to what all pages tell."""
RELATED: Final = 0.25
"""The same of a further sentence that denies nothing: others tell of something else."""
FAR, NEAR = 0.15, 0.65
"""Likenesses of meaning that count nothing and all."""
ONE_EVENT: Final = 0.4
"""How alike a headline and the sentence below it must be to tell one event."""
NEARLY_ONE_EVENT: Final = 0.3
HALF: Final = 0.5
"""The same where the sentence has so much of the headline's words."""
NAMES_EVENT: Final = 0.3
"""The share of a headline's words that the sentence below it must have for the same."""
WEIGHT_OF_HEADLINE = 0.5
"""The power to which a headline's worth counts beside that of the sentences."""
OTHER_ARTICLE = 0.75
"""How much a post counts whose headline and first sentence are of different articles."""
SAME_NEWS: Final = 0.6
"""How alike another article's sentence and the headline must be, or have half of its words."""
SAME_SENTENCE: Final = 0.68
"""How alike two sentences must be to say the same thing in other words."""
SAME_THING: Final = 0.55
"""How alike two nouns must be to mean one thing: a blaze is a fire."""
LEAST_NEW: Final = 5
"""Telling words that the sentences must add to the headline."""
LEAST_ADDED: Final = 2
"""Names and numbers that one sentence alone must add to the headline."""
ADDS_ENOUGH: Final = 4
"""Telling words that a second sentence must add to headline and first sentence."""
UNNAMED_EVENT = 0.35
"""How much a first sentence counts that has none of its headline's words."""
NOT_HAPPENED = 0.6
"""How much a second sentence counts that tells of nothing that happened."""
A_DAY: Final = timedelta(hours=20)
OLDER: Final = 0.8
"""How much a sentence counts whose page is a day older than another."""
LATEST_POSITION = 6
"""Sentences of a page among which a second sentence may stand: what follows is background."""
DENIED: Final = 0.25
"""How alike a denial and a headline must be to speak of one thing."""
PRAISES, NAMES_SUSPECT, LACKS_DAY, UNNAMED_SPEAKER, COUNTS_MANY = 0.5, 0.3, 0.5, 0.3, 0.5
"""How much a post counts with a text that praises, names a suspect, gives an hour alone,
or the words of somebody whom it does not introduce."""
WITNESSES: Final = 2
"""Articles that must tell of so many as nobody counted, so that none of them need own it."""
COVERS_NOTHING: Final = 0.25
"""How much a post counts that tells nothing of what several articles tell."""
LEAST_COVERED: Final = 0.55
"""How much (0 to 1) of that it must tell."""
OF_A_WISH: Final = 0.1
"""How much it counts that a sentence tells when something will be over, or of its cause."""
LEAST_GAIN: Final = 0.06
"""How much more of it a second or third sentence must tell."""
AS_GOOD: Final = 0.8
"""How good a sentence must be beside the first one to take its place."""
MUCH_GAIN: Final = 0.09
"""How much more of it one must tell that tells nothing that half of the articles tell."""
CLEAR: Final = 0.8
"""How well a sentence must stand alone that is there only for that."""
MOST_STARTS: Final = 40
"""Headlines with first sentences that are looked at, the best first."""
ENOUGH_GOOD: Final = 5
"""Posts without faults of which the best is taken."""
OF_EACH_FAULT: Final = 0.5
"""How much a post keeps for each fault where there is none without."""
MOST_WITH_FAULTS: Final = 16
"""Posts with faults of which the best is taken."""
MINOR_FAULTS: Final = frozenset(
    {"adds nothing", "repeats the headline", "terms", "wording", "leaves out much", "town", "day"}
    | {
        "unproved",
        "missing",
        "unbacked",
        "does not stand alone",
        "names",
        "numbers",
        "unhurt",
        "victims",
        "advice",
    }
)
"""What makes a post one for an editor and still better than headlines alone."""
TOLERATED: Final = frozenset({"numbers"})
TOLERATED_WORTH: Final = 0.2
"""Faults of which a post may have one, alone, and what it must be worth then, to be sent all the
same: editors sent nearly all such posts."""
LEAST_WORTH: Final = 0.05
"""What a post without faults must be worth to be sent without an editor."""
FAIR_WORTH: Final = 0.04
"""What it must be worth to be better than headlines alone."""

"""Sentences that the cards of every platform show where something is missing or chosen."""

from __future__ import annotations

from typing import Final

from domain.translation.messages import gettext

SOURCES: Final = gettext("Sources")
PICTURE: Final = gettext("A picture")
GONE: Final = gettext("This was deleted. Its sources and recipe are kept.")
NO_JOBS: Final = gettext("No jobs yet. Start one with {command}.")
NO_SOURCE: Final = gettext("no source found")
NO_SOURCES: Final = gettext("No sources were used.")
SAVED: Final = gettext(
    "The picture {code} can't be shown here. It's saved; ask the person who runs Limner for it."
)
NO_VOTES: Final = gettext("No votes yet. React with 👍 to a picture you like.")
LIBRARY_EMPTY: Final = gettext("The library is empty. Add something with {command}.")
NO_SCHEDULES: Final = gettext("No schedules yet. Create one with {command}.")


def pick_sentence(until: str) -> str:
    """Asks for the references; ``until`` is when all of them are used, empty where never."""
    if not until:
        return gettext("Pick the photos to draw from.")
    return gettext(
        "Pick the photos to draw from. If nobody does, I'll use them all at {until}.", until=until
    )


def reference_name(number: int) -> str:
    """The title of a reference that has none of its own."""
    return gettext("Reference {number}", number=number)

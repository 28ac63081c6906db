"""Refusals of chat platforms, by what helps against them; each platform maps its codes to these.

``SurfaceRefused`` itself stands for what helps nowhere: the app's access has ended, say.
"""

from __future__ import annotations

from domain.errors import SurfaceRefused


class MessageRefused(SurfaceRefused):
    """The platform does not take what a message says or shows; a simpler form of it may pass."""


class PlaceRefused(SurfaceRefused):
    """Nothing can be posted in that place, whatever its content; another place may take it."""

    place_closed = True


class MessageLost(SurfaceRefused):
    """A message cannot be changed any more, because it is gone or too old; a new one may pass."""

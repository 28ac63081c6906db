"""Image models with diffusers: the only room that knows torch. Importing it takes seconds."""

from __future__ import annotations

from generation.backends.diffusion import libraries

__all__ = ["libraries"]  # imported before torch and the hub, always

"""Text encoders that two models have in common, such as Qwen-Image's and Qwen-Image-Edit's, are in
the GPU's memory once."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PARTS = ("text_encoder", "text_encoder_2", "text_encoder_3")

_loaded: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
"""Encoders of this process by what their files hold and how they were loaded."""


def shared_parts(folder: Path, how: Sequence[object]) -> dict[str, Any]:
    """The encoders of a model's folder that another model has loaded from the same files in the
    same way; ``how`` is what else decides what is loaded, such as type and device."""
    known = {part: _loaded.get(identity(folder / part, how)) for part in PARTS}
    return {part: encoder for part, encoder in known.items() if encoder is not None}


def share_parts(pipe: Any, folder: Path, how: Sequence[object]) -> None:
    """Let models that are loaded later use this one's encoders, as long as it is loaded."""
    for part in PARTS:
        encoder = getattr(pipe, part, None)
        if encoder is not None and (folder / part).is_dir():
            _loaded[identity(folder / part, how)] = encoder


def identity(folder: Path, how: Sequence[object]) -> str:
    """The same for folders whose weights and configuration are the same.

    The hub's cache names weights by their SHA-256, so nothing large is read there; files of another
    folder are only the same as themselves.
    """
    digest = hashlib.sha256(repr(tuple(how)).encode())
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        real = path.resolve()
        if path.suffix == ".json":
            digest.update(path.name.encode() + path.read_bytes())
        elif path.is_file():
            by_content = real.parent.name == "blobs"
            digest.update(f"{path.name} {real.name if by_content else real}".encode())
    return digest.hexdigest()

"""The tiny models of every family of image models, saved where they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evaluation.peers import newer_pipelines as newer
from evaluation.peers import pipelines

FAMILIES: Mapping[str, Callable[[], Any]] = {
    "sdxl": pipelines.sdxl,
    "flux": pipelines.flux,
    "flux2": pipelines.flux2,
    "qwen-image": pipelines.qwen_image,
    "qwen-edit": pipelines.qwen_edit,
    "qwen-2.1": newer.qwen_2_1,
    "z-image": pipelines.z_image,
    "longcat": newer.longcat,
    "longcat-edit": newer.longcat_edit,
    "ovis": newer.ovis,
    "krea2": newer.krea2,
    "ernie": newer.ernie,
    "upscaler": pipelines.upscaler,
}


class TinyModels:
    """The folders of tiny models, each built when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, family: str) -> Path:
        """The folder of a family's model."""
        place = self._folder / family
        if not place.exists():
            draft = self._folder / f"{family}.draft"
            FAMILIES[family]().save_pretrained(draft)
            draft.rename(place)
        return place

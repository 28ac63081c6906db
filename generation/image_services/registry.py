"""Every image service by its name: the modules of this package that have a ``SPEC``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from generation import image_services
from generation.image_services.spec import ImageServiceSpec, Price


def _specs() -> Iterator[ImageServiceSpec]:
    for module in pkgutil.iter_modules(image_services.__path__, f"{image_services.__name__}."):
        spec = getattr(import_module(module.name), "SPEC", None)
        if isinstance(spec, ImageServiceSpec):
            yield spec


IMAGE_SERVICES: Mapping[str, ImageServiceSpec] = {
    spec.name: spec for spec in sorted(_specs(), key=lambda spec: spec.name)
}


def list_price(model: str) -> Price:
    """The list price of a service's model; nothing for one that is not known."""
    prices = {name: p for spec in IMAGE_SERVICES.values() for name, p in spec.prices.items()}
    known = [name for name in prices if model.startswith(name)]
    return prices[max(known, key=len)] if known else Price()

"""Every image service by its name: the modules of this package that have a ``SPEC``."""

from __future__ import annotations

from collections.abc import Mapping

from domain.specs import find_specs
from generation import image_services
from generation.image_services.spec import ImageServiceSpec, Price

IMAGE_SERVICES: Mapping[str, ImageServiceSpec] = find_specs(image_services, ImageServiceSpec)


def list_price(model: str) -> Price:
    """The list price of a service's model; nothing for one that is not known."""
    prices = {name: p for spec in IMAGE_SERVICES.values() for name, p in spec.prices.items()}
    known = [name for name in prices if model.startswith(name)]
    return prices[max(known, key=len)] if known else Price()

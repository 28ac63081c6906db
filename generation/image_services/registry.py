"""Every image service by its name: the modules of this package that have a ``SPEC``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain.specs import find_specs
from generation import image_services
from generation.image_services.spec import ImageServiceSpec, Price

IMAGE_SERVICES: Mapping[str, ImageServiceSpec] = find_specs(image_services, ImageServiceSpec)


_VERSION: Final = re.compile(r"(?:-(?:preview|latest|exp|[0-9]+))*")
"""What may stand after the name of a model that costs the same: a date, a snapshot."""


def list_price(model: str) -> Price:
    """The list price of a service's model, also of one of its dated versions; nothing for one that
    is not known, such as a newer or a smaller model whose name begins alike."""
    prices = {name: p for spec in IMAGE_SERVICES.values() for name, p in spec.prices.items()}
    known = [n for n in prices if model.startswith(n) and _VERSION.fullmatch(model[len(n) :])]
    return prices[max(known, key=len)] if known else Price()

"""Specs: what a module says of itself, found by looking through a package."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeVar


class Named(Protocol):
    """Any object that is looked up by its name."""

    @property
    def name(self) -> str:
        """The name in the settings."""
        ...


S = TypeVar("S", bound=Named)


def find_specs(package: ModuleType, kind: type[S]) -> Mapping[str, S]:
    """By name, in alphabetical order, the ``SPEC`` of every module of a package that has one of
    that kind."""
    modules = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    specs = [getattr(import_module(module.name), "SPEC", None) for module in modules]
    found = [spec for spec in specs if isinstance(spec, kind)]
    return {spec.name: spec for spec in sorted(found, key=lambda spec: spec.name)}

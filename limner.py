"""The ``limner`` command's entry point; ``python -m limner`` is the same.

Limner's packages have everyday names, such as ``app`` and ``bot``. A foreign ``app.py`` in a folder
of ``PYTHONPATH`` comes before installed packages, and so does one in the current folder under
``python -m``. So Limner's own packages are looked up beside this file before anything else is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

PACKAGES = frozenset(
    {"agent", "app", "bot", "domain", "evaluation", "generation", "jobs", "migrations", "storage"}
    | {"training", "web"}
)
_HOME = [str(Path(__file__).parent)]


class OwnPackagesFinder:
    """Finds Limner's packages beside this file, whatever else bears their names."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The package of that name, if it is one of Limner's."""
        return PathFinder.find_spec(name, _HOME, target) if name in PACKAGES else None


def main() -> None:
    """Run the command line; never returns."""
    sys.meta_path.insert(0, OwnPackagesFinder)
    # Arrays here are small: two threads wait for each other and take three times as long as one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from app.__main__ import main as run

    run()


if __name__ == "__main__":
    main()

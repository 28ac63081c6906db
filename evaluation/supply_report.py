"""``make licences`` and ``make age``: the licences of what is installed, and how old the locked
releases are. They are reports and no tests, since both change with time.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
STRONG: Final = ("GPL", "AGPL", "SSPL", "BUSL", "COMMONS CLAUSE", "NON-COMMERCIAL", "NONCOMMERCIAL")
"""Words of licences that need a look before the image is passed on."""
OLD_DAYS: Final = 2 * 365


def license_of(package: Distribution) -> str:
    """A package's licence by its metadata: the expression, the classifiers, or the field."""
    about = package.metadata.json
    if "license_expression" in about:
        return str(about["license_expression"])
    classifiers = [
        line.rpartition("::")[2].strip()
        for line in about.get("classifier", ())
        if line.startswith("License ::")
    ]
    named = " / ".join(name for name in classifiers if name != "OSI Approved")
    plain = " ".join(str(about.get("license") or "").split())[:60]
    return named or plain or "not said"


def needs_a_look(license_: str) -> bool:
    """Whether a licence needs a look: not the LGPL, which libraries may have."""
    words = license_.upper().replace("LGPL", "").replace("LESSER GENERAL PUBLIC", "")
    return license_ == "not said" or any(
        word in words for word in (*STRONG, "GENERAL PUBLIC LICENSE")
    )


def licenses() -> Iterator[str]:
    """A line for each installed package; those to look at come first."""
    found = {
        package.metadata["Name"]: (package.version, license_of(package))
        for package in distributions()
        if package.metadata["Name"]
    }
    for name, (version, named) in sorted(
        found.items(), key=lambda entry: (not needs_a_look(entry[1][1]), entry[0].lower())
    ):
        yield f"{'LOOK ' if needs_a_look(named) else '     '}{name} {version}: {named}"


def ages(now: datetime) -> Iterator[str]:
    """A line for each locked package, the oldest release first."""
    lock: dict[str, Any] = tomllib.loads((ROOT / "uv.lock").read_text())
    released: list[tuple[datetime, str]] = []
    for package in lock["package"]:
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        times = [datetime.fromisoformat(f["upload-time"]) for f in files if "upload-time" in f]
        if times:
            released.append((min(times), f"{package['name']} {package['version']}"))
    for at, name in sorted(released):
        days = (now - at).days
        yield f"{'OLD ' if days > OLD_DAYS else '    '}{days:5d} days  {name}"


def main() -> None:
    """Print one of the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", choices=["licences", "age"])
    asked = parser.parse_args()
    lines = licenses() if asked.report == "licences" else ages(datetime.now(UTC))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

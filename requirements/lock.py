"""Writes the pins beside this file: what pip chooses today for each set of extras."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SETS = {
    "base": "",
    "demo": "[demo]",
    "chat": "[demo,discord,slack,s3]",
    "gpu": "[diffusers,quantization,s3]",
    "dev": "[demo,discord,slack,s3,dev,diffusers]",
}


def pins(extras: str) -> list[str]:
    """``name==version`` of everything that an install with these extras brings.

    A local label such as torch's ``+cpu`` is left out: which build it is is the machine's matter.
    """
    report = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"),
            *("--quiet", "--report", "-", f"{HERE.parent}{extras}"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    chosen = json.loads(report.stdout)["install"]
    found = {
        entry["metadata"]["name"].lower().replace("_", "-"): entry["metadata"]["version"].partition(
            "+"
        )[0]
        for entry in chosen
    }
    found.pop("limner", None)
    return sorted(f"{name}=={version}" for name, version in found.items())


def main() -> None:
    """Write every file."""
    for name, extras in SETS.items():
        lines = ["# Written by `make lock`.", *pins(extras)]
        (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

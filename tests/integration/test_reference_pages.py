"""The reference of the documentation can be written from the code as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import sys
sys.path.insert(0, "docs/_ext")
import limner_reference
for name, make in limner_reference.PAGES.items():
    text = make()
    assert text.strip(), name
    print(name, len(text))
"""


def test_every_table_of_the_reference_can_be_written() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "settings" in done.stdout

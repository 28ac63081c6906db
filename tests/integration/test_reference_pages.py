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


SOURCES = """
import sys
sys.path.insert(0, "docs/_ext")
import model_reference
from generation.image_services.registry import IMAGE_SERVICES
text = model_reference.generators().partition("Where the numbers of services are from")[2]
for name, spec in IMAGE_SERVICES.items():
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
    for what, where in spec.sources.items():
        shown = f"[{what}]({where})" if where else f"{what}: not found"
        assert shown in row, (shown, row)
    print(name)
"""


def test_every_service_has_its_sources_in_the_reference() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SOURCES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {"openai-images", "gemini-image", "seedream"} <= set(done.stdout.split())


def test_every_table_of_the_reference_can_be_written() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "settings" in done.stdout

"""Reads the text of a stranger's PDF in a process of its own; run as a script.

The PDF comes on standard input, a JSON object ``{"title", "author", "text"}`` goes to standard
output. The process may use 768 MB and 10 s of processor time; the kernel ends it otherwise.
"""

from __future__ import annotations

import io
import json
import logging
import sys

from agent.limits import limit_process

MEMORY_BYTES = 768 << 20
CPU_S = 10
MAX_PAGES = 200
MAX_CHARS = 400_000


def text_of(data: bytes) -> dict[str, str]:
    """What the first 200 pages say, and whose they are. Raises whatever pypdf raises."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    texts: list[str] = []
    length = 0
    for page in reader.pages[:MAX_PAGES]:
        text = page.extract_text()
        texts.append(text)
        length += len(text)
        if length > MAX_CHARS:
            break
    about = reader.metadata
    return {
        "title": str(about.title or "") if about else "",
        "author": str(about.author or "") if about else "",
        "text": "\n\n".join(texts)[:MAX_CHARS],
    }


if __name__ == "__main__":
    limit_process(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S)
    logging.disable(logging.CRITICAL)
    sys.stdout.write(json.dumps(text_of(sys.stdin.buffer.read())))

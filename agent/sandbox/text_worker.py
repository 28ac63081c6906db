"""The process that reads the text in one picture: its bytes on standard input, JSON on standard
output. The models are those in rapidocr's own wheel; nothing is downloaded."""

from __future__ import annotations

import io
import json
import sys
from importlib import import_module
from typing import Any

_PARAMETERS = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 2,
}


def main() -> None:
    """Read one picture."""
    print(json.dumps({"lines": read_lines(sys.stdin.buffer.read())}))  # noqa: T201 - the answer


def read_lines(data: bytes) -> list[str]:
    """The lines of text in a picture, from top to bottom."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB"))[:, :, ::-1]  # the models were trained on BGR
    engine: Any = import_module("rapidocr").RapidOCR(params=_PARAMETERS)
    return [str(line) for line in engine(np.ascontiguousarray(pixels)).txts or ()]


if __name__ == "__main__":
    main()

"""The published overall scores of WISE, as of April 2026."""

from __future__ import annotations

from evaluation.benchmarks.model import PublishedRow

_BOARD = "PKU-YuanGroup/WISE, leadboard.md, judge Qwen3.5-35B-A3B"
_GEN_SEARCHER = "arXiv 2603.28767, WISE"

VERIFIED_ROWS = (
    PublishedRow("Qwen-Image-Agent", 0.902, "Qwen-Image-Agent's own report"),
    *(
        PublishedRow(name, score, _BOARD)
        for name, score in (
            ("NanoBanana-Pro", 0.876),
            ("GPT-Image-1.5", 0.825),
            ("BAGEL (w/ CoT)", 0.628),
            ("DeepGen 1.0", 0.570),
            ("FLUX.2-dev", 0.565),
            ("QwenImage", 0.510),
            ("Qwen-Image-2512", 0.499),
            ("Z-Image", 0.453),
            ("FLUX.2-klein-9B", 0.440),
            ("HunyuanImage-3.0", 0.435),
            ("FLUX.1-dev", 0.416),
            ("SD-3.5-large", 0.404),
            ("FLUX.2-klein-4B", 0.401),
            ("SD-1.5", 0.309),
        )
    ),
)
LEGACY_ROWS = (
    PublishedRow("Qwen-Image + Gen-Searcher", 0.77, _GEN_SEARCHER),
    PublishedRow("Qwen-Image", 0.62, _GEN_SEARCHER),
)

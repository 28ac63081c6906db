"""The published Overall9 of AgentGen-Bench and its slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.benchmarks.model import PublishedRow

_SOURCE = "HaozheH3/SearchGen, README.md, evaluator 3d5"
_SCORES: Mapping[str, Mapping[str, float]] = {
    "full": {
        "GPT-Image-2": 76.0,
        "Grok-Imagine-2.0-Low": 75.2,
        "Qwen-Image-3-Max": 68.4,
        "Grok-Imagine": 67.8,
        "Nano Banana Pro": 65.0,
        "Qwen-Image-2-Pro": 59.4,
        "Qwen-Image-2": 56.4,
        "SeedDream-4.5": 56.2,
        "SeedDream-4.0": 52.5,
        "Nano-Banana": 49.7,
        "SenseNova-U1": 35.7,
        "Qwen-Image": 34.1,
        "Mage-Flow": 32.8,
        "Flux.2-Klein-9B": 31.1,
        "Flux.2-Klein-4B": 27.7,
        "Bagel": 25.8,
        "OmniGen2": 24.0,
        "Show-o2": 19.8,
    },
    "testmini": {
        "GPT-Image-2": 76.3,
        "Grok-Imagine-2.0-Low": 73.9,
        "Qwen-Image-3-Max": 68.2,
        "Grok-Imagine": 67.7,
        "Nano Banana Pro": 64.7,
        "Qwen-Image-2-Pro": 60.3,
        "Qwen-Image-2": 56.9,
        "SeedDream-4.5": 56.6,
        "SeedDream-4.0": 51.8,
        "Nano-Banana": 48.4,
        "SenseNova-U1": 35.4,
        "Qwen-Image": 32.7,
        "Mage-Flow": 31.4,
        "Flux.2-Klein-9B": 30.5,
        "Flux.2-Klein-4B": 27.1,
        "Bagel": 24.8,
        "OmniGen2": 22.2,
        "Show-o2": 19.1,
    },
    "easy": {
        "GPT-Image-2": 79.7,
        "Grok-Imagine-2.0-Low": 79.5,
        "Qwen-Image-3-Max": 74.9,
        "Grok-Imagine": 73.4,
        "Qwen-Image-2-Pro": 69.3,
        "Nano Banana Pro": 66.5,
        "SeedDream-4.0": 64.3,
        "SeedDream-4.5": 63.9,
        "Qwen-Image-2": 63.5,
        "Nano-Banana": 54.4,
        "SenseNova-U1": 40.6,
        "Qwen-Image": 38.7,
        "Mage-Flow": 37.7,
        "Flux.2-Klein-9B": 34.8,
        "Flux.2-Klein-4B": 32.6,
        "Bagel": 29.3,
        "OmniGen2": 26.5,
        "Show-o2": 20.2,
    },
    "hard": {
        "Grok-Imagine-2.0-Low": 71.9,
        "GPT-Image-2": 71.3,
        "Qwen-Image-3-Max": 64.3,
        "Grok-Imagine": 61.8,
        "Nano Banana Pro": 60.8,
        "Qwen-Image-2-Pro": 50.6,
        "Qwen-Image-2": 50.0,
        "SeedDream-4.5": 49.0,
        "Nano-Banana": 44.4,
        "SeedDream-4.0": 38.9,
        "SenseNova-U1": 29.7,
        "Qwen-Image": 29.5,
        "Mage-Flow": 28.3,
        "Flux.2-Klein-9B": 27.3,
        "Bagel": 23.0,
        "Flux.2-Klein-4B": 21.9,
        "OmniGen2": 21.9,
        "Show-o2": 15.8,
    },
}
PUBLISHED: Mapping[str, Sequence[PublishedRow]] = {
    name: tuple(PublishedRow(model, score, _SOURCE) for model, score in rows.items())
    for name, rows in _SCORES.items()
}

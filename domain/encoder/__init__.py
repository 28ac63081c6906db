"""The packaged text encoder: what a text says as numbers, and what was trained on top of it."""

"""The packaged language model: what a text says as numbers, and the heads that were trained on it."""

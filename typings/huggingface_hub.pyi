"""huggingface_hub is used as it comes: its types would cost the checkers minutes and are themselves incomplete."""

from typing import Any

def __getattr__(name: str) -> Any: ...

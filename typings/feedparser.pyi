"""The part of feedparser that Limner uses; the library brings no types."""

from typing import Any

def parse(
    url_file_stream_or_string: bytes,
    *,
    sanitize_html: bool = ...,
    resolve_relative_uris: bool = ...,
) -> dict[str, Any]: ...

"""The part of feedparser that Limner uses; the library brings no types."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

def parse(
    url_file_stream_or_string: BytesIO,
    *,
    sanitize_html: bool = ...,
    resolve_relative_uris: bool = ...,
    response_headers: Mapping[str, str] | None = ...,
) -> dict[str, Any]: ...

"""The titles of requests in lists."""

from __future__ import annotations

from domain.requests import Request


def request_title(request: Request) -> str:
    """A request's title in a list: its prompt; of a story the headline that its description begins
    with, without the names to look up after it."""
    if request.origin.story_id is None:
        return request.prompt
    return request.prompt.partition("; ")[0]

"""The arguments of the agent's tools, and their check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Limits

from domain.errors import InvalidRequest
from domain.research import ToolCall, ToolName
from domain.translation.messages import gettext

PAGES_PER_QUERY = 3
PICTURES_PER_QUERY = 4
MOST_PER_QUERY = 10
"""What a model may ask for by ``top_k``; its profile may allow less."""
MOST_QUERIES = 10

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


TopK = Annotated[int, Limits(ge=1, le=MOST_PER_QUERY)]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchArguments(_Arguments):
    """``search``: several queries at once."""

    queries: Annotated[tuple[Line, ...], Limits(min_length=1, max_length=MOST_QUERIES)]
    top_k: TopK = PAGES_PER_QUERY


class ImageSearchArguments(_Arguments):
    """``image_search``: one query."""

    query: Line
    top_k: TopK = PICTURES_PER_QUERY


class BrowseArguments(_Arguments):
    """``browse``: an address that stood in a result or in the request."""

    url: Annotated[str, StringConstraints(max_length=2048)]
    query: Line | None = None


class KnowledgeArguments(_Arguments):
    """``query_knowledge``: the name of a guide."""

    skill_name: Line


def check_arguments(call: ToolCall) -> None:
    """Raise ``InvalidRequest`` unless the arguments fit the tool's schema."""
    checked(_SCHEMAS[call.name], call)


_SCHEMAS: Mapping[ToolName, type[_Arguments]] = {
    ToolName.SEARCH: SearchArguments,
    ToolName.IMAGE_SEARCH: ImageSearchArguments,
    ToolName.BROWSE: BrowseArguments,
    ToolName.QUERY_KNOWLEDGE: KnowledgeArguments,
}
A = TypeVar("A", bound=_Arguments)


def checked(shape: type[A], call: ToolCall) -> A:
    """The call's arguments in that shape. Raises ``InvalidRequest``."""
    arguments: Mapping[str, Any] = call.arguments
    try:
        return shape.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "arguments"
        raise InvalidRequest(
            gettext(
                "The call of {tool} isn't valid: {place}: {msg}.",
                tool=call.name.value,
                place=place,
                msg=first["msg"].lower(),
            )
        ) from error

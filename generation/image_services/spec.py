"""The specification of an image service, known before it is called: its name, address, models and
prices.

A service is one module of this package with a ``SPEC``. From it follow its generator in the
catalogue, its settings and their reference, what ``limner doctor`` says of it and its backend. The
module is imported with the settings by every command, so it imports no HTTP client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from generation.capabilities import Capabilities
from generation.image_services.wire import Dialect


@dataclass(frozen=True, slots=True)
class Price:
    """The prices of a service in US dollars: by picture, and by million tokens."""

    picture: float = 0.0
    text_tokens: float = 0.0
    image_tokens: float = 0.0
    output_tokens: float = 0.0
    """Of the picture."""
    text_output_tokens: float = 0.0
    """Of words and thoughts beside it."""

    @property
    def is_known(self) -> bool:
        """Whether there is any price at all."""
        return self != Price()


@dataclass(frozen=True, slots=True)
class Service:
    """An image service: its address, its model's name there, and what it charges."""

    base_url: str
    """Several addresses of servers that are the same are separated by commas."""
    model: str = ""
    api_key: str = field(default="", repr=False)
    price: Price = Price()
    timeout_s: float = 300.0
    needs_key: bool = True
    filtered: bool = False
    """Whether the provider judges each picture and gives none that its policy forbids."""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further fields of the request, for servers that take steps or guidance."""
    edit_base_url: str = ""
    """The server for requests with references; empty where it is the same one."""
    edit_model: str = ""
    """The name of the model there; empty where it is the same."""
    edit_arguments: Mapping[str, Any] | None = None
    """Further fields of requests with references; None where they are the same."""
    edit_api_key: str | None = field(default=None, repr=False)
    """The key of that server; None where it is the same."""
    is_own: bool = False
    """Whether the server is the operator's own: it is asked what it runs, and that is its model
    where ``model`` is empty."""
    edits_are_own: bool = False
    """The same of the server for requests with references."""

    def addresses(self, *, edits: bool) -> tuple[str, ...]:
        """Every server for requests with references, or for those without."""
        chosen = (edits and self.edit_base_url) or self.base_url
        return tuple(filter(None, (part.strip() for part in chosen.split(","))))

    def for_references(self) -> Service:
        """The service as requests with references see it."""
        same = self.edit_arguments is None
        elsewhere = self.edits_are_own and not self.is_own
        return replace(
            self,
            model=self.edit_model or ("" if elsewhere else self.model),
            arguments=self.arguments if same else cast("Mapping[str, Any]", self.edit_arguments),
            api_key=self.api_key if self.edit_api_key is None else self.edit_api_key,
            price=Price() if elsewhere else self.price,
            is_own=self.edits_are_own,
        )


NOT_FOUND: Final = ""
"""The source of a number whose official page could not be found."""


def _unchanged(can: Capabilities, _model: str) -> Capabilities:
    return can


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServiceSpec:
    """An image service by the name of its generator, such as ``gemini-image``.

    From the name come the settings ``LIMNER_GEMINI_IMAGE_BASE_URL``, ``…_API_KEY`` where
    ``service`` needs a key, and ``…_MODEL`` where it has a model.
    """

    capabilities: Capabilities
    """The capabilities of its generator with the default model, and its name."""
    service: Service
    """The default address and model."""
    dialect: Callable[[], Dialect]
    """Makes what writes its requests and reads its answers."""
    about_address: str
    """The text of the settings reference on its address."""
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    """List prices by the beginning of a model's name."""
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses of the official pages that say its numbers, by what they say: at least "sizes",
    "references" and "terms", and "prices" where it has any; more words may follow, such as "prices
    in yuan". ``NOT_FOUND`` where no page was found."""
    adapt: Callable[[Capabilities, str], Capabilities] = _unchanged
    """The capabilities with the model of that name."""
    interface_is_open: bool = False
    """Whether other servers have the same interface: at another address than the default one no key
    is needed and nothing is filtered."""

    @property
    def name(self) -> str:
        """The name of its generator."""
        return self.capabilities.name

    @property
    def address_setting(self) -> str:
        """The name of the setting of its address."""
        return f"{self._prefix}_base_url"

    @property
    def key_setting(self) -> str:
        """The name of the setting of its key; empty where it needs none."""
        return f"{self._prefix}_api_key" if self.service.needs_key else ""

    @property
    def model_setting(self) -> str:
        """The name of the setting of its model; empty where it has one model alone."""
        return f"{self._prefix}_model" if self.service.model else ""

    @property
    def edit_address_setting(self) -> str:
        """The name of the setting of the servers for requests with references; empty where there
        is none."""
        return f"{self._prefix}_edit_base_url" if self.interface_is_open else ""

    @property
    def edit_model_setting(self) -> str:
        """The name of the setting of their model; empty where there is none."""
        return f"{self._prefix}_edit_model" if self.interface_is_open else ""

    @property
    def _prefix(self) -> str:
        return self.name.replace("-", "_")

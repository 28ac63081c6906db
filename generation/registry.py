"""Every generator by name, and the renderer that jobs work with."""

from __future__ import annotations

import asyncio
import difflib
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from domain.errors import InvalidRequest, InvalidSettings
from domain.illustrations import Picture, Recipe, RecipeCitation, RecipeReference
from domain.requests import Request
from domain.research import GroundedPrompt, Source
from generation.capabilities import STORYBOARD, Capabilities


class Backend(Protocol):
    """What makes pictures for one generator."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def revision(self) -> str:
        """The model or code that draws."""
        ...

    @property
    def device(self) -> str:
        """Where it draws."""
        ...

    def versions(self) -> Mapping[str, str]:
        """The libraries that touch pixels, by name."""
        ...

    def render(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        *,
        progress: Callable[[float], None],
        stopped: Callable[[], bool],
    ) -> Picture:
        """Render in the calling thread; asks ``stopped`` often and tells ``progress`` 0–1."""
        ...


def _storyboard() -> Backend:
    from generation.backends.storyboard import Storyboard

    return Storyboard()


GENERATORS: Mapping[str, tuple[Capabilities, Callable[[], Backend]]] = {
    STORYBOARD.name: (STORYBOARD, _storyboard),
}


class Renderers:
    """Plans and renders with any configured generator; a backend is loaded when first needed."""

    def __init__(self, *, default: str) -> None:
        if default not in GENERATORS:
            raise InvalidSettings(
                f"The setting LIMNER_GENERATOR is wrong: there is no generator {default!r}; the "
                f"generators are {', '.join(GENERATORS)}."
            )
        self._default = default
        self._loaded: dict[str, Backend] = {}

    def check(self, generator: str | None, request: Request) -> str:
        """The name of the generator that will serve this request.

        Raises:
            InvalidRequest: It does not exist or cannot serve it; the message names what would do.
        """
        name = generator or self._default
        if name not in GENERATORS:
            near = difflib.get_close_matches(name.lower(), GENERATORS, n=1, cutoff=0.5)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise InvalidRequest(
                f"There is no generator {name[:60]!r}; the generators are "
                f"{', '.join(GENERATORS)}.{meant}",
                field="generator",
            )
        capabilities = GENERATORS[name][0]
        capabilities.size(request.aspect)
        capabilities.check_references(len(request.attachments))
        return name

    def is_model(self, generator: str) -> bool:
        """Whether that generator is an image model."""
        known = GENERATORS.get(generator)
        return known is not None and known[0].is_model

    def max_references(self, generator: str | None) -> int:
        """How many reference pictures that generator (or the default one) takes; 0 for an unknown
        one."""
        known = GENERATORS.get(generator or self._default)
        return known[0].max_references if known else 0

    def plan(
        self,
        request: Request,
        grounded: GroundedPrompt,
        sources: Sequence[Source],
        *,
        generator: str,
        seed: int,
    ) -> Recipe:
        """The recipe for one picture; no work is done yet."""
        backend = self._backend(generator)
        capabilities = backend.capabilities
        capabilities.check_references(len(grounded.references))
        width, height = capabilities.size(request.aspect)
        known = {source.id: source for source in sources}
        return Recipe(
            generator=generator,
            revision=backend.revision,
            prompt=grounded.text[: capabilities.max_prompt_chars],
            request=request.prompt,
            width=width,
            height=height,
            seed=seed,
            references=_references(grounded, known),
            citations=_citations(grounded, known),
            parameters={**capabilities.parameters, "label": capabilities.label},
            versions=dict(backend.versions()),
            device=backend.device,
        )

    def current(self, recipe: Recipe) -> Recipe:
        """The same recipe with this machine's revision, versions and device, to compare."""
        backend = self._backend(recipe.generator)
        return replace(
            recipe,
            revision=backend.revision,
            versions=dict(backend.versions()),
            device=backend.device,
        )

    async def render(
        self,
        recipe: Recipe,
        references: Sequence[bytes],
        *,
        progress: Callable[[float], Awaitable[None]],
    ) -> Picture:
        """Render in a thread; cancelling the task stops it soon. ``progress`` gets 0–1."""
        backend = self._backend(recipe.generator)
        stop = threading.Event()
        latest = 0.0

        def told(fraction: float) -> None:
            nonlocal latest
            latest = fraction

        work = asyncio.create_task(
            asyncio.to_thread(
                backend.render, recipe, references, progress=told, stopped=stop.is_set
            ),
            name=f"render {recipe.generator}",
        )
        try:
            while not (await asyncio.wait({work}, timeout=0.25))[0]:
                await progress(latest)
        finally:
            stop.set()
        return work.result()

    def _backend(self, name: str) -> Backend:
        if name not in self._loaded:
            known = GENERATORS.get(name)
            if known is None:
                raise InvalidRequest(
                    f"The generator {name[:60]!r} of this recipe is no longer there; name another "
                    f"with --generator: {', '.join(GENERATORS)}.",
                    field="generator",
                )
            self._loaded[name] = known[1]()
        return self._loaded[name]


def _references(
    grounded: GroundedPrompt, known: Mapping[str, Source]
) -> tuple[RecipeReference, ...]:
    numbers = {e.source_id: e.n for e in grounded.evidence if e.passage is None and e.source_id}
    return tuple(
        RecipeReference(
            img_id=reference.img_id,
            sha256=reference.sha256,
            title=reference.title,
            note=reference.note,
            credit=_credit(known.get(reference.source_id or "")),
            citation=numbers.get(reference.source_id or ""),
        )
        for reference in grounded.references
    )


def _credit(source: Source | None) -> str:
    if source is None:
        return "brought by the asker"
    return " · ".join(filter(None, (source.author, source.license or "license unknown")))


def _citations(grounded: GroundedPrompt, known: Mapping[str, Source]) -> tuple[RecipeCitation, ...]:
    described = ((e, known.get(e.source_id or "")) for e in grounded.evidence)
    return tuple(
        RecipeCitation(n=e.n, title=source.title, url=source.page_url, passage=e.passage)
        for e, source in described
        if source is not None
    )

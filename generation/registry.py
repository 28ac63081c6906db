"""Every generator that this installation offers, and the renderer that jobs work with."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from domain.errors import GeneratorUnavailable, InvalidRequest, InvalidSettings
from domain.illustrations import Picture, Recipe, RecipeCitation, RecipeReference
from domain.news import StoryText
from domain.requests import MAX_REFERENCES, Request
from domain.research import GroundedPrompt, Source
from domain.special_tokens import break_special_tokens
from domain.translation.messages import gettext, joined
from generation.backend_context import BackendContext
from generation.catalogue import CATALOGUE
from generation.composition import composition, story_parameters
from generation.generator import Generator
from generation.image_services.registry import IMAGE_SERVICES
from generation.ports import Backend, Progress
from generation.prompt_fitting import fitted as fitted_recipe
from generation.rewriting import fitted
from generation.stamp import stamped

if TYPE_CHECKING:
    from generation.backends.diffusion.gpu_runner import GpuRunner


def _storyboard(_generator: Generator, backend_context: BackendContext) -> Backend:
    from generation.backends.storyboard import Storyboard

    if backend_context.board_workers is None:
        from generation.threads import ThreadBackend

        return ThreadBackend(Storyboard)
    from generation.processes import BoardBackend

    return BoardBackend(Storyboard, backend_context.board_workers)


def _image_service(generator: Generator, _context: BackendContext) -> Backend:
    from generation.backends.services import ServiceBackend

    return ServiceBackend(generator, IMAGE_SERVICES[generator.backend].dialect())


def _diffusers(generator: Generator, backend_context: BackendContext) -> Backend:
    try:
        from generation.backends.diffusion.backend import DiffusionBackend
        from generation.backends.diffusion.gpu_runner import GpuRunner
    except ImportError as error:
        raise GeneratorUnavailable(
            gettext(
                "The generator {name!r} needs {library}, which isn't installed; run "
                "`pip install 'limner[diffusers]'`.",
                name=generator.name,
                library=error.name or "torch",
            )
        ) from error
    runner = backend_context.shared.setdefault("gpu_runner", GpuRunner(backend_context))
    return DiffusionBackend(generator, cast("GpuRunner", runner))


BACKENDS: Mapping[str, Callable[[Generator, BackendContext], Backend]] = {
    "storyboard": _storyboard,
    "diffusers": _diffusers,
    **dict.fromkeys(IMAGE_SERVICES, _image_service),
}


class Renderers:
    """Plans and renders with any offered generator; a backend is loaded when first needed."""

    def __init__(
        self,
        *,
        default: str,
        offered: Sequence[Generator] = (CATALOGUE["storyboard"],),
        backend_context: BackendContext | None = None,
    ) -> None:
        self._offered = {generator.name: generator for generator in offered}
        if default not in self._offered:
            raise InvalidSettings(
                gettext(
                    "The setting LIMNER_GENERATOR is wrong: there is no generator "
                    "{default!r}. Choose from {offered}.",
                    default=default,
                    offered=", ".join(self._offered),
                )
            )
        self._default = default
        self.backend_context = backend_context or BackendContext()
        self._loaded: dict[str, Backend] = {}

    @property
    def offered(self) -> Sequence[Generator]:
        """Every generator that can be asked for, the default first."""
        first = self._offered[self._default]
        return (first, *(g for g in self._offered.values() if g is not first))

    def check(self, generator: str | None, request: Request) -> str:
        """The name of the generator that will serve this request.

        Raises:
            InvalidRequest: It does not exist or cannot serve it; the message names what would do.
        """
        name = generator or self._default
        if name not in self._offered:
            raise self._unknown(name)
        capabilities = self._offered[name].capabilities
        if not capabilities.draws:
            raise InvalidRequest(
                gettext(
                    "{name} only enlarges finished pictures. Draw with {default} instead.",
                    name=name,
                    default=self._default,
                ),
                field="generator",
            )
        try:
            capabilities.size(request.aspect)
            capabilities.check_references(len(request.attachments))
        except InvalidRequest as error:
            raise self._with_nearest(error, request, name) from None
        return name

    def is_model(self, generator: str) -> bool:
        """Whether that generator is an image model."""
        known = self._offered.get(generator)
        return known is not None and known.capabilities.is_model

    def is_filtered(self, generator: str) -> bool:
        """Whether that generator is a service with a filter of its own on what it gives."""
        known = self._offered.get(generator)
        return known is not None and known.service is not None and known.service.filtered

    def license_of(self, generator: str | None) -> str | None:
        """The license of that generator's model (or of the default one's); None where there is no
        such generator."""
        known = self._offered.get(generator or self._default)
        return known.capabilities.license if known else None

    def max_references(self, generator: str | None) -> int:
        """The number of reference pictures that a generator (or the default one) takes; 0 for an
        unknown one."""
        known = self._offered.get(generator or self._default)
        return min(known.capabilities.max_references, MAX_REFERENCES) if known else 0

    async def prepare(self, generator: str | None) -> None:
        """Find out what recipes of that generator (or the default one) must say, before one is
        planned; may download. Raises ``GeneratorUnavailable`` when it cannot work here."""
        backend = await asyncio.to_thread(self._backend, generator or self._default)
        await backend.prepare()

    def plan(
        self,
        request: Request,
        grounded: GroundedPrompt,
        sources: Sequence[Source],
        *,
        generator: str,
        seed: int,
        story: StoryText | None = None,
    ) -> Recipe:
        """The recipe for one picture; no work is done yet. ``story`` is what it illustrates.

        References over the generator's limit are put into words, and the recipe's ``notes`` say so.
        """
        backend = self._backend(generator)
        capabilities = backend.refined(self._offered[generator].capabilities)
        text, references, note = fitted(grounded, capabilities.max_references)
        width, height = capabilities.size(request.aspect, edits=bool(references))
        if len(references) < capabilities.min_references:
            raise InvalidRequest(
                (
                    gettext(
                        "{generator} only edits pictures, and this request has no "
                        "reference image. Attach one or choose another generator.",
                        generator=generator,
                    )
                ),
                field="generator",
            )
        notes = [note] if note else []
        known = {source.id: source for source in sources}
        parameters: dict[str, Any] = {"label": capabilities.label}
        if not capabilities.is_model:
            parameters |= composition(request, grounded, story, references=len(references))
        if notes:
            parameters["notes"] = [*parameters.get("notes", ()), *notes]
        recipe = Recipe(
            generator=generator,
            revision="",
            prompt=self._model_prompt(generator, text),
            request=request.prompt,
            width=width,
            height=height,
            seed=seed,
            references=_references(replace(grounded, references=references), known),
            citations=_citations(grounded, known),
            parameters=parameters,
        )
        return backend.complete(self.fit_prompt(recipe))

    def fit_prompt(self, recipe: Recipe) -> Recipe:
        """The recipe with a prompt that its generator reads whole; see ``generation.shortening``.
        What is left out stands in its parameter ``left_out`` and in its notes."""
        reader = self._backend(recipe.generator).reader(edits=bool(recipe.references))
        return fitted_recipe(recipe, reader)

    def with_story(self, recipe: Recipe, story: StoryText) -> Recipe:
        """The same recipe with the story's words as they are now, where it prints them."""
        if "story" not in recipe.parameters:
            return recipe
        return replace(recipe, parameters={**recipe.parameters, "story": story_parameters(story)})

    def upscaler(self) -> str:
        """The name of the generator that enlarges pictures.

        Raises:
            InvalidRequest: None here does.
        """
        for generator in self.offered:
            if generator.capabilities.upscale_factors:
                return generator.name
        raise InvalidRequest(
            (
                gettext(
                    "No generator here can enlarge pictures. The operator can add "
                    "sd-upscaler to LIMNER_GENERATORS."
                )
            ),
            field="generator",
        )

    def plan_upscale(
        self, picture: Recipe, sha256: str, *, size: tuple[int, int], factor: int
    ) -> Recipe:
        """The recipe that enlarges a finished picture of ``size`` (width, height) by ``factor``.

        ``picture`` is the recipe it was made by, ``sha256`` its blob.

        Raises:
            InvalidRequest: No generator here enlarges, or not by that factor.
        """
        can = self._offered[self.upscaler()].capabilities
        if factor not in can.upscale_factors:
            factors = " or ".join(map(str, can.upscale_factors))
            raise InvalidRequest(
                gettext(
                    "{name} enlarges {factors}×, not {factor}×.",
                    name=can.name,
                    factors=factors,
                    factor=factor,
                ),
                field="factor",
            )
        width, height = size[0] * factor, size[1] * factor
        if max(width, height) > can.max_side:
            raise InvalidRequest(
                (
                    gettext(
                        "The picture would be {width}×{height}, but {name} is limited to "
                        "{max_side} pixels per side.",
                        width=width,
                        height=height,
                        name=can.name,
                        max_side=can.max_side,
                    )
                ),
                field="factor",
            )
        reference = RecipeReference(
            "IMG_001", sha256, picture.request[:200], "the picture to enlarge", "made here"
        )
        recipe = Recipe(
            generator=can.name,
            revision="",
            prompt=picture.request,
            request=picture.request,
            width=width,
            height=height,
            seed=picture.seed,
            references=(reference,),
            citations=picture.citations,
            parameters={"label": can.label, "operation": "upscale", "factor": factor},
        )
        return self._backend(can.name).complete(self.fit_prompt(recipe))

    def current(self, recipe: Recipe) -> Recipe:
        """The same recipe with this machine's revision, versions and device, to compare."""
        return self._backend(recipe.generator).complete(recipe)

    async def render(
        self, recipe: Recipe, references: Sequence[bytes], *, progress: Progress
    ) -> Picture:
        """Render; cancelling the task stops it soon. ``progress`` gets 0–1."""
        backend = await asyncio.to_thread(self._backend, recipe.generator)
        shown = replace(recipe, prompt=self._model_prompt(recipe.generator, recipe.prompt))
        picture = await backend.render(shown, references, progress=progress)
        notes = (*recipe.parameters.get("notes", ()), *picture.notes)
        is_model = recipe.generator not in self._offered or (
            self._offered[recipe.generator].capabilities.is_model
        )
        return replace(stamped(picture, is_model=is_model), notes=notes)

    async def examine(self, generator: str) -> str:
        """A sentence about what that generator is ready with. Raises ``GeneratorUnavailable``."""
        backend = await asyncio.to_thread(self._backend, generator)
        return await backend.examine()

    async def aclose(self) -> None:
        """Let go of models and connections."""
        for backend in self._loaded.values():
            await backend.aclose()
        self._loaded.clear()

    def _model_prompt(self, generator: str, prompt: str) -> str:
        """The prompt as an image model may read it: its text encoder is often a chat model, whose
        template the prompt could break out of. What draws the words themselves gets them whole."""
        if generator in self._offered and not self._offered[generator].capabilities.is_model:
            return prompt
        return break_special_tokens(prompt)

    def _backend(self, name: str) -> Backend:
        """The backend of that name; its libraries take seconds to import the first time."""
        if name not in self._loaded:
            known = self._offered.get(name)
            if known is None:
                raise InvalidRequest(
                    (
                        gettext(
                            "This recipe's generator {name!r} is no longer available. "
                            "Choose another one: {offered}.",
                            name=name[:60],
                            offered=", ".join(self._offered),
                        )
                    ),
                    field="generator",
                )
            backend = BACKENDS[known.backend](known, self.backend_context)
            return self._loaded.setdefault(name, backend)
        return self._loaded[name]

    def _unknown(self, name: str) -> InvalidRequest:
        there = ", ".join(self._offered)
        if name in CATALOGUE:
            text: str = gettext(
                "The generator {name!r} isn't set up here. The operator can "
                "add it to LIMNER_GENERATORS. Available: {there}.",
                name=name,
                there=there,
            )
        else:
            near = difflib.get_close_matches(name.lower(), self._offered, n=1, cutoff=0.5)
            known = gettext(
                "There is no generator {name!r}. Available: {there}.", name=name[:60], there=there
            )
            meant = gettext("Did you mean {name}?", name=near[0]) if near else ""
            text = joined(known, meant)
        return InvalidRequest(text, field="generator")

    def _with_nearest(self, error: InvalidRequest, request: Request, name: str) -> InvalidRequest:
        """The refusal, with the name of an offered generator that would serve the request."""
        for other in self.offered:
            can = other.capabilities
            if other.name == name or not can.draws:
                continue
            try:
                can.size(request.aspect)
                can.check_references(len(request.attachments))
            except InvalidRequest:
                continue
            return InvalidRequest(
                gettext("{error} {name} can do it.", error=error, name=other.name),
                field=error.field,
            )
        return error


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
        return "provided by the requester"
    return " · ".join(filter(None, (source.author, source.license or "unknown license")))


def _citations(grounded: GroundedPrompt, known: Mapping[str, Source]) -> tuple[RecipeCitation, ...]:
    described = ((e, known.get(e.source_id or "")) for e in grounded.evidence)
    return tuple(
        RecipeCitation(
            n=e.n,
            title=source.title,
            url=source.page_url,
            passage=e.passage,
            verdict=e.verdict,
        )
        for e, source in described
        if source is not None
    )

"""The recipes of a job, and how two recipes, or their results, compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

from domain.illustrations import Illustration, Marks, Recipe
from domain.news import StoryText
from domain.requests import Job, Rerender
from domain.research import Research
from domain.stores import UnitOfWork
from domain.translation.messages import gettext, joined
from jobs.common.ports import Renderer
from jobs.common.views import grounding_job


async def recipes_for(unit: UnitOfWork, renderer: Renderer, job: Job) -> Sequence[Recipe]:
    """The recipes of a job, one for each picture, in their order.

    Raises:
        NotFound: A re-render's parent is not here.
        InvalidRequest: The generator cannot serve the request.
    """
    action = job.request.action
    if isinstance(action, Rerender):
        return await _again(unit, renderer, job, action)
    return _fresh(renderer, job, await unit.research.load(job.id), await _story_of(unit, job))


async def _story_of(unit: UnitOfWork, job: Job) -> StoryText | None:
    """The words of the story that a job illustrates."""
    if job.request.origin.story_id is None:
        return None
    return (await unit.stories.get(job.request.origin.story_id)).text


def _fresh(
    renderer: Renderer, job: Job, research: Research, story: StoryText | None
) -> list[Recipe]:
    request = job.request
    first = request.seed if request.seed is not None else derived_seed(job.id, 0)
    name = renderer.check(request.generator, request)
    recipes = [
        renderer.plan(
            request,
            research.grounded,
            research.sources,
            generator=name,
            seed=first if position == 0 else derived_seed(str(first), position),
            story=story,
        )
        for position in range(request.count)
    ]
    return [replace(recipe, research=research.agent) for recipe in recipes]


async def _again(unit: UnitOfWork, renderer: Renderer, job: Job, action: Rerender) -> list[Recipe]:
    request = job.request
    parent = await unit.illustrations.get(action.parent_id or "")
    if action.upscale is not None:
        size = (parent.width or parent.recipe.width, parent.height or parent.recipe.height)
        return [
            renderer.plan_upscale(
                parent.recipe, parent.sha256 or "", size=size, factor=action.upscale
            )
        ]
    seeds = await _seeds(unit, parent, job, vary=action.vary)
    generator = request.generator or parent.recipe.generator
    story = await _story_of(unit, job)
    if generator == parent.recipe.generator:
        recipe = renderer.with_story(parent.recipe, story) if story else parent.recipe
        return [replace(recipe, seed=seed) for seed in seeds]
    grounding = await grounding_job(unit, job)
    research = await unit.research.load(grounding.id)
    name = renderer.check(generator, request)
    recipes = [
        renderer.plan(
            request, research.grounded, research.sources, generator=name, seed=seed, story=story
        )
        for seed in seeds
    ]
    return [replace(recipe, research=research.agent) for recipe in recipes]


async def _seeds(unit: UnitOfWork, parent: Illustration, job: Job, *, vary: bool) -> list[int]:
    """The asked one, the parent's, or for variations new ones.

    A variation's seed follows from the parent's and from the job, never from the parent's alone:
    the other pictures of a set already have those.
    """
    request = job.request
    if not vary:
        return [parent.recipe.seed if request.seed is None else request.seed]
    taken = {p.recipe.seed for p in await unit.illustrations.of_job(parent.job_id)}
    seeds: list[int] = []
    number = 0
    while len(seeds) < request.count:
        seed = derived_seed(f"vary:{parent.recipe.seed}:{job.id}", number)
        number += 1
        if seed not in taken:
            taken.add(seed)
            seeds.append(seed)
    return seeds


def derived_seed(root: str, position: int) -> int:
    """A 32-bit seed that depends on nothing but its arguments (first 4 bytes of SHA-256)."""
    return int.from_bytes(hashlib.sha256(f"{root}:{position}".encode()).digest()[:4], "big")


def corrected(recipe: Recipe, marks: Marks, attempt: int) -> Recipe:
    """The recipe of another try: the prompt says what the check missed, and the seed is another."""
    missed = [
        f"Make sure that it shows: {c.claim.rstrip('.')}." for c in marks.claims if c.shown is False
    ]
    corrections = [*missed, *([f"{marks.advice.rstrip('.')}."] if marks.advice else [])]
    return replace(
        recipe,
        prompt="\n".join((recipe.prompt, *corrections)),
        seed=derived_seed(str(recipe.seed), 1000 + attempt),
    )


class Outcome(Protocol):
    """The result of a render."""

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        ...

    @property
    def width(self) -> int:
        """Pixels across."""
        ...

    @property
    def height(self) -> int:
        """Pixels down."""
        ...


def compared(
    renderer: Renderer, recipe: Recipe, parent: Illustration | None, picture: Outcome
) -> tuple[bool | None, str | None]:
    """Whether a re-render of an unchanged recipe gave the same bytes, and if not, why; None where
    the question does not arise."""
    if parent is None:
        return None, None
    if parent.recipe.fingerprint() != recipe.fingerprint():
        return False, recipe_difference(parent.recipe, recipe)
    if parent.sha256 == picture.sha256:
        return True, None
    if (parent.width, parent.height) != (picture.width, picture.height):
        return False, (
            gettext(
                "the size changed from {width}×{height} to {new_width}×{new_height}",
                width=parent.width,
                height=parent.height,
                new_width=picture.width,
                new_height=picture.height,
            )
        )
    here = renderer.current(recipe)
    return False, recipe_difference(recipe, here) or (
        gettext("the generator doesn't produce the same picture twice")
    )


def recipe_difference(before: Recipe, after: Recipe) -> str | None:
    """In words, which parts of two recipes differ; None when none does."""
    parts: list[str] = []
    for name in ("generator", "revision", "seed", "device", "width", "height", "prompt"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            parts.append(
                gettext("another {name}", name=name)
                if name == "prompt"
                else (
                    gettext("the {name} changed from {old} to {new}", name=name, old=old, new=new)
                )
            )
    earlier, later = _flat(before.parameters), _flat(after.parameters)
    for name in sorted({*earlier, *later} - {"label", "left_out", "notes"}):
        if earlier.get(name) != later.get(name):
            was, now = (value.get(name) or "none" for value in (earlier, later))
            parts.append(
                gettext(
                    "the {name} changed from {was} to {now}",
                    name=name.replace("_", " "),
                    was=was,
                    now=now,
                )
            )
    for library in sorted({*before.versions, *after.versions}):
        old, new = before.versions.get(library), after.versions.get(library)
        if old != new:
            parts.append(
                gettext(
                    "the version of {library} changed from {old} to {new}",
                    library=library,
                    old=old,
                    new=new,
                )
            )
    return joined(*parts, by="; ") or None


def _flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by name, those of nested groups too; sequences as the store gives them back."""
    flat: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            flat.update(_flat(cast("Mapping[str, Any]", value)))
        else:
            flat[name] = [*value] if isinstance(value, tuple) else value
    return flat

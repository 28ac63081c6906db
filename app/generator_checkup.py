"""The doctor's checks of the offered generators: readiness, license, time a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from app import database
from app.findings import Check, Finding, run_check
from app.generators import backend_context, offered_generators
from app.restart import give_up
from app.settings import Settings
from domain.errors import LimnerError
from generation.generator import Generator
from generation.registry import Renderers
from storage.unit_of_work import SqlStore

IMPORT_LIMIT_S = 90.0
"""For a model on this machine: a busy one imports torch and diffusers in half a minute."""
SECONDS_LIMIT_S = 20.0
"""For the render times to be read."""


async def examine_generators(settings: Settings) -> tuple[bool, str]:
    """The names of the generators that are offered."""
    names = [generator.name for generator in offered_generators(settings)]
    return True, f"Available: {', '.join(names)}; default: {settings.generator}."


async def examine_offered(settings: Settings, limit_s: float) -> list[Finding]:
    """Each offered generator: whether it is ready in this place, its license, its time a picture.

    None is required: another machine may be the one that draws with it.
    """
    try:
        offered = offered_generators(settings)
    except LimnerError:
        return []  # reported by the finding about the generator
    renderers = Renderers(
        default=settings.generator,
        offered=offered,
        backend_context=backend_context(settings, fatal=give_up),
    )
    seconds = await _seconds(settings)

    async def looked(generator: Generator) -> list[Finding]:
        async def work(_settings: Settings) -> tuple[bool, str]:
            try:
                ok, text = True, await renderers.examine(generator.name)
            except LimnerError as error:
                ok, text = False, f"Not ready: {error}"
            took = seconds.get(generator.name)
            known = f"about {took:.1f} s per picture" if took else ""
            time = known or "time unknown until the first picture"
            return ok, f"{text} License: {generator.capabilities.license}; {time}."

        name = f"generator {generator.name}"
        if generator.service is None:
            check = Check(name, work, required=False)
            return await run_check(check, settings, max(limit_s, IMPORT_LIMIT_S))
        check = Check(name, work, required=False, look_at="its address")
        return await run_check(check, settings, limit_s)

    try:
        found = await asyncio.gather(*(looked(generator) for generator in offered))
    finally:
        await renderers.aclose()
    return [finding for part in found for finding in part]


async def _seconds(settings: Settings) -> Mapping[str, float]:
    """The recent render times, by generator; nothing where the database cannot be read."""
    try:
        async with asyncio.timeout(SECONDS_LIMIT_S):
            engine = await database.opened(settings)
            try:
                return await SqlStore(engine).operations.render_seconds()
            finally:
                await engine.dispose()
    except Exception:  # reported by the finding about the database
        return {}

"""A moderation model behind OpenAI's interface (https://platform.openai.com/docs/guides/moderation)."""

from __future__ import annotations

import openai
import structlog

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0
MAX_CHARS = 20_000


class OpenAiModerator:
    """Asks the model; when it does not answer, it has no objections, and the log says so."""

    def __init__(self, *, base_url: str, model: str, api_key: str) -> None:
        self._model = model
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=TIMEOUT_S, max_retries=1
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def objections(self, text: str) -> tuple[str, ...]:
        """The categories it flags, in words; none when it flags nothing or does not answer."""
        try:
            answer = await self._client.moderations.create(
                model=self._model, input=text[:MAX_CHARS]
            )
        except openai.OpenAIError as error:
            log.warning("moderation_failed", error=type(error).__name__)
            return ()
        flagged = [result.categories for result in answer.results if result.flagged]
        named = [
            name.replace("/", ", ").replace("_", " ")
            for categories in flagged
            for name, found in categories.model_dump(by_alias=True).items()
            if found
        ]
        return tuple(dict.fromkeys(named)) or (("flagged",) if flagged else ())

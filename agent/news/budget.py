"""The model of the news desk, counted and within its budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from agent.ports import ChatModel, Completion, Message
from agent.research.metering import model_spending
from domain.errors import ModelUnavailable
from domain.research import Account
from domain.translation.messages import gettext

MAX_TOKENS = 100_000
"""For all the words of one slot: four candidates, twice each, of which hardly any needs more than
10,000."""


@dataclass(frozen=True, slots=True)
class WordsSettings:
    """What the model is called and costs (``prompt_usd`` and ``answer_usd`` for a million tokens),
    and after how many tokens and dollars it is not asked any more (``max_usd`` 0: no limit)."""

    model_name: str = "model"
    prompt_usd: float = 0.0
    answer_usd: float = 0.0
    max_tokens: int = MAX_TOKENS
    max_usd: float = 0.0


class BudgetedModel:
    """A model whose answers are put to an account, and which is silent once that is used up."""

    def __init__(self, model: ChatModel, settings: WordsSettings, account: Account) -> None:
        self._model = model
        self._settings = settings
        self._account = account

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The next message. Raises ``ModelUnavailable``, also once the budget is used up; what one
        answer takes beyond it is not known before."""
        if self._used_up:
            self._account.used_up = True
            raise ModelUnavailable(gettext("its budget for this story has been used up"))
        completion = await self._model.complete(
            messages, max_tokens=max_tokens, grammar=grammar, on_text=on_text
        )
        settings = self._settings
        spending = model_spending(
            completion,
            settings.model_name,
            prompt_usd=settings.prompt_usd,
            answer_usd=settings.answer_usd,
        )
        self._account.add(spending)
        return completion

    @property
    def _used_up(self) -> bool:
        spent, settings = self._account.spent, self._settings
        if spent is None:
            return False
        return spent.amount >= settings.max_tokens or 0 < settings.max_usd <= spent.cost_usd

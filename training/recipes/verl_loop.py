"""Limner's own loop as verl's environment: verl calls the agent's model, Limner everything else.

Only verl imports this module, on the machines of its cluster, where Limner is installed beside it.
Each rollout is a conversation of :class:`training.environment.Environment`; the tokens that the
model wrote are kept as they were sampled, and what Limner answered has a mask of 0.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from PIL import Image
from verl.experimental.agent_loop.agent_loop import (
    AgentLoopBase,
    AgentLoopMetrics,
    AgentLoopOutput,
)

from agent.ports import Completion, Message
from app.cli.train_models import opened_environment
from app.settings import load_settings
from domain.errors import ContextTooLong
from training.environment import Environment, Question


class RolloutModel:
    """The agent's model on verl's servers; it keeps the tokens of its one conversation."""

    def __init__(self, server: Any, processor: Any, sampling: dict[str, Any], *, room: int) -> None:
        """``room`` is the most tokens of the whole conversation."""
        self._server = server
        self._processor = processor
        self._sampling = sampling
        self._room = room
        self._request = uuid4().hex
        self._seen = 0
        self.prompt_ids: list[int] = []
        self.response_ids: list[int] = []
        self.mask: list[int] = []
        self.log_probs: list[float] = []
        self.images: list[Any] = []
        self.turns = 0

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        grammar: str | None = None,
        on_text: Callable[[str], Awaitable[None]] | None = None,
    ) -> Completion:
        """The next message. Raises ``ContextTooLong`` where no room is left."""
        del grammar, on_text
        added = self._added(messages)
        if not self.prompt_ids:
            self.prompt_ids = added
        else:
            self.response_ids += added
            self.mask += [0] * len(added)
            self.log_probs += [0.0] * len(added)
        so_far = [*self.prompt_ids, *self.response_ids]
        room = min(max_tokens, self._room - len(so_far))
        if room <= 0:
            raise ContextTooLong("the conversation is longer than the model reads")
        output = await self._server.generate(
            request_id=self._request,
            prompt_ids=so_far,
            sampling_params={**self._sampling, "max_tokens": room},
            image_data=self.images or None,
        )
        ids = [int(token) for token in output.token_ids]
        self.response_ids += ids
        self.mask += [1] * len(ids)
        self.log_probs += [float(each) for each in output.log_probs or [0.0] * len(ids)]
        self.turns += 1
        text = self._processor.tokenizer.decode(ids, skip_special_tokens=True)
        return Completion(
            text,
            truncated=len(ids) >= room,
            prompt_tokens=len(so_far),
            completion_tokens=len(ids),
        )

    def _added(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of what was added since the last turn, without the model's own."""
        fresh = [m for m in messages[self._seen :] if m.role != "assistant" or not self._seen]
        text = "" if not self._seen else "\n"
        self._seen = len(messages) + 1  # the answer to this is the model's own
        pictures = [Image.open(io.BytesIO(i)).convert("RGB") for m in fresh for i in m.images]
        shown = [{"role": m.role, "content": _parts(m)} for m in fresh]
        text += self._processor.apply_chat_template(
            shown, tokenize=False, add_generation_prompt=True
        )
        found = self._processor(text=[text], images=pictures or None)["input_ids"][0]
        self.images += pictures
        return [int(token) for token in found]


def _parts(message: Message) -> list[dict[str, str]]:
    return [{"type": "text", "text": message.text}, *({"type": "image"} for _ in message.images)]


class LimnerAgentLoop(AgentLoopBase):
    """A rollout of verl in Limner's environment; one environment serves a whole process."""

    _opened: ClassVar[asyncio.Task[Environment] | None] = None
    _stack: ClassVar[AsyncExitStack] = AsyncExitStack()

    def __init__(
        self,
        *arguments: Any,
        archive: str,
        judge: str,
        judge_model: str,
        judge_key_env: str = "",
        generator: str = "",
        alpha: float = 0.5,
        at_once: int = 16,
        **named: Any,
    ) -> None:
        """The options are those of ``limner train rl``; everything else is verl's."""
        super().__init__(*arguments, **named)
        self._options: dict[str, Any] = {
            "archive": Path(archive),
            "judge": judge,
            "judge_model": judge_model,
            "judge_key_env": judge_key_env,
            "generator": generator or None,
            "alpha": alpha,
            "at_once": at_once,
        }

    async def run(
        self, sampling_params: dict[str, Any], priority: int = 0, **fields: Any
    ) -> AgentLoopOutput:
        """One rollout with its reward; one that is masked has no token to learn from."""
        del priority
        about = fields["extra_info"]
        question = Question(about["id"], about["question"], Path(about["gt_image"]))
        rollout_config = self.rollout_config
        model = RolloutModel(
            self.server_manager,
            self.processor,
            sampling_params,
            room=rollout_config.prompt_length + rollout_config.response_length,
        )
        environment = await self._environment()
        rollout = await environment.rollout(model, question)
        length = rollout_config.response_length
        counts = rollout.scored.counts
        return AgentLoopOutput(
            prompt_ids=model.prompt_ids,
            response_ids=model.response_ids[:length],
            response_mask=[m if counts else 0 for m in model.mask[:length]],
            response_logprobs=model.log_probs[:length],
            multi_modal_data={"images": model.images} if model.images else {},
            reward_score=rollout.reward.value or 0.0,
            num_turns=2 * model.turns,
            metrics=AgentLoopMetrics(),
            extra_fields={"turn_scores": [], "tool_rewards": [], "mask": rollout.mask.value},
        )

    async def _environment(self) -> Environment:
        cls = type(self)
        if cls._opened is None:
            opened = cls._stack.enter_async_context(
                opened_environment(load_settings(), self._options)
            )
            cls._opened = asyncio.ensure_future(opened)
        return await cls._opened

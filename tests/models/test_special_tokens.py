"""Untrusted text through the real tokenizers and chat templates of several models."""

from __future__ import annotations

from typing import Any

import pytest

from domain.special_tokens import break_special_tokens
from tests.integration.test_untrusted_text import edited_news, harmless, hostile, judged, researched
from tests.models.environment import CannotBeHadError
from tests.models.published import PACKAGES, Published, published
from tests.unit.test_special_tokens import disguises


@pytest.fixture(params=PACKAGES)
def model(request: pytest.FixtureRequest) -> Published:
    """A published tokenizer with its template."""
    try:
        return published(request.param)
    except CannotBeHadError as error:
        pytest.skip(str(error))


def test_none_of_its_special_tokens_survives(model: Published) -> None:
    for token in model.special.values():
        assert model.tokenizer.encode(token, add_special_tokens=False).ids != []
        for text in (f"x {token} y{token}z", *disguises(token)):
            told = model.tokenizer.encode(break_special_tokens(text), add_special_tokens=False)
            assert not set(told.ids) & set(model.special), text


@pytest.mark.parametrize("composed", [researched, judged, edited_news])
async def test_a_conversation_holds_those_that_its_messages_demand(
    model: Published, composed: Any
) -> None:
    own = " ".join(list(model.special.values())[:60])

    def words(text: str) -> str:
        return f"{hostile(text)} {own}"

    told = await composed(words)
    assert model.counts(told) == model.counts(await composed(harmless))

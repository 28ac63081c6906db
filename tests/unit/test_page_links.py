"""Links to pages: they cannot be forged, and each opens its own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotFound
from domain.pages import PageRef
from jobs.services.page_links import DAY_S, LinkKind, LinkSigner, SignedPageLinks

KEY = b"k" * 32
NOW = 1_800_000_000.0
TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n"), max_size=60)


def signer(now: float = NOW, key: bytes = KEY) -> LinkSigner:
    return LinkSigner(key, now=lambda: now)


@given(TEXT, TEXT, st.integers(0, 60_000))
def test_a_link_says_what_it_was_made_for(workspace: str, subject: str, links: int) -> None:
    token = signer().sign(LinkKind.JOB, workspace, subject, links=links)
    found = signer().read(token, LinkKind.JOB)
    assert (found.workspace_id, found.subject, found.links) == (workspace, subject, links)
    assert not found.expired


@given(st.data())
def test_a_changed_link_opens_nothing(data: st.DataObject) -> None:
    token = signer().sign(LinkKind.JOB, "w1", "J1")
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz019-_=.%é"))
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    with pytest.raises(NotFound):
        signer().read(changed, LinkKind.JOB)


@given(st.text(max_size=300))
def test_no_text_is_a_link(text: str) -> None:
    with pytest.raises(NotFound):
        signer().read(text, LinkKind.JOB)


def test_a_link_of_another_kind_or_key_opens_nothing() -> None:
    token = signer().sign(LinkKind.WORKSPACE, "w1", "J1")
    with pytest.raises(NotFound):
        signer().read(token, LinkKind.JOB)
    with pytest.raises(NotFound):
        signer(key=b"x" * 32).read(token, LinkKind.WORKSPACE)


def test_a_link_expires_at_the_end_of_a_day_and_stays_the_same_for_a_day() -> None:
    life = timedelta(days=2)
    first = signer().sign(LinkKind.JOB, "w1", "J1", lifetime=life)
    later = NOW // DAY_S * DAY_S + DAY_S - 1
    assert signer(later).sign(LinkKind.JOB, "w1", "J1", lifetime=life) == first
    assert not signer(NOW + 2 * DAY_S).read(first, LinkKind.JOB).expired
    assert signer(NOW + 3 * DAY_S).read(first, LinkKind.JOB).expired


def test_an_address_names_the_picture_that_is_open() -> None:
    links = SignedPageLinks("https://limner.example/", signer(), lifetime=timedelta(days=1))
    one = links.address(PageRef("w1", "J1"))
    assert one.startswith("https://limner.example/p/")
    assert links.address(PageRef("w1", "J1"), number=2) == f"{one}/2"

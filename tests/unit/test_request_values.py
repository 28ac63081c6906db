"""Requests as the database keeps them: one flat object, as versions before the parts wrote it."""

from __future__ import annotations

import pytest

from domain.requests import (
    Action,
    Destination,
    Edit,
    Illustrate,
    JobKind,
    JobRef,
    Request,
    Rerender,
    Reresearch,
)
from evaluation.peers.values import a_request
from storage.request_values import from_values, to_values

OLD = {
    "prompt": "a harbour",
    "workspace_id": "w1",
    "member_id": "m1",
    "destination": {"surface": "slack", "channel": "c1", "thread": None},
    "research": "auto",
    "generator": "flux",
    "aspect": {"width": 16, "height": 9},
    "parent_id": "01PARENT",
    "vary": True,
    "upscale": None,
    "approvals": 2,
    "review": {"surface": "slack", "channel": "c2", "thread": None},
}
"""What a version before the parts kept; later fields are missing."""


@pytest.mark.parametrize(
    "action",
    [
        Illustrate(),
        Rerender("01P", vary=True),
        Rerender("01P", upscale=2),
        Rerender(None),
        Reresearch("01J"),
        Edit("01P"),
    ],
)
def test_what_is_kept_comes_back(action: Action) -> None:
    request = a_request(
        action=action,
        private=True,
        lane=3,
        shadow_of=JobRef("w2", "01J"),
        review=Destination("slack", "c9"),
    )
    assert from_values(to_values(request), action.kind) == request


def test_the_kept_object_is_flat_and_has_the_old_names() -> None:
    kept = to_values(a_request(action=Rerender("01P", vary=True)))
    assert OLD.keys() <= kept.keys()
    assert not kept.keys() & {"origin", "routing", "action"}
    assert (kept["parent_id"], kept["vary"], kept["upscale"]) == ("01P", True, None)


def test_an_old_row_opens_as_the_kind_of_its_job() -> None:
    request: Request = from_values(OLD, JobKind.RERENDER)
    assert request.action == Rerender("01PARENT", vary=True)
    assert request.origin.member_id == "m1"
    assert (request.routing.approvals, request.routing.live) == (2, True)
    assert from_values(OLD, JobKind.EDIT).action == Edit("01PARENT")
    assert from_values(OLD, JobKind.RERESEARCH).parent_id == "01PARENT"
    assert from_values(OLD, JobKind.ILLUSTRATE).parent_id is None

"""Where pictures come from: what copies say, and what leads a changed copy back to its job."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from c2pa import Context, Reader, Settings
from PIL import Image, ImageFilter

from app.provenance import signing_identity
from app.settings import Settings as LimnerSettings
from domain.errors import InvalidSettings, UnusableReference
from domain.illustrations import Illustration, Picture
from domain.provenance import Layer, Provenance, ProvenanceVerdict, watermark_of
from domain.requests import Destination
from domain.team import Preferences, Scope
from generation.provenance import watermark
from generation.provenance.certificates import (
    KEY,
    Identity,
    read_identity,
    write_development_identity,
)
from generation.provenance.credentials import read_credentials, signed
from generation.provenance.hashes import HASHES_BYTES, asked_hashes, hashes_of, nearest
from generation.provenance.keypoints import compare, keypoints
from generation.provenance.reading_worker import CANDIDATES, candidates
from generation.stamp import COMPOSITE, source_type_of, stamped
from jobs.admission.requests import Requester
from jobs.common.removal import removed_pictures
from jobs.services.outgoing import OutgoingCopies
from storage.database import open_database
from storage.schema import upgrade
from storage.unit_of_work import SqlStore
from tests.fakes.provenance import (
    CHANGES,
    a_board,
    a_provenance_office,
    draw,
    encoded,
    opened,
)

TYPES = ("image/png", "image/jpeg", "image/webp")


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return write_development_identity(tmp_path_factory.mktemp("signer"))


def somebody(workspace_id: str = "w1", member_id: str = "ann") -> Requester:
    return Requester(workspace_id, member_id, Destination("chat", "c1"))


async def copy_of(copies: OutgoingCopies, picture: Illustration, data: bytes) -> Picture:
    copy = await copies.get_copy(picture, data, max_bytes=10**7, media_types=TYPES, max_side=16_384)
    assert copy is not None
    return copy


def manifest_of(data: bytes, media_type: str) -> dict[str, Any]:
    offline = Settings.from_dict({"verify": {"remote_manifest_fetch": False}})
    with (
        offline,
        Context(offline) as context,
        Reader(media_type, io.BytesIO(data), context=context) as reader,
    ):
        assert reader.get_validation_state() == "Valid"
        report = json.loads(reader.json())
    found: dict[str, Any] = report["manifests"][report["active_manifest"]]
    return found


def test_a_watermark_is_read_from_changed_boards_and_from_no_other() -> None:
    marks = np.frombuffer(
        b"".join(watermark_of("w1", f"picture-{n}") for n in range(1000)), np.uint8
    ).reshape(1000, 16)
    board = a_board(1)
    marked = watermark.with_watermark(board, marks[7].tobytes())
    error = np.asarray(board, float) - np.asarray(marked, float)
    assert 10 * np.log10(255**2 / (error**2).mean()) > 40
    paper = error[310:328, 30:870]  # flat, between the pictures and the text
    assert 0.4 < np.sqrt((paper**2).mean()) < 1.1  # at 1.7 it could be seen
    for name, change in CHANGES.items():
        if name == "half":  # nothing is left of grain that cannot be seen: the look-up finds it
            continue
        readings = watermark.read(opened(change(marked)), turned=name == "turned")
        scores = np.stack([reading.score(marks) for reading in readings]).max(axis=0)
        assert (scores.argmax(), scores.max() > 7) == (7, True), name
        assert np.sort(scores)[-2] < 6, name
    for turned in (False, True):
        unmarked = watermark.read(board, turned=turned)
        assert max(reading.score(marks).max() for reading in unmarked) < 6.5


def test_boards_of_one_layout_are_told_apart_point_by_point() -> None:
    boards = [a_board(seed) for seed in range(4)]
    hashes = [hashes_of(board) for board in boards]
    kept = [keypoints(board) for board in boards]
    for name, change in CHANGES.items():
        found = opened(change(boards[2]))
        assert 2 in nearest(asked_hashes(found), hashes, most=4), name
        same = [compare(keypoints(found), each).same for each in kept]
        assert same == [False, False, True, False], name


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_credentials_hold_for_the_very_bytes_and_for_who_signed_them(
    kind: str, identity: Identity, tmp_path: Path
) -> None:
    stranger = write_development_identity(tmp_path)
    media_type = f"image/{kind.lower()}"
    origin = watermarked_origin()
    data = encoded(a_board(3), kind)
    body = signed(
        data, media_type, origin, source_type=COMPOSITE, chain=identity.chain, key=identity.key
    )
    assert len(body) - len(data) < 8_000
    ours = read_credentials(body, media_type, root=identity.root)
    assert ours is not None
    assert (ours.valid, ours.trusted, ours.illustration_id) == (True, True, "P1")
    theirs = read_credentials(body, media_type, root=stranger.root)
    assert theirs is not None
    assert (theirs.valid, theirs.trusted) == (True, False)
    broken = bytearray(body)
    broken[-len(data) // 2] ^= 1
    changed = read_credentials(bytes(broken), media_type, root=identity.root)
    assert changed is None or not changed.valid
    assert read_credentials(data, media_type, root=identity.root) is None
    assert read_credentials(body[:500], media_type, root=identity.root) is None


def watermarked_origin() -> Any:
    from domain.provenance import Ingredient, Origin

    parts = (
        Ingredient("Harbour", "ab" * 32, "Ann, CC BY 4.0"),
        Ingredient("P0", "cd" * 32, "", is_parent=True),
    )
    return Origin("P1", "storyboard", parts)


def test_credentials_name_the_parent_the_references_and_the_kind_of_picture(
    identity: Identity,
) -> None:
    body = signed(
        encoded(a_board(3)),
        "image/png",
        watermarked_origin(),
        source_type=COMPOSITE,
        chain=identity.chain,
        key=identity.key,
    )
    manifest = manifest_of(body, "image/png")
    roles = {each["title"]: each["relationship"] for each in manifest["ingredients"]}
    assert roles == {"Harbour": "inputTo", "P0": "parentOf"}
    licences = [each["description"] for each in manifest["ingredients"]]
    assert licences == ["Ann, CC BY 4.0", "licence unknown"]
    data = {each["label"]: each["data"] for each in manifest["assertions"]}
    actions = data["c2pa.actions.v2"]["actions"]
    assert [each["action"] for each in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"] == COMPOSITE
    assert "thumbnail" not in manifest


def test_a_development_certificate_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    first = write_development_identity(tmp_path)
    assert write_development_identity(tmp_path) == first
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    other = write_development_identity(tmp_path / "other")
    (tmp_path / KEY).write_text(other.key)
    with pytest.raises(ValueError, match="not that of"):
        write_development_identity(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        read_identity(tmp_path / "none", tmp_path / KEY)


async def test_a_picture_leads_back_to_its_job_and_nobody_elses_does(
    database_url: str, tmp_path: Path
) -> None:
    await upgrade(database_url)
    engine = open_database(database_url)
    store = SqlStore(engine)
    try:
        async with a_provenance_office(store, tmp_path) as (service, copies, blobs):
            raw = Picture(encoded(a_board(5)), "image/png", 900, 600)
            data = stamped(raw, is_model=False).data
            picture = await draw(store, blobs, "w1", data)
            for seed in (6, 7):
                await draw(store, blobs, "w1", encoded(a_board(seed)))
            copy = await copy_of(copies, picture, data)
            assert copy.data != data
            assert source_type_of(copy.data) == COMPOSITE
            assert await blobs.get("w1", picture.sha256 or "") == data

            def found(verdict: ProvenanceVerdict, layer: Layer) -> Provenance:
                return Provenance(verdict, picture.id, picture.job_id, layer)

            async def verify(body: bytes, who: Requester | None = None) -> Provenance:
                answer = await service.verify(who or somebody(), body)
                assert 0 <= answer.confidence <= 1
                return replace(answer, confidence=0.0, signer="")

            shown = await verify(copy.data)
            assert shown == found(ProvenanceVerdict.SIGNED, Layer.CREDENTIALS)
            changed = found(ProvenanceVerdict.CHANGED, Layer.WATERMARK)
            assert await verify(CHANGES["turned"](opened(copy.data))) == changed
            assert await verify(data) == found(ProvenanceVerdict.CHANGED, Layer.BYTES)
            probable = found(ProvenanceVerdict.PROBABLE, Layer.LOOKUP)
            assert await verify(CHANGES["crop"](a_board(5))) == probable
            unknown = Provenance(ProvenanceVerdict.UNKNOWN)
            assert await verify(encoded(a_board(8))) == unknown

            stranger = somebody("w2")
            assert await verify(CHANGES["jpeg"](opened(copy.data)), stranger) == unknown
            assert await verify(copy.data, stranger) == Provenance(
                ProvenanceVerdict.SIGNED, layer=Layer.CREDENTIALS
            )
            with pytest.raises(UnusableReference):
                await service.verify(somebody(), b"no picture")

            async with store.workspace("w1") as unit:
                await removed_pictures(unit, picture.job_id)
            assert await verify(CHANGES["jpeg"](opened(copy.data))) == unknown
    finally:
        await engine.dispose()


async def test_the_oldest_picture_of_a_large_workspace_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures are looked through in several rounds of several pages."""
    for name in ("PAGE", "PAGES", "COMPARED"):
        monkeypatch.setattr(f"jobs.services.provenance.{name}", 2)
    url = f"sqlite:///{tmp_path / 'large.sqlite'}"
    await upgrade(url)
    engine = open_database(url)
    store = SqlStore(engine)
    try:
        async with a_provenance_office(store, tmp_path) as (service, copies, blobs):
            drawn = [
                await draw(store, blobs, "w1", encoded(a_board(seed))) for seed in range(20, 26)
            ]
            oldest = min(range(len(drawn)), key=lambda place: drawn[place].id)
            board = a_board(20 + oldest)
            copy = await copy_of(copies, drawn[oldest], encoded(board))
            marked = await service.verify(somebody(), CHANGES["jpeg"](opened(copy.data)))
            assert (marked.job_id, marked.layer) == (drawn[oldest].job_id, Layer.WATERMARK)
            alike = await service.verify(somebody(), CHANGES["crop"](board))
            assert (alike.job_id, alike.layer) == (drawn[oldest].job_id, Layer.LOOKUP)
    finally:
        await engine.dispose()


def test_each_block_of_kept_pictures_gives_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.provenance.reading_worker.BLOCK", 30)
    random = np.random.default_rng(3)
    kept = [random.bytes(HASHES_BYTES) for _ in range(70)]
    asked = hashes_of(a_board(1))
    blocks = [nearest(asked, kept[start : start + 30], most=CANDIDATES) for start in (0, 30, 60)]
    expected = [30 * number + place for number, block in enumerate(blocks) for place in block]
    assert candidates(asked, kept) == expected


async def test_a_private_picture_is_visible_to_its_requester_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'private.sqlite'}"
    await upgrade(url)
    engine = open_database(url)
    store = SqlStore(engine)
    try:
        async with a_provenance_office(store, tmp_path) as (service, copies, blobs):
            data = encoded(a_board(9))
            picture = await draw(store, blobs, "w1", data, private=True)
            async with store.workspace("w1", read_only=True) as unit:
                owner = (await unit.jobs.get(picture.job_id)).request.origin.member_id
            copy = await copy_of(copies, picture, data)
            for body in (CHANGES["jpeg"](opened(copy.data)), CHANGES["crop"](a_board(9))):
                theirs = await service.verify(somebody(member_id=owner), body)
                assert theirs.job_id == picture.job_id
                others = await service.verify(somebody(member_id="somebody else"), body)
                assert others == Provenance(ProvenanceVerdict.UNKNOWN)
    finally:
        await engine.dispose()


async def test_a_workspace_switches_the_watermark_off_for_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'off.sqlite'}"
    await upgrade(url)
    engine = open_database(url)
    store = SqlStore(engine)
    try:
        async with a_provenance_office(store, tmp_path) as (_service, copies, blobs):
            data = encoded(a_board(11))
            picture = await draw(store, blobs, "w1", data)
            marked = await copy_of(copies, picture, data)
            assert opened(marked.data).tobytes() != opened(data).tobytes()
            async with store.workspace("w1") as unit:
                await unit.preferences.save(Scope.WORKSPACE, "", Preferences(watermark=False))
            plain = await copy_of(copies, picture, data)
            assert opened(plain.data).tobytes() == opened(data).tobytes()
    finally:
        await engine.dispose()


async def test_a_copy_without_a_watermark_is_signed_all_the_same(
    identity: Identity, tmp_path: Path
) -> None:
    from generation.provenance.copies import signed_copy

    data = encoded(a_board(4))
    origin = watermarked_origin()
    copy = signed_copy(
        data, "image/png", origin, identity, max_bytes=10**7, media_types=TYPES, max_side=4096
    )
    assert (opened(copy.data).tobytes()) == opened(data).tobytes()
    small = signed_copy(
        data, "image/png", origin, identity, max_bytes=40_000, media_types=TYPES, max_side=4096
    )
    assert len(small.data) <= 40_000
    assert read_credentials(small.data, small.media_type, root=identity.root) is not None


def test_who_signs_is_told_by_the_settings(identity: Identity, tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(identity.chain)
    key.write_text(identity.key)
    both = LimnerSettings(data_dir=tmp_path, signing_certificate=chain, signing_key=key)
    assert signing_identity(both) == identity
    assert signing_identity(LimnerSettings(data_dir=tmp_path, content_credentials=False)) is None
    with pytest.raises(InvalidSettings, match="both"):
        signing_identity(LimnerSettings(data_dir=tmp_path, signing_key=key))
    key.write_text("no key")
    with pytest.raises(InvalidSettings, match="LIMNER_SIGNING_CERTIFICATE"):
        signing_identity(both)


def test_transparency_survives_a_watermark() -> None:
    clear = Image.new("RGBA", (300, 200), (200, 30, 30, 90))
    marked = watermark.with_watermark(clear, bytes(16))
    assert marked.getchannel("A").getextrema() == (90, 90)


@pytest.mark.parametrize(("level", "least", "most"), [(0, 0, 40), (255, 215, 255)])
def test_a_watermark_stops_at_black_and_white(level: int, least: int, most: int) -> None:
    marked = watermark.with_watermark(Image.new("RGB", (401, 299), (level, 128, level)), bytes(16))
    red, green, blue = (np.asarray(channel, np.int16) for channel in marked.split())
    for channel in (red, blue):
        assert least <= channel.min() < channel.max() <= most
        assert level in (channel.min(), channel.max())
    assert 100 < green.min() < 128 < green.max() < 156


@pytest.mark.parametrize("size", [(331, 217), (7, 50), (3, 2), (1, 1)])
def test_the_least_level_around_is_what_a_filter_gives(size: tuple[int, int]) -> None:
    levels = np.random.default_rng(3).integers(0, 255, size[::-1], dtype=np.uint8)
    grey = Image.fromarray(levels)
    least = watermark.least_around(grey)
    assert least.tobytes() == grey.filter(ImageFilter.MinFilter(7)).tobytes()

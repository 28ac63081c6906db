"""Content credentials (C2PA 2.x): signed into copies of pictures, and read from any picture.

The library's network is off: by default, reading or signing an untrusted picture would fetch the
address in its metadata. Thumbnails are off, since they are larger than all else together.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from c2pa import (
    Builder,
    C2paError,
    C2paSignerInfo,
    C2paSigningAlg,
    Context,
    Reader,
    Settings,
    Signer,
)

from domain.provenance import Credentials, Ingredient, Origin

OWN_ASSERTION: Final = "org.limner.illustration"
READABLE: Final = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/heic")


def _settings(root: str | None) -> Settings:
    facts: dict[str, Any] = {
        "core": {"allowed_network_hosts": []},
        "verify": {
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_trust": True,
            "verify_after_sign": False,
            "verify_after_reading": True,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }
    if root:
        facts["trust"] = {"user_anchors": root}
    return Settings.from_dict(facts)


def signed(
    data: bytes, media_type: str, origin: Origin, *, source_type: str, chain: str, key: str
) -> bytes:
    """The picture (PNG, JPEG or WebP) with its credentials; pixels and metadata stay as they
    are. ``source_type`` is IPTC's digital source type, as an address.

    Raises:
        ValueError: It cannot be signed; the message says why.
    """
    info = C2paSignerInfo(C2paSigningAlg.ES256, chain.encode(), key.encode(), None)
    try:
        with (
            _settings(None) as settings,
            Context(settings) as context,
            Builder(_manifest(origin, source_type), context) as builder,
            Signer.from_info(info) as signer,
        ):
            out = io.BytesIO()
            builder.sign(signer, media_type, io.BytesIO(data), out)
            return out.getvalue()
    except C2paError as error:
        raise ValueError(f"content credentials can't be signed: {error}") from error


def _manifest(origin: Origin, source_type: str) -> dict[str, Any]:
    parent = any(each.is_parent for each in origin.ingredients)
    made = {"action": "c2pa.created", "digitalSourceType": source_type}
    return {
        "claim_generator_info": [{"name": "Limner"}],
        "title": origin.illustration_id,
        "ingredients": [_ingredient(each) for each in origin.ingredients],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(made, parent=parent)}},
            {
                "label": OWN_ASSERTION,
                "data": {
                    "illustration": origin.illustration_id,
                    "generator": origin.generator,
                    "references": [
                        {"title": each.title, "sha256": each.sha256, "credit": each.credit}
                        for each in origin.ingredients
                        if not each.is_parent
                    ],
                },
            },
        ],
    }


def _actions(made: Mapping[str, str], *, parent: bool) -> Sequence[Mapping[str, Any]]:
    if not parent:
        return [made]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
    return [opened, {**made, "action": "c2pa.edited"}]


def _ingredient(ingredient: Ingredient) -> Mapping[str, str]:
    """An ingredient named by its title, hash and credit; its bytes need not be at hand."""
    return {
        "title": ingredient.title,
        "relationship": "parentOf" if ingredient.is_parent else "inputTo",
        "instance_id": f"urn:sha256:{ingredient.sha256}",
        "label": "parent" if ingredient.is_parent else f"reference-{ingredient.sha256[:12]}",
        "description": ingredient.credit or "licence unknown",
    }


def read_credentials(data: bytes, media_type: str, *, root: str) -> Credentials | None:
    """A picture's credentials; None where it has none, or none that can be read.

    ``root`` is the certificate (PEM) that makes them ours.
    """
    if media_type not in READABLE:
        return None
    try:
        with (
            _settings(root) as settings,
            Context(settings) as context,
            Reader(media_type, io.BytesIO(data), context=context) as reader,
        ):
            state = str(reader.get_validation_state() or "")
            report: dict[str, Any] = json.loads(reader.json())
    except (C2paError, ValueError):
        return None
    return _credentials(report, state)


def _credentials(report: Mapping[str, Any], state: str) -> Credentials:
    manifest = report.get("manifests", {}).get(report.get("active_manifest", ""), {})
    own: Any = [
        each.get("data")
        for each in manifest.get("assertions", [])
        if str(each.get("label", "")).startswith(OWN_ASSERTION)
    ]
    signature = manifest.get("signature_info", {})
    # Any software can write an assertion of that name, with any content.
    illustration: Any = own[0].get("illustration") if own and isinstance(own[0], dict) else None
    return Credentials(
        valid=state in ("Valid", "Trusted"),
        trusted="signingCredential.trusted" in _codes(report, "success"),
        issuer=str(signature.get("issuer") or signature.get("common_name") or "")[:200],
        illustration_id=illustration if isinstance(illustration, str) else None,
        problems=_codes(report, "failure"),
    )


def _codes(report: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """The codes of what succeeded or failed when the picture's own manifest was checked."""
    results = report.get("validation_results", {}).get("activeManifest", {}).get(kind, [])
    return tuple(str(each.get("code", ""))[:100] for each in results)[:50]

"""A certificate chain for development: a root and a leaf that may sign content credentials.

For production an operator has a certificate from an authority on the C2PA trust list; with this one
only Limner's own reader says that a picture is by this installation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN: Final = "content-credentials.pem"
KEY: Final = "content-credentials.key"
_YEARS: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Identity:
    """The signing identity: PEM texts. ``chain`` is the leaf first and the root last."""

    chain: str
    key: str
    issuer: str
    """The organisation that the leaf names."""

    @property
    def root(self) -> str:
        """The certificate to which a chain must lead so that a picture counts as ours."""
        return x509.load_pem_x509_certificates(self.chain.encode())[-1].public_bytes(_PEM).decode()


_PEM: Final = serialization.Encoding.PEM


def read_identity(chain: Path, key: Path) -> Identity:
    """The identity in two PEM files.

    Raises:
        OSError: A file cannot be read.
        ValueError: It is no chain of certificates, or the key is not the leaf's.
    """
    chain_text, key_text = chain.read_text(), key.read_text()
    certificates = x509.load_pem_x509_certificates(chain_text.encode())
    private = serialization.load_pem_private_key(key_text.encode(), password=None)
    leaf = certificates[0]
    if _public(private.public_key()) != _public(leaf.public_key()):
        raise ValueError("the key is not that of the first certificate")
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise ValueError("the key is not an elliptic-curve key on P-256")
    names = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    issuer = str(names[0].value) if names else leaf.subject.rfc4514_string()
    return Identity(chain_text, key_text, issuer)


def write_development_identity(folder: Path) -> Identity:
    """Make a root and a leaf, and keep the chain and the leaf's key in ``folder``, for this user
    alone; the root's key is thrown away. What is there already stays.

    Raises:
        OSError: The folder cannot be written.
        ValueError: What is there is not usable.
    """
    chain, key = folder / CHAIN, folder / KEY
    if not (chain.exists() and key.exists()):
        made = _made()
        folder.mkdir(parents=True, exist_ok=True)
        # The key first: a chain is only looked for where its key is.
        _write_private(key, made.key)
        _write_private(chain, made.chain)
    return read_identity(chain, key)


def _made() -> Identity:
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)
    root_name = _name("Limner (development)", "Limner development root")
    leaf_name = _name("Limner (development)", "Limner content credentials")
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        x509.CertificateBuilder()
        .subject_name(root_name)
        .issuer_name(root_name)
        .public_key(root_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(leaf_name)
        .issuer_name(root_name)
        .public_key(leaf_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS - timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    key = leaf_key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = leaf.public_bytes(_PEM) + root.public_bytes(_PEM)
    return Identity(chain.decode(), key.decode(), "Limner (development)")


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _public(key: object) -> bytes:
    return key.public_bytes(  # type: ignore[attr-defined,no-any-return]
        _PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write_private(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

"""The key that signs heads of logs: Ed25519, in a file of its own and never in the database.

Whoever owns the database can rebuild a chain of hashes; without this key nobody can sign it.
"""

import binascii
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from flask import Flask, current_app

from app.domain.starting import beacon_bytes
from app.domain.wire import base64url, from_base64url
from app.extensions import write_once
from config import Settings

_NAME = "log-signer"


class Signer:
    """Signs hashes with the installation's key, made at its first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        if not self._path.exists():
            fresh = Ed25519PrivateKey.generate()
            write_once(self._path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(self._path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{self._path.name} holds no Ed25519 key")
        return key

    def sign(self, digest: bytes) -> bytes:
        """The 64 bytes of the signature over an entry's hash."""
        return self._key.sign(digest)

    def has_signed(self, digest: bytes, signature: bytes) -> bool:
        """Whether a signature over a hash is this installation's own."""
        try:
            self._key.public_key().verify(signature, digest)
        except InvalidSignature:
            return False
        return True

    def beacon(self, at: int) -> dict[str, Any]:
        """The time of this server, signed: whoever names it later proves that he did not act before (docs/sync.md)."""
        return {"at": at, "sig": base64url(self.sign(beacon_bytes(at)))}

    def has_signed_text(self, digest: bytes, signature: str) -> bool:
        """`has_signed` of a signature as it is written on the wire."""
        try:
            return self.has_signed(digest, from_base64url(signature))
        except (binascii.Error, ValueError):
            return False

    def public_key(self) -> bytes:
        """The 32 bytes a device checks signatures with."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def prepare(app: Flask) -> None:
    """Tell the app where its key lies."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[_NAME] = Signer(settings.data_dir / "keys" / "log-signing.pem")


def signer() -> Signer:
    """The signer of the current app."""
    found: Signer = current_app.extensions[_NAME]
    return found

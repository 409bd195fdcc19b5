"""The key that signs heads of logs: Ed25519, in a file of its own and never in the database.

Whoever owns the database can rebuild a chain of hashes; without this key nobody can sign it.
"""

from functools import cached_property
from pathlib import Path

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

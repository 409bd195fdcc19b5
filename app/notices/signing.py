"""The key that names this installation to push services (VAPID, RFC 8292): P-256, in a file of its own.

Made once: browsers tie their subscription to it, and with another key every one of them would have to ask again.
"""

from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from flask import Flask, current_app
from py_vapid import Vapid02

from app.extensions import write_once
from config import Settings

_NAME = "push-signer"


class PushSigner:
    """Signs requests to push services with the installation's key, made at its first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        if not self._path.exists():
            fresh = ec.generate_private_key(ec.SECP256R1())
            write_once(self._path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key = load_pem_private_key(self._path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._path.name} holds no P-256 key")
        return key

    def headers(self, audience: str, contact: str, expires: int) -> dict[str, str]:
        """What proves to the service at `audience` who sends; `expires` in seconds since 1970."""
        signed: dict[str, str] = Vapid02(self._key).sign({"aud": audience, "sub": contact, "exp": expires})
        return signed

    def public_key(self) -> bytes:
        """The 65 bytes a browser subscribes with."""
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def prepare(app: Flask) -> None:
    """Tell the app where its key lies."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[_NAME] = PushSigner(settings.data_dir / "keys" / "push-vapid.pem")


def push_signer() -> PushSigner:
    """The signer of the current app."""
    found: PushSigner = current_app.extensions[_NAME]
    return found

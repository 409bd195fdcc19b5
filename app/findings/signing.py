"""The office's signing certificate: the one in the settings, or a trial one that says of itself what it is."""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from flask import current_app

from app.domain.errors import Invalid
from app.extensions import flush_folder, now
from config import Settings

if TYPE_CHECKING:
    from app.documents.signing import DocumentSigner

TRIAL = "CôngVụ (chứng thư dùng thử)"


def document_signer() -> "DocumentSigner":
    """What documents are signed with. Raises Invalid("signing_key") when the certificate cannot be opened."""
    from app.documents.signing import Pkcs12Signer

    settings: Settings = current_app.config["SETTINGS"]
    if settings.signing_pkcs12 is not None:
        passphrase = settings.signing_passphrase_file
        if passphrase is None:
            raise Invalid("signing_key")
        return Pkcs12Signer(settings.signing_pkcs12, lambda: passphrase.read_bytes().strip(), settings.timestamp_url)
    folder = settings.data_dir / "keys"
    file, secret = folder / "document-signing.p12", folder / "document-signing.pass"
    if not file.exists():
        _make_trial(file, secret)
    return Pkcs12Signer(file, lambda: secret.read_bytes().strip(), settings.timestamp_url)


def agency_signer() -> "DocumentSigner | None":
    """What the agency signs with after the signer; None where it has no certificate here.

    Raises Invalid("signing_key") when its passphrase is not declared.
    """
    from app.documents.signing import Pkcs12Signer

    settings: Settings = current_app.config["SETTINGS"]
    if settings.agency_pkcs12 is None:
        return None
    passphrase = settings.agency_passphrase_file
    if passphrase is None:
        raise Invalid("signing_key")
    return Pkcs12Signer(settings.agency_pkcs12, lambda: passphrase.read_bytes().strip(), settings.timestamp_url)


def agency_signs() -> bool:
    """Whether documents bear the agency's signature beside the signer's, as an original must (article 5)."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.agency_pkcs12 is not None


def is_trial() -> bool:
    """Whether documents are signed with the trial certificate, which nobody outside trusts."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.signing_pkcs12 is None


def _make_trial(file: Path, secret: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = secrets.token_urlsafe(24).encode()
    _write(secret, passphrase)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TRIAL)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = BestAvailableEncryption(passphrase)
    _write(file, pkcs12.serialize_key_and_certificates(b"congvu", key, certificate, None, locked))


def _write(path: Path, content: bytes) -> None:
    """Put a secret file in place whole, readable by nobody else."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    flush_folder(path.parent)

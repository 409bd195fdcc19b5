"""Signing with a time stamp (RFC 3161), given by a real authority: OpenSSL behind HTTP on this machine."""

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from app.documents.pdf import render_pdf
from app.documents.signing import Pkcs12Signer, Stamp, sign_pdf
from app.domain.errors import Invalid
from tests.documents.samples import NOTICE

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """A time-stamp authority: what it was asked, and whether it answers as one should."""

    folder: Path
    url: str = ""
    asked: int = 0
    answers: bool = True
    certificate: Path = field(init=False)

    def __post_init__(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        made = certificate("Cơ quan cấp dấu thời gian (thử)", key, timestamps=True)
        self.certificate = self.folder / "tsa.pem"
        self.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / "tsa.key").write_bytes(key.private_bytes(*form))
        (self.folder / "serial").write_text("01")
        (self.folder / "tsa.cnf").write_text(CONFIG.format(folder=self.folder))

    def reply(self, question: bytes) -> bytes:
        (self.folder / "question.tsq").write_bytes(question)
        config, query = str(self.folder / "tsa.cnf"), str(self.folder / "question.tsq")
        command = ["openssl", "ts", "-reply", "-config", config, "-queryfile", query]
        return subprocess.run(command, check=True, capture_output=True).stdout


def certificate(
    name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, timestamps: bool = False
) -> x509.Certificate:
    """One that vouches for itself."""
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=2))
        .not_valid_after(datetime.now(UTC) + timedelta(days=900))
        .add_extension(usage, critical=True)
    )
    if timestamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    told = Authority(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked += 1
            question = self.rfile.read(int(self.headers["Content-Length"]))
            body = told.reply(question) if told.answers else b"<html>503</html>"
            self.send_response(200 if told.answers else 503)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(tmp_path: Path) -> tuple[Path, Path]:
    """The office's PKCS#12 file (passphrase `thu`) and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate("UBND thị xã (thử)", key)
    locked = serialization.BestAvailableEncryption(b"thu")
    files = tmp_path / "office.p12", tmp_path / "office.pem"
    files[0].write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, made, None, locked))
    files[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return files


def sign(office: tuple[Path, Path], url: str) -> bytes:
    return sign_pdf(NOTICE, render_pdf(NOTICE), Pkcs12Signer(office[0], lambda: b"thu", url), Stamp(AT))


def test_the_stamp_of_the_authority_is_in_the_signature(authority: Authority, office: tuple[Path, Path]) -> None:
    signed = sign(office, authority.url)
    assert authority.asked >= 1
    roots = [load_cert_from_pemder(str(each)) for each in (office[1], authority.certificate)]  # type: ignore[no-untyped-call]
    [embedded] = PdfFileReader(BytesIO(signed)).embedded_signatures
    with ThreadPoolExecutor(max_workers=1) as own:
        trusted = ValidationContext(trust_roots=roots)
        status = own.submit(validate_pdf_signature, embedded, trusted, trusted).result()
    assert (status.intact, status.valid) == (True, True)
    assert status.trusted
    stamp = status.timestamp_validity
    assert stamp is not None
    assert stamp.valid
    assert stamp.trusted
    assert abs(stamp.timestamp - datetime.now(UTC)) < timedelta(minutes=5), "the authority's time, not ours"


def test_without_the_authority_nothing_is_signed(authority: Authority, office: tuple[Path, Path]) -> None:
    authority.answers = False
    with pytest.raises(Invalid, match="signing_failed"):
        sign(office, authority.url)

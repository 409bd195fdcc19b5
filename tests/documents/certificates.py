"""Certificates that vouch for themselves, and the pictures that go with them."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

BLUE, RED = (0, 48, 143, 255), (196, 22, 28, 255)


def make_pkcs12(path: Path, name: str) -> bytes:
    """A PKCS#12 file with the passphrase `thu`; returns the certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=2))
        .not_valid_after(datetime.now(UTC) + timedelta(days=900))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(b"thu")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, made, None, locked))
    return made.public_bytes(serialization.Encoding.PEM)


def png(image: Image.Image, comment: str = "") -> bytes:
    """The image as a PNG that carries a comment."""
    out, told = BytesIO(), PngInfo()
    if comment:
        told.add_text("Comment", comment)
    image.save(out, "PNG", pnginfo=told)
    return out.getvalue()


def handwriting(colour: tuple[int, int, int, int] = BLUE, width: int = 600, comment: str = "") -> bytes:
    """A signature as a hand draws it, on nothing, with an empty edge around it."""
    image = Image.new("RGBA", (width, width // 2))
    steps = [(0.02, 0.35), (0.2, 0.1), (0.3, 0.4), (0.45, 0.15), (0.6, 0.4), (0.98, 0.2)]
    points = [(x * width, y * width) for x, y in steps]
    ImageDraw.Draw(image).line(points, fill=colour, width=max(2, width // 60), joint="curve")
    return png(image, comment)


def seal(colour: tuple[int, int, int, int] = RED) -> bytes:
    """A round seal on nothing."""
    image = Image.new("RGBA", (640, 640))
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 8, 632, 632), outline=colour, width=16)
    draw.ellipse((150, 150, 490, 490), outline=colour, width=8)
    return png(image)

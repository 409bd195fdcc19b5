"""Web Push: a message encrypted for one browser (RFC 8291) and posted to its push service (RFC 8030, 8292).

The endpoint came from a client. So the name is looked up here, an address that is not public is refused, and the
connection goes to the very address that was looked at; no redirect is followed and little of the reply is read.
"""

import base64
import binascii
import http.client
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from app.domain.addresses import Endpoint, read_endpoint
from app.domain.errors import Invalid
from app.notices.mail import Outcome
from app.notices.signing import PushSigner
from config import Settings

TIMEOUT = 10.0
KEPT = 24 * 3600  # seconds a service keeps a message for a browser that is off
_VALID = timedelta(hours=12)


@dataclass(frozen=True)
class Browser:
    """A subscription: where it is reached and what it decrypts with."""

    endpoint: str
    p256dh: str
    auth: str


def read_browser(endpoint: str, p256dh: str, auth: str, trusted: tuple[str, ...]) -> Browser:
    """A subscription as a client sent it. Raises `Invalid("push_endpoint")` and `Invalid("push_keys")`."""
    read_endpoint(endpoint, trusted)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        usable = len(_bytes(p256dh)) == 65 and len(_bytes(auth)) == 16
    except (ValueError, binascii.Error):
        usable = False
    if not usable:
        raise Invalid("push_keys")
    return Browser(endpoint, p256dh, auth)


def _bytes(text: str) -> bytes:
    if len(text) > 100 or not text.isascii():
        raise ValueError("no key")
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars="-_", validate=True)


def encrypt(browser: Browser, payload: dict[str, str]) -> bytes:
    """The message as only this browser reads it (aes128gcm)."""
    sealed: bytes = http_ece.encrypt(
        json.dumps(payload, ensure_ascii=False).encode(),
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(browser.p256dh),
        auth_secret=_bytes(browser.auth),
        version="aes128gcm",
    )
    return sealed


def address_of(endpoint: Endpoint) -> str:
    """The network address behind a name. Raises OSError; also for a name that leads into a private network."""
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not endpoint.trusted and not all(ipaddress.ip_address(each).is_global for each in addresses):
        raise OSError(f"{endpoint.host} leads to an address that is not public")
    return addresses[0]


class _Pinned(http.client.HTTPSConnection):
    """Connects to one address and checks the certificate for the name."""

    def __init__(self, endpoint: Endpoint, address: str, context: ssl.SSLContext) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=TIMEOUT, context=context)
        self._address, self._trust = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), TIMEOUT)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True)
class Post:
    """A message on its way: `topic` lets a service and a browser replace an earlier copy of the same."""

    payload: dict[str, str]
    topic: str
    at: datetime


def hand_over(
    browser: Browser, post: Post, settings: Settings, signer: PushSigner, before: Callable[[], None]
) -> Outcome:
    """Post one message; `before` is called when the line stands and nothing but the message is left to send."""
    try:
        endpoint = read_endpoint(browser.endpoint, settings.push_trusted)
    except Invalid:
        return Outcome("gone", "Địa chỉ không thuộc dịch vụ đẩy được phép")
    body = encrypt(browser, post.payload)
    port = "" if endpoint.port == 443 else f":{endpoint.port}"
    contact = f"mailto:{settings.smtp_from}" if settings.smtp_from else settings.public_url or "mailto:congvu@localhost"
    expires = int((post.at + _VALID).timestamp())
    headers = signer.headers(f"https://{endpoint.host}{port}", contact, expires) | {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT),
        "Urgency": "normal",
        "Topic": post.topic,
    }
    try:
        line = _Pinned(endpoint, address_of(endpoint), ssl.create_default_context(cafile=settings.push_ca_file))
        line.connect()
    except OSError as error:
        return Outcome("again", f"Không kết nối được: {error}"[:300])
    try:
        before()
        line.request("POST", endpoint.path, body, headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return Outcome("uncertain", f"Đứt kết nối khi đang gửi: {error}"[:300])
    finally:
        line.close()
    return _answered(status)


def _answered(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome("sent")
    if status in (404, 410):
        return Outcome("gone", f"Trình duyệt đã hủy đăng ký ({status})")
    return Outcome("again" if status == 429 or status >= 500 else "failed", f"Dịch vụ đẩy trả lời {status}")

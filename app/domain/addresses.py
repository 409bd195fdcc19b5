"""Addresses that people and browsers give us: e-mail, and the endpoints of push services.

An endpoint comes from a client and is later called by the server. So only https to the push services of the browsers
(and to what the operator trusts) is taken; the sender checks in addition where the name leads.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.errors import Invalid

PUSH_HOSTS = ("fcm.googleapis.com", "updates.push.services.mozilla.com", "*.notify.windows.com", "web.push.apple.com")
LONGEST_EMAIL, LONGEST_ENDPOINT = 254, 1000
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+{_LABEL}")
_ENDPOINT = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")


@dataclass(frozen=True)
class Endpoint:
    """Where a push message goes; `trusted`: the operator vouches for it, it may lie in the office's own network."""

    host: str
    port: int
    path: str
    trusted: bool


def read_email(text: str) -> str:
    """An address with its domain in lower case. Raises `Invalid("email_form")`; only ASCII, nothing that could end a
    header."""
    address = text.strip()
    name, _, domain = address.rpartition("@")
    if len(address) > LONGEST_EMAIL or len(name) > 64 or not _EMAIL.fullmatch(address):
        raise Invalid("email_form")
    return f"{name}@{domain.lower()}"


def read_endpoint(url: str, trusted: Collection[str] = ()) -> Endpoint:
    """Where an endpoint leads; `trusted` are the operator's own `host:port`. Raises `Invalid("push_endpoint")`."""
    if len(url) > LONGEST_ENDPOINT or not _ENDPOINT.fullmatch(url):
        raise Invalid("push_endpoint")
    parts = urlsplit(url)
    host, port = (parts.hostname or "").lower(), parts.port or 443
    ours = f"{host}:{port}" in trusted
    if not ours and (port != 443 or not any(_fits(host, each) for each in PUSH_HOSTS)):
        raise Invalid("push_endpoint")
    return Endpoint(host, port, parts.path + (f"?{parts.query}" if parts.query else ""), ours)


def _fits(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1 if pattern[0] == "*" else host == pattern

"""How a simulated phone reaches the server: a real socket, or Flask's test client. Both forget nothing but cookies."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask.testing import FlaskClient

GUARD = {"X-VSP": "1", "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


class Lost(Exception):
    """No whole reply came: nobody knows what the server did."""


@dataclass(frozen=True)
class Reply:
    """A whole reply. `body` is its JSON, {} if it is none."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        try:
            found = json.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Link(Protocol):
    """One signed-in session's way to the server."""

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Reply:
        """Send JSON (or bytes) and wait for the whole reply. Raises Lost."""


@dataclass
class ClientLink:
    """In this process, through Flask's test client."""

    client: FlaskClient

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Reply:
        content, kind = _encoded(body)
        reply = self.client.open(path, method=method, data=content, headers={**GUARD, **kind, **headers})
        return Reply(reply.status_code, dict(reply.headers), reply.get_data())


@dataclass
class HttpLink:
    """Over a socket; every failure closes it. The session's cookie outlives the connection, as in a browser."""

    port: int
    timeout: float = 20.0
    cookie: str = ""
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = {}) -> Reply:
        content, kind = _encoded(body)
        sent = {**GUARD, **kind, **({"Cookie": self.cookie} if self.cookie else {}), **headers}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self._connection.request(method, path, body=content, headers=sent)
            response = self._connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException) as problem:
            self.hang_up()
            raise Lost(str(problem)) from None
        found = dict(response.getheaders())
        if "Set-Cookie" in found:
            self.cookie = found["Set-Cookie"].split(";")[0]
        return Reply(response.status, found, raw)

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _encoded(body: Any) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    if isinstance(body, bytes):
        return body, {"Content-Type": "application/offset+octet-stream"}
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"), {"Content-Type": "application/json"}

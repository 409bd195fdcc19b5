"""What a member's phone may hold of a surprise visit before it starts: sealed under the start code (decision 0013).

The phone must be able to open the visit in a hall without a network, and must not tell where it leads before. So it
keeps the whole of it as one AES-GCM box whose key is stretched (PBKDF2) from the code that the lead reads out there.
Its other half is offline_client/src/sync/packs.ts, which opens them; both are held to tests/vectors/packs/.
"""

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 600_000
STEP = 64 * 1024  # boxes come in these sizes only, so that one does not tell by its length what it holds


def seal(content: Any, code: str, *, salt: bytes = b"", iv: bytes = b"", rounds: int = ROUNDS) -> dict[str, Any]:
    """A JSON value in a box; `salt` (16 bytes) and `iv` (12 bytes) are fresh unless a test fixes them."""
    salt, iv = salt or os.urandom(16), iv or os.urandom(12)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    padded = plain + b" " * (-len(plain) % STEP)  # JSON ends where it ends
    boxed = AESGCM(key_of(code, salt, rounds)).encrypt(iv, padded, None)
    texts = {"salt": salt, "iv": iv, "data": boxed}
    return {"rounds": rounds, **{name: base64.b64encode(each).decode() for name, each in texts.items()}}


def key_of(code: str, salt: bytes, rounds: int) -> bytes:
    """The 32 bytes that a start code opens a box with."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, rounds)

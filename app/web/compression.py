"""gzip both ways, for JSON on thin lines. Nothing secret and chosen by somebody else is ever compressed together."""

import gzip
import zlib

from flask import Request, Response

from app.domain.errors import Invalid

WORTH_IT = 300  # bytes; below that the header costs what it saves
EXPANDED_LIMIT = 4 * 1024 * 1024


def body_of(request: Request, limit: int) -> bytes:
    """The body of a request, expanded if it came as gzip. `limit` in bytes is that of what is on the wire.

    Raises Invalid("TOO_BIG") for one that expands to more than 4 MiB, Invalid("BAD_ENVELOPE") for one that is no gzip.
    """
    if (request.content_length or 0) > limit:
        raise Invalid("TOO_BIG", max=limit)
    request.max_content_length = limit  # also for a body that does not say how long it is
    raw = request.get_data(cache=False)
    if request.headers.get("Content-Encoding", "").strip().lower() != "gzip":
        return raw
    expander = zlib.decompressobj(wbits=31)
    try:
        body = expander.decompress(raw, EXPANDED_LIMIT)
    except zlib.error:
        raise Invalid("BAD_ENVELOPE") from None
    if expander.unconsumed_tail:
        raise Invalid("TOO_BIG", max=EXPANDED_LIMIT)
    if not expander.eof or expander.unused_data:
        raise Invalid("BAD_ENVELOPE")
    return body


def compress(request: Request, response: Response) -> Response:
    """Shrink a JSON reply for a client that reads gzip."""
    plain = response.is_json and not response.direct_passthrough and "Content-Encoding" not in response.headers
    if plain and request.accept_encodings["gzip"] > 0 and (response.content_length or 0) >= WORTH_IT:
        response.set_data(gzip.compress(response.get_data(), compresslevel=6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    if plain and "Cache-Control" in response.headers:  # what sets none is given no-store (headers.py)
        response.vary.add("Accept-Encoding")
    return response

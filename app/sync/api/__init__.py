"""The sync protocol over HTTP (docs/sync.md 7). Nothing here decides."""

from app.sync.api import log, manifest, photos  # noqa: F401
from app.sync.api.replies import blueprint

__all__ = ["blueprint"]

"""The desk's pages that change something of sync: importing a phone's exported file, ending a recovery."""

from app.sync.pages.imports import blueprint as imports
from app.sync.pages.recovering import blueprint as recovering

__all__ = ["imports", "recovering"]

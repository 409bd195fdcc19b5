"""The desk's pages that change something of sync: importing a phone's exported file."""

from app.sync.pages.imports import blueprint as imports

__all__ = ["imports"]

"""Desk pages of conclusions, of the letters that correct issued documents, and the public page of a document."""

from app.findings.pages import conclusions, letters, verification
from app.findings.pages.blueprint import blueprint

__all__ = ["blueprint", "conclusions", "letters", "verification"]

"""Desk pages of conclusions, of letters that correct issued documents, of signatures and seals; the public page."""

from app.findings.pages import conclusions, letters, pictures, verification
from app.findings.pages.blueprint import blueprint

__all__ = ["blueprint", "conclusions", "letters", "pictures", "verification"]

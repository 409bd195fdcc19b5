"""Desk pages of conclusions and their papers, of letters of correction, of signatures and seals; the public page."""

from app.findings.pages import conclusions, letters, papers, pictures, verification
from app.findings.pages.blueprint import blueprint

__all__ = ["blueprint", "conclusions", "letters", "papers", "pictures", "verification"]

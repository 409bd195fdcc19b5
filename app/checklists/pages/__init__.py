"""The desk pages of checklists. Importing the modules puts their routes on the blueprint."""

from app.checklists.pages import drafts, editing, library, papers, saves, versions, xlsforms
from app.checklists.pages.blueprint import blueprint

__all__ = ["blueprint", "drafts", "editing", "library", "papers", "saves", "versions", "xlsforms"]

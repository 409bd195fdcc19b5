"""The desk pages of campaigns. Importing the modules puts their routes on the blueprint."""

from app.campaigns.pages import campaigns, delegations, units, visits
from app.campaigns.pages.blueprint import blueprint

__all__ = ["blueprint", "campaigns", "delegations", "units", "visits"]

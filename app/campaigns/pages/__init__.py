"""The desk pages of campaigns. Importing the modules puts their routes on the blueprint."""

from app.campaigns.pages import campaigns, chains, delegations, units, visits
from app.campaigns.pages.blueprint import blueprint

__all__ = ["blueprint", "campaigns", "chains", "delegations", "units", "visits"]

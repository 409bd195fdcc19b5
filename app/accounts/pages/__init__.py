"""The desk pages of accounts. Importing the modules puts their routes on the blueprint."""

from app.accounts.pages import authorities, people, phones, profile, signing_in, units
from app.accounts.pages.blueprint import blueprint
from app.accounts.pages.session import register_session

__all__ = ["authorities", "blueprint", "people", "phones", "profile", "register_session", "signing_in", "units"]

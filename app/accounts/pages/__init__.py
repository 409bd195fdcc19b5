"""The desk pages of accounts. Importing the modules puts their routes on the blueprint."""

from app.accounts.pages import profile, signing_in
from app.accounts.pages.blueprint import blueprint
from app.accounts.pages.session import register_session

__all__ = ["blueprint", "profile", "register_session", "signing_in"]

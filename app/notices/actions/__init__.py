"""Writes of notices: `telling` plans them, `sending` sends them, `contacts` says how people want to be reached."""

from app.notices.actions.telling import Message, lapse, tell

__all__ = ["Message", "lapse", "tell"]

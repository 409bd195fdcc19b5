"""Pages of notices, by what they show."""

from app.notices.pages import lists, outbox, settings  # noqa: F401
from app.notices.pages.blueprint import blueprint

__all__ = ["blueprint"]

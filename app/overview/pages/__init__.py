"""The boards, in five blueprints so that the menu knows where a person is."""

from app.overview.pages import offers as offers
from app.overview.pages import summaries as summaries
from app.overview.pages.boards import blueprint as boards
from app.overview.pages.conclusions import blueprint as conclusions
from app.overview.pages.devices import blueprint as devices
from app.overview.pages.matters import blueprint as matters
from app.overview.pages.self_checks import blueprint as self_checks

__all__ = ["boards", "conclusions", "devices", "matters", "self_checks"]

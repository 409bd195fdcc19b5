"""The blueprint that the page modules of this feature share, and how they show a browser."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"))


@blueprint.app_template_filter("browser")
def browser(user_agent: str) -> str:
    """A user agent as people would say it: `Chrome, Android`."""
    program = next((name for mark, name in BROWSERS if mark in user_agent), "Trình duyệt khác")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "Linux" if "Linux" in user_agent else "")
    return f"{program}, {system}" if system else program

"""The cookie that carries a session's token: never readable by scripts, never sent to other sites."""

from flask import Response, current_app, request

from config import Settings


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _name() -> str:
    return "__Host-sid" if _settings().secure_cookies else "sid"


def token() -> str | None:
    """The token the browser sent, if any of a plausible length."""
    sent = request.cookies.get(_name(), "")
    return sent if 0 < len(sent) <= 100 else None


def keep(response: Response, value: str, *, seconds: int | None) -> None:
    """Hand the browser a new token; without `seconds` it forgets it when it is closed."""
    response.set_cookie(
        _name(),
        value,
        max_age=seconds,
        path="/",
        secure=_settings().secure_cookies,
        httponly=True,
        samesite="Strict",
    )


def forget(response: Response) -> None:
    """Take the token away."""
    response.delete_cookie(_name(), path="/", secure=_settings().secure_cookies, httponly=True, samesite="Strict")

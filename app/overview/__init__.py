"""Boards that join features: the home page, wards compared, the way down from a number to what somebody saw, devices
in the field, what waits for a decision, and which conclusions wait for whom; for the phones, what was found before."""

from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's routes into the app."""
    from app.overview import api, pages

    shown = (pages.boards, pages.conclusions, pages.devices, pages.matters, pages.self_checks)
    for blueprint in (*shown, api.blueprint, api.packs):
        app.register_blueprint(blueprint)

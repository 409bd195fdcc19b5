from flask import Flask


def register(app: Flask) -> None:
    """Put this feature's routes into the app."""

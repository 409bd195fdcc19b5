"""The `congvu` command: the app's own commands beside Flask's."""

import click
from flask import Flask
from flask.cli import FlaskGroup


def _create() -> Flask:
    from app import create_app

    return create_app()


@click.group(cls=FlaskGroup, create_app=_create)
def main() -> None:
    """CôngVụ: máy chủ, phiếu kiểm tra, tài khoản, dữ liệu mẫu."""


def register_commands(app: Flask) -> None:
    """Each feature's command group registers itself in the feature's `register`; this one has none yet."""

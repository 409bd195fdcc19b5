"""`congvu accounts` and `congvu units`: for the operator at the machine."""

import click


@click.group("accounts")
def accounts() -> None:
    """Tài khoản."""


@click.group("units")
def units() -> None:
    """Đơn vị hành chính."""

"""`congvu tasks`: what has to be done to tasks each day, for a timer on the machine."""

import click
from flask.cli import AppGroup

from app.remediation.actions import heads
from app.transactions import own_transaction
from app.web.clock import today

tasks = AppGroup("tasks", help="Nhiệm vụ khắc phục: việc hằng ngày của máy chủ.")


@tasks.command("inherit")
def inherit() -> None:
    """Chuyển trách nhiệm của người đứng đầu đã hết nhiệm kỳ cho người kế nhiệm, kể từ ngày bổ nhiệm."""
    with own_transaction():
        moved = heads.inherit(today())
    click.echo(f"Đã chuyển {moved} nhiệm vụ cho người đứng đầu kế nhiệm.")

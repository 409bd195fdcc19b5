"""The demo: the scenario of `son-tay-2020.yaml`, played once into an empty database."""

import click
from flask import current_app


def load_if_empty() -> None:
    """Play the demo unless somebody already uses this database."""
    from app.accounts.commands import seed_units
    from app.accounts.models import User
    from app.demo import story
    from app.extensions import db
    from app.transactions import own_transaction
    from app.web.clock import today

    if db.session.query(User.id).first() is not None:
        return
    click.echo("• Dữ liệu mẫu (kịch bản Sơn Tây 2020, ngày tháng dời về hôm nay)")
    with own_transaction():
        seed_units()
    story.play(today(), current_app.config["SETTINGS"].data_dir)


def is_loaded() -> bool:
    """Whether this database holds the demo."""
    from app.campaigns.models import Campaign
    from app.extensions import db

    return db.session.query(Campaign.id).filter_by(sample_data=True).first() is not None


def logins_text(url: str) -> str:
    """The demo's logins, for the terminal."""
    from app.demo.story import LOGINS, PASSWORD

    lines = [f"\n  Tài khoản mẫu (mật khẩu chung: {PASSWORD})"]
    lines += [f"    {each.login:<12} {each.name:<24} {each.says}" for each in LOGINS]
    return "\n".join([*lines, f"  Ứng dụng hiện trường: {url}/field/\n"])

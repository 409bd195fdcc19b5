"""A ward with two tasks, a clock to set, and settings to change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from ssl import SSLContext
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import Clock, db, new_id
from app.notices.models import Contact, Notice, Sending
from app.remediation.actions import trace
from app.remediation.commands import Round, remind_once
from app.remediation.models import RemediationTask
from tests.factories import MadeUser, writing
from tests.features.findings.wards import Ward, plan
from tests.features.notices import servers

MONDAY = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam, the first task is due
ORDERED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # a Sunday
LATER = date(2026, 12, 7)


@dataclass
class World:
    """`ward` with two tasks of 22 November (a Sunday), due on Monday 30 November and on 7 December."""

    ward: Ward
    tasks: tuple[str, ...]
    set_clock: Callable[[datetime], None]
    change: Callable[..., None]

    def url(self, position: int = 0) -> str:
        return f"/tasks/{self.tasks[position]}"

    @property
    def app(self) -> Flask:
        return self.ward.app

    def remind(self, at: datetime | None = None) -> Round:
        if at is not None:
            self.set_clock(at)
        with self.app.app_context():
            return remind_once()

    def notices(self, user: MadeUser | None = None) -> list[Notice]:
        with self.app.app_context():
            found = select(Notice).order_by(Notice.created_at, Notice.title)
            return list(db.session.scalars(found.where(Notice.user_id == user.id) if user else found))

    def kinds(self, user: MadeUser) -> list[str]:
        return [each.kind for each in self.notices(user)]

    def sendings(self) -> list[Sending]:
        with self.app.app_context():
            return list(db.session.scalars(select(Sending).order_by(Sending.planned_at, Sending.id)))

    def has_mail(self, *users: MadeUser, **wishes: Any) -> None:
        """These people confirmed an address."""
        with writing(self.app):
            for user in users:
                db.session.add(Contact(user_id=user.id, email=f"{user.login}@example.vn", **wishes))


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    ticks = count()  # each look at the clock is a moment later, so that a history has an order

    def set_clock(at: datetime) -> None:
        monkeypatch.setattr(Clock, "source", staticmethod(lambda: at + timedelta(milliseconds=next(ticks))))

    def change(**settings: Any) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", app.config["SETTINGS"].model_copy(update=settings))

    set_clock(ORDERED)
    ward = plan(app)
    tasks = task(ward, 5, MONDAY.date(), "Bổ sung biển"), task(ward, 10, LATER, "Rà soát hồ sơ")
    return World(ward, tasks, set_clock, change)


def task(ward: Ward, days: int, due_on: date, remedy: str, **facts: Any) -> str:
    """Work from an old register, which costs no conclusion; returns its id."""
    with writing(ward.app):
        made = RemediationTask(
            id=new_id(), unit_id=ward.unit.id, unit_path=ward.unit.path, unit_name=ward.unit.name,
            host_path=ward.town.path, source="Sổ theo dõi năm 2026", remedy=remedy, issued_on=ORDERED.date(),
            delegation_id=ward.story.delegation, position=0, due_working_days=days, due_on=due_on,
            calendar_version="thử", **facts,
        )  # fmt: skip
        return trace.add(made, None).id


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SSLContext]:
    return servers.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def post_server(world: World, tls: tuple[Path, SSLContext], tmp_path: Path) -> Iterator[servers.Post]:
    """A running SMTP server that the app is set up for."""
    secret = tmp_path / "smtp-password"
    secret.write_text(servers.PASSWORD + "\n", "utf-8")
    with servers.smtp(tls[1]) as running:
        world.change(
            smtp_host="localhost",
            smtp_port=running.port,
            smtp_user="congvu",
            smtp_password_file=secret,
            smtp_from="cong-vu@son-tay.example.vn",
            smtp_ca_file=tls[0],
            public_url="https://congvu.example.vn/",
        )
        yield running

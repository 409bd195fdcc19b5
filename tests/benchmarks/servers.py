"""A real server on a fresh database: SQLite with its durable settings, or a PostgreSQL cluster that syncs to disk."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from glob import glob
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask

from app import create_app
from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.checklists import queries as checklists
from app.checklists.actions import publish
from app.checklists.commands import FOLDER, file_of, publish_shipped
from app.checklists.loader import load
from app.domain.checklist import Checklist, canonical
from app.domain.checklist import chk as name_of
from app.domain.permissions import Role
from app.extensions import db, new_id
from app.transactions import own_transaction
from config import Settings
from tests import factories
from tests.e2e.server import Server

CHECKLIST = "mot-cua-cap-xa"


@dataclass(frozen=True)
class Planned:
    """What the load generators need: inspectors who are members of every one of the visits."""

    chk: str
    users: list[factories.MadeUser]
    visits: list[str]


class ServerOn(Server):
    """The server process of the end-to-end tests, on a database of our choice."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        super().__init__(data_dir)
        self.database_url = database_url

    def environment(self) -> dict[str, str]:
        return super().environment() | {"CONGVU_DATABASE_URL": self.database_url}

    def cpu_seconds(self) -> float:
        """Processor time of the server's processes so far (the database's own processes are not in it)."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if self.process and int(fields[2]) == self.process.pid:  # the process group
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Proportional memory of the server's processes."""
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                group = int(stat.read_text().rsplit(")", 1)[1].split()[2])
                if self.process and group == self.process.pid:
                    rollup = stat.with_name("smaps_rollup").read_text()
                    total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
            except OSError:
                continue
        return round(total / 1024)


@contextmanager
def postgresql() -> Iterator[str]:
    """A cluster of our own with fsync, full_page_writes and synchronous_commit on; gone at the end."""
    binaries = Path(sorted(glob("/usr/lib/postgresql/*/bin"))[-1])
    folder = Path(tempfile.mkdtemp(prefix="cvbench", dir="/tmp"))
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(*command: str) -> None:
        subprocess.run([*as_postgres, *command], check=True, cwd="/tmp", stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run(str(binaries / "initdb"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", data)
    options = f"-k {folder} -c listen_addresses= -c fsync=on -c synchronous_commit=on"
    run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    database_url: str, *, users: int, visits: int, checklist: Checklist | None = None
) -> Iterator[tuple[ServerOn, Planned]]:
    """A migrated database with the visits planned, and the server on it; a shipped checklist unless one is given."""
    folder = Path(tempfile.mkdtemp(prefix="cvbench"))
    app = create_app(Settings(data_dir=folder, database_url=database_url, argon2_time_cost=1, argon2_memory_kib=1024))
    with app.app_context():
        flask_migrate.upgrade()
        planned = _plan(app, users, visits, checklist)
        db.session.remove()
        db.engine.dispose()
    server = ServerOn(folder, database_url)
    server.forked = False  # its memory and its start are measured
    server.start()
    try:
        yield server, planned
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _plan(app: Flask, users: int, visits: int, checklist: Checklist | None) -> Planned:
    """One campaign, one delegation of all users, and many visits to one unit."""
    day, at = date.today(), datetime.now(UTC)
    unit = factories.make_unit(app, "Phường Đo Tải")
    people = [factories.make_user(app, f"do-tai-{n}", Role.INSPECTOR, unit) for n in range(users)]
    if checklist is None:
        chk = publish_shipped(load(file_of(FOLDER, CHECKLIST, None).read_bytes()))
    else:
        chk = name_of(canonical(checklist))
        with own_transaction():
            publish(None, checklist)
    version = next(each.id for each in checklists.usable_versions() if each.chk == chk)
    campaign, delegation, ids = new_id(), new_id(), [new_id() for _ in range(visits)]
    plan: dict[str, Any] = {"host_unit_id": unit.id, "host_path": unit.path, "checklist_version_id": version}
    place: dict[str, Any] = {"unit_id": unit.id, "unit_name": unit.name, "unit_kind": "ward", "unit_path": unit.path}
    with own_transaction():
        db.session.add(Campaign(id=campaign, title="Đo tải", starts_on=day, ends_on=day, created_by=people[0].id,
                                created_at=at, **plan))  # fmt: skip
        db.session.flush()
        db.session.add(Delegation(id=delegation, campaign_id=campaign, name="Đoàn đo tải"))
        db.session.flush()
        db.session.add_all(
            Member(id=new_id(), delegation_id=delegation, user_id=each.id, is_lead=each is people[0], added_at=at)
            for each in people
        )
        db.session.add_all(
            Visit(id=each, campaign_id=campaign, delegation_id=delegation, checklist_version_id=version,
                  planned_on=day, created_at=at, **place)
            for each in ids
        )  # fmt: skip
    return Planned(chk, people, ids)

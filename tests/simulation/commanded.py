"""`congvu serve` that takes orders from a simulation: a wrapper in its place, so the product has no test hooks.

    python -m tests.simulation.commanded serve --port 8000

Beside the product's own addresses it answers POST /simulation/<order>: keep a copy of the whole database and put one
back (as an operator does, with `congvu restored` afterwards, or without a word), remove a member, close an account,
and tell what stands in the log. Nobody waits for news here: a simulated phone has no time.
"""

import gc
import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from os import environ
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.workers.gthread import ThreadWorker
from sqlalchemy import select, update

from app.accounts.actions import sessions
from app.accounts.models import User
from app.campaigns.models import Member, Visit
from app.checklists.models import ChecklistVersion
from app.domain import checklist, operations, wire
from app.extensions import Clock, db
from app.sync import hints, packs, queries
from app.sync.actions import recovery
from app.sync.models import Blob
from app.transactions import own_transaction
from tests.beginnings import Copy
from tests.simulation import final, history, signing
from tests.simulation.checklists import corrected
from tests.simulation.clocks import clockless
from tests.simulation.server_bugs import planted

BEGINNING = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
Order = dict[str, Any]


@dataclass
class Backup:
    """The whole database, and the photos by their path."""

    database: Copy
    files: dict[str, bytes]


class Commander:
    """Answers orders; lives in the process that serves."""

    def __init__(self, app: Flask) -> None:
        self.app, self.backups = app, dict[str, Backup]()
        self.ticks = 0
        Clock.source = staticmethod(self.time)

    def time(self) -> datetime:
        """A clock that goes on by a millisecond with each look: the same run has the same times."""
        self.ticks += 1
        return BEGINNING + timedelta(milliseconds=self.ticks)

    def obey(self, name: str, order: Order) -> Any:
        with self.app.app_context():
            try:
                return getattr(self, f"do_{name}")(order)
            finally:
                db.session.remove()

    # --- copies of the database ---------------------------------------------------------------------------

    def do_keep(self, order: Order) -> None:
        """Make a backup under a name."""
        files = {each: (self._blobs / each).read_bytes() for each in self._photos()}
        self.backups[order["name"]] = Backup(Copy.of(self.app), files)

    def do_put_back(self, order: Order) -> None:
        """Put a backup back; `told`: and say so, as `congvu restored` does. `fresh`: the beginning of a history."""
        backup = self.backups[order["name"]]
        backup.database.put_back(self.app)
        there = set(self._photos())
        for file in there - backup.files.keys():
            (self._blobs / file).unlink()
        for file in backup.files.keys() - there:
            (self._blobs / file).write_bytes(backup.files[file])
        if order.get("fresh"):
            self.ticks = 0
        if order.get("told"):
            with own_transaction():
                recovery.begin("Diễn tập khôi phục")

    @property
    def _blobs(self) -> Path:
        folder: Path = self.app.config["SETTINGS"].data_dir / "blobs"
        folder.mkdir(exist_ok=True)
        return folder

    def _photos(self) -> Iterable[str]:
        return [str(each.relative_to(self._blobs)) for each in self._blobs.rglob("*") if each.is_file()]

    # --- what an operator, a lead or an administrator does ------------------------------------------------

    def do_end_recovery(self, _order: Order) -> None:
        with own_transaction():
            if recovery.current():
                recovery.end(None, "Diễn tập xong")

    def do_surprise(self, order: Order) -> None:
        """Plan the visit as a surprise after all: sealed until its lead starts it."""
        facts = {"unit_name": order["unit"], "planned_time": order["time"], "start_code": order["code"]}
        with own_transaction():
            db.session.execute(update(Visit).where(Visit.id == order["visit"]).values(surprise=True, **facts))

    def do_member(self, order: Order) -> None:
        """Take a person out of the delegation, or back in."""
        left = None if order["present"] else self.time()
        with own_transaction():
            db.session.execute(update(Member).where(Member.user_id == order["user"]).values(removed_at=left))

    def do_close_account(self, order: Order) -> None:
        with own_transaction():
            db.session.execute(update(User).where(User.id == order["user"]).values(active=False))
            sessions.end_all(order["user"])

    def do_publish(self, order: Order) -> None:
        """The corrected checklist is there from now on; once is enough."""
        body = checklist.canonical(checklist.parse(corrected()))
        chk = checklist.chk(body)
        facts = {"slug": "vi-du", "version": 2, "title": "Ví dụ", "chk": chk, "body": body}
        with own_transaction():
            if not db.session.scalar(select(ChecklistVersion.id).where(ChecklistVersion.chk == chk)):
                row = ChecklistVersion(id="ban-sua", published_at=self.time(), published_by=order["user"], **facts)
                db.session.add(row)

    # --- what stands there --------------------------------------------------------------------------------

    def do_known(self, order: Order) -> list[str]:
        """The ids of all operations in the log."""
        return [entry.op for entry in queries.whole_log(order["visit"])]

    def do_head(self, order: Order) -> str:
        """The hash of the last entry."""
        return queries.log_head(order["visit"]).hash.hex()

    def do_final(self, order: Order) -> Order:
        """The log and its fold, and everything that is wrong with them, the run's history included."""
        visit: str = order["visit"]
        logs, photos, problems = final.logs(self.app, [visit])
        entries = queries.whole_log(visit)
        contents = [queries.as_domain(each) for each in entries]
        problems += history.check(order["events"], logs, photos)
        went_back = any(each["f"] == "restore" for each in order["events"])
        problems += signing.problems_of(entries, _received(visit), went_back=went_back)
        log, start = queries.visit_log(visit), queries.start_of(contents)
        return {
            "log": [
                {"n": e.n, "op": e.op, "h": e.hash.hex(), "bh": e.body_hash.hex(), "actor": e.actor_id,
                 "st": e.status, "why": e.why, "epar": list(e.parents)}
                for e in entries
            ],
            "cells": cells_text(operations.fold(contents)),
            "state": log.state.state,
            "confirmed": log.confirmed,
            "start": start.op if start else None,
            "digest": log.state.closing.value["digest"] if log.state.closing else None,
            "photos": sorted(db.session.scalars(select(Blob.sha256).where(Blob.visit_id == visit))),
            "clockless": clockless(entries),
            "problems": [each.removeprefix(f"{visit}: ") for each in problems],
        }  # fmt: skip


def _received(visit: str) -> dict[str, int]:
    """When the server had each photo whole, in milliseconds."""
    blobs = db.session.execute(select(Blob.sha256, Blob.received_at).where(Blob.visit_id == visit))
    return {sha256: round(at.timestamp() * 1000) for sha256, at in blobs}


def cells_text(cells: operations.Cells) -> str:
    """The whole fold as canonical text; the phones write the same (offline_client/tests/simulation/oracles.ts)."""
    said: Any = {
        path: [{"op": h.op, "value": h.value, "actor": h.actor, "kind": h.kind, "reason": h.reason} for h in heads]
        for path, heads in cells.items()
    }
    return hashlib.sha256(wire.canonical(said)).hexdigest()


def taking_orders(app: Flask) -> Callable[..., Iterable[bytes]]:
    """The application's WSGI with the orders in front of it."""
    inner, commander = app.wsgi_app, Commander(app)

    def outer(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path: str = environment["PATH_INFO"]
        if not path.startswith("/simulation/"):
            return inner(environment, start)
        length = int(environment.get("CONTENT_LENGTH") or 0)
        order = json.loads(environment["wsgi.input"].read(length) or b"{}")
        answer = json.dumps(commander.obey(path.removeprefix("/simulation/"), order)).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    return outer


@dataclass(frozen=True)
class Done:
    """What `finish_request` asks of a future."""

    kept: bool

    def result(self) -> bool:
        return self.kept

    def cancelled(self) -> bool:
        return False


def answer_at_once(worker: ThreadWorker, connection: Any) -> None:
    """Phones ask one at a time here: giving each request to a thread and back took a third of the server's time.

    In a context of its own, as in a thread: the command's own context would be one `g` for all requests.
    """
    worker.finish_request(connection, Done(Context().run(worker.handle, connection)))


def main() -> None:
    """Wrap, then be the ordinary command."""
    from app import cli

    serve = cli._gunicorn

    def serve_commanded(application: Flask, *arguments: Any) -> None:
        application.wsgi_app = taking_orders(application)  # type: ignore[method-assign]
        gc.freeze()  # thousands of requests to one process: what stays is not looked through again and again
        gc.set_threshold(50_000)
        serve(application, *arguments)

    cli._gunicorn = serve_commanded  # type: ignore[assignment]
    hints.wait_until = lambda *_, **__: None
    # Stretching the code of a sealed visit takes a quarter of a second of a phone, and again of the server.
    packs.seal = partial(packs.seal, rounds=1)
    ThreadWorker.enqueue_req = answer_at_once
    with ExitStack() as leave:
        if bug := environ.get("PLANTED_BUG"):
            leave.enter_context(planted(bug))
        cli.main()


if __name__ == "__main__":
    main()

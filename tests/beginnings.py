"""What many tests begin with is played once for each app, and put back: the whole database, on SQLite or PostgreSQL."""

import sqlite3
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from flask import Flask
from sqlalchemy import text

from app.extensions import Clock, db, now
from app.transactions import own_transaction

T = TypeVar("T")
_REAL = Clock.source


@dataclass
class Copy:
    """The whole database as it was; files beside it are not in it."""

    sqlite: sqlite3.Connection | None = None
    rows: dict[str, bytes] = field(default_factory=dict)  # of PostgreSQL's tables, as COPY writes them

    @classmethod
    def of(cls, app: Flask) -> "Copy":
        """Of this app's database as it is now."""
        with app.app_context():
            db.session.remove()
            if file := _sqlite_file():
                copy = sqlite3.connect(":memory:", check_same_thread=False)
                with closing(sqlite3.connect(file)) as live:
                    live.backup(copy)
                return cls(copy)
            with own_transaction():
                return cls(rows={table.name: _copied(table.name) for table in db.metadata.sorted_tables})

    def put_back(self, app: Flask) -> None:
        """Into this app's database, which nothing else writes to."""
        with app.app_context():
            db.session.remove()
            if self.sqlite:
                with closing(sqlite3.connect(_sqlite_file(), timeout=20)) as live:
                    self.sqlite.backup(live)
                return
            with own_transaction():
                # Without triggers and foreign keys for once; TRUNCATE takes thirty times as long for a few rows.
                db.session.execute(text("SET LOCAL session_replication_role = replica"))
                db.session.execute(text(";".join(f"DELETE FROM {table.name}" for table in db.metadata.sorted_tables)))
                for table, rows in self.rows.items():
                    if rows:
                        with _cursor().copy(f"COPY {table} FROM STDIN") as into:
                            into.write(rows)


def _sqlite_file() -> str:
    return db.engine.url.database or "" if db.engine.dialect.name == "sqlite" else ""


def _cursor() -> Any:
    return db.session.connection().connection.cursor()


def _copied(table: str) -> bytes:
    with _cursor().copy(f"COPY {table} TO STDOUT") as out:
        return b"".join(out)


_KEPT: WeakKeyDictionary[Flask, dict[Hashable, tuple[Copy, Any]]] = WeakKeyDictionary()
_EMPTY: WeakKeyDictionary[Flask, Copy] = WeakKeyDictionary()


def once(app: Flask, name: Hashable, play: Callable[[], T]) -> T:
    """What `play` returned the first time in this app and hour, with the database that it left.

    Under a clock that a test has set, in the same moment: what follows must come after it.

    From empty tables only. Who changes what is returned takes a copy first.
    """
    kept = _KEPT.setdefault(app, {})
    key = name, now().strftime("%Y-%m-%d %H" if Clock.source is _REAL else "%Y-%m-%d %H:%M:%S.%f")
    if Clock.source is not _REAL and now() != now():
        return play()  # a clock that ticks begins anew with each test, and would lie before what was kept
    if key not in kept:
        result = play()
        kept[key] = Copy.of(app), result
        return result
    copy, result = kept[key]
    copy.put_back(app)
    return result


def empty_tables(app: Flask) -> None:
    """Take every row away, the protected ones too, and what migrations put in."""
    if app not in _EMPTY:
        with app.app_context():
            on_sqlite = _sqlite_file() != ""
        _EMPTY[app] = _emptied(app) if on_sqlite else Copy()
    _EMPTY[app].put_back(app)


def _emptied(app: Flask) -> Copy:
    """SQLite without its rows, for which the triggers that protect them must go for a moment."""
    with app.app_context(), db.engine.connect() as connection:
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            connection.execute(text(f"DROP TRIGGER {name}"))
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(text(f"DELETE FROM {table.name}"))
        for _, sql in triggers:
            connection.execute(text(sql))
        connection.commit()
    return Copy.of(app)

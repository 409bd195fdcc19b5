"""The things every feature shares: the database, the clock, the source of ids, languages and limits."""

import os
import secrets
import threading
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC as UTC_ZONE
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import CursorResult, DateTime, Executable, MetaData, event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator

PATIENCE = 20.0  # seconds a writer waits for its turn; after that it takes its chance with SQLite


class Base(DeclarativeBase):
    """Every table. Constraints are named, so that an integrity error can be told by name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True}, disable_autonaming=True)
migrate = Migrate(render_as_batch=True)
csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(key_func=get_remote_address, default_limits=[])


def run(statement: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that was built once and asks for columns: a fifth of the cost of building it for objects."""
    db.session.flush()  # returns at once if nothing waits to be written
    return db.session.connection().execute(statement, values)


def is_postgresql() -> bool:
    """Whether the database is PostgreSQL and not SQLite."""
    return db.engine.dialect.name == "postgresql"


class UTC(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite drops zones, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value and value.astimezone(UTC_ZONE)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None or not isinstance(value, datetime):
            return None
        return value if value.tzinfo else value.replace(tzinfo=UTC_ZONE)


class Clock:
    """The server's clock. Tests set `source`; nothing else reads the time."""

    source: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC_ZONE))


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return Clock.source()


def new_id() -> str:
    """A fresh public id: 128 random bits as 22 characters of base64url."""
    return secrets.token_urlsafe(16)


def write_once(path: Path, content: bytes) -> None:
    """Put a secret file in place whole and durably, or not at all; of several processes at their first start, one wins.

    The folders are flushed too: after a power cut a key that has signed must still be there.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    for folder in (path.parent, path.parent.parent):
        flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """The names in a folder are on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL with full sync: a committed transaction survives a power cut. See sync.md 2.5.

    The driver's own deferred BEGIN is switched off; `_begin_sqlite` says BEGIN itself, and a request that
    will write says BEGIN IMMEDIATE, which waits for its turn instead of failing half-way.
    """
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


will_write: ContextVar[bool] = ContextVar("will_write", default=False)

_writers: WeakKeyDictionary[Dialect, threading.Lock] = WeakKeyDictionary()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    """Begin, for a writer after its turn has come.

    SQLite's own waiting sleeps and does not queue, so that with many phones some starve; the threads of one
    process queue here instead. Other processes still wait in SQLite.
    """
    if connection.dialect.name != "sqlite":
        return
    if not will_write.get():
        connection.exec_driver_sql("BEGIN")
        return
    turn = _writers.setdefault(connection.dialect, threading.Lock())
    if turn.acquire(timeout=PATIENCE):
        connection.info["turn"] = turn
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@event.listens_for(Pool, "checkin")
def _end_turn(_connection: Any, record: Any) -> None:
    """The transaction has ended, whichever way: the next writer's turn."""
    turn = record.info.pop("turn", None)
    if turn is not None:
        turn.release()

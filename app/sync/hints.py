"""Who waits for a longer log, and how they hear of it: at once inside this process, within a second from another.

Waiting holds no transaction and no database connection. There is room for so many waiters only, so that threads remain
for work; who finds none is told to come back.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from sqlalchemy import event

from app.extensions import db
from config import Settings

LOOK_EVERY = 1.0  # seconds between looks at the database, for what other processes have written
_NAME, _TOUCHED = "sync-hints", "touched-visits"


class Hints:
    """The waiting room of one process."""

    def __init__(self, room: int) -> None:
        self._changed = threading.Condition()
        self._versions: dict[str, int] = defaultdict(int)
        self._room = room
        self._waiting = 0

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place in the waiting room for the time of the block; False if it is full."""
        with self._changed:
            admitted = self._waiting < self._room
            self._waiting += admitted
        try:
            yield admitted
        finally:
            if admitted:
                with self._changed:
                    self._waiting -= 1

    def version(self, visit_id: str) -> int:
        """Names the present moment of a visit: pass it to `wait`, so that nothing is missed in between."""
        with self._changed:
            return self._versions[visit_id]

    def announce(self, visit_ids: set[str]) -> None:
        """These logs have grown."""
        with self._changed:
            for visit_id in visit_ids:
                self._versions[visit_id] += 1
            self._changed.notify_all()

    def wait(self, visit_id: str, since: int, seconds: float) -> bool:
        """Wait until the visit was announced after `since`; False if the time passes first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._versions[visit_id] != since, seconds)


def prepare(app: Flask) -> None:
    """Give the app its waiting room."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions[_NAME] = Hints(settings.waiting_phones)


def hints() -> Hints:
    """The waiting room of the current app."""
    found: Hints = current_app.extensions[_NAME]
    return found


def touch(visit_id: str) -> None:
    """Announce a visit when the present transaction commits, and not if it rolls back."""
    db.session.info.setdefault(_TOUCHED, set()).add(visit_id)


@event.listens_for(db.session, "after_commit")
def _announce(session: Any) -> None:
    touched = session.info.pop(_TOUCHED, None)
    if touched:
        hints().announce(touched)


@event.listens_for(db.session, "after_rollback")
def _forget(session: Any) -> None:
    session.info.pop(_TOUCHED, None)


def wait_until(visit_id: str, is_there: Callable[[], bool], *, since: int, seconds: float) -> None:
    """Wait until `is_there`, at most so long. `since` was asked before the log was looked at in vain."""
    left = seconds
    while left > 0:
        db.session.close()
        pause = min(left, LOOK_EVERY)
        if hints().wait(visit_id, since, pause):
            return
        left -= pause
        if is_there():
            return

"""Return to commit, raise to roll back; the edge commits once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from app.extensions import db, will_write

log = structlog.get_logger(__name__)

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class TransactionalFlask(Flask):
    """Commit inside `dispatch_request`, so that an integrity error still reaches the error handlers.

    What ran before the view (who is signed in) was a read and is ended first: a view that works for a
    while before its first statement holds no lock. A GET is rolled back: nothing it does can stay.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        db.session.rollback()
        token = will_write.set(request.method in WRITING)
        try:
            result = super().dispatch_request()
            if request.method in WRITING:
                db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            will_write.reset(token)
        return result

    def do_teardown_appcontext(self, *arguments: Any) -> None:
        """A connection that breaks after the reply was made takes nothing back: the session is forgotten."""
        try:
            super().do_teardown_appcontext(*arguments)
        except OperationalError as error:
            log.error("database_error", problem=str(error.orig))
            db.session.registry.clear()


@contextmanager
def own_transaction() -> Iterator[None]:
    """A write of its own, committed at once: for commands, and for what must stay whatever becomes of the request."""
    db.session.rollback()
    token = will_write.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        will_write.reset(token)


@contextmanager
def only_reading() -> Iterator[None]:
    """A look that takes no writer's turn, before an unsafe request begins to write; what it read may change after."""
    db.session.rollback()
    token = will_write.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        will_write.reset(token)


@contextmanager
def attempt() -> Iterator[None]:
    """What an action did before it refused is undone, so that a page can catch the refusal and show the form again."""
    with db.session.begin_nested():
        yield


def take_back() -> None:
    """Undo everything this request has written, so that a reply that tells of a refusal commits nothing.

    For actions that compute for a while without a transaction, and so cannot run inside `attempt`.
    """
    db.session.rollback()

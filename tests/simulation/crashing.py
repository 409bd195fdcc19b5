"""`congvu serve` that kills itself at a named point: a wrapper started in its place, so the product has no test hooks.

    python -m tests.simulation.crashing serve --port 8000

The file named by CRASH_AT holds the name of a point (and, after a space, how often to pass it first). The worker that
reaches it takes the file away and ends itself with SIGKILL: no handler runs, nothing is flushed, no reply goes out.
gunicorn starts another. (Whole process groups are killed from outside, at random moments.)
"""

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.sync import blobs
from app.transactions import TransactionalFlask

# Every point, in the order in which a push and then a photo pass them.
PUSH_POINTS = ("entries_written", "heads_written", "before_commit", "after_commit", "before_reply", "half_a_reply")
PHOTO_POINTS = ("photo_block_written", "photo_before_name", "photo_after_name")


def crash(point: str) -> None:
    """Die here if this is the point that was named."""
    order = Path(os.environ["CRASH_AT"])
    try:
        wanted, _, passes = order.read_text().partition(" ")
    except FileNotFoundError:
        return
    if wanted != point:
        return
    if int(passes or 0) > 0:
        order.write_text(f"{wanted} {int(passes) - 1}")
        return
    order.unlink(missing_ok=True)
    os.kill(os.getpid(), signal.SIGKILL)


def in_the_database() -> None:
    """Between the statements of a push, before its COMMIT and after it."""

    @event.listens_for(Engine, "after_cursor_execute")
    def _executed(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO entries"):
            connection.info["wrote_entries"] = True
            crash("entries_written")
        elif connection.info.get("wrote_entries") and statement.startswith(("INSERT INTO heads", "DELETE FROM heads")):
            crash("heads_written")

    @event.listens_for(Engine, "commit")
    def _committing(connection: Any) -> None:
        if connection.info.pop("wrote_entries", False):
            crash("before_commit")

    @event.listens_for(Engine, "rollback")
    def _rolled_back(connection: Any) -> None:
        if not connection.invalidated:
            connection.info.pop("wrote_entries", None)


def in_the_reply(application: TransactionalFlask) -> None:
    """After the view has committed, before its reply goes out, and in the middle of it."""
    view = application.dispatch_request

    def dispatch() -> Any:
        result = view()
        if _is_push():
            crash("after_commit")
        return result

    application.dispatch_request = dispatch  # type: ignore[method-assign]
    inner = application.wsgi_app

    def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        push = environ["PATH_INFO"].endswith("/push")
        reply = inner(environ, start_response)
        if push:
            crash("before_reply")
        return _halved(reply) if push else reply

    application.wsgi_app = wsgi_app  # type: ignore[method-assign]


def _is_push() -> bool:
    from flask import request

    return request.path.endswith("/push")


def _halved(reply: Iterable[bytes]) -> Iterator[bytes]:
    try:
        for block in reply:
            middle = len(block) // 2
            yield block[:middle]
            crash("half_a_reply")
            yield block[middle:]
    finally:
        getattr(reply, "close", lambda: None)()


def in_the_photos() -> None:
    """After bytes were written, and before and after a whole photo gets its name."""
    append, seal = blobs.append, blobs.seal

    def appended(*arguments: Any, **named: Any) -> Any:
        result = append(*arguments, **named)
        crash("photo_block_written")
        return result

    def sealed(*arguments: Any, **named: Any) -> None:
        crash("photo_before_name")
        seal(*arguments, **named)
        crash("photo_after_name")

    blobs.append, blobs.seal = appended, sealed


def main() -> None:
    """Put the points in, then be the ordinary command."""
    from app import cli

    serve = cli._gunicorn

    def serve_wounded(application: TransactionalFlask, *arguments: Any) -> None:
        in_the_reply(application)
        serve(application, *arguments)

    cli._gunicorn = serve_wounded  # type: ignore[assignment]
    in_the_database()
    in_the_photos()
    cli.main()


if __name__ == "__main__":
    main()

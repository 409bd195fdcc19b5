"""Writers on SQLite queue inside the process instead of relying on SQLite's own waiting."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select

from app.accounts.models import AccountChange
from app.extensions import db, new_id, now
from app.transactions import own_transaction
from tests.conftest import make_app


def test_writers_take_turns_even_when_sqlite_would_not_wait(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    def write(number: int) -> bool:
        """Every third writer fails half-way: its turn must end all the same."""
        with app.app_context():
            try:
                with own_transaction():
                    change = AccountChange(id=new_id(), at=now(), action="test", subject=str(number), detail="")
                    db.session.add(change)
                    db.session.flush()
                    if number % 3 == 0:
                        raise ValueError("half-way")
            except ValueError:
                return False
            finally:
                db.session.remove()
            return True

    with app.app_context():
        engine = db.engine

        @event.listens_for(engine, "checkout")
        def _no_waiting(connection: Any, _record: Any, _proxy: Any) -> None:
            connection.execute("PRAGMA busy_timeout=0")

        engine.dispose()
    with ThreadPoolExecutor(8) as pool:
        written = sum(pool.map(write, range(48)))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AccountChange)) == written == 32
        db.session.remove()
        engine.dispose()

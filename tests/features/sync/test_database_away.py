"""What phones are told while the server cannot reach its database: 503 and when to come back, never a plain failure."""

from pathlib import Path

from app.extensions import db
from tests.conftest import make_app
from tests.factories import body

HELLO = "/api/sync/v1/hello"


def test_a_database_that_is_away_is_busy_not_broken(tmp_path: Path) -> None:
    """Found by L4: the reply's own stamp asked the database again, and phones got a bare 500 (with HTML)."""
    app = make_app(tmp_path)
    client = app.test_client()
    file = tmp_path / "congvu.sqlite3"
    assert client.get(HELLO).status_code == 200
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    file.rename(tmp_path / "away")
    file.mkdir()
    reply = client.get(HELLO)
    assert (reply.status_code, reply.headers["Retry-After"], body(reply)["code"]) == (503, "3", "unavailable")
    assert body(reply)["proto"] == 1
    assert "epoch" not in body(reply)
    file.rmdir()
    (tmp_path / "away").rename(file)
    assert client.get(HELLO).status_code == 200

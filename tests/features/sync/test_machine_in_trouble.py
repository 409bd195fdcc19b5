"""What phones are told while the machine cannot: 503 and when to come back, never a plain failure. All found by L4."""

import errno
import io
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.extensions import db
from app.sync import images
from tests.conftest import make_app
from tests.factories import body

HELLO = "/api/sync/v1/hello"


def test_a_database_that_is_away_is_busy_not_broken(tmp_path: Path) -> None:
    """The reply's own stamp asked the database again, and phones got a bare 500 (with HTML)."""
    app = make_app(tmp_path)
    client = app.test_client()
    file = tmp_path / "congvu.sqlite3"
    assert client.get(HELLO).status_code == 200
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    file.rename(tmp_path / "away")
    file.mkdir()
    assert_busy(client)
    file.rmdir()
    file.write_bytes(b"nonsense" * 1_000)  # as SQLite sees a disk that was taken away under it
    assert_busy(client)
    with app.app_context():
        db.engine.dispose()
    (tmp_path / "away").rename(file)
    assert client.get(HELLO).status_code == 200


def assert_busy(client: FlaskClient) -> None:
    reply = client.get(HELLO)
    assert (reply.status_code, reply.headers["Retry-After"], body(reply)["code"]) == (503, "3", "unavailable")
    assert body(reply)["proto"] == 1
    assert "epoch" not in body(reply)


def test_a_good_photo_is_not_refused_because_the_disk_is_full(tmp_path: Path) -> None:
    """Its phone was told IMAGE_REFUSED and would never have sent it again."""
    photo, buffer = tmp_path / "photo", io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(buffer, "JPEG")
    photo.write_bytes(buffer.getvalue())
    with pytest.raises(OSError) as problem:
        images.examine(photo, "image/jpeg", {320: Path("/dev/full")})
    assert problem.value.errno == errno.ENOSPC
    assert images.examine(photo, "image/jpeg", {320: tmp_path / "view"}) == (640, 480)
    photo.write_bytes(buffer.getvalue()[:300])
    with pytest.raises(images.RefusedImage):
        images.examine(photo, "image/jpeg", {320: Path("/dev/full")})


@pytest.mark.parametrize("signal", ["KILL", "TERM"])
def test_a_good_photo_is_not_refused_because_its_examination_was_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: str
) -> None:
    """Memory ran out, or the server was stopped: its phone must send it again."""
    decoder = tmp_path / "decoder"
    monkeypatch.setattr(sys, "executable", str(decoder))
    photo = tmp_path / "photo"
    photo.write_bytes(b"\xff\xd8\xff")
    for ending, refused in ((f"kill -{signal} $$", OSError), ("kill -XCPU $$", images.RefusedImage)):
        decoder.write_text(f"#!/bin/sh\n{ending}\n")
        decoder.chmod(0o700)
        with pytest.raises(refused):
            images.examine(photo, "image/jpeg", {320: tmp_path / "view"})


def test_a_connection_that_breaks_after_the_reply_was_made_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL killed in that moment: phones got a bare 500 instead of the reply that was ready (L4, seed 1)."""
    app = make_app(tmp_path)

    def broken(_session: Session) -> None:
        raise OperationalError("ROLLBACK", {}, Exception("terminating connection"))

    with monkeypatch.context() as trouble:
        trouble.setattr(Session, "close", broken)
        assert app.test_client().get(HELLO).status_code == 200
    assert app.test_client().get(HELLO).status_code == 200

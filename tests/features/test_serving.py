"""What `congvu serve` does before it serves."""

import os
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import text

from app.cli import apart
from app.extensions import db


def test_the_demo_is_played_in_a_process_of_its_own_and_its_failure_is_told(app: Flask, tmp_path: Path) -> None:
    """A process that typeset a document must not become the server: the threads it keeps do not survive the fork."""
    note = tmp_path / "pid"

    def write() -> None:
        db.session.execute(text("SELECT 1"))
        note.write_text(str(os.getpid()))

    def fail() -> None:
        raise RuntimeError("không có kịch bản")

    with app.app_context():
        apart(write)
        assert int(note.read_text()) != os.getpid()
        with pytest.raises(click.ClickException, match="Không nạp được dữ liệu mẫu"):
            apart(fail)

"""Statements a push sends to the database: by its size and by the length of the log it adds to (SQLite)."""

import tempfile
from pathlib import Path
from typing import Any

from tests.beginnings import empty_tables
from tests.conftest import make_app
from tests.features.sync.phones import begin_story, phone
from tests.features.sync.test_statements import fill, statements_of_push


def measure() -> dict[str, list[dict[str, Any]]]:
    """Counted at the driver; one that carries many rows is one."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="cvbench") as folder:
        app = make_app(Path(folder))
        for length in (10, 5_000):
            empty_tables(app)
            story = begin_story(app)
            a = phone(story, story.a)
            a.mint("item/muc-2", "yes")
            a.push()
            a.outbox.clear()
            fill(story, length)
            for size in (1, 200):
                sent = statements_of_push(story, a, size)
                a.outbox.clear()
                rows.append({"log length": length, "operations": size, "statements": len(sent),
                             "reads": sum(each.startswith("SELECT") for each in sent)})  # fmt: skip
    return {"Statements of one push": rows}

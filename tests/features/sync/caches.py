"""What is kept beside a log, so that no push reads all of it, must be what the whole log folds to."""

import hashlib

from sqlalchemy import select

from app.campaigns import queries as campaigns
from app.domain.operations import ACCEPTED, Fold
from app.domain.visits import open_held, visit_state
from app.domain.wire import canonical
from app.extensions import db
from app.sync import queries
from app.sync.actions.ledger import ABSENT
from app.sync.models import Head, VisitHead, Writer
from tests.features.sync.phones import Story


def assert_true_to_the_log(story: Story) -> None:
    """Compare heads, counts, writers and the mirrored state with a fold of everything that was ever stored."""
    with story.app.app_context():
        log = queries.whole_log(story.visit)
        if not log:
            return
        entries = [queries.as_domain(entry) for entry in log]
        folded = Fold(entries)
        _heads(story, folded, {entry.op for entry in log})
        row = db.session.execute(select(VisitHead).where(VisitHead.visit_id == story.visit)).scalar_one()
        assert (row.n, row.hash) == (log[-1].n, log[-1].hash)
        assert (row.held, row.contested, row.repins) == (
            len(open_held(entries)),
            len(folded.contested),
            len(folded.repins),
        )
        _writers(story, log)
        _mirror(story, log, folded)


def _heads(story: Story, folded: Fold, stored: set[str]) -> None:
    rows = db.session.execute(
        select(Head.path, Head.op, Head.n, Head.value_hash).where(Head.visit_id == story.visit)
    ).all()
    standing = {(path, op): (n, digest) for path, op, n, digest in rows if n != ABSENT}
    assert standing == {
        (path, each.op): (each.n, hashlib.sha256(canonical(each.value)).digest())
        for path, heads in folded.cells.items()
        for each in heads
    }
    awaited = {(path, op) for path, ops in folded.awaited.items() for op in ops}
    absent = {(path, op) for path, op, n, _ in rows if n == ABSENT}
    assert {(path, op) for path, op in awaited if op not in stored} <= absent <= awaited


def _writers(story: Story, log: tuple[queries.LogEntry, ...]) -> None:
    reached: dict[str, int] = {}
    for entry in log:
        reached[entry.writer] = max(reached.get(entry.writer, 0), entry.ws)
    rows = db.session.execute(select(Writer.writer, Writer.ws).where(Writer.visit_id == story.visit)).all()
    kept = {row.writer: row.ws for row in rows}
    assert kept.keys() >= reached.keys()
    assert all(kept[writer] >= ws for writer, ws in reached.items())


def _mirror(story: Story, log: tuple[queries.LogEntry, ...], folded: Fold) -> None:
    visit = campaigns.planned_visit(story.visit)
    state = visit_state(queries.as_domain(entry) for entry in log)
    if any(entry.status == ACCEPTED for entry in log) and visit.state != "cancelled":
        assert visit.state == state.state
        assert visit.signed_n == state.signed_n

"""A push asks the database as often for 200 operations as for one, and never reads the log it adds to."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import insert

from app.extensions import db, new_id
from app.sync import queries
from app.sync.models import Entry, VisitHead
from tests import factories
from tests.features.sync.phones import Phone, Story, phone
from tests.features.sync.statements import asked, counted


def fill(story: Story, upto: int) -> None:
    """Lengthen the log without the product: only its length matters here."""
    story.damaged = True
    body = json.dumps({"pad": "x" * 200}).encode()
    facts = {"session_id": "", "device_id": "", "received_ms": 0, "status": "held", "why": "BAD_VALUE", "parents": []}
    sealed = {"body_hash": bytes(32), "prev": bytes(32), "hash": bytes(32), "signature": bytes(64)}
    with factories.writing(story.app):
        head = db.session.get_one(VisitHead, story.visit)
        rows = [
            {"visit_id": story.visit, "n": n, "op": new_id(), "body": body, "kind": "set", "path": f"item/muc-{n % 5}"}
            | {"actor_id": story.b.id, "writer": "W" * 22, "ws": n}
            | facts
            | sealed
            for n in range(head.n + 1, upto + 1)
        ]
        db.session.execute(insert(Entry), rows)
        head.n, head.hash = upto, bytes(32)


def statements_of_push(story: Story, who: Phone, size: int) -> list[str]:
    for n in range(size):
        if n % 2:
            who.mint("item/muc-1/note", f"lần {n}", who.outbox[-1]["op"])
        else:
            who.mint("item/muc-1/note", f"lần {n}")
    head = who.head()
    with counted(story.app) as statements:
        reply = who.send(after=head["n"], h=head["h"])
    told = reply.get_json()
    assert (told["taken"], told["except"]) == (size, [])
    assert sum(each.get("mine", 1) for each in told["news"]["entries"]) == size
    return list(statements)


def test_the_number_of_statements_does_not_depend_on_the_size_of_the_push(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    phone(story, story.lead).pull()  # the installation's first request asks more
    a.mint("item/muc-2", "yes")
    a.push()
    a.outbox.clear()
    b.mint("item/muc-2", "yes")
    b.push()
    b.outbox.clear()
    one, many = statements_of_push(story, a, 1), statements_of_push(story, b, 100)
    assert len(one) <= len(many) <= len(one) + 1  # the many also replace a head
    assert len(many) <= 24, "\n".join(many)


def test_only_the_first_push_to_a_visit_makes_the_row_it_locks(story: Story) -> None:
    a = phone(story, story.a)
    made = []
    for _ in range(2):
        asked = statements_of_push(story, a, 1)
        made.append(sum(each.startswith("INSERT INTO visit_heads") for each in asked))
        a.outbox.clear()
    assert made == [1, 0]


def test_a_push_to_a_log_of_5000_asks_what_a_push_to_one_of_10_asks(story: Story) -> None:
    """And what it asks of the log it asks by id."""
    a = phone(story, story.a)
    a.mint("item/muc-2", "yes")
    a.push()
    a.outbox.clear()
    asked = []
    for length in (10, 5000):
        fill(story, length)
        asked.append(statements_of_push(story, a, 1))
        a.outbox.clear()
    assert asked[0] == asked[1]
    reads = [each for each in asked[1] if each.startswith("SELECT") and "FROM entries" in each]
    assert len(reads) == 1
    assert "entries.op IN" in reads[0]


def test_whatever_its_length_the_log_is_read_through_an_index_of_ids_or_paths(app: Flask) -> None:
    """SQLite once walked a whole log to have fifty entries in their order."""
    names = [f"{n:021d}A" for n in range(50)]
    with app.app_context():
        for ask, index in ((queries.log_of_ops, "(visit_id=? AND op=?)"), (queries.log_of_paths, "AND path=?)")):
            with asked(app) as statements:
                ask("V" * 22, names)
            statement, parameters = statements[-1]
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert index in str(plan)


def test_whose_a_photo_is_is_asked_in_one_statement_that_reads_the_photos_of_the_log_alone(app: Flask) -> None:
    """Each thumbnail asks it; once that was three readings of the whole log."""
    names, index = ("V" * 22, "0" * 64, "U" * 22), "(visit_id=? AND path>? AND path<?)"
    asks: list[Callable[[], object]] = [
        lambda: queries.is_photo_told(*names),
        lambda: queries.photos_accepted(names[0]),
        lambda: queries.photos_told_by(names[0], names[2]),
    ]
    with app.app_context():
        for ask in asks:
            with asked(app) as statements:
                ask()
            [(statement, parameters)] = [each for each in statements if "FROM entries" in each[0]]
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert f"ix_entries_visit_id_path {index}" in str(plan)

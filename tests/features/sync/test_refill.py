"""A server restored from an older backup gets back what phones hold: with its original author, time and standing."""

import base64
import json
from typing import Any

from sqlalchemy import text

from app.domain.news import Record, lean
from app.domain.operations import Fold
from app.domain.visits import open_held
from app.extensions import db
from app.sync import queries
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, phone, remove


def forget_after(story: Story, n: int) -> None:
    """Put the database back to where its log had n entries, as a restored backup would; nobody is told."""
    with factories.writing(story.app):
        sqlite = db.session.get_bind().dialect.name == "sqlite"
        triggers = "entries_no_delete" if sqlite else "entries_append_only ON entries"
        kept = (
            db.session.execute(text("SELECT sql FROM sqlite_master WHERE name = 'entries_no_delete'")).scalar()
            if sqlite
            else (
                "CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries "
                "FOR EACH ROW EXECUTE FUNCTION congvu_refuse()"
            )
        )
        db.session.execute(text(f"DROP TRIGGER {triggers}"))
        db.session.execute(text("DELETE FROM entries WHERE n > :n"), {"n": n})
        db.session.execute(text(str(kept)))
        db.session.execute(text("DELETE FROM heads WHERE n > :n"), {"n": n})
        kept_log = queries.whole_log(story.visit)
        entries = [queries.as_domain(entry) for entry in kept_log]
        counted = {"held": len(open_held(entries)), "contested": len(Fold(entries).contested)}
        last = kept_log[-1].hash if kept_log else bytes(32)
        db.session.execute(
            text("UPDATE visit_heads SET n = :n, hash = :h, held = :held, contested = :contested"),
            {"n": n, "h": last, **counted},
        )
        db.session.execute(
            text("UPDATE writers SET ws = (SELECT count(*) FROM entries WHERE entries.writer = writers.writer)")
        )


def piece(who: Phone, first: int = 1, last: int | None = None) -> dict[str, Any]:
    """A piece of the chain this phone holds, as the field client writes it."""
    rows = who.log[first - 1 : last]
    records = [
        Record(
            n=row["n"],
            op=row["op"],
            body=row["body"].encode() if row["body"] is not None else None,
            body_hash=bytes.fromhex(row["bh"]),
            actor=row["actor"],
            writer=row["writer"],
            ws=row["ws"],
            received_ms=row["recv"],
            status=row["st"],
            why=row["why"],
            parents=tuple(row["epar"]),
        )
        for row in rows
    ]
    with who.story.app.app_context():
        from app.sync.signing import signer

        sig = base64.urlsafe_b64encode(signer().sign(bytes.fromhex(rows[-1]["h"]))).decode().rstrip("=")
    return {"after": first - 1, "prev": rows[0]["prev"], "entries": lean(records), "sig": sig}


def offer(who: Phone, *pieces: Any) -> dict[str, Any]:
    reply = who.send([], evidence=list(pieces))
    assert reply.status_code == 200, reply.get_data(as_text=True)
    told: dict[str, Any] = reply.get_json()["evidence"]
    return told


def two_people_at_work(story: Story) -> tuple[Phone, Phone]:
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.push()
    b.mint("item/muc-1", "no")
    b.mint("item/gi-do", "lạ")  # held: no such item
    b.push()
    a.mint("item/muc-2", "yes")
    a.push()
    a.pull(), b.pull()
    return a, b


def test_the_very_chain_comes_back(story: Story) -> None:
    a, _ = two_people_at_work(story)
    before = [entry["h"] for entry in a.log]
    forget_after(story, 1)
    # the held body is b's: a holds its hash only, so a can give back what stands before and after it, not that
    assert offer(a, piece(a)) == {"taken": 2, "known": 1, "refused": 0}
    assert offer(a, piece(a)) == {"taken": 0, "known": 3, "refused": 0}
    fresh = phone(story, story.b)
    log = fresh.pull()
    assert [entry["actor"] for entry in log] == [story.a.id, story.b.id, story.a.id]
    assert log[1]["h"] == before[1]  # nothing came between: the same entry under the same hash


def test_the_author_gives_the_held_one_back_and_it_is_still_held(story: Story) -> None:
    _, b = two_people_at_work(story)
    forget_after(story, 0)
    assert offer(b, piece(b))["taken"] == 4
    held = [entry for entry in phone(story, story.lead).pull() if entry["st"] == "held"]
    assert [(entry["why"], entry["actor"]) for entry in held] == [("UNKNOWN_ITEM", story.b.id)]


def test_what_was_accepted_stays_accepted_whatever_the_rights_are_today(story: Story) -> None:
    a, b = two_people_at_work(story)
    forget_after(story, 0)
    remove(story, story.a)
    offer(b, piece(b))
    assert {entry["st"] for entry in phone(story, story.lead).pull() if entry["actor"] == story.a.id} == {"acc"}
    offer_by_former = offer(a, piece(a))
    assert offer_by_former["taken"] == 0
    assert offer_by_former["known"] > 0


def test_writers_go_on_behind_what_came_back(story: Story) -> None:
    a, b = two_people_at_work(story)
    forget_after(story, 0)
    offer(b, piece(b))
    a.mint("item/muc-3", "yes")
    assert [each["r"] for each in a.push()] == ["ok"]


def test_new_work_that_came_first_is_kept_beside(story: Story) -> None:
    a, b = two_people_at_work(story)
    forget_after(story, 0)
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.push()
    offer(b, piece(b))
    lead.pull()
    assert len(lead.log) == 5
    assert [entry["ws"] for entry in lead.log if entry["writer"] == a.writer] == [1, 2]


def test_what_is_not_proven_changes_nothing(story: Story) -> None:
    a, b = two_people_at_work(story)
    forget_after(story, 1)
    forged = piece(b)
    forged["entries"][1]["body"] = forged["entries"][1]["body"].replace('"no"', '"yes"')
    assert offer(b, forged)["taken"] == 0
    unsigned = piece(b) | {"sig": base64.urlsafe_b64encode(bytes(64)).decode()}
    assert offer(b, unsigned)["taken"] == 0
    shifted = piece(b, 2) | {"after": 5}
    assert offer(b, shifted)["taken"] == 0
    assert len(a.client.get(f"{URL}/visits/{story.visit}/log").get_json()["news"]["entries"]) == 1
    told = ({"prev": "x"}, {"after": "0"}, {"after": True}, {"after": -1}, {"after": 2**53}, {"sig": 5}, {"sig": "Ω"})
    for bad in (
        5,
        {},
        {"after": 0, "prev": "0" * 64, "entries": [{}], "sig": "AA"},
        {"after": 0, "prev": "0" * 64, "entries": {}, "sig": "AA"},
        *(piece(b) | wrong for wrong in told),
    ):
        assert offer(b, bad) == {"taken": 0, "known": 0, "refused": 1}, json.dumps(bad)
    assert b.send([], evidence=[5] * 21).status_code == 400
    assert b.send([], evidence={}).status_code == 400


def test_every_piece_is_counted_and_one_that_proves_nothing_blocks_none(story: Story) -> None:
    _, b = two_people_at_work(story)
    forget_after(story, 1)
    unsigned = {"sig": base64.urlsafe_b64encode(bytes(64)).decode()}
    offered: list[Any] = [piece(b) | unsigned, 5, piece(b, 1, 3), piece(b, 3) | unsigned, {}]
    assert offer(b, *offered) == {"taken": 2, "known": 1, "refused": 4 + 1 + 2 + 1}


def test_pieces_that_overlap_bring_an_entry_back_once_and_know_it_then(story: Story) -> None:
    _, b = two_people_at_work(story)
    forget_after(story, 1)
    assert offer(b, piece(b, 1, 3), piece(b, 2)) == {"taken": 3, "known": 3, "refused": 0}
    assert len(b.client.get(f"{URL}/visits/{story.visit}/log").get_json()["news"]["entries"]) == 4


def test_an_own_operation_after_it_is_judged_by_what_came_back(story: Story) -> None:
    """The close and its signatures come back before the late edit in the very same push: it is late."""
    lead, a = phone(story, story.lead), phone(story, story.a)
    lead.mint("item/muc-1", "yes")
    lead.push(), lead.pull()
    closing = lead.close()
    lead.sign("lead", closing), lead.sign("unit", closing)
    lead.push(), lead.pull(), a.pull()
    forget_after(story, 1)
    a.mint("item/muc-2", "no")
    told = a.send(evidence=[piece(a)], after=0, h="").get_json()
    assert told["evidence"]["taken"] == 3
    assert a.read(told["news"], a.outbox)[-1]["why"] == "LATE_AFTER_SIGN"


def test_a_push_of_evidence_alone_needs_no_writer(story: Story) -> None:
    a, _ = two_people_at_work(story)
    forget_after(story, 0)
    assert a.send([], evidence=[piece(a)], writer="").get_json()["evidence"]["taken"] == 3


def test_a_stranger_offers_nothing(story: Story) -> None:
    a, _ = two_people_at_work(story)
    stranger = phone(story, story.stranger)
    assert stranger.send([], evidence=[piece(a)]).status_code == 404

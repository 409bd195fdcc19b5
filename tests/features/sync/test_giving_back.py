"""A restored server is refilled by the phones: with what they wrote, and with what they read of others."""

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.visits import NO_HASH
from app.extensions import db
from app.sync import queries
from app.sync.models import Entry, VisitHead
from tests.features.sync.backups import backup, put_back
from tests.features.sync.phones import Phone, Story, phone, remove


def ops(story: Story) -> list[str]:
    with story.app.app_context():
        return list(db.session.scalars(select(Entry.op).order_by(Entry.n)))


def offer(who: Phone, entries: list[dict[str, Any]], ops: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    reply = who.send(ops or [], evidence=entries)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    said: dict[str, Any] = reply.get_json()
    return said


def lost(story: Story) -> tuple[Phone, Phone, Phone, list[dict[str, Any]]]:
    """Three phones, of which one has read everything, and a server that has forgotten the newest part."""
    a, b, lead = (phone(story, user) for user in (story.a, story.b, story.lead))
    first = a.mint("item/muc-1", "yes")
    a.push()
    before = backup(story.app)
    b.mint("item/muc-1", "no")
    b.mint("item/khong-co", "no")
    b.push()
    a.mint("item/muc-2", "yes")
    a.mint("item/muc-1/note", "đã xem", first)
    a.push()
    lead.pull()
    put_back(story.app, before)
    return a, b, lead, lead.log


def test_what_another_wrote_comes_back_from_who_read_it(story: Story) -> None:
    _a, b, lead, read = lost(story)
    assert len(ops(story)) == 1
    assert offer(lead, read)["evidence"] == {"taken": 4, "known": 1, "refused": 0}
    assert ops(story) == [each["op"] for each in read]
    with story.app.app_context():
        again = queries.whole_log(story.visit)
        assert [(each.actor_id, each.writer, each.ws, each.received_ms, each.status, each.why) for each in again] == [
            (each["actor"], each["writer"], each["ws"], each["recv"], each["st"], each["why"]) for each in read
        ]
        head = db.session.get_one(VisitHead, story.visit)
        assert (head.held, head.contested) == (1, 1)
    assert offer(lead, read)["evidence"] == {"taken": 0, "known": 5, "refused": 0}, "twice is once"
    assert [each["r"] for each in b.push()] == ["dup", "dup"], "its own phone is told that they are there"
    lead.log = []
    assert len(lead.pull()) == 5


def test_an_own_operation_after_it_is_judged_by_what_came_back(story: Story) -> None:
    """In one push: the evidence first, then what names it."""
    a, _b, lead, read = lost(story)
    named = [each["op"] for each in read if each["op"] in {each["op"] for each in a.outbox}]
    lead.mint("item/muc-1", {"value": "yes", "reason": "x"}, read[0]["op"], read[1]["op"], kind="resolve")
    said = offer(lead, read, lead.outbox)
    assert [each["r"] for each in said["results"]] == ["ok"]
    with story.app.app_context():
        assert db.session.get_one(VisitHead, story.visit).contested == 0
    assert len(ops(story)) == 6
    assert named


def test_pieces_in_any_order_and_by_several_phones_fill_the_log(story: Story) -> None:
    _a, _b, lead, read = lost(story)
    offer(lead, [read[4]])
    offer(lead, [read[2], read[1]])
    offer(lead, read[::-1])
    assert sorted(ops(story)) == sorted(each["op"] for each in read)
    with story.app.app_context():
        kept = {path: {head.op for head in heads} for path, heads in queries.cells_of(story.visit).items()}
    assert kept["item/muc-1"] == {read[0]["op"], read[1]["op"]}


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "A" * 22}, {"body": '{"changed":true}'}, {"ws": 99}, {"n": 77}, {"st": "acc", "why": ""},
        {"st": "held", "why": "ROLE"}, {"epar": ["A" * 22]}, {"recv": 1}, {"h": NO_HASH}, {"sig": "A" * 86},
        {"prev": "f" * 64}, {"body": None}, {"op": ""}, {"sig": "x"}, {"ws": "1"}, {"epar": None}, {"h": None},
        {"actor": "é"}, {"body_b64": "!"}, {"n": 2**60}, {"why": "\ud800"},
    ],
)  # fmt: skip
def test_what_is_not_word_for_word_what_the_server_signed_is_refused_and_blocks_nothing(
    story: Story, change: dict[str, Any]
) -> None:
    _a, _b, lead, read = lost(story)
    forged = read[2] | change
    assert offer(lead, [forged, read[1]])["evidence"] == {"taken": 1, "known": 0, "refused": 1}
    assert ops(story) == [read[0]["op"], read[1]["op"]]


def test_entries_of_another_visit_are_refused(story: Story) -> None:
    from app.campaigns.models import Visit
    from app.extensions import new_id
    from tests import factories

    _a, _b, lead, read = lost(story)
    with factories.writing(story.app):
        twin = {c.name: getattr(db.session.get_one(Visit, story.visit), c.name) for c in Visit.__table__.columns}
        other = new_id()
        db.session.add(Visit(**(twin | {"id": other, "state": "planned"})))
    lead.story = Story(**(story.__dict__ | {"visit": other}))
    assert offer(lead, read)["evidence"] == {"taken": 0, "known": 0, "refused": 5}


def test_a_former_member_gives_back_and_a_stranger_does_not(story: Story) -> None:
    _a, _b, lead, read = lost(story)
    stranger = phone(story, story.stranger)
    assert stranger.send([], evidence=read).status_code == 404
    remove(story, story.lead)
    assert offer(lead, read)["evidence"]["taken"] == 4


def test_too_much_at_once_and_no_list_are_a_bad_envelope(story: Story) -> None:
    _a, _b, lead, read = lost(story)
    for wrong in ([read[1]] * 51, "x", [1], {"a": 1}):
        assert lead.send([], evidence=wrong).status_code == 400
    assert len(ops(story)) == 1


def test_a_push_of_evidence_alone_needs_no_writer(story: Story) -> None:
    _a, _b, lead, read = lost(story)
    lead.writer = ""
    assert offer(lead, read)["evidence"]["taken"] == 4
    lead.mint("item/muc-3", "yes")
    assert lead.send().status_code == 400

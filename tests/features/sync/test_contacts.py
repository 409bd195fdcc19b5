"""Who opened which visit on which device; how much a device may send in a day; and who is too old to read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.queries.sessions import devices_of
from app.extensions import Clock, db
from app.sync import allowances
from app.sync.models import DailyUse, Entry, VisitContact
from tests.features.sync.phones import URL, Phone, Story, phone
from tests.features.sync.statements import counted
from tests.features.sync.test_earlier import another_visit


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: moment))


def contacts(who: Phone) -> list[dict[str, Any]]:
    reply = who.client.get(f"{URL}/visits/{who.story.visit}/devices")
    assert reply.status_code == 200
    found: list[dict[str, Any]] = reply.get_json()["devices"]
    return found


def test_members_see_who_opened_the_visit_and_what_they_owe(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    a.send(pending={"ops": 3, "blobs": 2})
    lead.pull()
    found = {each["user"]: each for each in contacts(lead)}
    assert set(found) == {story.a.id, story.lead.id}, "reading counts as opening"
    mine = found[story.a.id]
    assert (mine["name"], mine["app"], mine["revoked"]) == ("Điện thoại thử", "test", False)
    assert (mine["pending_ops"], mine["pending_blobs"], mine["n"]) == (3, 2, 0)
    assert isinstance(mine["last_at"], int)
    assert mine["opened_at"] == mine["last_at"]
    stranger = phone(story, story.stranger)
    assert stranger.client.get(f"{URL}/visits/{story.visit}/devices").status_code == 404


def test_members_are_told_which_device_wrote_under_which_number(story: Story) -> None:
    """A person may have two phones: the writer of an operation says on which of them its photo lies."""
    lead, first, second = phone(story, story.lead), phone(story, story.a), phone(story, story.a)
    for who in (first, second):
        who.mint("item/muc-1/note", who.writer)
        who.push()
    lead.pull()
    found = {tuple(each["writers"]): each["user"] for each in contacts(lead)}
    assert found == {(first.writer,): story.a.id, (second.writer,): story.a.id, (): story.lead.id}


def test_a_device_owes_the_sum_over_its_visits(story: Story) -> None:
    """What one visit owes must not hide what another does."""
    a, b = phone(story, story.a), phone(story, story.b)
    a.send(pending={"ops": 3, "blobs": 2})
    elsewhere = replace(a, story=replace(story, visit=another_visit(story, days=1)))
    elsewhere.send(pending={"ops": 4, "blobs": 1})
    b.send(pending={"ops": 50, "blobs": 60})
    with story.app.app_context():
        assert [(each.pending_ops, each.pending_blobs) for each in devices_of(story.a.id)] == [(7, 3)]
        owed = select(VisitContact.pending_ops, VisitContact.pending_blobs).where(VisitContact.user_id == story.a.id)
        assert sorted(map(tuple, db.session.execute(owed))) == [(3, 2), (4, 1)]
    a.send(pending={"ops": 0, "blobs": 0})
    with story.app.app_context():
        assert [(each.pending_ops, each.pending_blobs) for each in devices_of(story.a.id)] == [(4, 1)]


def test_contact_is_written_at_most_once_in_five_minutes_while_nothing_changes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Clock.source()
    at(monkeypatch, start)
    a = phone(story, story.a)
    a.send(pending={"ops": 1, "blobs": 0})
    a.pull()
    for minutes, owed, written in ((2, 1, False), (4, 2, True), (8, 2, False), (9, 2, True)):
        at(monkeypatch, start + timedelta(minutes=minutes))
        a.send([], pending={"ops": owed, "blobs": 0})
        with story.app.app_context():
            last = db.session.scalars(select(VisitContact.last_at)).one()
        assert (last == start + timedelta(minutes=minutes)) is written, minutes
    with counted(story.app) as statements:
        a.pull()
    assert {each.split()[0] for each in statements} <= {"SELECT", "BEGIN"}
    at(monkeypatch, start + timedelta(minutes=30))
    a.pull()
    with story.app.app_context():
        assert db.session.scalars(select(VisitContact.last_at)).one() == start + timedelta(minutes=30)


def test_more_than_a_days_operations_wait_and_nothing_is_stored_or_lost(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowances, "daily", lambda: allowances.Allowance(3, 9))
    start = datetime.fromisoformat("2026-11-22T22:00:00+07:00")
    at(monkeypatch, start)
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    a.push()
    first = list(a.outbox)
    a.mint("item/muc-3", "yes")
    a.mint("item/muc-4", "yes")
    refused = a.send()
    assert (refused.status_code, refused.get_json()["code"]) == (429, "BUSY")
    assert refused.headers["Retry-After"] == "3600"
    with story.app.app_context():
        assert len(db.session.scalars(select(Entry)).all()) == 2, "the push is undone as a whole"
    assert a.send(first).status_code == 200, "what is known already costs nothing"
    b.mint("item/muc-5", "yes")
    assert b.send().status_code == 200, "each device has its own"
    at(monkeypatch, start + timedelta(hours=1, minutes=59))
    assert a.send().headers["Retry-After"] == "61"
    at(monkeypatch, start + timedelta(hours=2, seconds=1))
    assert [each["r"] for each in a.push()] == ["dup", "dup", "ok", "ok"]
    with story.app.app_context():
        rows = db.session.scalars(select(DailyUse)).all()
        assert sorted(each.ops for each in rows) == [1, 2], "one row a device, begun anew each day"


def test_photos_are_counted_too(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.features.sync.test_evidence import begin, jpeg

    monkeypatch.setattr(allowances, "daily", lambda: allowances.Allowance(9, 1))
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    assert a.send().status_code == 200
    assert begin(a, jpeg()).status_code == 201, "an answer is no photo"
    refused = begin(a, jpeg("red"))
    assert (refused.status_code, refused.get_json()["code"]) == (429, "BUSY")
    assert int(refused.headers["Retry-After"]) > 0
    for n in range(2, 10):
        a.mint(f"item/muc-{n}", "yes")
    assert a.send().status_code == 200, "nor a photo an answer"


@pytest.mark.parametrize("path", ["manifest", "visits/{visit}/log"])
def test_an_app_that_is_too_old_is_told_to_update_and_may_still_push(
    story: Story, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = phone(story, story.a)
    url = f"{URL}/{path.format(visit=story.visit)}"
    old = a.client.get(f"{url}?proto=0")
    assert (old.status_code, old.get_json()["code"]) == (426, "UPGRADE")
    assert old.get_json()["details"] == {"proto_min": 1}
    for known in ("1", "2", "", "x", "9" * 99):
        assert a.client.get(url, query_string={"proto": known}).status_code == 200, known
    settings = story.app.config["SETTINGS"]
    monkeypatch.setitem(story.app.config, "SETTINGS", settings.model_copy(update={"app_min_for_pull": "0.10.2"}))
    for app in ("0.9.9", "0.10", "0.2.0"):
        old = a.client.get(url, query_string={"proto": "1", "app": app})
        assert (old.status_code, old.get_json()["code"], old.get_json()["details"]) == (
            426,
            "UPGRADE",
            {"app_min": "0.10.2"},
        )
    for app in ("0.10.2", "0.11.0", "1.0", "", "x", "0.1.0-thử"):
        assert a.client.get(url, query_string={"proto": "1", "app": app}).status_code == 200, app
    a.mint("item/muc-1", "yes")
    assert a.send(proto=7).status_code == 200
    monkeypatch.undo()
    hello = a.client.get(f"{URL}/hello").get_json()
    assert (hello["proto_min"], hello["proto_max"], hello["app_min_for_pull"]) == (1, 1, "0.1.0")

"""Work handed in by a device's ticket: for people whose account was closed while they were offline."""

import io
import json
from base64 import b64encode
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts.actions import devices
from app.accounts.models import Incident, User
from app.accounts.queries.sessions import actor_of
from app.domain.permissions import Actor
from app.extensions import db
from app.sync.actions.drop import server_writer
from app.sync.models import Blob, Entry
from tests import factories
from tests.factories import API
from tests.features.sync.phones import URL, Phone, Story, phone, random_id, remove, sha
from tests.features.sync.statements import counted
from tests.features.sync.test_refill import forget_after, piece


def ticketed(story: Story, user: factories.MadeUser) -> tuple[Phone, str, str]:
    """A phone that was enrolled with a ticket; returns its ticket and its device."""
    client = story.app.test_client()
    claim = {"name": "Điện thoại thử", "app": "test", "ticket": False}
    sent = {"login": user.login, "password": user.password, "device": claim}
    said = client.post("/api/session", json=sent, headers=API).get_json()
    return Phone(story, user, client), said["device"]["ticket"], said["device"]["id"]


def close_account(story: Story, user: factories.MadeUser) -> None:
    with factories.writing(story.app):
        db.session.execute(update(User).where(User.id == user.id).values(active=False))


def drop(
    story: Story, ticket: str, ops: list[dict[str, Any]], client: FlaskClient | None = None, **more: Any
) -> TestResponse:
    body = {"proto": 1, "writer": random_id(), "visit": story.visit, "ops": ops} | more
    headers = API | {"Authorization": f"Device {ticket}"}
    return (client or story.app.test_client()).post(f"{URL}/drop", json=body, headers=headers)


def entries(story: Story) -> list[Entry]:
    with story.app.app_context():
        return list(db.session.scalars(select(Entry).order_by(Entry.n)))


def test_a_closed_account_hands_in_what_its_phone_holds_and_gets_the_proof(story: Story) -> None:
    a, ticket, device = ticketed(story, story.a)
    ops = [a.mint("item/muc-1", "yes"), a.mint("item/muc-2", "no")]
    close_account(story, story.a)
    assert a.send().status_code == 401, "the session opens nothing any more"
    reply = drop(story, ticket, a.outbox)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    said = reply.get_json()
    assert (said["taken"], said["except"]) == (2, [])
    assert [each["op"] for each in said["own"]] == ops
    assert [each["body"] for each in said["own"]] == [each["body"] for each in a.outbox]
    stored = entries(story)
    assert [(each.status, each.why, each.actor_id, each.device_id, each.ws) for each in stored] == [
        ("held", "DROPPED_OFF", story.a.id, device, 1),
        ("held", "DROPPED_OFF", story.a.id, device, 2),
    ]
    assert {each.writer for each in stored} == {server_writer("drop", device)}
    lead = phone(story, story.lead)
    assert len(lead.pull()) == 2, "the chain holds, and the lead sees what was handed in"
    assert all(entry["body"] for entry in lead.log)


def test_dropping_twice_is_dropping_once_whatever_writer_the_phone_names(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    drop(story, ticket, a.outbox)
    again = drop(story, ticket, a.outbox).get_json()
    assert again["except"] == [{"op": a.outbox[0]["op"], "r": "dup"}]
    assert len(again["own"]) == 1, "the proof is repeated"
    a.mint("item/muc-2", "no")
    mixed = drop(story, ticket, a.outbox).get_json()
    assert [each["r"] for each in mixed["except"]] == ["dup"]
    assert [each.ws for each in entries(story)] == [1, 2]


def test_the_server_counts_on_for_a_device_under_the_writer_it_always_had() -> None:
    """Another name for it after an update would begin anew at 1, beside what the device handed in before."""
    assert server_writer("drop", "D" * 22) == "P-6JQToduA-R1c4SftlUpN"


def test_what_was_pushed_before_and_dropped_later_stays_accepted_once(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    a.mint("item/muc-2", "no")
    said = drop(story, ticket, a.outbox).get_json()
    assert [each["r"] for each in said["except"]] == ["dup"]
    assert [each.status for each in entries(story)] == ["acc", "held"]
    assert [each["r"] for each in a.push()] == ["dup", "dup"], "the phone's own writer is not confused by it"


def test_other_bytes_under_a_known_id_are_kept_aside_and_told(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    drop(story, ticket, a.outbox)
    a.outbox[0]["body"] = a.outbox[0]["body"].replace("yes", "no")
    assert [each["r"] for each in drop(story, ticket, a.outbox).get_json()["except"]] == ["idreuse"]
    assert len(entries(story)) == 1


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "Ω" * 20, "A" * 5000])
def test_a_wrong_ticket_opens_nothing(story: Story, ticket: str) -> None:
    assert drop(story, ticket.encode("ascii", "ignore").decode(), []).status_code == 401


def test_a_session_is_no_ticket_and_a_ticket_no_session(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    body = {"proto": 1, "writer": random_id(), "visit": story.visit, "ops": []}
    assert a.client.post(f"{URL}/drop", json=body, headers=API).status_code == 401
    bare, shown = story.app.test_client(), {"Authorization": f"Device {ticket}"}
    for url in (
        f"{URL}/manifest",
        f"{URL}/visits/{story.visit}/log",
        "/profile",
        f"{URL}/visits/{story.visit}/devices",
    ):
        assert bare.get(url, headers=shown).status_code in (302, 401), url
    pushed = bare.post(f"{URL}/visits/{story.visit}/push", json=body, headers=API | shown)
    assert pushed.status_code == 401, "a ticket only submits"


def test_the_ticket_counts_for_its_owner_whoever_is_signed_in(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    other = phone(story, story.b)
    assert drop(story, ticket, a.outbox, other.client).status_code == 200
    assert [(each.actor_id, each.why) for each in entries(story)] == [(story.a.id, "DROPPED_OFF")]
    assert drop(story, ticket, [], other.client, user=story.b.id).status_code == 401, "these are another's operations"


def test_a_revoked_device_hands_in_nothing(story: Story) -> None:
    _, ticket, device = ticketed(story, story.a)
    with factories.writing(story.app):
        devices.revoke_device(Actor(story.lead.id, "x"), story.a.id, device)
    reply = drop(story, ticket, [])
    assert (reply.status_code, reply.get_json()["code"]) == (403, "DEVICE_REVOKED")


def test_a_visit_that_was_never_the_owners_looks_like_a_missing_one(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.stranger)
    a.mint("item/muc-1", "yes")
    hidden, missing = drop(story, ticket, a.outbox), drop(story, ticket, a.outbox, visit="A" * 22)
    assert (hidden.status_code, hidden.get_json()["code"]) == (404, "NO_SUCH_VISIT")
    assert (missing.status_code, missing.get_json()["code"]) == (404, "NO_SUCH_VISIT")
    assert entries(story) == []


def test_a_removed_members_drop_and_unreadable_bytes_are_held_all_the_same(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-1", "", raw="{")
    remove(story, story.a)
    assert drop(story, ticket, a.outbox).get_json()["except"] == []
    assert [each.why for each in entries(story)] == ["NOT_MEMBER", "BAD_TEXT"]


def test_the_lead_adopts_what_was_dropped_off(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    op = a.mint("item/muc-1", "no")
    drop(story, ticket, a.outbox)
    lead = phone(story, story.lead)
    lead.pull()
    value = {"of": op, "author": story.a.id, "value": "no", "reason": "Đã hỏi lại Cán bộ A"}
    lead.mint("item/muc-1", value, kind="adopt")
    assert [each["r"] for each in lead.push()] == ["ok"]
    assert lead.pull()[-1]["st"] == "acc"


def test_a_photo_comes_with_the_ticket(story: Story) -> None:
    _, ticket, _ = ticketed(story, story.a)
    close_account(story, story.a)
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(file, "JPEG")
    raw = file.getvalue()
    client, shown = story.app.test_client(), API | {"Authorization": f"Device {ticket}", "Tus-Resumable": "1.0.0"}
    metadata = f"sha256 {b64encode(sha(raw).encode()).decode()},filetype {b64encode(b'image/jpeg').decode()}"
    headers = shown | {"Upload-Length": str(len(raw)), "Upload-Metadata": metadata}
    begun = client.post(f"{URL}/visits/{story.visit}/blobs", headers=headers)
    assert begun.status_code == 201, begun.get_data(as_text=True)
    headers = shown | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = client.patch(begun.headers["Location"], data=raw, headers=headers)
    assert sent.status_code == 204, sent.get_data(as_text=True)
    with story.app.app_context():
        assert [(each.sha256, each.uploaded_by) for each in db.session.scalars(select(Blob))] == [
            (sha(raw), story.a.id)
        ]
    assert client.get(f"{URL}/visits/{story.visit}/blobs/{sha(raw)}", headers=shown).status_code == 401


def test_incidents_ride_on_the_envelope_and_are_kept_once(story: Story) -> None:
    a, ticket, device = ticketed(story, story.a)
    told = [
        {"id": "su-co-1", "kind": "storage_lost", "visit": story.visit, "at": "2026-11-27T08:00:00+07:00",
         "detail": {"ops": 3}},
        {"id": "su-co-2", "kind": "rewrapped", "at": None, "detail": "x\u0000y"},
    ]  # fmt: skip
    assert drop(story, ticket, [], incidents=told).status_code == 200
    assert a.send([], incidents=told).status_code == 200
    with story.app.app_context():
        kept = db.session.scalars(select(Incident).order_by(Incident.id)).all()
        assert [(each.kind, each.visit_id, each.device_id, each.detail) for each in kept] == [
            ("storage_lost", story.visit, device, json.dumps({"ops": 3})),
            ("rewrapped", None, device, "xy"),
        ]
    for wrong in ({"id": "", "kind": "x"}, {"id": "a", "kind": "Bad Kind"}, {"id": "a"}, "x"):
        assert a.send([], incidents=[wrong]).status_code == 400


def test_what_the_server_notices_is_an_incident_too(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    a.outbox[0]["body"] = a.outbox[0]["body"].replace("yes", "no")
    assert [each["r"] for each in a.push()] == ["idreuse"]
    a.outbox[0]["op"] = random_id()
    a.outbox[0]["body"] = a.outbox[0]["body"].replace('"op": "', '"op": "x')
    assert [each["r"] for each in a.push()] == ["forked"]
    a.push()
    with story.app.app_context():
        kept = sorted((each.kind, each.visit_id, each.user_id) for each in db.session.scalars(select(Incident)))
    assert kept == [("forked", story.visit, story.a.id), ("idreuse", story.visit, story.a.id)]


def two_at_work(story: Story) -> tuple[Phone, str]:
    """A phone that shows three entries of two people, and its ticket; then its person's account is closed."""
    a, ticket, _ = ticketed(story, story.a)
    b = phone(story, story.b)
    a.mint("item/muc-1", "yes"), a.push()
    b.mint("item/muc-1", "no"), b.push()
    a.mint("item/muc-2", "yes"), a.push()
    a.pull()
    close_account(story, story.a)
    return a, ticket


def standing(story: Story) -> list[tuple[str, str]]:
    return [(each.actor_id, each.status) for each in entries(story)]


def test_the_phone_of_a_closed_account_gives_back_what_a_restored_server_has_forgotten(story: Story) -> None:
    a, ticket = two_at_work(story)
    before = standing(story)
    forget_after(story, 0)
    reply = drop(story, ticket, [], writer="", evidence=[piece(a)])
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert standing(story) == before, "of others too, and accepted as it was"
    assert before == [(story.a.id, "acc"), (story.b.id, "acc"), (story.a.id, "acc")]
    fresh = phone(story, story.lead).pull()
    assert [entry["h"] for entry in fresh] == [entry["h"] for entry in a.log]


def test_a_closed_account_is_told_nothing_of_what_it_gives_back(story: Story) -> None:
    """Neither entries nor counts: whatever becomes of evidence, the reply is the same."""
    a, ticket = two_at_work(story)
    forged = piece(a) | {"sig": b64encode(bytes(64)).decode().rstrip("=")}
    replies = [drop(story, ticket, [], evidence=[each]).get_json() for each in (piece(a), forged, 5)]
    forget_after(story, 1)
    replies += [drop(story, ticket, [], evidence=[piece(a)]).get_json()]
    assert len(entries(story)) == 3
    for reply in replies:
        assert reply.keys() == {"proto", "epoch", "server_now", "taken", "except", "own"}
        assert (reply["taken"], reply["except"], reply["own"]) == (0, [], [])


def test_what_a_ticket_brings_without_the_servers_signature_stays_out_and_stops_nothing_else(story: Story) -> None:
    a, ticket = two_at_work(story)
    forget_after(story, 1)
    forged = piece(a)
    forged["entries"][1]["body"] = forged["entries"][1]["body"].replace('"no"', '"yes"')
    shifted, elsewhere = piece(a, 2) | {"after": 5}, piece(a) | {"prev": "1" * 64}
    waiting = a.mint("item/muc-3", "yes")
    told = drop(story, ticket, a.outbox, evidence=[forged, shifted, elsewhere, 5, {}]).get_json()
    assert [each["op"] for each in told["own"]] == [waiting]
    assert standing(story) == [(story.a.id, "acc"), (story.a.id, "held")]
    assert drop(story, ticket, [], evidence=[piece(a)] * 21).status_code == 400


def test_who_never_belonged_to_a_visit_gives_nothing_back_and_learns_nothing_of_it(story: Story) -> None:
    a, _ = two_at_work(story)
    _, ticket, _ = ticketed(story, story.stranger)
    forget_after(story, 0)
    hidden, missing = (
        drop(story, ticket, [], evidence=[piece(a)], visit=visit).get_json() for visit in (story.visit, "A" * 22)
    )
    told = [{**each, "server_now": 0} for each in (hidden, missing)]
    assert told[0] == told[1]
    assert told[0]["code"] == "NO_SUCH_VISIT"
    assert entries(story) == []


def test_own_work_that_was_accepted_is_so_again_and_the_rest_is_held_behind_it(story: Story) -> None:
    a, ticket = two_at_work(story)
    forget_after(story, 0)
    sent = [{"op": each["op"], "ws": each["ws"], "body": each["body"]} for each in a.log if each["actor"] == a.user.id]
    a.mint("item/muc-3", "yes")
    drop(story, ticket, [], evidence=[piece(a)])
    told = drop(story, ticket, sent + a.outbox).get_json()
    assert [each["r"] for each in told["except"]] == ["dup", "dup"]
    assert standing(story)[-1] == (story.a.id, "held")
    assert [status for _, status in standing(story)].count("acc") == 3


def test_what_the_server_knows_is_passed_over_in_as_many_statements_for_fifty_entries_as_for_one(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    for n in range(50):
        a.mint(f"item/muc-{n % 5 + 1}", "yes")
    a.push(), a.pull()
    asked = []
    for last in (1, 50):
        with counted(story.app) as statements:
            assert drop(story, ticket, [], evidence=[piece(a, 1, last)]).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert len(entries(story)) == 50


def test_a_ticket_carries_no_role(story: Story) -> None:
    """Not even the lead's: what comes by ticket decides nothing."""
    lead, ticket, _ = ticketed(story, story.lead)
    lead.mint("visit/closing", {"reason": "x"}, random_id(), kind="reopen")
    drop(story, ticket, lead.outbox)
    assert [each.why for each in entries(story)] == ["DROPPED_OFF"]
    with story.app.app_context():
        from app.web.clock import today

        assert actor_of(story.lead.id, "x", today()).grants, "though the person has one"

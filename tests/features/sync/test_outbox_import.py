"""An administrator imports what a phone exported: nothing is trusted, nothing is stored twice, everything is held."""

import base64
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts.actions import devices
from app.accounts.models import AccountChange, User
from app.campaigns.models import Visit
from app.domain.permissions import Actor, Role
from app.extensions import Clock, db
from app.sync import outbox_files
from app.sync.models import Blob, Entry, OutboxImport
from tests import factories
from tests.features.sync.phones import Phone, Story, phone, random_id, sha
from tests.features.sync.test_drop import ticketed


def jpeg(colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return file.getvalue()


def administrator(story: Story, name: str = "quan-tri") -> FlaskClient:
    with story.app.app_context():
        path = db.session.scalars(select(Visit.unit_path).where(Visit.id == story.visit)).one()
    user = factories.make_user(story.app, name)
    factories.appoint(story.app, user, Role.ADMINISTRATOR, factories.MadeUnit(int(path.split("/")[-2]), path, "", ""))
    return factories.client_of(story.app, user)


def exported(who: Phone, ticket: str | None, *more: dict[str, Any], end: dict[str, Any] | None = None) -> list[str]:
    """The lines of the file this phone exports."""
    head = {"format": "congvu-outbox", "version": 1, "user": who.user.id, "login": who.user.login, "device": "D",
            "ticket": ticket, "app": "0.1.0", "exported_at": "2026-11-27T08:00:00.000Z"}  # fmt: skip
    ops = [
        {"t": "op", "visit": who.story.visit, "writer": who.writer, "seq": each["ws"], **each} for each in who.outbox
    ]
    photos = sum(1 for each in more if each["t"] == "photo")
    last = {"t": "end", "ops": len(ops), "photos": photos} if end is None else end
    return [json.dumps(each, ensure_ascii=False) for each in (head, *ops, *more, last)]


def photo(story: Story, raw: bytes, **changes: Any) -> dict[str, Any]:
    encoded = base64.b64encode(raw).decode()
    return {"t": "photo", "visit": story.visit, "sha256": sha(raw), "mime": "image/jpeg", "b64": encoded} | changes


def upload(admin: FlaskClient, content: str | bytes) -> TestResponse:
    raw = content.encode() if isinstance(content, str) else content
    token = factories.csrf_token(admin, "/devices/import")
    form = {"csrf_token": token, "file": (io.BytesIO(raw), "congvu-a.txt")}
    return admin.post("/devices/import", data=form, content_type="multipart/form-data")


def preview(admin: FlaskClient, content: str | bytes) -> tuple[str, str]:
    """The address of the preview and its words."""
    reply = upload(admin, content)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    shown = admin.get(reply.location)
    assert shown.status_code == 200
    return reply.location, shown.get_data(as_text=True)


def confirm(admin: FlaskClient, place: str) -> str:
    reply = factories.post(admin, place)
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return admin.get(place).get_data(as_text=True)


def entries(story: Story) -> list[tuple[str, str, str]]:
    with story.app.app_context():
        return [(each.actor_id, each.status, each.why) for each in db.session.scalars(select(Entry).order_by(Entry.n))]


def test_a_file_with_a_ticket_is_held_under_the_owner_after_a_look(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    a.mint("item/muc-2", "no")
    with factories.writing(story.app):
        db.session.execute(update(User).where(User.id == story.a.id).values(active=False))
    draft = {"t": "draft", "visit": story.visit, "path": "item/muc-3/note", "text": "đang gõ dở"}
    admin = administrator(story)
    lines = exported(a, ticket, photo(story, jpeg()), draft)
    place, shown = preview(admin, "\n".join(lines) + "\n")
    for words in (
        "1 thay đổi mới",
        "1 ảnh mới",
        story.a.name,
        "Phường Số 1",
        "item/muc-3/note",
        "đang gõ dở",
        "Thẻ của máy hợp lệ",
    ):
        assert words in shown
    assert "cắt ngắn" not in shown
    assert len(entries(story)) == 1, "looking stores nothing"
    assert "1 thay đổi được giữ lại, 1 ảnh" in confirm(admin, place)
    assert entries(story) == [(story.a.id, "acc", ""), (story.a.id, "held", "DROPPED_OFF")]
    with story.app.app_context():
        assert db.session.scalars(select(Blob.sha256)).all() == [sha(jpeg())]
        [told] = db.session.scalars(select(AccountChange).where(AccountChange.action == "outbox_imported"))
        assert told.subject == f"user/{story.a.id}"
        assert "1 thay đổi" in told.detail
        [kept] = db.session.scalars(select(OutboxImport))
        assert not outbox_files.place(kept.id).exists()
    phone(story, story.lead).pull()


def test_importing_twice_stores_nothing_twice(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    admin, content = administrator(story), "\n".join(exported(a, ticket, photo(story, jpeg()))) + "\n"
    first, _ = preview(admin, content)
    second, _ = preview(admin, content)
    confirm(admin, first)
    confirm(admin, first)
    assert "0 thay đổi được giữ lại, 0 ảnh" in confirm(admin, second)
    _, shown = preview(admin, content)
    assert "Không có gì mới để nhập" in shown
    assert len(entries(story)) == 3


def test_without_a_ticket_it_stands_under_the_administrator_with_the_claimed_author(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "no")
    admin = administrator(story)
    place, shown = preview(admin, "\n".join(exported(a, None)) + "\n")
    assert "Tệp không có thẻ của máy" in shown
    assert story.a.name in shown
    confirm(admin, place)
    importer = factories.user_id_of(story.app, "quan-tri")
    assert entries(story) == [(importer, "held", "DROPPED_OFF")]
    lead = factories.client_of(story.app, story.lead)
    queue = lead.get("/matters").get_data(as_text=True)
    assert f"nhập thay; tệp ghi tác giả là {story.a.name}" in queue


def test_a_forged_author_does_not_get_the_owners_name(story: Story) -> None:
    """A file with the own ticket and operations in another person's name: held under the importer, not the owner."""
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "no", user=story.b.id)
    a.mint("item/muc-2", "no")
    admin = administrator(story)
    place, _ = preview(admin, "\n".join(exported(a, ticket)) + "\n")
    confirm(admin, place)
    importer = factories.user_id_of(story.app, "quan-tri")
    assert sorted(entries(story)) == sorted([(importer, "held", "DROPPED_OFF"), (story.a.id, "held", "DROPPED_OFF")])


def test_entries_kept_as_evidence_are_offered_too(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "no")
    body = a.outbox.pop()
    admin = administrator(story)
    evidence = {"t": "evidence", "visit": story.visit, "n": 9, **body}
    place, shown = preview(admin, "\n".join(exported(a, ticket, evidence)) + "\n")
    assert "1 thay đổi mới" in shown
    assert "cắt ngắn" not in shown
    confirm(admin, place)
    assert len(entries(story)) == 1


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_file_that_breaks_off_says_so_and_what_can_be_read_is_imported(story: Story, cut: int) -> None:
    a, ticket, _ = ticketed(story, story.a)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    whole = "\n".join(exported(a, ticket)) + "\n"
    admin = administrator(story)
    place, shown = preview(admin, whole[: len(whole) - 40 - cut])
    assert "Tệp bị cắt ngắn hoặc thiếu" in shown
    confirm(admin, place)
    assert len(entries(story)) in (2, 3)
    place, shown = preview(admin, whole)
    if "Xác nhận nhập" in shown:
        confirm(admin, place)
    assert len(entries(story)) == 3


def test_a_line_that_lacks_is_noticed_by_the_last_one(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    for n in range(1, 4):
        a.mint(f"item/muc-{n}", "yes")
    evidence = {"t": "evidence", "visit": story.visit, "n": 9, "op": random_id(), "body": "{}"}
    lines = exported(a, ticket, evidence)
    _, shown = preview(administrator(story), "\n".join([*lines[:2], *lines[3:]]) + "\n")
    assert "Tệp ghi có 3 thay đổi và 0 ảnh, nhưng chỉ đọc được 2 và 0" in shown, (
        "what is kept as evidence is none of them"
    )


def test_bytes_that_are_no_text_are_held_as_they_were(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("x", "", raw="{\ud800")
    content = "\n".join(exported(a, ticket)).replace("\ud800", "\\ud800") + "\n"
    admin = administrator(story)
    place, shown = preview(admin, content)
    assert "(không đọc được)" in shown
    confirm(admin, place)
    with story.app.app_context():
        [stored] = db.session.scalars(select(Entry))
        assert (stored.status, stored.body) == ("held", "{\ud800".encode("utf-8", "surrogatepass"))


def test_operations_whose_bytes_the_server_has_otherwise_are_counted_apart(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    a.push()
    a.outbox[1]["body"] = a.outbox[1]["body"].replace("yes", "no")
    a.mint("item/muc-3", "yes")
    _, shown = preview(administrator(story), "\n".join(exported(a, ticket)) + "\n")
    for told in ("Mới", "Đã có", "Trùng mã, khác nội dung"):
        assert f'data-label="{told}" class="number">1</td>' in shown


def test_a_file_that_was_never_confirmed_goes_with_the_next_one_after_a_week(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    admin, content = administrator(story), "\n".join(exported(a, ticket)) + "\n"
    old, _ = preview(admin, content)
    start = Clock.source()
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: start + timedelta(days=6)))
    younger, _ = preview(admin, content)
    assert admin.get(old).status_code == 200
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: start + timedelta(days=8)))
    newest, _ = preview(admin, content)
    assert [admin.get(each).status_code for each in (old, younger, newest)] == [404, 200, 200]
    with story.app.app_context():
        assert len(db.session.scalars(select(OutboxImport)).all()) == 2


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "1", "null", '{"t":"op"}', '{"t":"op","visit":"../..","op":"x","body":"{}"}', '{"t":"nope"}',
     '{"t":"photo","visit":"v","sha256":"x","b64":"!!"}', "[" * 100_000, '{"t":"draft","visit":5}',
     '{"t":"op","visit":"v","op":"x","body":' + '"' + "a" * 300_000 + '"}', "\x00\x01", '{"t":{"a":1}}'],
)  # fmt: skip
def test_one_damaged_line_costs_only_itself(story: Story, line: str) -> None:
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    lines = exported(a, ticket)
    admin = administrator(story)
    place, shown = preview(admin, "\n".join([lines[0], line, *lines[1:]]) + "\n")
    assert "1 dòng không đọc được" in shown
    assert "1 thay đổi mới" in shown
    confirm(admin, place)
    assert len(entries(story)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"x", b"{}\n", b"\xff\xfe", b'{"format":"congvu-outbox","version":2}\n', b"[" * 9999]
)
def test_what_is_no_such_file_is_refused_and_nothing_is_kept(story: Story, content: bytes) -> None:
    admin = administrator(story)
    with story.app.app_context():
        before = set(outbox_files.place("x").parent.glob("*"))
    reply = upload(admin, content)
    assert reply.status_code == 422
    assert "Không có dữ liệu nào bị thay đổi" in reply.get_data(as_text=True)
    with story.app.app_context():
        assert db.session.scalars(select(OutboxImport)).all() == []
        assert set(outbox_files.place("x").parent.glob("*")) == before


def test_a_file_that_is_too_big_is_refused(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    a, ticket, _ = ticketed(story, story.a)
    admin, content = administrator(story), "\n".join(exported(a, ticket)) + "\n"
    monkeypatch.setattr(outbox_files, "FILE_LIMIT", 100)
    assert upload(admin, content).status_code == 422
    monkeypatch.undo()
    monkeypatch.setattr(outbox_files, "MOST_LINES", 3)
    (place,) = (upload(admin, content + "{}\n" * 9).location,)
    assert admin.get(place).status_code == 422


def test_photos_that_are_none_are_left_out_and_said(story: Story) -> None:
    a, ticket, _ = ticketed(story, story.a)
    admin, text = administrator(story), b"no photo at all"
    content = "\n".join(exported(a, ticket, photo(story, text), photo(story, jpeg()))) + "\n"
    place, _ = preview(admin, content)
    assert "1 ảnh; 1 ảnh không đọc được" in confirm(admin, place)
    wrong = "\n".join(exported(a, ticket, photo(story, jpeg("red"), sha256="0" * 64))) + "\n"
    assert "1 dòng không đọc được" in preview(admin, wrong)[1]


def test_only_visits_in_reach_and_of_the_owner_are_imported(story: Story) -> None:
    unit = factories.make_unit(story.app)
    elsewhere = factories.make_user(story.app, "quan-tri-xa", Role.ADMINISTRATOR, unit)
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    content = "\n".join(exported(a, ticket)) + "\n"
    far = factories.client_of(story.app, elsewhere)
    place, shown = preview(far, content)
    assert "Ngoài phạm vi bạn quản lý" in shown
    assert "Phường Số 1" not in shown
    confirm(far, place)
    assert entries(story) == []
    near = administrator(story)
    assert near.get(place).status_code == 404, "a file is its uploader's alone"
    stranger, other, _ = ticketed(story, story.stranger)
    stranger.mint("item/muc-1", "yes")
    place, shown = preview(near, "\n".join(exported(stranger, other)) + "\n")
    assert "Chủ máy chưa bao giờ thuộc đoàn này" in shown
    confirm(near, place)
    assert entries(story) == []
    a.outbox[0]["visit"] = random_id()
    gone = "\n".join(exported(a, ticket)).replace(f'"visit": "{story.visit}"', f'"visit": "{random_id()}"', 1)
    assert "Không có cuộc kiểm tra này" in preview(near, gone + "\n")[1]


def test_a_revoked_devices_ticket_proves_nothing(story: Story) -> None:
    a, ticket, device = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    with factories.writing(story.app):
        devices.revoke_device(Actor(story.lead.id, "x"), story.a.id, device)
    assert "Thẻ của máy không còn giá trị" in preview(administrator(story), "\n".join(exported(a, ticket)) + "\n")[1]


def test_more_than_a_days_operations_are_imported(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.sync import allowances

    monkeypatch.setattr(allowances, "daily", lambda: allowances.Allowance(2, 1))
    a, ticket, _ = ticketed(story, story.a)
    for n in range(450):
        a.mint("item/muc-1/note", f"lần {n}")
    admin = administrator(story)
    place, _ = preview(admin, "\n".join(exported(a, ticket)) + "\n")
    assert "450 thay đổi được giữ lại" in confirm(admin, place)
    assert len(entries(story)) == 450


def test_a_file_larger_than_a_form_may_be_is_taken_from_administrators_only(story: Story) -> None:
    """Photos make such files big; the general limit of 16 MiB holds for everybody else and everywhere else."""
    a, ticket, _ = ticketed(story, story.a)
    a.mint("item/muc-1", "yes")
    lines = exported(a, ticket)
    padding = [json.dumps({"t": "photo", "visit": story.visit, "b64": "A" * 1_000_000})] * 20
    content = "\n".join([*lines[:-1], *padding, lines[-1]]) + "\n"
    assert "20 dòng không đọc được" in preview(administrator(story), content)[1]
    lead = factories.client_of(story.app, story.lead)
    form = {"csrf_token": factories.csrf_token(lead, "/profile"), "file": (io.BytesIO(content.encode()), "x.txt")}
    assert lead.post("/devices/import", data=form, content_type="multipart/form-data").status_code in (403, 413)

"""The drill: archive, lose the newest part of the database, restore, refill. What was acknowledged is there, once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select, update

from app.accounts.models import AccountChange, Device, User
from app.campaigns import queries as campaigns
from app.campaigns.models import Member, Visit
from app.domain.errors import OutOfDate
from app.domain.permissions import Role
from app.domain.wire import from_base64url
from app.extensions import Clock, db, new_id, now
from app.findings.queries import outcomes
from app.sync import archives, blobs, queries
from app.sync.actions.returning import ProvenEntry, take_back
from app.sync.commands import end_recovery_once
from app.sync.models import Blob, Entry, Head, Installation, Restore, VisitHead, Writer
from app.sync.signing import signer
from tests import factories
from tests.beginnings import Copy, empty_tables
from tests.features.sync.phones import URL, Phone, Story, phone, remove, sha
from tests.features.sync.statements import counted
from tests.features.sync.test_evidence import jpeg, upload


def congvu(story: Story, *arguments: str) -> Result:
    return story.app.test_cli_runner().invoke(args=list(arguments))


def ops(story: Story) -> list[str]:
    with story.app.app_context():
        return list(db.session.scalars(select(Entry.op).order_by(Entry.n)))


def safe(story: Story) -> int:
    with story.app.app_context():
        return db.session.scalars(select(VisitHead.safe_n)).one()


def newcomer(story: Story) -> factories.MadeUser:
    """Somebody who joins the delegation later."""
    new = factories.make_user(story.app, name="Cán bộ mới")
    with factories.writing(story.app):
        db.session.add(Member(id=new_id(), delegation_id=story.delegation, user_id=new.id, added_at=now()))
    return new


def files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file() and "heads" not in each.parts)


def start_again(who: Phone) -> None:
    """The log is another one: the phone reads it from the start and offers what it holds (its outbox here)."""
    reply = who.client.get(f"{URL}/visits/{who.story.visit}/log?after={len(who.log)}&h={who.log[-1]['h']}")
    assert reply.get_json()["code"] == "HISTORY_DIVERGED"
    who.log = []


def rebuilt(story: Story) -> dict[str, set[str]]:
    """The cache of heads must be what the log folds to."""
    with story.app.app_context():
        cells = queries.cells_of(story.visit)
        cached = db.session.execute(select(Head.path, Head.op).where(Head.n > 0)).all()
    kept: dict[str, set[str]] = {}
    for path, op in cached:
        kept.setdefault(path, set()).add(op)
    assert kept == {path: {head.op for head in heads} for path, heads in cells.items()}
    return kept


def test_the_drill(story: Story, tmp_path: Path) -> None:
    a, b, lead = (phone(story, user) for user in (story.a, story.b, story.lead))
    sent = [a.mint("item/muc-1", "yes"), a.mint("item/muc-2", "yes")]
    a.push()
    assert upload(a, jpeg()).status_code == 204
    for each in (a, b, lead):
        each.pull()
    before = Copy.of(story.app)
    sent.append(b.mint("item/muc-1", "no"))
    sent.append(a.mint("item/muc-3", "yes", sent[1]))
    b.push()
    a.push()
    assert upload(a, jpeg("red")).status_code == 204
    assert "Đã lưu 4 mục và 2 ảnh của 1 cuộc kiểm tra" in congvu(story, "archive", str(tmp_path)).output
    assert safe(story) == 4
    for each in (a, b, lead):
        each.pull()
    sent.append(b.mint("item/muc-4", "no"))  # acknowledged, and in no archive yet
    assert [each["r"] for each in b.push()] == ["ok"]
    unproven = list(b.outbox)
    b.pull()
    b.outbox = unproven

    before.put_back(story.app)
    blobs_folder = story.app.config["SETTINGS"].data_dir / "blobs" / story.visit
    for each in blobs_folder.glob(f"{sha(jpeg('red'))}*"):
        each.unlink()
    assert ops(story) == sent[:2], "the newest part is gone"
    old_epoch = a.client.get(f"{URL}/hello").get_json()["epoch"]
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path))
    assert said.exit_code == 0, said.output
    assert "thêm lại 2 mục và 1 ảnh; 2 mục đã có" in said.output
    assert "3 máy chưa báo lại" in said.output
    hello = a.client.get(f"{URL}/hello").get_json()
    assert hello["recovering"] is True
    assert hello["epoch"] != old_epoch
    assert ops(story) == sent[:4]
    with story.app.app_context():
        assert set(db.session.scalars(select(Blob.sha256))) == {sha(jpeg()), sha(jpeg("red"))}
        [came_back] = db.session.scalars(select(Entry).where(Entry.op == sent[2]))
        assert (came_back.actor_id, came_back.status, came_back.writer, came_back.ws) == (
            story.b.id,
            "acc",
            b.writer,
            1,
        )
        assert dict(db.session.execute(select(Writer.writer, Writer.ws)).all()) == {a.writer: 3, b.writer: 1}
        assert db.session.get_one(VisitHead, story.visit).contested == 1
    rebuilt(story)

    lead.log = []
    lead.pull()
    lead.close()
    assert [each["r"] for each in lead.push()] == ["later"], "nobody closes while phones are still giving back"
    assert len(ops(story)) == 4
    start_again(b)
    assert [each["r"] for each in b.push()] == ["ok"], "the writer's counter came back too, so it is no twin"
    b.pull()
    assert b.outbox == []
    b.pull()
    a.log = []
    a.pull()
    lead.pull()
    for each in (b, lead):
        assert each.report().status_code == 200
    hello = a.client.get(f"{URL}/hello").get_json()
    assert hello["recovering"] is True, "who has read the log may still hold what it has forgotten"
    a.report()
    assert sorted(ops(story)) == sorted(sent), "everything acknowledged is there, once"
    with story.app.app_context():
        assert db.session.scalars(select(Installation.recovering)).one() is False, "everybody has reported"
        ended = db.session.scalars(select(Restore)).one()
        assert (ended.reason, ended.ended_by, ended.end_reason) == ("Ổ đĩa hỏng", None, "Mọi thiết bị đã báo lại")
    assert ("recovery_ended", "Kết thúc khôi phục: mọi thiết bị đã báo lại") in traced(story)
    assert "Không có khôi phục nào" in congvu(story, "recovery", "status").output
    rebuilt(story)


def test_what_cannot_come_back_from_the_archive_is_told_and_keeps_nothing_else_from_it(
    story: Story, tmp_path: Path
) -> None:
    a = phone(story, story.a)
    before = Copy.of(story.app)
    new = newcomer(story)
    first = a.mint("item/muc-1", "yes")
    a.push()
    fresh = phone(story, new)
    fresh.mint("item/muc-2", "no")
    fresh.push()
    last = a.mint("item/muc-3", "yes")
    a.push()
    for who, colour in ((a, "red"), (fresh, "green"), (a, "blue")):
        assert upload(who, jpeg(colour)).status_code == 204
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    [rotten] = tmp_path.rglob(sha(jpeg("red")))
    rotten.chmod(0o600)
    rotten.write_bytes(b"rotten")

    before.put_back(story.app)
    for each in (story.app.config["SETTINGS"].data_dir / "blobs" / story.visit).glob("*"):
        each.unlink()
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path)).output
    assert "thêm lại 2 mục và 1 ảnh" in said
    assert "1 mục của người không có tài khoản trong cơ sở dữ liệu" in said
    assert f"ảnh {sha(jpeg('green'))[:12]}: người gửi không có tài khoản trong cơ sở dữ liệu" in said
    assert f"ảnh {sha(jpeg('red'))[:12]}: không đọc được, không còn nguyên vẹn hoặc chưa ghi được" in said
    assert ops(story) == [first, last]
    with story.app.app_context():
        assert db.session.scalars(select(Blob.sha256)).all() == [sha(jpeg("blue"))]


def test_what_comes_back_without_an_accepted_closing_leaves_an_open_visit_open(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    lead = phone(story, story.lead)
    lead.pull()
    lead.digest = "0" * 64
    lead.sign("unit", "A" * 22)
    body = lead.outbox[-1]["body"].encode()
    held = ProvenEntry("A" * 21 + "Q", body, story.lead.id, "B" * 22, 1, 1_795_316_400_000, "STALE_CLOSE", ())
    with factories.writing(story.app):
        take_back(story.visit, [held])
        assert campaigns.planned_visit(story.visit).state == "open"


def own_marks(who: Phone) -> dict[str, Any]:
    """What the manifest says of the person's own entries in visits that it does not list any more."""
    told: dict[str, Any] = who.client.get(f"{URL}/manifest").get_json()["own"]
    return told


def test_a_former_member_is_told_how_much_of_his_own_is_in_the_backup(story: Story, tmp_path: Path) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    assert own_marks(a) == {}, "members are told of the whole log"
    a.mint("item/muc-1", "yes")
    a.push()
    for n in range(2, 5):
        b.mint(f"item/muc-{n}", "yes")
    b.push()
    a.mint("item/muc-5", "yes")
    a.push()
    remove(story, story.a)
    assert own_marks(a) == {story.visit: {"n": 5, "safe_n": 0}}
    congvu(story, "archive", str(tmp_path))
    assert (safe(story), own_marks(a)) == (5, {story.visit: {"n": 5, "safe_n": 5}})
    b.outbox.clear()
    for n in range(2, 5):
        b.mint(f"item/muc-{n}/note", "thêm")
    b.push()
    a.outbox.clear()
    a.mint("item/muc-2", "no")
    a.push()
    assert own_marks(a) == {story.visit: {"n": 9, "safe_n": 5}}
    b.outbox.clear()
    b.mint("item/muc-5/note", "thêm")
    b.push()
    congvu(story, "archive", str(tmp_path))
    # How far others came after him is not told: neither how long the log is nor how much of it is kept.
    assert (safe(story), own_marks(a)) == (10, {story.visit: {"n": 9, "safe_n": 9}})
    remove(story, story.b)
    assert own_marks(b) == {story.visit: {"n": 10, "safe_n": 10}}


def test_a_former_member_can_tell_that_the_server_went_back_without_a_word(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.push()
    before = Copy.of(story.app)
    a.outbox.clear()
    a.mint("item/muc-2", "yes")
    [stored] = a.push()
    remove(story, story.a)
    told = own_marks(a)
    before.put_back(story.app)
    b.mint("item/muc-3", "yes")
    b.push()
    remove(story, story.a)
    assert [told, own_marks(a)] == [{story.visit: {"n": 2, "safe_n": 0}}, {story.visit: {"n": 1, "safe_n": 0}}]
    n = stored["entry"]["n"]
    assert a.client.get(f"{URL}/visits/{story.visit}/log?after={n - 1}").get_json()["own"] == []


def test_who_left_before_writing_anything_is_told_of_no_entries(story: Story, tmp_path: Path) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    b.mint("item/muc-1", "yes")
    b.push()
    congvu(story, "archive", str(tmp_path))
    remove(story, story.a)
    assert own_marks(a) == {}


def test_the_manifest_asks_as_often_however_many_visits_were_left(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    remove(story, story.a)
    with counted(story.app) as first:
        own_marks(a)
    with counted(story.app) as again:
        own_marks(a)
    assert (len(first) - len(again), any("entries" in each for each in again)) == (1, False)


def test_a_signed_visit_comes_back_signed(story: Story, tmp_path: Path) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    before = Copy.of(story.app)
    close = lead.close()
    lead.sign("lead", close)
    lead.sign("unit", close)
    assert [each["r"] for each in lead.push()] == ["ok"] * 3
    congvu(story, "archive", str(tmp_path))
    before.put_back(story.app)
    with story.app.app_context():
        assert db.session.get_one(Visit, story.visit).state == "open"
    assert congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path)).exit_code == 0
    with story.app.app_context():
        visit = db.session.get_one(Visit, story.visit)
        assert (visit.state, visit.signed_n) == ("signed", 4)
        assert queries.visit_log(story.visit).state.state == "signed"


def test_a_signed_set_that_is_not_all_here_is_unconfirmed(story: Story) -> None:
    """I12: no conclusion rests on it until everything the signatures stand for came back, under whatever numbers."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    before = Copy.of(story.app)
    a.mint("item/muc-2", "no")
    a.push()
    lead.pull()
    close = lead.close()
    lead.sign("unit", close)
    lead.sign("lead", close)
    lead.push()
    with story.app.app_context():
        log = queries.whole_log(story.visit)
        forgotten, signed = log[1:2], log[2:]
    before.put_back(story.app)
    with story.app.app_context():
        planned = campaigns.planned_visit(story.visit)
        take_back(story.visit, [as_proven(each) for each in signed])
        part = queries.visit_log(story.visit)
        assert (part.state.state, part.confirmed) == ("signed", False)
        with pytest.raises(OutOfDate, match="visit_unconfirmed"):
            outcomes.compute(planned)
        take_back(story.visit, [as_proven(each) for each in forgotten])
        whole = queries.visit_log(story.visit)
        assert (whole.state.state, whole.confirmed) == ("signed", True)
        assert [whole.cells[f"item/muc-{n}"][0].value for n in (1, 2)] == ["yes", "no"]
        assert whole.entries[-1].path == "item/muc-2", "it stands behind the signatures now, and belongs to them"


def as_proven(entry: queries.LogEntry) -> ProvenEntry:
    """An entry as evidence or an archive brings it back."""
    return ProvenEntry(
        op=entry.op,
        body=entry.body,
        actor_id=entry.actor_id,
        writer=entry.writer,
        ws=entry.ws,
        received_ms=entry.received_ms,
        why=entry.why,
        parents=entry.parents,
    )


def test_held_and_unreadable_entries_and_removed_members_come_back_as_they_were(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    before_any = Copy.of(story.app)
    a.mint("item/khong-co", "yes")
    a.mint("x", "", raw="{\ud800")
    a.push()
    congvu(story, "archive", str(tmp_path))
    before = [(each.op, each.status, each.why, each.body) for each in log(story)]
    before_any.put_back(story.app)
    remove(story, story.a)
    assert congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path)).exit_code == 0
    assert [(each.op, each.status, each.why, each.body) for each in log(story)] == before
    with story.app.app_context():
        assert db.session.get_one(VisitHead, story.visit).held == 2


def log(story: Story) -> tuple[queries.LogEntry, ...]:
    with story.app.app_context():
        return queries.whole_log(story.visit)


def test_restoring_twice_from_several_epochs_adds_nothing(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    sent = [a.mint("item/muc-1", "yes")]
    a.push()
    congvu(story, "archive", str(tmp_path))
    congvu(story, "restored", "--reason", "một", "--archive", str(tmp_path))
    sent.append(a.mint("item/muc-2", "yes"))
    a.push()
    assert "Đã lưu 2 mục" in congvu(story, "archive", str(tmp_path)).output, "a new epoch has a folder of its own"
    said = congvu(story, "restored", "--reason", "hai", "--archive", str(tmp_path)).output
    assert "thêm lại 0 mục" in said
    assert ops(story) == sent
    with story.app.app_context():
        assert len(db.session.scalars(select(Restore).where(Restore.ended_at.is_(None))).all()) == 1


# --- archiving --------------------------------------------------------------------------------------------------


def test_an_archive_grows_by_what_is_new_and_says_nothing_otherwise(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    congvu(story, "archive", str(tmp_path))
    first = {each: each.read_bytes() for each in files(tmp_path)}
    assert "Đã lưu 0 mục và 0 ảnh của 0 cuộc" in congvu(story, "archive", str(tmp_path)).output
    a.mint("item/muc-2", "yes")
    a.push()
    assert safe(story) == 1
    assert upload(a, jpeg()).status_code == 204
    assert "Đã lưu 1 mục và 1 ảnh của 1 cuộc" in congvu(story, "archive", str(tmp_path)).output
    assert safe(story) == 2
    second = {each: each.read_bytes() for each in files(tmp_path)}
    assert first.items() <= second.items(), "what was written is never rewritten"
    assert sorted(each.name for each in second if each.name.startswith("0")) == [
        "00000001-00000001.json",
        "00000002-00000002.json",
    ]
    with story.app.app_context():
        assert db.session.scalars(select(Blob.safe)).one() is True
    other = tmp_path / "another"
    assert "Đã lưu 2 mục và 1 ảnh" in congvu(story, "archive", str(other)).output, "another folder begins anew"


def test_the_list_of_heads_is_signed(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    congvu(story, "archive", str(tmp_path))
    [path] = tmp_path.rglob("heads/*.json")
    value = json.loads(path.read_text("utf-8"))
    signature = from_base64url(value.pop("sig"))
    assert value["visits"] == {story.visit: [1, a.pull()[0]["h"]]}
    Ed25519PublicKey.from_public_bytes(from_base64url(value["public_key"])).verify(
        signature, archives.heads_digest(value)
    )


def test_nothing_is_called_safe_before_it_was_read_back(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    write = archives.write

    def lying_disk(path: Path, content: bytes) -> None:
        write(path, content)
        if path.parent.name != "heads":
            path.write_bytes(content[:-40])

    monkeypatch.setattr(archives, "write", lying_disk)
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert story.visit in said.output
    assert safe(story) == 0


def test_a_damaged_photo_is_not_called_safe(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    assert upload(a, jpeg()).status_code == 204
    with story.app.app_context():
        original = blobs.stored(story.visit, sha(jpeg()))
        original.chmod(0o600)
        original.write_bytes(b"rotten")
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert f"ảnh {sha(jpeg())[:12]}: thiếu, đã bị hỏng hoặc chưa chép được" in said.output
    assert safe(story) == 1, "what the log says is in the folder"
    with story.app.app_context():
        assert db.session.scalars(select(Blob.safe)).one() is False


def test_a_photo_that_comes_while_the_archive_is_written_is_not_called_safe(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, copy_photo = phone(story, story.a), archives.copy_photo
    assert upload(a, jpeg()).status_code == 204

    def meanwhile(*arguments: Any) -> None:
        copy_photo(*arguments)
        assert upload(a, jpeg("red")).status_code == 204

    a.mint("item/muc-1", "yes")
    a.push()
    with monkeypatch.context() as busy:
        busy.setattr(archives, "copy_photo", meanwhile)
        assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    assert safe_photos(story) == {sha(jpeg())}
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    assert safe_photos(story) == {sha(jpeg()), sha(jpeg("red"))}


def archived_and_not_marked(story: Story, folder: Path) -> None:
    """As if the run had stopped before the mark."""
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    assert upload(a, jpeg()).status_code == 204
    congvu(story, "archive", str(folder))
    with factories.writing(story.app):
        db.session.execute(update(Blob).values(safe=False))


def test_a_photo_that_rotted_in_the_archive_before_it_was_marked_is_copied_again(story: Story, tmp_path: Path) -> None:
    archived_and_not_marked(story, tmp_path)
    [copy] = tmp_path.rglob(f"blobs/{sha(jpeg())}")
    copy.write_bytes(b"rotten")
    assert "1 ảnh" in congvu(story, "archive", str(tmp_path)).output
    assert copy.read_bytes() == jpeg()
    assert safe_photos(story) == {sha(jpeg())}


def test_a_photo_that_is_whole_in_the_archive_is_marked_and_not_copied_again(story: Story, tmp_path: Path) -> None:
    archived_and_not_marked(story, tmp_path)
    assert "0 ảnh" in congvu(story, "archive", str(tmp_path)).output
    assert safe_photos(story) == {sha(jpeg())}


def test_a_photo_of_which_the_archive_kept_only_the_description_is_copied_again(story: Story, tmp_path: Path) -> None:
    archived_and_not_marked(story, tmp_path)
    [copy] = tmp_path.rglob(f"blobs/{sha(jpeg())}")
    copy.unlink()
    assert "1 ảnh" in congvu(story, "archive", str(tmp_path)).output
    assert copy.read_bytes() == jpeg()


@pytest.mark.parametrize(
    ("epoch", "visit"), [("../" + "A" * 19, "A" * 22), ("A", "A" * 22), ("A" * 22, ".."), ("A" * 22, "")]
)
def test_a_name_that_is_no_id_leads_to_no_folder(tmp_path: Path, epoch: str, visit: str) -> None:
    with pytest.raises(archives.BrokenArchive, match="no id"):
        archives.visit_folder(tmp_path, epoch, visit)
    assert archives.visit_folder(tmp_path, "A" * 22, "A" * 22).is_relative_to(tmp_path)


def safe_photos(story: Story) -> set[str]:
    with story.app.app_context():
        return set(db.session.scalars(select(Blob.sha256).where(Blob.safe)))


def change_in_database(story: Story) -> None:
    """Whoever owns the database can get past its triggers."""
    story.damaged = True
    with story.app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            sql = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'entries_no_update'").scalar()
            connection.exec_driver_sql("DROP TRIGGER entries_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER ALL")
        connection.execute(update(Entry).where(Entry.n == 2).values(body=b'{"changed":true}'))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(str(sql))
        else:
            connection.exec_driver_sql("ALTER TABLE entries ENABLE TRIGGER ALL")


def test_a_log_that_was_changed_in_the_database_is_noticed_and_not_archived(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    a.push()
    change_in_database(story)
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert "chuỗi băm" in said.output
    assert safe(story) == 0


@pytest.mark.parametrize("what", ["body", "actor", "sig", "after", "cut", "nothing", "list"])
def test_a_folder_that_was_changed_is_refused_and_said(story: Story, tmp_path: Path, what: str) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    before = Copy.of(story.app)
    a.mint("item/muc-2", "yes")
    a.push()
    congvu(story, "archive", str(tmp_path))
    [path] = [each for each in files(tmp_path) if each.name.startswith("0")]
    path.write_text(damaged(json.loads(path.read_text("utf-8")), what), "utf-8")
    before.put_back(story.app)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path))
    assert said.exit_code == 1
    assert story.visit in said.output
    assert len(ops(story)) == 1, "what is not proven is not taken"


def damaged(value: dict[str, Any], what: str) -> str:
    if what == "body":
        value["entries"][-1]["body"] = value["entries"][-1]["body"].replace("yes", "no")
    elif what == "actor":
        value["entries"][-1]["actor"] = "x"
    elif what == "sig":
        value["sig"] = ("B" if value["sig"][0] == "A" else "A") + value["sig"][1:]
    elif what == "after":
        value["after"] = 1
    return {"cut": json.dumps(value)[:-20], "nothing": "", "list": "[]"}.get(what, json.dumps(value))


def test_another_servers_archive_is_refused(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    before = Copy.of(story.app)
    a.push()
    congvu(story, "archive", str(tmp_path))
    before.put_back(story.app)
    with story.app.app_context():
        monkeypatch.setitem(signer().__dict__, "_key", Ed25519PrivateKey.generate())
    assert (
        "không có chữ ký của máy chủ này"
        in congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path)).output
    )
    assert ops(story) == []


def test_a_visit_that_is_not_planned_here_is_named(story: Story, tmp_path: Path) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    congvu(story, "archive", str(tmp_path))
    empty_tables(story.app)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path))
    assert said.exit_code == 1
    assert "kho giữ 1 mục" in said.output


# --- recovering -------------------------------------------------------------------------------------------------


def test_a_restore_needs_a_reason_and_can_be_ended_with_one(story: Story) -> None:
    phone(story, story.a).pull()
    assert "Hãy ghi lý do" in congvu(story, "restored", "--reason", "  ").output
    assert "Không có khôi phục nào" in congvu(story, "recovery", "end", "--reason", "x").output
    congvu(story, "restored", "--reason", "Ổ đĩa hỏng")
    assert "1 máy chưa báo lại" in congvu(story, "recovery", "status").output
    assert "Hãy ghi lý do" in congvu(story, "recovery", "end", "--reason", " ").output
    assert "Đã kết thúc" in congvu(story, "recovery", "end", "--reason", "Máy đã mất").output
    with story.app.app_context():
        assert db.session.scalars(select(Restore.end_reason)).one() == "Máy đã mất"
    assert traced(story) == {
        ("restored", "Khôi phục từ bản sao lưu: Ổ đĩa hỏng"),
        ("recovery_ended", "Kết thúc khôi phục: Máy đã mất"),
    }


def traced(story: Story) -> set[tuple[str, str]]:
    """What was written down of the installation for good."""
    kept = select(AccountChange.action, AccountChange.detail).where(AccountChange.subject == "installation")
    with story.app.app_context():
        return {(action, detail) for action, detail in db.session.execute(kept)}


def test_the_desk_lists_who_is_waited_for_and_an_administrator_ends_it(story: Story) -> None:
    a = phone(story, story.a)
    a.pull()
    with story.app.app_context():
        path = db.session.get_one(Visit, story.visit).unit_path
    admin = factories.make_user(story.app, "quan-tri")
    factories.appoint(story.app, admin, Role.ADMINISTRATOR, factories.MadeUnit(int(path.split("/")[-2]), path, "", ""))
    desk = factories.client_of(story.app, admin)
    assert "Không có khôi phục nào" in desk.get("/devices/recovery").get_data(as_text=True)
    congvu(story, "restored", "--reason", "Ổ đĩa hỏng")
    shown = desk.get("/devices/recovery").get_data(as_text=True)
    for words in ("Ổ đĩa hỏng", story.a.name, "1 cuộc kiểm tra"):
        assert words in shown
    assert "đang khôi phục" in desk.get("/devices").get_data(as_text=True)
    assert factories.post(desk, "/devices/recovery", reason=" ").status_code == 422
    assert factories.post(desk, "/devices/recovery", reason="Máy đã mất").status_code == 303
    with story.app.app_context():
        ended = db.session.scalars(select(Restore)).one()
        assert (ended.ended_by, ended.end_reason) == (admin.id, "Máy đã mất")
    assert factories.post(desk, "/devices/recovery", reason="x").status_code == 422


def test_a_revoked_device_and_one_whose_person_left_are_not_waited_for(story: Story) -> None:
    a, b, lead = (phone(story, user) for user in (story.a, story.b, story.lead))
    for each in (a, b, lead):
        each.pull()
    congvu(story, "restored", "--reason", "x")
    with factories.writing(story.app):
        device = db.session.scalars(select(Device).where(Device.user_id == story.a.id)).one()
        device.revoked_at = device.enrolled_at
    remove(story, story.b)
    assert "1 máy chưa báo lại" in congvu(story, "recovery", "status").output
    lead.report()
    assert "Không có khôi phục nào" in congvu(story, "recovery", "status").output


def test_a_phone_of_a_closed_account_is_not_waited_for(story: Story) -> None:
    """It cannot say so itself: it gives everything back by its ticket."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    for each in (a, lead):
        each.pull()
    with factories.writing(story.app):
        db.session.get_one(User, story.a.id).active = False
    congvu(story, "restored", "--reason", "x")
    assert "1 máy chưa báo lại" in waits_for(story)
    lead.report()
    assert "Không có khôi phục nào" in waits_for(story)


def test_the_phones_that_are_waited_for_are_named_the_latest_heard_of_first(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    for hour, user in enumerate((story.b, story.lead, story.a)):
        at = start + timedelta(hours=hour)
        monkeypatch.setattr(Clock, "source", staticmethod(lambda at=at: at))
        phone(story, user).pull()
    congvu(story, "restored", "--reason", "Ổ đĩa hỏng")
    assert waits_for(story).splitlines() == [
        "Khôi phục: Ổ đĩa hỏng. Còn 3 máy chưa báo lại:",
        f"  {story.a.name} · Điện thoại thử · liên lạc cuối 2026-11-22 03:00 UTC",
        f"  {story.lead.name} · Điện thoại thử · liên lạc cuối 2026-11-22 02:00 UTC",
        f"  {story.b.name} · Điện thoại thử · liên lạc cuối 2026-11-22 01:00 UTC",
    ]


def test_nobody_is_waited_for_because_of_a_cancelled_visit(story: Story) -> None:
    phone(story, story.a).pull()
    congvu(story, "restored", "--reason", "x")
    assert "Còn 1 máy chưa báo lại" in waits_for(story)
    with factories.writing(story.app):
        db.session.get_one(Visit, story.visit).state = "cancelled"
    assert "Còn 0 máy chưa báo lại" in waits_for(story)


def test_who_was_given_up_after_the_others_reported_is_waited_for_no_more(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    a.pull()
    b.pull()
    congvu(story, "restored", "--reason", "x")
    revoke(story, story.b, now())
    look(story)
    assert "Còn 1 máy chưa báo lại" in waits_for(story)
    revoke(story, story.b, None)
    a.pull()
    a.report()
    look(story)
    assert "Còn 1 máy chưa báo lại" in waits_for(story)
    revoke(story, story.b, now())
    assert "Còn 0 máy chưa báo lại" in waits_for(story)
    look(story)
    assert "Không có khôi phục nào" in waits_for(story)
    look(story)


def test_a_recovery_that_knows_of_no_phone_waits_for_the_first(story: Story) -> None:
    congvu(story, "restored", "--reason", "x")
    look(story)
    assert "Còn 0 máy chưa báo lại" in waits_for(story)


def revoke(story: Story, user: factories.MadeUser, at: datetime | None) -> None:
    with factories.writing(story.app):
        db.session.execute(update(Device).where(Device.user_id == user.id).values(revoked_at=at))


def look(story: Story) -> None:
    """What the server does by itself each minute."""
    with story.app.app_context():
        end_recovery_once()


def test_answers_are_taken_while_the_server_recovers(story: Story) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    lead.pull()
    congvu(story, "restored", "--reason", "x")
    a.mint("item/muc-1", "yes")
    assert [each["r"] for each in a.push()] == ["ok"]
    with story.app.app_context():
        assert db.session.scalars(select(Installation.recovering)).one() is True


def waits_for(story: Story) -> str:
    return congvu(story, "recovery", "status").output


def test_a_phone_has_reported_when_it_says_of_a_cursor_of_this_log_that_nothing_is_left(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    a.pull()
    congvu(story, "restored", "--reason", "x")
    cursor = {"n": len(a.log), "h": a.log[-1]["h"]}
    assert a.send([], evidence=[], after=cursor["n"], h="0" * 64).status_code == 200
    assert "1 máy chưa báo lại" in waits_for(story), "its log is another one"
    assert a.send([], after=cursor["n"], h=cursor["h"]).status_code == 200
    a.pull()
    assert "1 máy chưa báo lại" in waits_for(story), "an older app says nothing of what it holds"
    a.report()
    assert "Không có khôi phục nào" in waits_for(story)


@pytest.mark.parametrize("limit", [1, 1000])
def test_reading_is_no_report_however_many_pages_it_takes(story: Story, limit: int) -> None:
    """The phone may hold entries behind what it has read (its log was longer), or not have offered them yet."""
    a = phone(story, story.a)
    for n in (1, 2):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    a.pull()
    congvu(story, "restored", "--reason", "x")
    for after in (0, 1):
        h = a.log[after - 1]["h"] if after else ""
        query = f"after={after}&h={h}&limit={limit}"
        assert a.client.get(f"{URL}/visits/{story.visit}/log?{query}").status_code == 200
    assert "1 máy chưa báo lại" in waits_for(story)


def test_an_empty_restored_log_waits_for_who_holds_what_it_has_forgotten(story: Story) -> None:
    a = phone(story, story.a)
    a.pull()  # it has opened the visit
    before = Copy.of(story.app)
    a.mint("item/muc-1", "yes")
    a.push()
    before.put_back(story.app)
    congvu(story, "restored", "--reason", "x")
    assert a.client.get(f"{URL}/visits/{story.visit}/log?after=0").status_code == 200
    assert "1 máy chưa báo lại" in waits_for(story)
    a.push()
    assert "1 máy chưa báo lại" in waits_for(story)
    a.pull()
    a.report()
    assert "Không có khôi phục nào" in waits_for(story)

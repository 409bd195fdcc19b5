"""What comes back to a restored server though something about it was lost, damaged or has changed meanwhile."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.exports import packages, verification
from app.extensions import now
from app.sync import archives, blobs, queries
from app.sync.actions import archiving
from app.sync.signing import signer
from tests import factories
from tests.beginnings import Copy
from tests.features.sync.phones import URL, Phone, Story, phone, sha
from tests.features.sync.test_evidence import begin, jpeg, upload
from tests.features.sync.test_push import why
from tests.features.sync.test_refill import forget_after, offer, piece
from tests.features.sync.test_repinning import publish, repin, values
from tests.features.sync.test_restoring import congvu, damaged, newcomer, ops, rebuilt, safe, safe_photos

Damage = Callable[[pytest.MonkeyPatch, Path], None]


def moved_after_the_backup(story: Story) -> tuple[Phone, Copy, str, dict[str, str]]:
    """A backup, then a corrected checklist, the move to it, and work under it."""
    a, lead = phone(story, story.a), phone(story, story.lead)
    a.mint("item/muc-2", "yes")
    a.push()
    before = Copy.of(story.app)
    chk = publish(story)
    made = {"repin": repin(lead, chk)}
    made["carried"] = lead.mint("item/muc-2b", "no", chk=chk)
    made["new"] = lead.mint("item/muc-4", "Sổ theo dõi", chk=chk)
    assert why(lead.push()) == ["acc"] * 3
    lead.outbox.clear()
    lead.pull()
    return lead, before, chk, made


def version_in_force(story: Story) -> str:
    with story.app.app_context():
        return checklists.chk_of(campaigns.planned_visit(story.visit).checklist_version_id)


def test_an_archive_gives_back_the_checklist_too_that_a_visit_was_moved_to(story: Story, tmp_path: Path) -> None:
    _, before, chk, _ = moved_after_the_backup(story)
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    before.put_back(story.app)
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path))
    assert (said.exit_code, "thêm lại 3 mục" in said.output) == (0, True), said.output
    assert version_in_force(story) == chk
    assert values(story)["item/muc-4"] == ["Sổ theo dõi"]
    assert sorted(map(str, values(story)["item/muc-2b"])) == ["no", "yes"]
    rebuilt(story)


@pytest.mark.parametrize("lost", ["gone", "rotten", "number taken"])
def test_a_move_to_a_checklist_nobody_has_is_named_and_keeps_nothing_else_back(
    story: Story, tmp_path: Path, lost: str
) -> None:
    lead, before, chk, made = moved_after_the_backup(story)
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    kept = archives.checklist_path(tmp_path, chk)
    if lost == "gone":
        kept.unlink()
    if lost == "rotten":
        kept.write_bytes(b"{}")
    before.put_back(story.app)
    if lost == "number taken":
        publish(story, title="Bản khác")
    said = congvu(story, "restored", "--reason", "Ổ đĩa hỏng", "--archive", str(tmp_path))
    assert (said.exit_code, "thêm lại 2 mục" in said.output) == (1, True), said.output
    assert f"lần chuyển sang phiếu {chk[:12]}…" in said.output
    assert version_in_force(story) == story.chk
    assert made["repin"] not in ops(story)
    rebuilt(story)

    told = offer(lead, piece(lead))
    assert told == {"taken": 0, "known": 3, "refused": 1}, "a phone's request is answered too"
    if lost != "number taken":
        publish(story)
        assert offer(lead, piece(lead)) == {"taken": 1, "known": 3, "refused": 0}
        assert version_in_force(story) == chk
        assert values(story)["item/muc-4"] == ["Sổ theo dõi"]
        assert sorted(map(str, values(story)["item/muc-2b"])) == ["no", "yes"]
        rebuilt(story)


def test_a_returned_move_from_a_checklist_that_was_left_meanwhile_is_refused(story: Story) -> None:
    """Two moves from one checklist: the one that stands stays, or everything written since would be of a wrong one."""
    lead, before, _, made = moved_after_the_backup(story)
    before.put_back(story.app)
    publish(story)
    newest = publish(story, version=3, title="Bản 3")
    other = phone(story, story.lead)
    repin(other, newest)
    assert why(other.push()) == ["acc"]
    assert offer(lead, piece(lead)) == {"taken": 2, "known": 1, "refused": 1}
    assert version_in_force(story) == newest
    assert made["repin"] not in ops(story)
    other.mint("item/muc-1", "yes", chk=newest)
    assert why(other.push()[-1:]) == ["acc"]
    rebuilt(story)


def test_what_came_of_somebody_this_database_does_not_know_is_refused(story: Story) -> None:
    a = phone(story, story.a)
    before = Copy.of(story.app)
    fresh = phone(story, newcomer(story))
    fresh.mint("item/muc-1", "yes")
    fresh.push()
    own = a.mint("item/muc-2", "no")
    a.push()
    a.pull()
    before.put_back(story.app)
    assert offer(a, piece(a)) == {"taken": 1, "known": 0, "refused": 1}
    assert ops(story) == [own]


def test_signatures_alone_come_back_to_the_closing_that_stayed(story: Story) -> None:
    lead = phone(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.push()
    lead.pull()
    close = lead.close()
    lead.push()
    before = Copy.of(story.app)
    lead.sign("unit", close)
    lead.sign("lead", close)
    lead.push()
    signed = lead.pull()[-1]
    before.put_back(story.app)
    assert offer(lead, piece(lead)) == {"taken": 2, "known": 2, "refused": 0}
    with story.app.app_context():
        visit = campaigns.planned_visit(story.visit)
    assert (visit.state, visit.signed_n, visit.signed_hash) == ("signed", 4, signed["h"])
    assert visit.signed_at is not None


# --- damaged and overlapping pieces -----------------------------------------------------------------------------


def written_one_by_one(story: Story, folder: Path, number: int) -> tuple[Copy, list[str]]:
    """As many entries, each archived before the next: as many pieces."""
    before, a = Copy.of(story.app), phone(story, story.a)
    made = []
    for n in range(1, number + 1):
        made.append(a.mint(f"item/muc-{n}", "yes"))
        a.push()
        a.outbox.clear()
        assert congvu(story, "archive", str(folder)).exit_code == 0
    return before, made


def pieces(folder: Path) -> list[Path]:
    return sorted(folder.rglob("0*-*.json"))


def unreadable(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """The disk cannot give back one file now."""
    read = Path.read_bytes

    def failing(asked: Path) -> bytes:
        if asked == path:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(asked)

    monkeypatch.setattr(Path, "read_bytes", failing)


def test_two_runs_at_once_do_not_write_to_one_folder(story: Story, tmp_path: Path) -> None:
    phone(story, story.a).pull()
    with archives.alone(tmp_path):
        said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert "Một lần “congvu archive” khác đang ghi vào thư mục này" in said.output
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0


def test_pieces_that_overlap_give_everything_back(story: Story, tmp_path: Path) -> None:
    """As two runs wrote them that read the same end, on a mount that knows no locks."""
    one, other = tmp_path / "one", tmp_path / "other"
    before, made = written_one_by_one(story, one, 2)
    assert congvu(story, "archive", str(other)).exit_code == 0
    [both] = pieces(other)
    [first, second] = pieces(one)
    second.unlink()
    both.rename(first.with_name(both.name))
    a = phone(story, story.a)
    made.append(a.mint("item/muc-3", "yes"))
    a.push()
    assert congvu(story, "archive", str(one)).exit_code == 0
    assert [each.stem for each in pieces(one)] == ["00000001-00000001", "00000001-00000002", "00000003-00000003"]
    with story.app.app_context():
        read = [archives.read_piece(each, signer().public_key()) for each in pieces(one)]
    assert [[entry.n for entry in each.entries] for each in read] == [[1], [1, 2], [3]]
    before.put_back(story.app)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(one))
    assert (said.exit_code, ops(story)) == (0, made), said.output
    assert "thêm lại 3 mục và 0 ảnh; 1 mục đã có" in said.output


def cut(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize(("damage", "told"), [(cut, ": không đọc được"), (unreadable, "Input/output error")])
def test_a_rotten_piece_costs_only_what_it_holds(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Damage, told: str
) -> None:
    before, made = written_one_by_one(story, tmp_path, 3)
    assert upload(phone(story, story.a), jpeg()).status_code == 204
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    rotten = pieces(tmp_path)[1]
    damage(monkeypatch, rotten)
    before.put_back(story.app)
    lost(story)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path))
    assert said.exit_code == 1
    assert str(rotten) in said.output
    assert told in said.output
    assert ops(story) == [made[0], made[2]]
    assert "1 ảnh" in said.output


@pytest.mark.parametrize("which", [0, 2])
@pytest.mark.parametrize("what", ["body", "cut", "nothing", "list", "sig"])
def test_a_piece_that_rots_is_found_by_a_later_run_and_written_again(
    story: Story, tmp_path: Path, which: int, what: str
) -> None:
    before, made = written_one_by_one(story, tmp_path, 3)
    rotten = pieces(tmp_path)[which]
    whole = rotten.read_bytes()
    rotten.write_text(damaged(json.loads(whole), what), "utf-8")
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert f"{rotten}: " in said.output
    assert "đã ghi lại từ nhật ký của máy chủ" in said.output
    assert rotten.read_bytes() == whole
    assert len(list(rotten.parent.glob(f"{rotten.name}.damaged-*"))) == 1, "people may look at it"
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    before.put_back(story.app)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path))
    assert (said.exit_code, ops(story)) == (0, made), said.output


@pytest.mark.parametrize("damage", [cut, unreadable])
def test_a_piece_of_what_the_database_has_lost_stays_where_it_is(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    """Somebody has put the database back and told nobody: what goes on from there otherwise is not archived over it."""
    written_one_by_one(story, tmp_path, 1)
    backup, a = Copy.of(story.app), phone(story, story.a)
    for n in (2, 3):
        a.mint(f"item/muc-{n}", "yes")
    a.push()
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    backup.put_back(story.app)
    b = phone(story, story.b)
    b.mint("item/muc-2", "no")
    b.push()
    newest = pieces(tmp_path)[-1]
    with monkeypatch.context() as ill:
        damage(ill, newest)
        said = congvu(story, "archive", str(tmp_path))
    assert (said.exit_code, str(newest) in said.output) == (1, True)
    assert [each.stem for each in pieces(tmp_path)] == ["00000001-00000001", "00000002-00000003"]
    assert not list(tmp_path.rglob("*.damaged-*"))
    assert safe(story) == 1


@pytest.mark.parametrize(("size", "told"), [(1000, ["2–3"]), (1, ["2–2", "3–3"])])
def test_a_piece_that_was_lost_is_found_by_a_later_run_and_written_again(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, told: list[str]
) -> None:
    written_one_by_one(story, tmp_path, 4)
    for lost_one in pieces(tmp_path)[1:3]:
        lost_one.unlink()
    monkeypatch.setattr(archiving, "PIECE", size)
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    for each in told:
        assert f"kho thiếu các mục {each}; đã ghi lại từ nhật ký của máy chủ" in said.output
    assert len(pieces(tmp_path)) == 2 + len(told)
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0


def test_the_pieces_that_were_read_longest_ago_are_read_once_more(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_one_by_one(story, tmp_path, 4)
    monkeypatch.setattr(archiving, "PROVEN_AGAIN", 1)
    for n, path in enumerate(pieces(tmp_path)):
        os.utime(path, (n + 1, n + 1))
        if n == 1:
            path.write_bytes(b"")
            os.utime(path, (n + 1, n + 1))
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0, "the first was the oldest"
    assert "đã ghi lại" in congvu(story, "archive", str(tmp_path)).output, "then it was the second"


def test_a_piece_that_stays_broken_takes_nobody_elses_turn(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_one_by_one(story, tmp_path, 3)
    monkeypatch.setattr(archiving, "PROVEN_AGAIN", 1)
    broken, rotten, _ = pieces(tmp_path)
    rotten.write_bytes(b"")
    for n, path in enumerate(pieces(tmp_path), 1):
        os.utime(path, (n, n))
    unreadable(monkeypatch, broken)
    assert "Input/output error" in congvu(story, "archive", str(tmp_path)).output
    assert f"{rotten}: không đọc được; đã ghi lại" in congvu(story, "archive", str(tmp_path)).output


def test_a_checklist_that_rots_is_written_again(story: Story, tmp_path: Path) -> None:
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    for copy in (tmp_path / "checklists").iterdir():
        copy.write_bytes(b"rotten")
    assert congvu(story, "archive", str(tmp_path)).exit_code == 0
    assert archives.checklist(tmp_path, version_in_force(story)) is not None


@pytest.mark.parametrize("where", ["checklists", "heads"])
def test_what_cannot_be_written_beside_the_visits_is_named_and_keeps_none_from_the_archive(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    a, write = phone(story, story.a), archives.write
    a.mint("item/muc-1", "yes")
    a.push()

    def full(path: Path, content: bytes) -> None:
        if path.parent.name == where:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(archives, "write", full)
    said = congvu(story, "archive", str(tmp_path))
    assert (said.exit_code, "No space left on device" in said.output, safe(story)) == (1, True, 1), said.output


def test_a_folder_under_another_key_is_left_alone(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_one_by_one(story, tmp_path, 2)
    before = [each.read_bytes() for each in pieces(tmp_path)]
    with story.app.app_context():
        monkeypatch.setitem(signer().__dict__, "_key", Ed25519PrivateKey.generate())
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert "không có chữ ký của máy chủ này" in said.output
    assert [each.read_bytes() for each in pieces(tmp_path)] == before
    assert not list(tmp_path.rglob("*.damaged-*"))
    assert safe(story) == 2


# --- held work and what was decided about it --------------------------------------------------------------------


def held(story: Story) -> int:
    with story.app.app_context():
        return queries.log_head(story.visit).held


@pytest.mark.parametrize("decided", ["adopt", "dismiss"])
@pytest.mark.parametrize("how", ["evidence", "push"])
def test_held_work_is_counted_alike_whichever_comes_back_first(story: Story, decided: str, how: str) -> None:
    """Other phones have the decision, and not what it was about: a held body is its author's and the lead's to see."""
    a, b, lead = (phone(story, user) for user in (story.a, story.b, story.lead))
    target = a.mint("item/muc-1", "yes", user=story.b.id)
    a.push()
    if decided == "adopt":
        adoption = {"of": target, "author": story.a.id, "value": "yes", "reason": "Đúng của cán bộ A"}
        lead.mint("item/muc-1", adoption, kind="adopt")
    else:
        lead.mint(f"held/{target}", {"reason": "Nhập nhầm"}, kind="dismiss")
    assert why(lead.push()) == ["acc"]
    b.pull()
    if how == "evidence":
        a.pull()  # what it has seen in the log has left its outbox
    forget_after(story, 0)
    assert offer(b, piece(b))["taken"] == 1
    assert held(story) == 0, "nothing is held of which nothing is here"
    if how == "evidence":
        assert offer(a, piece(a))["taken"] == 1
    else:
        assert why(a.push()) == ["ACTOR_MISMATCH"]
    assert held(story) == 0, "it was decided before it came"
    a.mint("item/khong-co", "yes")
    assert why(a.push()[-1:]) == ["UNKNOWN_ITEM"]
    assert held(story) == 1
    desk = factories.client_of(story.app, story.lead).get("/matters?kind=held").get_data(as_text=True)
    assert "Phường Số 1" in desk, "and the desk lists it"


# --- photos whose file was lost ---------------------------------------------------------------------------------


def lost(story: Story) -> None:
    original(story).unlink()


def cut_short(story: Story) -> None:
    original(story).chmod(0o600)
    original(story).write_bytes(jpeg()[:-1])


def changed(story: Story) -> None:
    original(story).chmod(0o600)
    original(story).write_bytes(bytes(len(jpeg())))


def original(story: Story) -> Path:
    with story.app.app_context():
        return blobs.stored(story.visit, sha(jpeg()))


def told_of(who: Phone) -> list[str]:
    kept = who.client.get(f"{URL}/visits/{who.story.visit}/blobs").get_json()["blobs"]
    return [each["sha256"] for each in kept]


@pytest.mark.parametrize("damage", [lost, cut_short])
def test_a_photo_whose_file_was_lost_is_taken_again(story: Story, damage: Callable[[Story], None]) -> None:
    a = phone(story, story.a)
    assert upload(a, jpeg()).status_code == 204
    assert begin(a, jpeg()).get_json()["present"] is True
    assert told_of(a) == [sha(jpeg())]
    damage(story)
    assert told_of(a) == [], "who holds it learns that the server does not"
    assert upload(a, jpeg()).status_code == 204
    assert original(story).read_bytes() == jpeg()
    assert told_of(a) == [sha(jpeg())]


@pytest.mark.parametrize("damage", [lost, cut_short, changed])
def test_the_archive_puts_a_photo_back_whose_row_the_backup_has(
    story: Story, tmp_path: Path, damage: Callable[[Story], None]
) -> None:
    assert upload(phone(story, story.a), jpeg()).status_code == 204
    written_one_by_one(story, tmp_path, 1)
    damage(story)
    said = congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path))
    assert "thêm lại 0 mục và 1 ảnh" in said.output
    assert original(story).read_bytes() == jpeg()
    assert "và 0 ảnh" in congvu(story, "restored", "--reason", "x", "--archive", str(tmp_path)).output


@pytest.mark.parametrize("damage", [lost, changed])
def test_what_is_archived_of_a_visit_with_a_lost_photo_is_called_safe(
    story: Story, tmp_path: Path, damage: Callable[[Story], None]
) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    a.push()
    for colour in ("teal", "red", "blue"):
        assert upload(a, jpeg(colour)).status_code == 204
    damage(story)
    said = congvu(story, "archive", str(tmp_path))
    assert said.exit_code == 1
    assert f"ảnh {sha(jpeg())[:12]}: thiếu, đã bị hỏng hoặc chưa chép được" in said.output
    assert "Đã lưu 1 mục và 2 ảnh" in said.output
    assert (safe(story), safe_photos(story)) == (1, {sha(jpeg("red")), sha(jpeg("blue"))})
    if damage is lost:
        assert upload(a, jpeg()).status_code == 204
        assert congvu(story, "archive", str(tmp_path)).exit_code == 0
        assert sha(jpeg()) in safe_photos(story)


def test_a_lost_photo_is_said_to_be_lost_and_a_record_goes_without_it(story: Story, tmp_path: Path) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    about = {"of": "item/muc-1", "sha256": sha(jpeg()), "mime": "image/jpeg", "size": len(jpeg())}
    about["taken_at"] = "2026-11-20T09:00:00+07:00"
    a.mint("photo/0123abcd-0000-4000-8000-00000000000f", about, kind="attach")
    assert why(a.push()) == ["acc"]
    assert upload(a, jpeg()).status_code == 204
    lost(story)
    reply = lead.client.get(f"{URL}/visits/{story.visit}/blobs/{sha(jpeg())}/original")
    assert (reply.status_code, reply.get_json()["code"]) == (404, "photo_gone")
    assert "tệp ảnh không còn nguyên vẹn" in reply.get_json()["message"]
    path = tmp_path / "visit.zip"
    with story.app.app_context(), path.open("wb") as out:
        packages.write(
            campaigns.planned_visit(story.visit), out, sees_held=None, originals=True, by="Cán bộ A", at=now()
        )
    with ZipFile(path) as record:
        assert json.loads(record.read("visit.json"))["photos_missing"] == [sha(jpeg())]
        assert not [each for each in record.namelist() if each.startswith("photos/")]
    assert verification.verify(path).faults == []

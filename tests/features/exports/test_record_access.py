"""Who gets the record of a visit, on both databases: a held operation is read by its author and the lead only."""

import json
import threading
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import update

from app.campaigns.models import Campaign
from app.domain.permissions import Role
from app.exports import verification
from app.extensions import db
from app.sync import queries
from tests import factories
from tests.factories import MadeUser
from tests.features.exports.records import about_of, read, witness, written
from tests.features.sync.phones import Story, begin_story, phone, sha
from tests.features.sync.test_evidence import PHOTO, attach, jpeg, taken, upload

SECRET = "Chỉ người viết và trưởng đoàn được đọc"


@pytest.fixture
def story(app_on_each: Flask) -> Story:
    return begin_story(app_on_each)


def address(story: Story) -> str:
    return f"/visits/{story.visit}/record.zip"


def exported(story: Story, user: MadeUser, folder: Path) -> Path:
    """The record as this person gets it: genuine, so both witnesses call it intact."""
    reply = factories.client_of(story.app, user).get(address(story))
    assert reply.status_code == 200
    path = folder / f"{user.id}.zip"
    path.write_bytes(reply.data)
    assert verification.verify(path).faults == []
    code, told = witness(path)
    assert code == 0, told
    return path


def log_of(raw: bytes) -> list[dict[str, Any]]:
    with ZipFile(BytesIO(raw)) as package:
        return [json.loads(line) for line in package.read("log.jsonl").splitlines()]


def test_a_held_body_is_only_for_its_author_and_the_lead_and_the_chain_holds_without_it(
    story: Story, tmp_path: Path
) -> None:
    writer = phone(story, story.a)
    writer.mint("item/muc-1", "yes")
    held = writer.mint("item/muc-1", {"value": "no", "reason": SECRET}, kind="resolve")  # the lead's alone: held
    writer.mint("item/muc-2", "no")
    told = writer.push()
    assert [each["entry"]["st"] for each in told] == ["acc", "held", "acc"]

    for user, reads in ((story.lead, True), (story.a, True), (story.b, False)):
        reply = factories.client_of(story.app, user).get(address(story))
        assert reply.status_code == 200
        assert reply.headers["Cache-Control"] == "no-store"
        [line] = [each for each in log_of(reply.data) if each["op"] == held]
        assert (line["body"] is not None) is reads, user.login
        with ZipFile(BytesIO(reply.data)) as package:
            found = any(SECRET.encode() in package.read(name) for name in package.namelist())
        assert found is reads, user.login
        exported(story, user, tmp_path)


def test_sealed_photos_are_for_those_who_may_take_originals_and_others_are_told_how_many_there_are(
    story: Story, tmp_path: Path
) -> None:
    writer, photo = phone(story, story.a), jpeg()
    value = {"of": "item/muc-1", "sha256": sha(photo), "size": len(photo), "mime": "image/jpeg", "taken_at": None}
    for n, sha256 in enumerate((sha(photo), sha(b"still on the phone"))):
        taken = value | {"sha256": sha256}
        writer.mint(f"photo/00000000-0000-4000-8000-00000000000{n}", taken, kind="attach")
    writer.push()
    upload(writer, photo)
    for user, gets in ((story.lead, True), (story.a, False), (story.b, False)):
        path = exported(story, user, tmp_path)
        files = read(path)
        assert (files.get(f"photos/{sha(photo)}") == photo, photo in files.values()) == (gets, gets), user.login
        assert about_of(files)["photos_withheld"] == ([] if gets else [sha(photo)])
        assert about_of(files)["photos_missing"] == [sha(b"still on the phone")]
        assert ("không kèm theo 1" in verification.as_text(verification.verify(path))) is not gets


def test_a_photo_that_was_held_and_adopted_is_promised_by_its_adoption(story: Story, tmp_path: Path) -> None:
    a, lead, photo = phone(story, story.a), phone(story, story.lead), jpeg()
    held = attach(a, photo, user=story.b.id)
    assert [each["entry"]["st"] for each in a.push()] == ["held"]
    assert upload(a, photo).status_code == 204
    value = {"of": held, "author": story.a.id, "value": taken(photo), "reason": "Đúng là ảnh của cán bộ A"}
    lead.mint(PHOTO, value, kind="adopt")
    assert [each["entry"]["st"] for each in lead.push()] == ["acc"]
    files = read(exported(story, story.lead, tmp_path))
    assert files[f"photos/{sha(photo)}"] == photo
    without = written({name: files[name] for name in files if not name.startswith("photos/")}, tmp_path / "x.zip")
    assert f"Thiếu ảnh mà nhật ký nêu ({PHOTO})" in verification.as_text(verification.verify(without))


def test_what_is_written_while_a_record_is_made_is_wholly_in_it_or_not_at_all(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, real = phone(story, story.a), queries.whole_log
    writer.mint("item/muc-1", "yes")
    writer.push()
    writer.mint("item/muc-2", "no")

    def read_and_be_overtaken(visit_id: str) -> tuple[queries.LogEntry, ...]:
        entries = real(visit_id)
        pushing = threading.Thread(target=writer.push)
        pushing.start()
        pushing.join(30)
        return entries

    monkeypatch.setattr(queries, "whole_log", read_and_be_overtaken)
    assert about_of(read(exported(story, story.lead, tmp_path)))["head"]["n"] == 1
    assert len(writer.pull()) == 2


def test_a_check_of_itself_that_its_lead_alone_has_signed_is_intact(story: Story, tmp_path: Path) -> None:
    with factories.writing(story.app):
        db.session.execute(update(Campaign).values(kind="self_check"))
    lead, late = phone(story, story.lead), phone(story, story.a)
    lead.mint("item/muc-1", "yes")
    close = lead.close(alone=True)
    late.mint("item/muc-2", "no")
    late.push()  # no answer of what is signed: the lead's phone had not heard of it
    lead.sign("lead", close)
    assert [each["entry"]["st"] for each in lead.push()] == ["acc"] * 3
    about = about_of(read(exported(story, story.lead, tmp_path)))
    assert (about["state"], about["head"]["n"]) == ("signed", 4)


def test_wards_and_strangers_get_no_log(story: Story) -> None:
    unit = factories.make_unit(story.app, "Phường Số 2")
    officer = factories.make_user(story.app, "can-bo-phuong", Role.WARD_OFFICER, unit)
    phone(story, story.a).mint("item/muc-1", "yes")
    assert factories.client_of(story.app, officer).get(address(story)).status_code in (403, 404)
    assert factories.client_of(story.app, story.stranger).get(address(story)).status_code == 404
    assert story.app.test_client().get(address(story)).status_code in (302, 303, 401)

"""Who gets the record of a visit, on both databases: a held operation is read by its author and the lead only."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask

from app.domain.permissions import Role
from app.exports import verification
from tests import factories
from tests.features.exports.records import witness
from tests.features.sync.phones import Story, begin_story, phone

SECRET = "Chỉ người viết và trưởng đoàn được đọc"


@pytest.fixture
def story(app_on_each: Flask) -> Story:
    return begin_story(app_on_each)


def address(story: Story) -> str:
    return f"/visits/{story.visit}/record.zip"


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
        path = tmp_path / f"{user.id}.zip"
        path.write_bytes(reply.data)
        assert verification.verify(path).faults == []
        assert witness(path)[0] == 0


def test_wards_and_strangers_get_no_log(story: Story) -> None:
    unit = factories.make_unit(story.app, "Phường Số 2")
    officer = factories.make_user(story.app, "can-bo-phuong", Role.WARD_OFFICER, unit)
    phone(story, story.a).mint("item/muc-1", "yes")
    assert factories.client_of(story.app, officer).get(address(story)).status_code in (403, 404)
    assert factories.client_of(story.app, story.stranger).get(address(story)).status_code == 404
    assert story.app.test_client().get(address(story)).status_code in (302, 303, 401)

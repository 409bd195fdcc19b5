"""What is published never changes: the same bytes again do nothing, other bytes under the same number are refused."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.checklists import actions, loader, queries
from app.checklists.commands import FOLDER, shipped
from app.domain.checklist import canonical, chk
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Actor, Role
from tests import factories
from tests.features.checklists.test_loader import SMALL

OTHER = SMALL.replace("Có biển", "Có thẻ")
NEXT = SMALL.replace("version: 1", "version: 2")
ADMIN = Actor("a" * 22, "Quản trị")


def publish(app: Flask, text: str) -> queries.Version:
    with factories.writing(app):
        return actions.publish(None, loader.load(text))


def test_the_canonical_bytes_are_kept_under_their_hash(app_on_each: Flask) -> None:
    with app_on_each.app_context():
        version = publish(app_on_each, SMALL)
        body = queries.body_by_chk(version.chk)
        assert body == canonical(loader.load(SMALL))
        assert version.chk == chk(body)
        assert queries.checklist_of_version(version.id) == loader.load(SMALL)
        assert publish(app_on_each, SMALL) == version
        with pytest.raises(Invalid, match="version_published"):
            publish(app_on_each, OTHER)
        assert [each.chk for each in queries.all_versions()] == [version.chk]
        with pytest.raises(NotFound):
            queries.body_by_chk("0" * 64)


def test_a_new_version_stands_beside_the_old_one(app: Flask) -> None:
    with app.app_context():
        publish(app, SMALL)
        publish(app, NEXT)
        assert [(each.slug, each.version) for each in queries.all_versions()] == [("nho", 2), ("nho", 1)]


def test_a_key_that_comes_to_mean_something_else_is_refused(app: Flask) -> None:
    changed = NEXT.replace("answer: {type: yes_no}\n        points: 10", "answer: {type: date}")
    with app.app_context():
        publish(app, SMALL)
        with pytest.raises(Invalid, match="checklist_invalid") as caught:
            publish(app, changed)
        (problem,) = caught.value.details["problems"]
        assert (problem.code, problem.path) == ("key_reused", "sections[0].items[0].key")
        assert "phiên bản 1" in problem.message


def test_withdrawn_versions_are_served_but_not_offered(app: Flask) -> None:
    unit = factories.make_unit(app)
    person = factories.make_user(app, "quan-tri", Role.ADMINISTRATOR, unit)
    with app.app_context():
        version = publish(app, SMALL)
        from app.accounts.queries.sessions import actor_of

        admin = actor_of(person.id, person.name, date(2026, 11, 22))
        with pytest.raises(NotAllowed), factories.writing(app):
            actions.withdraw(ADMIN, version.id, "Không phải quản trị viên")
        with pytest.raises(Invalid, match="reason_missing"), factories.writing(app):
            actions.withdraw(admin, version.id, " ")
        with factories.writing(app):
            actions.withdraw(admin, version.id, "Sai căn cứ")
        with pytest.raises(OutOfDate, match="already_done"), factories.writing(app):
            actions.withdraw(admin, version.id, "Lần nữa")
        assert queries.usable_versions() == ()
        assert queries.version(version.id).withdrawn_reason == "Sai căn cứ"
        assert queries.body_by_chk(version.chk)


@pytest.mark.parametrize("path", shipped(FOLDER), ids=lambda path: path.parent.name)
def test_a_checklist_written_out_as_yaml_reads_back_to_the_same_bytes(path: Path) -> None:
    checklist = loader.load(path.read_bytes())
    assert canonical(loader.load(queries.as_yaml(checklist))) == canonical(checklist)


def test_two_at_once_cannot_both_have_a_number(app: Flask) -> None:
    """The table itself keeps the second out, whatever the code above it believes."""
    from app.checklists.models import ChecklistVersion
    from app.extensions import db, new_id, now

    with app.app_context():
        version = publish(app, SMALL)
        twin = ChecklistVersion(
            id=new_id(), slug="nho", version=1, title="x", chk="f" * 64, body=b"{}", published_at=now()
        )
        with pytest.raises(IntegrityError), factories.writing(app):
            db.session.add(twin)
        assert [each.id for each in queries.all_versions()] == [version.id]


def test_the_file_on_a_phone_is_the_file_that_was_published(app: Flask, client: FlaskClient) -> None:
    unit = factories.make_unit(app)
    inspector = factories.make_user(app, "can-bo", Role.INSPECTOR, unit)
    with app.app_context():
        version = publish(app, SMALL)
    browser = factories.client_of(app, inspector)
    body = browser.get(f"/checklists/{version.id}/json").data
    assert chk(body) == version.chk
    text = browser.get(f"/checklists/{version.id}/yaml").get_data(as_text=True)
    assert canonical(loader.load(text)) == body
    assert client.get(f"/checklists/{version.id}/json").status_code == 302

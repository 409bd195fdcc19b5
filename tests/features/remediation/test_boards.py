"""Boards stay as quick as they are right: judged and paged by the database, by the rules of the domain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.accounts.models import Unit
from app.domain.permissions import Actor, Grant, Role, may
from app.domain.remediation import OPEN, Standing, TaskState, overdue, standing
from app.extensions import Clock, db, new_id
from app.remediation.models import RemediationTask
from app.remediation.queries import boards, tasks
from tests.factories import MadeUnit, MadeUser, client_of, make_unit, make_user, writing
from tests.features.sync.statements import counted

TODAY = date(2026, 11, 23)  # a Monday
VIEWS = ("/tasks", "/tasks?page=2&state=overdue", "/tasks/board", "/tasks/calendar", "/tasks/board?q=phường")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: datetime(2026, 11, 23, 3, 0, tzinfo=UTC)))


@dataclass(frozen=True)
class Town:
    app: Flask
    unit: MadeUnit
    chair: MadeUser


@pytest.fixture
def town(app: Flask) -> Town:
    unit = make_unit(app, "Thị xã Sơn Tây", kind="district")
    return Town(app, unit, make_user(app, role=Role.VICE_CHAIR, unit=unit))


def fill(town: Town, units: int, each: int, first: int = 0) -> None:
    """Put tasks of every state and around every date into so many units, past the actions: here only reads count."""
    states = [state.value for state in TaskState if state is not TaskState.WITHDRAWN]
    with writing(town.app):
        top = db.session.scalar(select(db.func.max(Unit.id))) or 0
        places = [(top + 1 + n, f"Phường {first + n}") for n in range(units)]
        db.session.execute(
            insert(Unit),
            [
                {"id": key, "scheme": "many", "code": str(key), "kind": "ward", "name": name,
                 "parent_id": town.unit.id, "path": f"{town.unit.path}{key}/"}
                for key, name in places
            ],
        )  # fmt: skip
        rows = [row(key, name, town, n, states[(key + n) % 4]) for key, name in places for n in range(each)]
        for start in range(0, len(rows), 5000):
            db.session.execute(insert(RemediationTask), rows[start : start + 5000])


def row(key: int, name: str, town: Town, number: int, state: str) -> dict[str, object]:
    return {
        "id": new_id(), "unit_id": key, "unit_name": name, "unit_path": f"{town.unit.path}{key}/",
        "host_path": town.unit.path, "position": number, "remedy": f"Việc {number}", "problem": "", "source": "05/TB",
        "severity": "minor", "issued_on": TODAY, "due_working_days": 5,
        "due_on": TODAY + timedelta(days=(key * 7 + number) % 60 - 20), "calendar_version": "v", "state": state,
        "reported_on": TODAY - timedelta(days=number % 30) if state == "reported" else None,
    }  # fmt: skip


def test_no_page_asks_more_of_the_database_with_3321_units_and_50000_tasks(town: Town) -> None:
    browser = client_of(town.app, town.chair)

    def asked() -> dict[str, int]:
        found = {}
        for view in VIEWS:
            with counted(town.app) as statements:
                page = browser.get(view)
            assert page.status_code == 200
            assert page.get_data(as_text=True).count('class="card task') <= 4 * boards.PER_COLUMN
            found[view] = len([each for each in statements if each.startswith("SELECT")])
        return found

    fill(town, 5, 16)
    few = asked()
    fill(town, 3316, 15, first=5)
    fill(town, 1, 200, first=4000)
    with town.app.app_context():
        assert db.session.scalar(select(db.func.count()).select_from(RemediationTask)) == 50_020
    assert asked() == few
    assert max(few.values()) <= 8
    assert "Trang 1" in browser.get("/tasks").get_data(as_text=True)


def test_every_view_works_on_each_database(app_on_each: Flask) -> None:
    unit = make_unit(app_on_each, "Thị xã Sơn Tây", kind="district")
    place = Town(app_on_each, unit, make_user(app_on_each, role=Role.VICE_CHAIR, unit=unit))
    fill(place, 5, 16)
    browser = client_of(app_on_each, place.chair)
    for view in VIEWS:
        page = browser.get(view)
        assert page.status_code == 200
        assert "Việc " in page.get_data(as_text=True)


def test_the_database_judges_as_the_domain_does(town: Town) -> None:
    cases = list(product(list(TaskState), (-2, -1, 0, 1), (-3, -1, 0, 2)))
    with writing(town.app):
        for number, (state, due, reported) in enumerate(cases):
            made = row(town.unit.id, "Phường", town, number, state.value)
            made |= {"due_on": TODAY + timedelta(due), "id": f"{number:022}"}
            made["reported_on"] = TODAY + timedelta(reported) if state is TaskState.REPORTED else None
            db.session.add(RemediationTask(**made))
    with town.app.app_context():
        found = db.session.execute(
            select(RemediationTask, boards.stands(TODAY), boards.is_overdue(TODAY)).order_by(RemediationTask.id)
        ).all()
        assert len(found) == len(cases)
        for task, stands, late in found:
            state = TaskState(task.state)
            expected = standing(state, task.due_on, TODAY, reported_on=task.reported_on)
            assert (stands, late) == (expected.value, expected is Standing.OVERDUE), (task.state, task.due_on)
            assert late == overdue(state, task.due_on, TODAY, reported_on=task.reported_on)
            assert (stands == "done") == (state not in OPEN)


def people(town: Town) -> Iterator[Actor]:
    for number, (role, path) in enumerate(
        product(Role, ("/", town.unit.path, f"{town.unit.path}999/", f"{town.unit.path}9/", "/88/"))
    ):
        yield Actor(f"p{number}", "x", (Grant(role, 1, path),))


def test_the_board_shows_exactly_what_may_be_seen(town: Town) -> None:
    with writing(town.app):
        for number, (unit, host) in enumerate(
            product((f"{town.unit.path}999/", f"{town.unit.path}9/", "/88/5/"), (town.unit.path, "/88/"))
        ):
            made = row(town.unit.id, "Phường", town, number, "assigned") | {"unit_path": unit, "host_path": host}
            db.session.add(RemediationTask(**made))
    with town.app.app_context():
        everything = db.session.scalars(select(RemediationTask)).all()
        for who in people(town):
            expected = {each.id for each in everything if may(who, "task.see", tasks.subject_of(each))}
            shown = set(db.session.scalars(select(RemediationTask.id).where(boards.visible_to(who))))
            assert shown == expected, who.grants


def test_a_month_tells_how_many_more_are_due_and_which_days_are_off(town: Town) -> None:
    with writing(town.app):
        for number in range(boards.PER_DAY + 3):
            made = row(town.unit.id, "Phường", town, number, "assigned") | {"due_on": date(2027, 1, 4)}
            db.session.add(RemediationTask(**made))
    page = client_of(town.app, town.chair).get("/tasks/calendar?month=2027-01").get_data(as_text=True)
    assert page.count('class="due ') == boards.PER_DAY
    assert "và 3 việc nữa" in page
    assert "Tết Dương lịch" in page
    assert "Tháng 1 năm 2027" in page
    for nonsense in ("x", "9999-99", "0001-01", "2026-11-30"):
        assert client_of(town.app, town.chair).get(f"/tasks/calendar?month={nonsense}").status_code == 200

"""Desk pages of a province: 3,321 units in two campaigns, 50,000 tasks. Inside one process: no network, no queue."""

import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app.extensions import db, new_id
from app.findings.models import Conclusion, Finding
from app.remediation.models import RemediationTask
from app.web.clock import today
from tests import factories
from tests.benchmarks.report import spread
from tests.conftest import make_app
from tests.factories import client_of
from tests.features.overview.rounds import Round, conclude_without_a_log, held_again, make_round, multiply
from tests.features.sync.statements import counted

UNITS, TASKS, TIMES = 3_321, 50_000, 15
STATES = ("assigned", "reported", "verified", "returned")


def measure() -> dict[str, list[dict[str, Any]]]:
    """Each page asked for fifteen times by a vice-chair of the host, on SQLite, through the whole application."""
    folder = Path(tempfile.mkdtemp(prefix="cvbench"))
    try:
        app = make_app(folder)
        round_ = make_round(app, 1)
        conclude_without_a_log(round_, "Phường Số 001", 80, number=1)
        multiply(round_, "Phường Số 001", UNITS - 1)
        later = held_again(round_)
        _give_tasks(round_, later)
        browser, rows = client_of(app, round_.chair), []
        pages = ("/", "/conclusions", "/tasks", "/tasks?state=overdue", "/tasks/board", "/tasks/calendar",
                 f"/campaigns/{later}/wards", f"/campaigns/{later}/summary", f"/campaigns/{later}/repeated?page=20",
                 f"/campaigns/{later}/summary/issue")  # fmt: skip
        for page in pages:
            with counted(app) as statements:
                status = browser.get(page).status_code
            spent = []
            for _ in range(TIMES):
                start = time.perf_counter()
                browser.get(page)
                spent.append(1000 * (time.perf_counter() - start))
            rows.append({"page": page.replace(later, "…"), "status": status, "statements": len(statements),
                         **{f"{name} ms": value for name, value in spread(spent).items() if name != "n"}})  # fmt: skip
        return {f"Desk pages with {UNITS} units and {TASKS} tasks": rows}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give_tasks(round_: Round, campaign: str) -> None:
    """Fifteen tasks or so for each unit, in every state, due within two months around today."""
    with factories.writing(round_.app):
        day = today()
        found = db.session.execute(
            select(Finding.id, Conclusion.id.label("conclusion"), Conclusion.unit_id)
            .join(Conclusion, Finding.conclusion_id == Conclusion.id)
            .where(Conclusion.campaign_id == campaign)
        ).all()
        common = {"position": 0, "remedy": "Bổ sung biển chức danh", "issued_on": day - timedelta(60),
                  "due_working_days": 10, "calendar_version": "VN 1", "campaign_id": campaign, "kind": "repair",
                  "host_path": round_.town.path, "source": "01/TB-UBND"}  # fmt: skip
        rows = []
        for number in range(TASKS):
            each = found[number % len(found)]
            due, state = day + timedelta(number % 60 - 30), STATES[number % 7 % len(STATES)]
            rows.append(common | {
                "id": new_id(), "conclusion_id": each.conclusion, "finding_id": each.id, "unit_id": each.unit_id,
                "unit_path": f"{round_.town.path}{each.unit_id}/", "unit_name": f"Phường Số {each.unit_id:04d}",
                "due_on": due, "state": state, "reported_on": due if state != "assigned" else None,
            })  # fmt: skip
        db.session.execute(insert(RemediationTask), rows)

"""Two records of the demo: Lê Lợi's signed visit with photos, and Xuân Khanh's open one."""

import shutil
from pathlib import Path

import pytest

from app.campaigns import queries as campaigns
from app.campaigns.models import Visit
from app.exports import packages
from app.extensions import db, now
from tests.conftest import make_app


@pytest.fixture(scope="session")
def records(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both, by the unit's name."""
    folder = tmp_path_factory.mktemp("records")
    found = {"Phường Lê Lợi": folder / "signed.zip", "Phường Xuân Khanh": folder / "open.zip"}
    with make_app(shutil.copytree(demo_data, folder / "data")).app_context():
        for unit, path in found.items():
            visit_id = db.session.query(Visit.id).filter(Visit.unit_name == unit).scalar()
            with path.open("wb") as out:
                packages.write(
                    campaigns.planned_visit(visit_id), out, sees_held=None, originals=True, by="thử", at=now()
                )
    return found


@pytest.fixture(scope="session")
def record(records: dict[str, Path]) -> Path:
    """The signed one."""
    return records["Phường Lê Lợi"]


@pytest.fixture(scope="session")
def open_record(records: dict[str, Path]) -> Path:
    """The open one."""
    return records["Phường Xuân Khanh"]

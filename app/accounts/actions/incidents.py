"""What must not happen to a phone, written down once however often it is told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from app.accounts.models import Incident
from app.extensions import db

KINDS = frozenset(
    {"storage_lost", "rewrapped", "id_reused", "history_diverged", "ops_lost", "forked", "idreuse", "ticket_misused"}
)


@dataclass(frozen=True)
class ToldIncident:
    """An incident as it was told: `said_at` is the device's clock, `detail` its words."""

    id: str
    kind: str
    visit_id: str | None = None
    said_at: str = ""
    detail: str = ""


def record_incidents(user_id: str, device_id: str | None, told: Sequence[ToldIncident], at: datetime) -> None:
    """Keep what is new of these, in one statement."""
    if not told:
        return
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    facts = {"user_id": user_id, "device_id": device_id or None, "received_at": at}
    rows = [asdict(each) | facts for each in {each.id: each for each in told}.values()]
    db.session.execute(dialect.insert(Incident).values(rows).on_conflict_do_nothing())

"""Units and their succession."""

from dataclasses import dataclass
from datetime import date

from app.accounts.models import Unit
from app.domain.vietnamese import search_key, unit_sort_key
from app.extensions import db


@dataclass(frozen=True)
class UnitFacts:
    """What is known of a unit, but for its place in the tree."""

    scheme: str
    code: str
    kind: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


def add_unit(facts: UnitFacts, parent: Unit | None) -> Unit:
    """Put a unit into the tree below `parent`."""
    unit = Unit(
        scheme=facts.scheme,
        code=facts.code,
        kind=facts.kind,
        name=facts.name,
        sort_key=unit_sort_key(facts.name),
        search_key=search_key(facts.name)[:200],
        parent_id=parent.id if parent else None,
        path="",
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
    )
    db.session.add(unit)
    db.session.flush()  # the id is part of the path
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.session.flush()
    return unit

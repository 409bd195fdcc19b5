"""Which unit or person somebody means who wrote a code or a name by hand."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.accounts.models import Appointment, Unit, UnitSuccession, User
from app.accounts.queries.directory import holds
from app.domain.permissions import Role
from app.domain.vietnamese import UNIT_PREFIXES, search_key
from app.extensions import db

AT_ONCE = 500
_OFFICES = ("uy ban nhan dan ", "ubnd ")
_KINDS = tuple(sorted({search_key(prefix) + " " for prefix in UNIT_PREFIXES}, key=len, reverse=True))
_SHORT = {"p.": "phuong ", "p ": "phuong ", "x.": "xa ", "tx.": "thi xa ", "tp.": "thanh pho ", "tt.": "thi tran "}


@dataclass(frozen=True)
class Named:
    """A unit with its code; `heirs` are the units that took over from one that ended."""

    id: int
    code: str
    name: str
    path: str
    parent_name: str
    valid_to: date | None
    heirs: tuple[str, ...] = ()


class Naming:
    """Every unit below a place, found by code or by name."""

    def __init__(self, units: Iterable[Named], on: date) -> None:
        self.on = on
        self.units = tuple(units)
        self._codes: dict[str, list[Named]] = defaultdict(list)
        self._names: dict[str, list[Named]] = defaultdict(list)
        for unit in self.units:
            self._codes[unit.code.casefold()].append(unit)
            for written in {_exact(unit.name), _full(unit.name), _bare(unit.name)}:
                self._names[written].append(unit)

    def by_code(self, code: str) -> tuple[Named, ...]:
        """The units with this code: codes of several schemes may be equal."""
        return self._standing(self._codes.get(code.strip().casefold(), []))

    def by_name(self, name: str) -> tuple[Named, ...]:
        """The units a name may mean: as written, else without diacritics, else without the word for its kind."""
        for written in (_exact(name), _full(name), _bare(name)):
            found = self._names.get(written, [])
            if found:
                return self._standing(found)
        return ()

    def _standing(self, found: list[Named]) -> tuple[Named, ...]:
        """Those that exist today; those that ended only where none does."""
        today = tuple(unit for unit in found if unit.valid_to is None or unit.valid_to >= self.on)
        return today or tuple(found)


def naming(path: str, on: date) -> Naming:
    """The units below a place as they are called, today's and former ones; two statements however many."""
    parent, heir = aliased(Unit), aliased(Unit)
    rows = db.session.execute(
        select(Unit.id, Unit.code, Unit.name, Unit.path, parent.name, Unit.valid_to)
        .outerjoin(parent, parent.id == Unit.parent_id)
        .where(Unit.path.startswith(path))
        .order_by(Unit.sort_key, Unit.name, Unit.id)
    ).all()
    heirs: dict[int, list[str]] = defaultdict(list)
    ended = (
        select(UnitSuccession.predecessor_id, heir.name)
        .join(Unit, Unit.id == UnitSuccession.predecessor_id)
        .join(heir, heir.id == UnitSuccession.successor_id)
        .where(Unit.path.startswith(path))
        .order_by(heir.sort_key, heir.id)
    )
    for unit_id, name in db.session.execute(ended):
        heirs[unit_id].append(name)
    return Naming((Named(*row[:4], row[4] or "", row[5], tuple(heirs.get(row[0], ()))) for row in rows), on)


def staff_of(unit_ids: Collection[int], on: date) -> Mapping[tuple[int, str], str]:
    """Who works at units on a day, by unit and name as `search_key` writes it; who shares a name is left out."""
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    remaining = iter(sorted(set(unit_ids)))
    while chunk := list(islice(remaining, AT_ONCE)):
        rows = db.session.execute(
            select(Appointment.unit_id, User.name, User.id)
            .join(User, User.id == Appointment.user_id)
            .where(
                Appointment.unit_id.in_(chunk),
                Appointment.role.in_([Role.WARD_HEAD.value, Role.WARD_OFFICER.value]),
                User.active,
                *holds(on),
            )
        )
        for unit_id, name, user_id in rows:
            found[(unit_id, search_key(name))].add(user_id)
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}


def _exact(name: str) -> str:
    return " ".join(name.casefold().split())


def _full(name: str) -> str:
    """`UBND P. Lê Lợi` → `phuong le loi`."""
    plain = search_key(name)
    for office in _OFFICES:
        plain = plain.removeprefix(office)
    for short, kind in _SHORT.items():
        if plain.startswith(short):
            return kind + plain.removeprefix(short).strip()
    return plain


def _bare(name: str) -> str:
    """Without the word for its kind: `le loi`. Marked, so that no full name is found by it."""
    plain = _full(name)
    return "~" + next((plain.removeprefix(kind) for kind in _KINDS if plain.startswith(kind)), plain)

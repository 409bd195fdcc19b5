"""Who may sign in the place of a unit's head, on which days, and by which document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts.models import Appointment, SigningAuthority, User
from app.accounts.queries import directory
from app.domain.authority import Authority, Capacity, capacity
from app.domain.errors import Invalid, NotFound
from app.domain.permissions import Role
from app.extensions import db


@dataclass(frozen=True)
class Deputy:
    """A vice-chair of the unit itself."""

    id: str
    name: str

    @property
    def option(self) -> tuple[str, str]:
        """As a select box takes it."""
        return self.id, self.name


@dataclass(frozen=True)
class AuthorityRow:
    """An authority as the unit's page shows it; `phase` is past, present, future or void (ended before it began)."""

    id: str
    name: str
    held: Authority
    ended_reason: str
    phase: str


def signing_capacity(user_id: str, unit_id: int, on: date) -> Capacity:
    """How a person signs for a unit on a day; raises `Invalid("no_authority")`."""
    head = directory.heads_on([unit_id], on).get(unit_id)
    return capacity(user_id, on, head.id if head else None, held_by(user_id, unit_id))


def possible_capacity(user_id: str, unit_id: int, on: date) -> Capacity | None:
    """The same for a page that says so beforehand; None without leave to sign."""
    try:
        return signing_capacity(user_id, unit_id, on)
    except Invalid:
        return None


def held_by(user_id: str, unit_id: int) -> tuple[Authority, ...]:
    """A person's authorities at a unit, those of other days included."""
    rows = db.session.scalars(
        select(SigningAuthority)
        .where(SigningAuthority.unit_id == unit_id, SigningAuthority.user_id == user_id)
        .order_by(SigningAuthority.valid_from, SigningAuthority.id)
    )
    return tuple(_domain(row) for row in rows)


def of_unit(unit_id: int, today: date) -> Sequence[AuthorityRow]:
    """Every authority of a unit, the latest first."""
    rows = db.session.execute(
        select(SigningAuthority, User.name)
        .join(User, User.id == SigningAuthority.user_id)
        .where(SigningAuthority.unit_id == unit_id)
        .order_by(SigningAuthority.valid_from.desc(), User.sort_key, SigningAuthority.id)
    )
    return [AuthorityRow(row.id, name, _domain(row), row.ended_reason, _phase(row, today)) for row, name in rows]


def of_unit_by_id(unit_id: int, authority_id: str) -> SigningAuthority:
    """One authority of a unit, locked to be ended; raises NotFound."""
    row = db.session.scalar(select(SigningAuthority).where(SigningAuthority.id == authority_id).with_for_update())
    if row is None or row.unit_id != unit_id:
        raise NotFound("not_found")
    return row


def deputies_of(unit_id: int, on: date) -> Sequence[Deputy]:
    """The vice-chairs of a unit itself on a day, by name: those who can be given an authority."""
    rows = db.session.execute(
        select(User.id, User.name)
        .join(Appointment, Appointment.user_id == User.id)
        .where(
            Appointment.unit_id == unit_id, Appointment.role == Role.VICE_CHAIR.value, User.active,
            *directory.holds(on),
        )
        .distinct()
        .order_by(User.name, User.id)
    )  # fmt: skip
    return [Deputy(*row) for row in rows]


def _domain(row: SigningAuthority) -> Authority:
    return Authority(row.user_id, row.signed_for, row.title, row.valid_from, row.valid_to, row.basis)


def _phase(row: SigningAuthority, today: date) -> str:
    if row.valid_to is not None and row.valid_to < row.valid_from:
        return "void"
    if row.valid_to is not None and row.valid_to < today:
        return "past"
    return "future" if row.valid_from > today else "present"

"""People and the roles they hold."""

import re
from datetime import date

from sqlalchemy import select

from app.accounts import passwords
from app.accounts.actions.trace import record
from app.accounts.models import Appointment, Unit, User
from app.domain.errors import Invalid
from app.domain.permissions import Actor, Role
from app.domain.vietnamese import person_sort_key, search_key
from app.extensions import db, new_id, now

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")  # plain letters: two logins must never look alike


def create_person(actor: Actor | None, login: str, name: str, password: str, *, temporary: bool) -> str:
    """Create a person who can sign in; returns the id. `temporary` passwords must be changed at once.

    Without an actor it is the operator at the command line. Raises Invalid("login_taken"), Invalid("login_form"),
    or what is wrong with the password.
    """
    login = login.strip().casefold()
    if not LOGIN.fullmatch(login):
        raise Invalid("login_form")
    code = passwords.problem(password, login)
    if code is not None:
        raise Invalid(code)
    hashed = passwords.hasher().hash(password)
    if db.session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Invalid("login_taken")
    user = User(
        id=new_id(),
        login=login,
        name=name,
        sort_key=person_sort_key(name),
        search_key=search_key(f"{name} {login}")[:200],
        password_hash=hashed,
        active=True,
        must_change_password=temporary,
        created_at=now(),
    )
    db.session.add(user)
    db.session.flush()
    record(actor, "person_created", f"user/{user.id}", f"Tạo tài khoản “{login}” cho {name}")
    return user.id


def appoint(
    actor: Actor | None,
    user_id: str,
    unit_id: int,
    role: Role,
    *,
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> str:
    """Give a person a role at a unit for a term; returns the appointment's id. Raises Invalid("term_order")."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise Invalid("term_order")
    unit = db.session.get_one(Unit, unit_id)
    appointment = Appointment(
        id=new_id(), user_id=user_id, unit_id=unit_id, role=role, title=title, starts_on=starts_on, ends_on=ends_on
    )
    db.session.add(appointment)
    db.session.flush()
    record(actor, "appointed", f"user/{user_id}", f"Giao vai trò {role} tại {unit.name}")
    return appointment.id

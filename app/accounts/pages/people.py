"""People: the list, one person, and everything an administrator does for them."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from app.accounts import passwords
from app.accounts.actions import people as actions
from app.accounts.pages.blueprint import blueprint
from app.accounts.pages.session import idle_limit
from app.accounts.queries import people as queries
from app.accounts.queries import sessions, units
from app.accounts.queries.enrolments import enrolments_of
from app.accounts.schemas import AppointmentForm, EndForm, PersonForm, ReasonForm
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.extensions import now
from app.transactions import take_back
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page, asked_text

MOST_OPTIONS = 300


def _read(schema: Schema) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The form and what is wrong with its fields, so that what was typed stays on the page."""
    try:
        return schema.load(request.form.to_dict()), {}
    except ValidationError as error:
        return {}, dict(error.messages_dict)


def _unit_options() -> dict[str, Any]:
    """Units in reach to choose from; where there are many, those that fit `unit_q`."""
    search = units.UnitSearch(text=asked_text("unit_q"))
    total = units.number_of_units(actor(), search, today())
    found = units.units_found(actor(), search, today(), limit=MOST_OPTIONS)
    return {"units": found, "units_total": total, "unit_q": search.text}


@blueprint.get("/people")
@roles(Role.ADMINISTRATOR)
def people() -> ResponseReturnValue:
    role, state = request.args.get("role", ""), request.args.get("state", "")
    search = queries.PersonSearch(
        text=asked_text("q"),
        role=role if role in set(Role) else "",
        state=state if state in {"active", "disabled"} else "",
    )
    page = asked_page(queries.number_of_people(actor(), search))
    found = queries.people_found(actor(), search, today(), limit=page.size, offset=page.offset)
    return render_template("accounts/people.html", people=found, page=page, search=search, all_roles=list(Role))


@blueprint.get("/people/new")
@roles(Role.ADMINISTRATOR)
def new_person() -> ResponseReturnValue:
    return _new_person_page({"unit_id": request.args.get("unit", "")}, {}, None, 200)


def _new_person_page(
    values: dict[str, str], problems: dict[str, list[str]], code: str | None, status: int
) -> tuple[str, int]:
    page = render_template(
        "accounts/person_new.html",
        values=values,
        problems=problems,
        problem=label("error", code) if code else None,
        all_roles=list(Role),
        **_unit_options(),
    )
    return page, status


@blueprint.post("/people/new")
@roles(Role.ADMINISTRATOR)
def create_person() -> ResponseReturnValue:
    form, problems = _read(PersonForm())
    if problems:
        return _new_person_page(request.form.to_dict(), problems, "invalid_request", 422)
    first = _appointment(form)
    try:
        user_id, password = actions.employ_person(actor(), form["login"], form["name"], first)
    except Invalid as error:
        take_back()
        return _new_person_page(request.form.to_dict(), {}, error.code, 422)
    except passwords.Busy:
        abort(503)
    return _password_page(user_id, form["login"].casefold(), form["name"], password)


def _appointment(form: dict[str, Any]) -> actions.NewAppointment:
    return actions.NewAppointment(form["unit_id"], form["role"], form["title"], form["starts_on"], form["ends_on"])


def _password_page(user_id: str, login: str, name: str, password: str) -> str:
    """Shown in the reply itself and nowhere else: it is not stored, and cannot be called up again."""
    return render_template(
        "accounts/temporary_password.html", user_id=user_id, login=login, name=name, password=password
    )


@blueprint.get("/people/<user_id>")
@roles(Role.ADMINISTRATOR)
def person(user_id: str) -> ResponseReturnValue:
    return _person_page(user_id, {}, {}, None, 200)


def _person_page(
    user_id: str, values: dict[str, str], problems: dict[str, list[str]], code: str | None, status: int
) -> tuple[str, int]:
    found = queries.person(actor(), user_id, today())
    page = render_template(
        "accounts/person.html",
        person=found,
        sessions=sessions.sessions_of(user_id, now(), idle_limit()) if found.managed else [],
        devices=sessions.devices_of(user_id) if found.managed else [],
        enrolments=enrolments_of(user_id) if found.managed else [],
        at=now(),
        traces=queries.changes_of(f"user/{user_id}"),
        values=values,
        problems=problems,
        problem=label("error", code) if code else None,
        all_roles=list(Role),
        today=today(),
        oneself=user_id == actor().user_id,
        **_unit_options(),
    )
    return page, status


def _back(user_id: str, said: str) -> ResponseReturnValue:
    flash(said, "good")
    return redirect(url_for("accounts.person", user_id=user_id), 303)


@blueprint.post("/people/<user_id>/appointments")
@roles(Role.ADMINISTRATOR)
def appoint(user_id: str) -> ResponseReturnValue:
    form, problems = _read(AppointmentForm())
    if problems:
        return _person_page(user_id, request.form.to_dict(), problems, "invalid_request", 422)
    try:
        actions.appoint_person(actor(), user_id, _appointment(form), today())
    except Invalid as error:
        take_back()
        return _person_page(user_id, request.form.to_dict(), {}, error.code, 422)
    return _back(user_id, "Đã giao vai trò.")


@blueprint.post("/people/<user_id>/appointments/<appointment_id>/end")
@roles(Role.ADMINISTRATOR)
def end_appointment(user_id: str, appointment_id: str) -> ResponseReturnValue:
    form = EndForm().load(request.form.to_dict())
    actions.end_appointment(actor(), user_id, appointment_id, form["last_day"], today())
    return _back(user_id, "Đã đặt ngày cuối của vai trò.")


@blueprint.post("/people/<user_id>/disable")
@roles(Role.ADMINISTRATOR)
def disable_person(user_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    actions.set_active(actor(), user_id, today(), active=False, reason=form["reason"])
    return _back(user_id, "Đã khóa tài khoản; mọi phiên đăng nhập đã kết thúc.")


@blueprint.post("/people/<user_id>/enable")
@roles(Role.ADMINISTRATOR)
def enable_person(user_id: str) -> ResponseReturnValue:
    form = ReasonForm().load(request.form.to_dict())
    actions.set_active(actor(), user_id, today(), active=True, reason=form["reason"])
    return _back(user_id, "Đã mở lại tài khoản.")


@blueprint.post("/people/<user_id>/password")
@roles(Role.ADMINISTRATOR)
def reset_password(user_id: str) -> ResponseReturnValue:
    try:
        password = actions.reset_password(actor(), user_id, today())
    except passwords.Busy:
        abort(503)
    found = queries.person(actor(), user_id, today())
    return _password_page(user_id, found.login, found.name, password)


@blueprint.post("/people/<user_id>/sessions/<session_id>/end")
@roles(Role.ADMINISTRATOR)
def end_session(user_id: str, session_id: str) -> ResponseReturnValue:
    actions.end_session_of(actor(), user_id, session_id, today())
    return _back(user_id, "Đã kết thúc phiên đăng nhập.")


@blueprint.post("/people/<user_id>/devices/<device_id>/revoke")
@roles(Role.ADMINISTRATOR)
def revoke_device(user_id: str, device_id: str) -> ResponseReturnValue:
    actions.revoke_device_of(actor(), user_id, device_id, today())
    return _back(user_id, "Đã thu hồi thiết bị.")

"""Deputies who sign in the place of a unit's head: the forms on the unit's page."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.accounts.actions import authorities as actions
from app.accounts.pages.blueprint import blueprint
from app.accounts.pages.units import unit_page
from app.accounts.schemas import AuthorityForm, EndAuthorityForm
from app.domain.authority import Authority
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.transactions import take_back
from app.web.access import actor, roles
from app.web.clock import today
from app.web.labels import label

FIELD_OF = {"term_order": "valid_to", "authority_overlaps": "valid_from", "not_a_deputy": "user_id"}


@blueprint.post("/units/<int:unit_id>/authorities")
@roles(Role.ADMINISTRATOR)
def give_authority(unit_id: int) -> ResponseReturnValue:
    try:
        actions.give(actor(), unit_id, Authority(**AuthorityForm().load(request.form.to_dict())), today())
    except ValidationError as error:
        return unit_page(unit_id, request.form.to_dict(), dict(error.messages_dict)), 422
    except Invalid as error:
        take_back()
        problems = {FIELD_OF.get(error.code, "basis"): [label("error", error.code)]}
        return unit_page(unit_id, request.form.to_dict(), problems), 422
    return _back(unit_id, "Đã ghi ủy quyền ký thay.")


@blueprint.post("/units/<int:unit_id>/authorities/<authority_id>/end")
@roles(Role.ADMINISTRATOR)
def end_authority(unit_id: int, authority_id: str) -> ResponseReturnValue:
    form = EndAuthorityForm().load(request.form.to_dict())
    actions.end(actor(), unit_id, authority_id, form["last_day"], form["reason"], today())
    return _back(unit_id, "Đã đặt ngày cuối của ủy quyền ký thay.")


def _back(unit_id: int, said: str) -> ResponseReturnValue:
    flash(said, "good")
    return redirect(url_for("accounts.unit", unit_id=unit_id, _anchor="signing"), 303)

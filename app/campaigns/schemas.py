"""What the desk's forms about campaigns may hold. Shapes only; whether it may be done is asked of the actions."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate, validates_schema

_Messages = dict[str, str | list[Any] | dict[Any, Any]]

_NEEDED: _Messages = {"required": "Cần điền ô này.", "null": "Cần điền ô này.", "invalid": "Giá trị không hợp lệ."}
_DATE: _Messages = {**_NEEDED, "invalid": "Ngày không hợp lệ."}
_ID = validate.Regexp(r"[A-Za-z0-9_-]{22}\Z", error="Giá trị không hợp lệ.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


def _clean(value: str) -> None:
    if _CONTROL.search(value):
        raise ValidationError("Có ký tự không hợp lệ.")


def _plausible(value: date) -> None:
    if not EARLIEST <= value <= LATEST:
        raise ValidationError("Ngày không hợp lệ.")


def words(longest: int, *, needed: bool = True) -> fields.String:
    """Text without control characters; spaces around it are gone already."""
    checks: list[Callable[[str], Any]] = [validate.Length(max=longest, error="Dài nhất {max} ký tự."), _clean]
    if needed:
        return fields.String(required=True, validate=checks, error_messages=_NEEDED)
    return fields.String(load_default="", validate=checks, error_messages=_NEEDED)


def day(*, needed: bool = True) -> fields.Date:
    """A date of an `input type=date`."""
    if needed:
        return fields.Date(required=True, validate=_plausible, error_messages=_DATE)
    return fields.Date(load_default=None, validate=_plausible, error_messages=_DATE)


def sign() -> fields.String:
    """Number and sign of a document, such as 215/QĐ-UBND; may be empty."""
    shaped = validate.Regexp(r"(\d{1,6}/[^\s/][^\s]{1,50})?\Z", error="Viết số và ký hiệu, ví dụ 215/QĐ-UBND.")
    return fields.String(load_default="", validate=[shaped, _clean], error_messages=_NEEDED)


def public_id() -> fields.String:
    """A 22-character id."""
    return fields.String(required=True, validate=_ID, error_messages=_NEEDED)


class Form(Schema):
    """A desk form: other fields are left out, spaces around texts go, an empty box was not filled."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _trim(self, sent: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        stripped = {key: value.strip() if isinstance(value, str) else value for key, value in sent.items()}
        return {key: value for key, value in stripped.items() if value != ""}


class PlanForm(Form):
    """What a campaign says of itself."""

    title = words(300)
    plan_number = words(60, needed=False)
    plan_date = day(needed=False)
    decision_number = sign()
    decision_date = day(needed=False)
    decision_issuer = words(200, needed=False)
    decision_subject = words(500, needed=False)
    inspected_from = day(needed=False)
    inspected_to = day(needed=False)
    checklist_version_id = public_id()
    starts_on = day()
    ends_on = day()


class NewCampaignForm(PlanForm):
    """Making a campaign; `form_id` becomes its id, so that the same form makes one campaign."""

    form_id = public_id()
    host = fields.Integer(required=True, strict=False, error_messages=_NEEDED)


class ChangeForm(Form):
    """Every change names the revision its author was looking at."""

    revision = fields.Integer(required=True, error_messages=_NEEDED)
    reason = words(1000, needed=False)


class EditForm(PlanForm, ChangeForm):
    """Editing a campaign."""


class ReasonForm(ChangeForm):
    """A change that needs its reason."""

    reason = words(1000)


class ChainStepForm(Form):
    """One step of the review; which steps may stand together is asked of the domain."""

    name = words(100, needed=False)
    people = fields.List(fields.String(validate=_ID), load_default=list)


class ChainForm(ChangeForm):
    """The steps of the review between the lead and the vice-chair, in order."""

    steps = fields.List(fields.Nested(ChainStepForm), load_default=list)


class UnitsForm(ChangeForm):
    """Picking units: those ticked on the page, or all that the filter finds."""

    units = fields.List(fields.Integer(), load_default=list)
    everything = fields.Boolean(load_default=False)


class DelegationForm(ChangeForm):
    """Forming a delegation."""

    form_id = public_id()
    name = words(200)
    lead = fields.String(required=True, validate=_ID, error_messages={**_NEEDED, "required": "Hãy chọn trưởng đoàn."})
    members = fields.List(fields.String(validate=_ID), load_default=list)


class MemberForm(ChangeForm):
    """Giving a person a place."""

    user = fields.String(required=True, validate=_ID, error_messages={**_NEEDED, "required": "Hãy chọn một người."})
    duty = words(150, needed=False)


class PlaceForm(ReasonForm):
    """Ending a place, or handing over the lead."""

    member = public_id()


class VisitsForm(ChangeForm):
    """Planning visits: the delegation, and a day for each unit whose box was filled."""

    delegation = fields.String(
        required=True, validate=_ID, error_messages={**_NEEDED, "required": "Hãy chọn đoàn kiểm tra."}
    )
    days = fields.Dict(keys=fields.Integer(), values=day(), load_default=dict)
    surprise = fields.Boolean(load_default=False)
    surprise_at = fields.String(
        load_default="",
        validate=validate.Regexp(r"(?:([01][0-9]|2[0-3]):[0-5][0-9])?\Z", error="Giờ ghi dạng 07:30."),
    )
    confirmed = fields.Boolean(load_default=False)

    @validates_schema
    def _surprise_has_a_time(self, sent: Mapping[str, Any], **_: Any) -> None:
        if sent["surprise"] and not sent["surprise_at"]:
            raise ValidationError("Hãy ghi giờ dự kiến bắt đầu.", "surprise_at")


class MoveForm(ReasonForm):
    """Moving a visit."""

    planned_on = day()
    confirmed = fields.Boolean(load_default=False)

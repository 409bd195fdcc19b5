"""Desk pages of checklists: read a version as a person reads it, publish one from a file, withdraw one."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.checklists import actions, library, loader, queries
from app.checklists.schemas import WithdrawForm
from app.domain import checklist_text
from app.domain.checklist import Checklist, Problem
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Role
from app.web.access import actor, roles

blueprint = Blueprint("checklists", __name__, url_prefix="/checklists")

readers = roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
administrators = roles(Role.ADMINISTRATOR)


@blueprint.get("/")
@readers
def index() -> ResponseReturnValue:
    return render_template(
        "checklists/index.html", versions=queries.all_versions(), may_publish=Role.ADMINISTRATOR in actor().roles
    )


@blueprint.get("/<version_id>")
@readers
def show(version_id: str) -> ResponseReturnValue:
    version = queries.version(version_id)
    checklist = queries.checklist_by_chk(version.chk)
    return render_template(
        "checklists/show.html",
        version=version,
        checklist=checklist,
        words=checklist_text,
        totals=_totals(checklist),
        may_withdraw=Role.ADMINISTRATOR in actor().roles and not version.withdrawn,
    )


@blueprint.get("/<version_id>/json")
@readers
def download_json(version_id: str) -> Response:
    version = queries.version(version_id)
    return _file(queries.body_by_chk(version.chk), f"{version.slug}-v{version.version}.json", "application/json")


@blueprint.get("/<version_id>/yaml")
@readers
def download_yaml(version_id: str) -> Response:
    version = queries.version(version_id)
    text = queries.as_yaml(queries.checklist_by_chk(version.chk))
    return _file(text.encode(), f"{version.slug}-v{version.version}.yaml", "application/yaml")


@blueprint.get("/publish")
@administrators
def publish_form() -> ResponseReturnValue:
    return render_template("checklists/publish.html", problems=(), limit=loader.SIZE_LIMIT // 1024)


@blueprint.post("/publish")
@administrators
def publish() -> ResponseReturnValue:
    sent = request.files.get("file")
    raw = sent.stream.read(loader.SIZE_LIMIT + 1) if sent is not None else b""
    if not raw:
        return _publish_again((Problem("", "empty", "hãy chọn một tệp YAML"),))
    try:
        version = actions.publish(actor(), loader.load(raw, library.problems))
    except Invalid as refusal:
        return _publish_again(_problems(refusal))
    flash(f"Đã xuất bản {version.slug} phiên bản {version.version}.", "good")
    return redirect(url_for("checklists.show", version_id=version.id), 303)


@blueprint.get("/<version_id>/withdraw")
@administrators
def withdraw_form(version_id: str) -> ResponseReturnValue:
    return render_template("checklists/withdraw.html", version=queries.version(version_id), problems={}, values={})


@blueprint.post("/<version_id>/withdraw")
@administrators
def withdraw(version_id: str) -> ResponseReturnValue:
    version = queries.version(version_id)
    values = request.form.to_dict()
    try:
        form = WithdrawForm().load(values)
        actions.withdraw(actor(), version.id, form["reason"])
    except ValidationError as error:
        problems = error.messages_dict
        return render_template("checklists/withdraw.html", version=version, problems=problems, values=values), 422
    except OutOfDate:
        flash("Phiên bản này đã được thu hồi trước đó.", "warn")
    else:
        flash(f"Đã thu hồi {version.slug} phiên bản {version.version}.", "good")
    return redirect(url_for("checklists.show", version_id=version.id), 303)


def _publish_again(problems: tuple[Problem, ...]) -> ResponseReturnValue:
    page = render_template("checklists/publish.html", problems=problems, limit=loader.SIZE_LIMIT // 1024)
    return page, 422


def _problems(refusal: Invalid) -> tuple[Problem, ...]:
    if refusal.code == "version_published":
        taken = f"{refusal.details['slug']} phiên bản {refusal.details['version']}"
        message = f"{taken} đã xuất bản với nội dung khác và không bao giờ thay đổi; hãy tăng số phiên bản"
        return (Problem("version", refusal.code, message),)
    found: tuple[Problem, ...] = refusal.details["problems"]
    return found


def _file(body: bytes, name: str, mime: str) -> Response:
    response = make_response(body)
    response.headers["Content-Type"] = f"{mime}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _totals(checklist: Checklist) -> dict[str, int]:
    """Points of each section, in hundredths, and of the whole under "" (roster and contested rules left aside)."""
    totals = {each.key: sum(item.points or 0 for item in each.items) for each in checklist.sections}
    return totals | {"": sum(totals.values())}

"""Desk pages of checklists: read a version as a person reads it, publish one from a file, withdraw one."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.checklists import actions, drafts, library, loader, queries
from app.checklists.pages.blueprint import LIMIT_KIB, administrators, blueprint, file, problems_of, readers, totals
from app.checklists.schemas import WithdrawForm
from app.domain import checklist_text, comparing
from app.domain.checklist import Problem
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import Role
from app.web.access import actor


@blueprint.get("/")
@readers
def index() -> ResponseReturnValue:
    writes = Role.ADMINISTRATOR in actor().roles
    return render_template(
        "checklists/index.html",
        versions=queries.all_versions(),
        may_publish=writes,
        drafts=drafts.number_of_drafts() if writes else 0,
    )


@blueprint.get("/<version_id>")
@readers
def show(version_id: str) -> ResponseReturnValue:
    version = queries.version(version_id)
    checklist = queries.checklist_by_chk(version.chk)
    siblings = queries.versions_of(version.slug)
    return render_template(
        "checklists/show.html",
        earlier=[each for each in siblings if each.version < version.version],
        version=version,
        checklist=checklist,
        words=checklist_text,
        totals=totals(checklist),
        may_write=Role.ADMINISTRATOR in actor().roles,
    )


@blueprint.get("/<version_id>/compare/<earlier_id>")
@readers
def compare(version_id: str, earlier_id: str) -> ResponseReturnValue:
    """What a version changed since another one, usually the one before."""
    before, after = queries.version(earlier_id), queries.version(version_id)
    found = comparing.compare(queries.checklist_by_chk(before.chk), queries.checklist_by_chk(after.chk))
    return render_template("checklists/compare.html", before=before, after=after, found=found)


@blueprint.get("/<version_id>/json")
@readers
def download_json(version_id: str) -> Response:
    version = queries.version(version_id)
    return file(queries.body_by_chk(version.chk), f"{version.slug}-v{version.version}.json", "application/json")


@blueprint.get("/<version_id>/yaml")
@readers
def download_yaml(version_id: str) -> Response:
    version = queries.version(version_id)
    return file(queries.yaml_of(version).encode(), f"{version.slug}-v{version.version}.yaml", "application/yaml")


@blueprint.get("/publish")
@administrators
def publish_form() -> ResponseReturnValue:
    return render_template("checklists/publish.html", problems=(), limit=LIMIT_KIB)


@blueprint.post("/publish")
@administrators
def publish() -> ResponseReturnValue:
    sent = request.files.get("file")
    raw = sent.stream.read(loader.SIZE_LIMIT + 1) if sent is not None else b""
    if not raw:
        return _publish_again((Problem("", "empty", "hãy chọn một tệp YAML"),))
    try:
        version = actions.publish(actor(), loader.load(raw, library.problems), source=loader.clean(raw))
    except Invalid as refusal:
        return _publish_again(problems_of(refusal))
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
    page = render_template("checklists/publish.html", problems=problems, limit=LIMIT_KIB)
    return page, 422

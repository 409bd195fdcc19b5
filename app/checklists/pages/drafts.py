"""Drafts as wholes: beginning one, its outline, its saves, and its end as a version or put away."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from app.checklists import drafts, linting, loader, queries
from app.checklists.actions import drafts as actions
from app.checklists.drafts import Draft
from app.checklists.editing import parts
from app.checklists.editing.yaml_text import rewrite, write
from app.checklists.pages.blueprint import LIMIT_KIB, administrators, blueprint, file, problems_of
from app.checklists.schemas import NewDraftForm, PublishForm, RevisionForm
from app.domain import comparing
from app.domain.errors import Invalid, NotFound, OutOfDate
from app.transactions import attempt
from app.web.access import actor
from app.web.clock import today
from app.web.labels import label
from app.web.paging import asked_page

Document = dict[str, Any]

A_PAGE = 50


@blueprint.errorhandler(OutOfDate)
def moved_on(error: OutOfDate) -> ResponseReturnValue:
    """Somebody saved meanwhile, or the same form came twice: nothing was changed; show what stands now."""
    saver = error.details.get("saver")
    flash(
        f"{saver} đã lưu bản nháp này trong lúc bạn xem. {label('error', error.code)}"
        if saver
        else label("error", error.code),
        "warn",
    )
    draft_id = (request.view_args or {}).get("draft_id")
    return redirect(url_for("checklists.draft", draft_id=draft_id) if draft_id else url_for("checklists.index"), 303)


@blueprint.get("/drafts")
@administrators
def draft_list() -> ResponseReturnValue:
    page = asked_page(drafts.number_of_drafts(), A_PAGE)
    found = drafts.open_drafts(limit=page.size, offset=page.offset)
    return render_template("checklists/drafts.html", drafts=found, page=page)


@blueprint.get("/drafts/new")
@administrators
def draft_new() -> ResponseReturnValue:
    return _new_page({}, {}, ())


@blueprint.post("/drafts/new")
@administrators
def draft_make() -> ResponseReturnValue:
    values = {key: value.strip() for key, value in request.form.items()}
    try:
        form = NewDraftForm().load(values)
    except ValidationError as error:
        return _new_page(error.messages_dict, values, ()), 422
    if queries.versions_of(form["slug"]):
        taken = "Mã này đã có phiếu xuất bản; hãy mở phiếu đó và chọn “Viết phiên bản mới”."
        return _new_page({"slug": [taken]}, values, ()), 422
    text = write(parts.fresh(form["slug"], form["title"], today().isoformat()))
    return _begun(actions.start(actor(), text, what="Phiếu mới"))


@blueprint.post("/drafts/import")
@administrators
def draft_import() -> ResponseReturnValue:
    sent = request.files.get("file")
    raw = sent.stream.read(loader.SIZE_LIMIT + 1) if sent is not None else b""
    try:
        text = loader.clean(raw)
        loader.read_yaml(text)
        return _begun(actions.start(actor(), text, what="Nhập từ tệp YAML"))
    except Invalid as refusal:
        return _new_page({}, {}, problems_of(refusal)), 422


@blueprint.post("/<version_id>/draft")
@administrators
def draft_from_version(version_id: str) -> ResponseReturnValue:
    """A draft of the next version, or of another checklist that begins as a copy."""
    version = queries.version(version_id)
    text = queries.yaml_of(version)
    document, _ = loader.read_yaml(text)
    if request.form.get("as") == "copy":
        names = document["title"] if isinstance(document["title"], dict) else {"vi": version.title}
        changes = {
            "slug": f"{version.slug[:55]}-ban-sao",
            "version": "1",
            "title": {**names, "vi": f"{names['vi']} (bản sao)"},
        }
        what = f"Sao từ {version.slug} phiên bản {version.version}"
    else:
        changes = {"version": str(queries.versions_of(version.slug)[0].version + 1)}
        what = f"Viết tiếp từ phiên bản {version.version}"
    text = rewrite(text, {**document, **changes})
    return _begun(actions.start(actor(), text, what=what, based_on=version.id))


@blueprint.get("/drafts/<draft_id>")
@administrators
def draft(draft_id: str) -> ResponseReturnValue:
    try:
        standing = drafts.draft(draft_id)
    except NotFound:
        version_id = drafts.published_as(draft_id)
        if version_id is None:
            raise
        return redirect(url_for("checklists.show", version_id=version_id), 303)
    linted = linting.lint(standing.text)
    based_on = queries.versions([standing.based_on]) if standing.based_on else {}
    return render_template(
        "checklists/draft.html",
        draft=standing,
        linted=linted,
        document=linted.document,
        based_on=based_on.get(standing.based_on or ""),
        wrong=_wrong_parts(linted.problems),
    )


@blueprint.post("/drafts/<draft_id>/structure")
@administrators
def draft_structure(draft_id: str) -> ResponseReturnValue:
    """Move, copy, remove or add a section or an item: `up:sections[0].items[1]`."""
    form = RevisionForm().load(request.form)
    standing = _seen(draft_id, form["revision"])
    verb, _, path = form["do"].partition(":")
    document = readable(standing)
    there = part = parts.part_of(path)
    if verb in ("up", "down"):
        document, there = parts.moved(document, part, verb)
    elif verb == "copy":
        document, there = parts.copied(document, part)
    elif verb == "add":
        document, there = parts.added(document, part.section)
    elif verb == "remove":
        document = parts.removed(document, part)
        there = parts.Part(part.section) if part.item is not None else parts.Part()
    else:
        raise Invalid("draft_part_gone")
    keep(standing, document, what=f"{_VERBS[verb]} {name_of(document, there)}")
    if verb in ("copy", "add"):
        return redirect(url_for("checklists.draft_edit", draft_id=draft_id, part=there.path), 303)
    return redirect(url_for("checklists.draft", draft_id=draft_id, _anchor=there.path or None), 303)


_VERBS = {"up": "Chuyển lên", "down": "Chuyển xuống", "copy": "Sao thành", "add": "Thêm", "remove": "Xóa trong"}


@blueprint.get("/drafts/<draft_id>/remove")
@administrators
def draft_remove_form(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    document, part = readable(standing), parts.part_of(request.args.get("part", ""))
    items = parts.value_at(document, part).get("items")
    return render_template(
        "checklists/draft_remove.html",
        draft=standing,
        part=part,
        name=name_of(document, part),
        inside=len(items) if part.item is None and isinstance(items, list) else 0,
    )


@blueprint.get("/drafts/<draft_id>/yaml")
@administrators
def draft_yaml(draft_id: str) -> Response:
    standing = drafts.draft(draft_id)
    name = f"{standing.slug if standing.slug.isascii() and standing.slug else 'phieu'}-nhap.yaml"
    return file(
        standing.text.encode(), "".join(char for char in name if char.isalnum() or char in "-."), "application/yaml"
    )


@blueprint.get("/drafts/<draft_id>/publish")
@administrators
def draft_publish_form(draft_id: str) -> ResponseReturnValue:
    return _publish_page(drafts.draft(draft_id), {}, {})


@blueprint.post("/drafts/<draft_id>/publish")
@administrators
def draft_publish(draft_id: str) -> ResponseReturnValue:
    values = request.form.to_dict()
    standing = drafts.draft(draft_id)
    try:
        form = PublishForm().load(values)
        with attempt():
            version = actions.publish_draft(actor(), draft_id, form["revision"], form["note"])
    except ValidationError as error:
        return _publish_page(standing, error.messages_dict, values), 422
    except Invalid as refusal:
        return _publish_page(standing, {"": [problem.message for problem in problems_of(refusal)]}, values), 422
    flash(f"Đã xuất bản {version.slug} phiên bản {version.version}.", "good")
    return redirect(url_for("checklists.show", version_id=version.id), 303)


@blueprint.get("/drafts/<draft_id>/discard")
@administrators
def draft_discard_form(draft_id: str) -> ResponseReturnValue:
    return render_template("checklists/draft_discard.html", draft=drafts.draft(draft_id))


@blueprint.post("/drafts/<draft_id>/discard")
@administrators
def draft_discard(draft_id: str) -> ResponseReturnValue:
    form = RevisionForm().load(request.form)
    actions.discard(actor(), draft_id, form["revision"])
    flash("Đã bỏ bản nháp.", "good")
    return redirect(url_for("checklists.draft_list"), 303)


def readable(standing: Draft) -> Document:
    """The document of a draft; raises Invalid while its text is no YAML table."""
    document, _ = loader.read_yaml(standing.text)
    if not isinstance(document, dict):
        raise Invalid("draft_part_gone")
    return document


def keep(standing: Draft, document: Document, *, what: str) -> int:
    """Save a changed document over the draft that was read, in the author's own text."""
    text = rewrite(standing.text, document)
    return actions.save(actor(), standing.id, standing.revision, text, what=what)


def name_of(document: Document, part: parts.Part) -> str:
    """A part as the history of saves names it: “Biển tên” (bien-ten)."""
    if part.section is None:
        return "thông tin chung" if part == parts.Part() else ""
    try:
        value = parts.value_at(document, part)
    except Invalid:
        return ""
    text = value.get("text" if part.item is not None else "title")
    words = text.get("vi") if isinstance(text, dict) else text
    return f"{'nội dung' if part.item is not None else 'phần'} “{str(words or value.get('key') or '?')[:120]}”"


def _seen(draft_id: str, revision: int) -> Draft:
    """The draft as the page showed it; raises OutOfDate when somebody has saved since."""
    standing = drafts.draft(draft_id)
    if standing.revision != revision:
        raise OutOfDate("draft_changed", saver=standing.saver)
    return standing


def _begun(draft_id: str) -> ResponseReturnValue:
    return redirect(url_for("checklists.draft", draft_id=draft_id), 303)


def _new_page(problems: Any, values: Any, wrong: Any) -> str:
    return render_template("checklists/draft_new.html", problems=problems, values=values, wrong=wrong, limit=LIMIT_KIB)


def _publish_page(standing: Draft, problems: Any, values: Any) -> str:
    linted = linting.lint(standing.text)
    earlier = queries.versions_of(standing.slug)
    return render_template(
        "checklists/draft_publish.html",
        draft=standing,
        linted=linted,
        before=earlier[0] if earlier else None,
        found=comparing.compare(queries.checklist_by_chk(earlier[0].chk), linted.checklist)
        if earlier and linted.checklist
        else None,
        problems=problems,
        values=values,
    )


def _wrong_parts(problems: Any) -> dict[str, int]:
    """How many problems each section and item has, by its path."""
    counted: dict[str, int] = {}
    for problem in problems:
        pieces = problem.path.split(".")
        for path in {".".join(pieces[:1]), ".".join(pieces[:2])}:
            counted[path] = counted.get(path, 0) + 1
    return counted

"""One part of a draft as a form, the whole as YAML text, and what both are told while they are typed."""

from typing import Any

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.checklists import drafts, linting, loader
from app.checklists.actions import drafts as actions
from app.checklists.drafts import Draft
from app.checklists.editing import forms, parts
from app.checklists.editing.form_shapes import part_shape
from app.checklists.editing.forms import Field
from app.checklists.editing.parts import Part
from app.checklists.editing.showing import shown
from app.checklists.editing.yaml_text import rewrite, write
from app.checklists.linting import Linted
from app.checklists.pages.blueprint import LIMIT_KIB, administrators, blueprint, number_in, problems_of
from app.checklists.pages.drafts import Document, keep, name_of, readable
from app.domain.checklist import Problem, canonical
from app.domain.errors import Invalid, OutOfDate
from app.transactions import only_reading
from app.web.access import actor
from app.web.headers import CSP_FRAMING

# The fields of an item in the order an author thinks of them; what is not named here comes last.
GROUPS = (
    ("Câu hỏi", ("text", "key", "code", "criterion", "guidance")),
    ("Trả lời", ("answer", "when", "not_applicable", "evidence")),
    ("Điểm", ("points", "score", "zero_total", "pass_at", "fails_when", "critical")),
    ("Tồn tại", ("finding",)),
)


@blueprint.get("/drafts/<draft_id>/edit")
@administrators
def draft_edit(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    try:
        document = readable(standing)
    except Invalid:
        flash("Văn bản YAML của bản nháp chưa đọc được; hãy sửa ở đây trước.", "warn")
        return redirect(url_for("checklists.draft_text", draft_id=draft_id), 303)
    part = parts.part_of(request.args.get("part", ""))
    return _page(standing, document, part)


@blueprint.post("/drafts/<draft_id>/edit")
@administrators
def draft_edit_save(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    document = readable(standing)
    seen = number_in(request.form.get("revision", ""))
    part = parts.part_of(request.args.get("part", ""))
    if seen != standing.revision:
        before = _document_at(standing, seen)
        there = parts.followed(before, document, part)
        if there is None:
            return _conflict(standing, before, document, part)
        part = there
        flash(
            f"{standing.saver} cũng vừa lưu bản nháp này; phần của hai người không đụng nhau và đều được giữ.", "warn"
        )
    doing = request.form.get("do", "save")
    value = parts.posted(document, part, request.form)
    if ":" in doing:
        forms.change(value, doing)
    changed = parts.put(document, part, value)
    saved = keep(standing, changed, what=f"Sửa {name_of(changed, part)}")
    if ":" not in doing:
        flash("Đã lưu." if saved != standing.revision else "Không có gì thay đổi.", "good")
    if doing == "done":
        return redirect(url_for("checklists.draft", draft_id=draft_id, _anchor=part.path or None), 303)
    anchor = doing.partition(":")[2] or None
    return redirect(url_for("checklists.draft_edit", draft_id=draft_id, part=part.path, _anchor=anchor), 303)


@blueprint.get("/drafts/<draft_id>/preview")
@administrators
def draft_preview(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    linted = linting.lint(standing.text)
    left_out = shown(linted.document, linted.checklist, linted.problems).left_out
    return _framing(
        render_template("checklists/draft_preview.html", draft=standing, linted=linted, left_out=len(left_out))
    )


@blueprint.get("/drafts/<draft_id>/text")
@administrators
def draft_text(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    return _text_page(standing, standing.text, linting.lint(standing.text).problems)


@blueprint.post("/drafts/<draft_id>/text")
@administrators
def draft_text_save(draft_id: str) -> ResponseReturnValue:
    standing = drafts.draft(draft_id)
    text = request.form.get("text", "").replace("\r\n", "\n")
    if number_in(request.form.get("revision", "")) != standing.revision:
        return _text_page(standing, text, linting.lint(text).problems, conflict=True), 409
    try:
        actions.save(actor(), draft_id, standing.revision, text, what="Sửa ở dạng YAML")
    except Invalid as refusal:
        return _text_page(standing, text, problems_of(refusal)), 422
    flash("Đã lưu.", "good")
    return redirect(url_for("checklists.draft_text", draft_id=draft_id), 303)


@blueprint.post("/drafts/<draft_id>/check")
@administrators
def draft_check(draft_id: str) -> ResponseReturnValue:
    """What the linter says to the form or text as it is being typed, and what the phone would show. Stores nothing."""
    with only_reading():
        standing = drafts.draft(draft_id)
        try:
            text, part = _typed(standing)
        except Invalid as refusal:
            return jsonify(
                problems=[_told(each, None, set()) for each in problems_of(refusal)], warnings=[], shown=None
            )
        linted = linting.lint(text)
        names: set[str] = set()
        if part is not None and linted.document is not None:
            names = _names(_fields(part, parts.value_at(linted.document, part)))
        return jsonify(
            problems=[_told(each, part, names) for each in linted.problems],
            warnings=[each.message for each in linted.warnings],
            **_shown(linted),
        )


@blueprint.get("/drafts/<draft_id>/document")
@administrators
def draft_document(draft_id: str) -> ResponseReturnValue:
    """What the phone can show of the draft as it was saved."""
    return jsonify(**_shown(linting.lint(drafts.draft(draft_id).text)))


def _typed(standing: Draft) -> tuple[str, Part | None]:
    """The draft as it would be after saving what was posted."""
    if "text" in request.form and "part" not in request.args:
        return loader.clean(request.form["text"].replace("\r\n", "\n")), None
    document, part = readable(standing), parts.part_of(request.args.get("part", ""))
    return rewrite(standing.text, parts.put(document, part, parts.posted(document, part, request.form))), part


def _shown(linted: Linted) -> dict[str, Any]:
    """The checklist for the preview as JSON text, and how much of the draft is missing in it."""
    found = shown(linted.document, linted.checklist, linted.problems)
    body = canonical(found.checklist).decode() if found.checklist else None
    return {"shown": body, "left_out": len(found.left_out)}


def _told(problem: Problem, part: Part | None, names: set[str]) -> dict[str, Any]:
    """A problem for the script: its field in the form on the page, or none."""
    return {
        "path": problem.path,
        "line": problem.line,
        "message": problem.message,
        "field": _field_of(problem, part, names) if part is not None else None,
    }


def _field_of(problem: Problem, part: Part, names: set[str]) -> str | None:
    """The name of the nearest field to a problem in a part's form; empty for the form itself, None if elsewhere."""
    prefix = part.path
    if prefix and not (problem.path == prefix or problem.path.startswith(f"{prefix}.")):
        return None
    inside = problem.path[len(prefix) :].lstrip(".")
    if any(inside == key or inside.startswith((f"{key}[", f"{key}.")) for key in part.leave_out):
        return None
    while inside and inside not in names:
        inside = inside[: max(inside.rfind("."), inside.rfind("["), 0)]
    return inside


def _fields(part: Part, value: Document) -> tuple[Field, ...]:
    return forms.fields_of(part.shape, value, part.leave_out)


def _names(fields: tuple[Field, ...]) -> set[str]:
    return set().union(*(each.names() for each in fields)) if fields else set()


def _page(
    standing: Draft, document: Document, part: Part, value: Document | None = None, conflict: Any = None
) -> ResponseReturnValue:
    """The form of a part; `value` is what somebody typed and could not save."""
    held = parts.value_at(document, part) if value is None else value
    fields = _fields(part, held)
    names = _names(fields)
    linted = linting.lint(standing.text)
    placed: dict[str, list[str]] = {}
    for problem in linted.problems if value is None else ():
        at = _field_of(problem, part, names)
        if at is not None:
            placed.setdefault(at, []).append(problem.message)
    page = render_template(
        "checklists/draft_edit.html",
        draft=standing,
        document=document,
        part=part,
        title=name_of(document, part) or "thông tin chung",
        groups=_groups(fields) if part.item is not None else (("", fields),),
        unknown=forms.unknown_keys(part_shape(part.shape.name), held),
        problems=placed,
        others=len(linted.problems) - sum(len(each) for each in placed.values()),
        items=_earlier_items(document, part),
        columns=_columns(held),
        conflict=conflict,
    )
    response = _framing(page)
    response.status_code = 200 if conflict is None else 409
    return response


def _framing(page: str) -> Response:
    """A page that may hold the preview."""
    response = make_response(page)
    response.headers["Content-Security-Policy"] = CSP_FRAMING
    return response


def _conflict(standing: Draft, before: Document, now: Document, part: Part) -> ResponseReturnValue:
    """Somebody changed the same part meanwhile: show what was typed, and what stands now, and ask."""
    typed = parts.posted(before, part, request.form)
    key = parts.value_at(before, part).get("key")
    there = next((each for each in parts.places(now, part) if parts.value_at(now, each).get("key") == key), None)
    if part.section is None:
        there = part
    if there is None:
        return render_template("checklists/draft_gone.html", draft=standing, typed=write(typed)), 409
    theirs = parts.value_at(now, there)
    differing = [
        (key, write({key: typed[key]}) if key in typed else "–", write({key: theirs[key]}) if key in theirs else "–")
        for key in dict.fromkeys([*typed, *theirs])
        if key not in part.leave_out and typed.get(key) != theirs.get(key)
    ]
    kept = {key: theirs[key] for key in part.leave_out if key in theirs}
    return _page(standing, now, there, {**typed, **kept}, differing)


def _text_page(standing: Draft, text: str, problems: tuple[Problem, ...], *, conflict: bool = False) -> str:
    return render_template(
        "checklists/draft_text.html", draft=standing, text=text, problems=problems, conflict=conflict, limit=LIMIT_KIB
    )


def _groups(fields: tuple[Field, ...]) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    by_name = {each.name: each for each in fields}
    groups = [(title, tuple(by_name.pop(name) for name in names if name in by_name)) for title, names in GROUPS]
    return (*groups, *((("Khác", tuple(by_name.values())),) if by_name else ()))


def _earlier_items(document: Document, part: Part) -> list[tuple[str, str]]:
    """Key and text of the items a condition here may name: those before it."""
    if part.item is None:
        return []
    found = []
    for place in parts.places(document, part):
        if (place.section, place.item) >= (part.section, part.item):
            break
        item = parts.value_at(document, place)
        text = item.get("text")
        found.append((str(item.get("key", "")), str(text.get("vi", "") if isinstance(text, dict) else text or "")))
    return found


def _columns(item: Document) -> list[str]:
    """The keys of a roster's fields."""
    answer = item.get("answer")
    fields = answer.get("fields") if isinstance(answer, dict) else None
    return [str(each.get("key", "")) for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []


def _document_at(standing: Draft, revision: int) -> Document:
    """The document as it was when the page was opened; raises OutOfDate if there was none."""
    try:
        document, _ = loader.read_yaml(drafts.text_at(standing.id, revision))
    except Invalid:
        raise OutOfDate("draft_changed", saver=standing.saver) from None
    return document if isinstance(document, dict) else {}

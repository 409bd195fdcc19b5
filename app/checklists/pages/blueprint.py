"""What the page modules of this feature share: the blueprint, who may, files, and how a refusal is told."""

from flask import Blueprint, Response, make_response

from app.checklists import loader
from app.domain.checklist import Checklist, Problem
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.web.access import roles
from app.web.labels import label

blueprint = Blueprint("checklists", __name__, url_prefix="/checklists")

readers = roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
administrators = roles(Role.ADMINISTRATOR)

LIMIT_KIB = loader.SIZE_LIMIT // 1024


def problems_of(refusal: Invalid) -> tuple[Problem, ...]:
    """The problems a refusal tells of, each with path and line where known."""
    if refusal.code == "version_published":
        taken = f"{refusal.details['slug']} phiên bản {refusal.details['version']}"
        message = f"{taken} đã xuất bản với nội dung khác và không bao giờ thay đổi; hãy tăng số phiên bản"
        return (Problem("version", refusal.code, message),)
    found: tuple[Problem, ...] = refusal.details.get("problems", ())
    return found or (Problem("", refusal.code, label("error", refusal.code)),)


def number_in(text: str) -> int:
    """A save's number as an address or a form names it; 0, which no save has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def file(body: bytes, name: str, mime: str) -> Response:
    """A file to save under a plain ASCII name."""
    response = make_response(body)
    response.headers["Content-Type"] = f"{mime}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def totals(checklist: Checklist) -> dict[str, int]:
    """Points of each section, in hundredths, and of the whole under "" (roster and contested rules left aside)."""
    found = {each.key: sum(item.points or 0 for item in each.items) for each in checklist.sections}
    return found | {"": sum(found.values())}

"""What a draft's text is worth now: its document, its checklist if it is one, and every problem with path and line."""

from dataclasses import dataclass
from typing import Any

from app.checklists import library, loader, queries
from app.domain import cost
from app.domain.checklist import Checklist, Problem, parse
from app.domain.errors import Invalid
from app.domain.library import moved
from app.domain.publishing import problems


@dataclass(frozen=True)
class Linted:
    """`document` is None while the text is no readable YAML table, `checklist` while the document is not well formed.

    It may be published when `problems` is empty; `warnings` say what will be slow on an old phone.
    """

    document: dict[str, Any] | None
    checklist: Checklist | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def lint(text: str) -> Linted:
    """Read a draft's text as far as it goes. Never raises."""
    try:
        document, lines = loader.read_yaml(text)
    except Invalid as invalid:
        return Linted(None, None, invalid.details["problems"])
    checklist = None
    try:
        checklist = parse(document)
        found = (*problems(checklist), *against_published(checklist))
    except Invalid as invalid:
        found = invalid.details["problems"]
    located = tuple(loader.located(problem, lines) for problem in found)
    heavy = cost.warnings(checklist) if checklist else ()
    warnings = tuple(loader.located(warning, lines) for warning in heavy)
    return Linted(document if isinstance(document, dict) else None, checklist, located, warnings)


def against_published(checklist: Checklist) -> tuple[Problem, ...]:
    """What the versions published before forbid: their number, and their keys with another meaning."""
    earlier = queries.versions_of(checklist.slug)
    newest = max((each.version for each in earlier), default=0)
    found = list(against_earlier(checklist, [queries.checklist_by_chk(each.chk) for each in earlier]))
    if checklist.version <= newest:
        message = f"phiên bản {newest} đã xuất bản; hãy ghi số {newest + 1}"
        found.insert(0, Problem("version", "version_published", message))
    return tuple(found)


def against_earlier(checklist: Checklist, earlier: list[Checklist]) -> tuple[Problem, ...]:
    """What earlier versions and the item library forbid: keys and codes that have come to mean something else."""
    return (
        *reused_keys(checklist, earlier),
        *library.problems(checklist),
        *moved(checklist, earlier, library.shipped()),
    )


def reused_keys(checklist: Checklist, earlier: list[Checklist]) -> tuple[Problem, ...]:
    """Find items whose key had another type of answer in another version: their years could not be compared."""
    known = {item.key: (item.answer.type, other.version) for other in earlier for item in other.items()}
    problems = []
    for s, section in enumerate(checklist.sections):
        for i, item in enumerate(section.items):
            kind, version = known.get(item.key, (item.answer.type, 0))
            if kind != item.answer.type:
                text = (
                    f"khóa “{item.key}” ở phiên bản {version} có kiểu trả lời {kind}; nghĩa khác thì phải dùng khóa mới"
                )
                problems.append(Problem(f"sections[{s}].items[{i}].key", "key_reused", text))
    return tuple(problems)

"""Our own columns in an XLSForm, all named `congvu_…`: what a checklist says and XLSForm has no word for.

pyxform takes them along without asking. The everyday ones (points, source, finding …) have columns of their own, so
that they can be edited beside the question; the rest of a part stands as JSON in `congvu_more`.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import Cell, Row

PREFIX = "congvu_"
KEY, PART, WHEN, MORE = "congvu_key", "congvu_part", "congvu_when", "congvu_more"

# Columns of an item or section and where their text stands in it.
ITEM: Mapping[str, tuple[str, ...]] = {
    "congvu_points": ("points",),
    "congvu_weight": ("weight",),
    "congvu_evidence": ("evidence",),
    "congvu_unit": ("answer", "unit", "vi"),
    "congvu_criterion": ("criterion", "vi"),
    "congvu_source": ("criterion", "source"),
    "congvu_zero_total": ("zero_total",),
    "congvu_pass_at": ("pass_at",),
    "congvu_severity": ("finding", "severity"),
    "congvu_finding": ("finding", "text", "vi"),
    "congvu_remedy": ("finding", "remedy", "vi"),
    "congvu_due_days": ("finding", "due_working_days"),
}
FIELD: Mapping[str, tuple[str, ...]] = {"congvu_unit": ("unit", "vi"), "congvu_evidence": ("evidence",)}
OPTION: Mapping[str, tuple[str, ...]] = {"congvu_points": ("points",)}
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "congvu_effective_from": ("effective_from",),
    "congvu_mode": ("mode",),
    "congvu_scale": ("scale",),
    "congvu_authority": ("authority", "vi"),
}
_BROKEN = "không đọc được JSON trong ô này"


def is_ours(heading: str) -> bool:
    """Whether a column is one of ours."""
    return heading.startswith(PREFIX)


def has(row: Row, *names: str) -> bool:
    """Whether the row says something in one of our columns, named without the prefix, or in `congvu_more`."""
    return any(row.cell(PREFIX + name) for name in names) or row.cell(MORE) is not None


def put(row: Row, part: dict[str, Any], columns: Mapping[str, tuple[str, ...]], ledger: Ledger) -> None:
    """Put a row's own columns into a part of the document, then what `congvu_more` adds."""
    for heading, cell in row.by_heading.items():
        path = columns.get(heading.name)
        if path is not None:
            _put(part, path, cell, ledger)
    more = row.cell(MORE)
    if more is None:
        return
    added = read_json(more, ledger)
    if isinstance(added, dict):
        merge(part, added)
        ledger.keep(more, part)
    elif added is not None:
        ledger.refuse(more, _BROKEN)


def put_option(row: Row, option: dict[str, Any], ledger: Ledger) -> None:
    """Put what a choice is worth into its option."""
    put(row, option, OPTION, ledger)


def read_json(cell: Cell, ledger: Ledger) -> Any:
    """The JSON of a cell, its numbers as they are written; None and a mark if there is none."""
    try:
        return json.loads(cell.text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        ledger.refuse(cell, _BROKEN)
        return None


def merge(part: dict[str, Any], added: Mapping[str, Any]) -> None:
    """Add to a part of the document; what stands there already stays."""
    for key, value in added.items():
        there = part.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            merge(there, value)
        elif key not in part:
            part[key] = value


def _put(part: dict[str, Any], path: tuple[str, ...], cell: Cell, ledger: Ledger) -> None:
    *way, last = path
    for key in way:
        inner = part.setdefault(key, {})
        if not isinstance(inner, dict):
            ledger.refuse(cell, "cột này không dùng cho loại trả lời này")
            return
        part = inner
    part[last] = cell.text
    ledger.keep(cell, part, last, verbatim=True)

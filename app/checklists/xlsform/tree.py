"""The rows of a survey as a tree: questions inside groups, repeats and loops."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import Row
from app.domain.errors import Invalid

DEEPEST = 30

_CONTROL = re.compile(r"(?P<what>begin|end)[ _](?P<kind>group|lgroup|repeat|looped group|loop)(?P<over>\s.*)?", re.I)
_KINDS: dict[str, Literal["group", "repeat", "loop"]] = {
    "group": "group",
    "repeat": "repeat",
    "lgroup": "repeat",
    "looped group": "repeat",
    "loop": "loop",
}


@dataclass
class Block:
    """A group, repeat or loop, with what stands inside."""

    kind: Literal["form", "group", "repeat", "loop"]
    row: Row | None
    parts: list["Block | Row"] = field(default_factory=list)
    end: Row | None = None
    titles: list[Row] = field(default_factory=list)  # of a titled group: its own row after those of the groups around


def read_tree(rows: Sequence[Row], ledger: Ledger) -> Block:
    """Arrange the rows; those that belong nowhere are marked. Raises Invalid("xlsform_too_deep")."""
    form = Block("form", None)
    open_blocks = [form]
    for row in rows:
        if _is_off(row):
            ledger.refuse_row(row, "hàng này bị tắt (cột disabled)")
            continue
        control = _CONTROL.fullmatch(row.code("type"))
        if control is None:
            _place(row, open_blocks[-1], ledger)
        elif control["what"].lower() == "begin":
            block = Block(_KINDS[control["kind"].lower()], row)
            open_blocks[-1].parts.append(block)
            open_blocks.append(block)
            if len(open_blocks) > DEEPEST:
                raise Invalid("xlsform_too_deep", most=DEEPEST)
        else:
            _close(row, _KINDS[control["kind"].lower()], open_blocks, ledger)
    return form


def _is_off(row: Row) -> bool:
    return row.code("disabled").lower() in {"yes", "true", "true()", "1"}


def _place(row: Row, block: Block, ledger: Ledger) -> None:
    if row.code("type"):
        block.parts.append(row)
    else:
        ledger.refuse_row(row, "hàng không có type nên không phải câu hỏi")


def _close(row: Row, kind: str, open_blocks: list[Block], ledger: Ledger) -> None:
    if len(open_blocks) == 1 or open_blocks[-1].kind != kind:
        ledger.refuse_row(row, "không có hàng begin tương ứng ở trên")
        return
    open_blocks.pop().end = row


def mark_end(block: Block, part: Any, ledger: Ledger) -> None:
    """Mark the row that ends a block; nothing but its type and name says anything there."""
    if block.end is None:
        return
    for cell in block.end.cells:
        if cell in (block.end.cell("type"), block.end.cell("name")):
            ledger.keep(cell, part)
        else:
            ledger.refuse(cell, "hàng kết thúc nhóm không mang nội dung")


def rows_of(block: Block) -> list[Row]:
    """Every row of a block, those of inner blocks too."""
    found: list[Row] = []
    waiting: list[Block | Row] = [block]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Row):
            found.append(part)
            continue
        found += [row for row in (part.row, part.end) if row is not None]
        waiting += part.parts
    return found

"""What became of every cell of a workbook: kept, changed or refused, and why.

The report cannot lie, because it is not written by those who read the cells. They leave marks that point into the
document being made; `Ledger.report` then looks whether the place is really there and really says what the cell says.
A cell without a mark, or whose place did not make it into the document, is reported as refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.checklists.xlsform.sheets import Cell, Row

WHOLE = "phiếu"  # the path of what belongs to the document itself
_NOWHERE = "phần hoặc nội dung chứa ô này không được tạo"
_NO_USE = "phiếu của CôngVụ không có chỗ cho nội dung này"
_JOINED = "đã ghép với nội dung khác hoặc viết lại cho vừa phiếu"


class Fate(StrEnum):
    KEPT = "kept"
    CHANGED = "changed"
    REFUSED = "refused"


FATES = {Fate.KEPT: "Giữ nguyên", Fate.CHANGED: "Đổi", Fate.REFUSED: "Không nhập"}


@dataclass(frozen=True)
class Remark:
    """One cell and its fate; `path` is where it stands in the document, empty for what was refused."""

    cell: Cell
    heading: str
    fate: Fate
    why: str
    path: str

    @property
    def fate_words(self) -> str:
        return FATES[self.fate]


@dataclass(frozen=True)
class _Mark:
    fate: Fate
    why: str = ""
    part: Any = None  # the table of the document the cell went into
    key: str = ""
    verbatim: bool = False  # the document says there what the cell says

    def stands(self, paths: Mapping[int, str]) -> bool:
        """Whether the place the mark points to is in the document."""
        return id(self.part) in paths and (not self.key or self.key in self.part)


@dataclass
class Ledger:
    """The marks left on the cells of a workbook while it was read."""

    marks: dict[Cell, list[_Mark]] = field(default_factory=dict)

    def keep(self, cell: Cell | None, part: Any, key: str = "", *, verbatim: bool = False) -> None:
        """The cell stands in the document as it is; `verbatim` promises that its very text is at `part[key]`."""
        self._mark(cell, _Mark(Fate.KEPT, "", part, key, verbatim))

    def change(self, cell: Cell | None, why: str, part: Any, key: str = "") -> None:
        """The cell stands in the document, but not quite as it was written."""
        self._mark(cell, _Mark(Fate.CHANGED, why, part, key))

    def refuse(self, cell: Cell | None, why: str) -> None:
        """The cell, or a part of it, did not get in."""
        self._mark(cell, _Mark(Fate.REFUSED, why))

    def refuse_row(self, row: Row, why: str) -> None:
        """Nothing of the row got in."""
        for cell in row.cells:
            self.refuse(cell, why)

    def _mark(self, cell: Cell | None, mark: _Mark) -> None:
        if cell is not None:
            self.marks.setdefault(cell, []).append(mark)

    def report(self, cells: Iterable[tuple[Cell, str]], document: Mapping[str, Any]) -> tuple[Remark, ...]:
        """The fate of every cell, in the order of the workbook; `cells` are all that are not empty, with headings."""
        paths = dict(_places(document, ""))
        return tuple(self._remark(cell, heading, paths) for cell, heading in cells)

    def _remark(self, cell: Cell, heading: str, paths: Mapping[int, str]) -> Remark:
        marks = self.marks.get(cell, [])
        placed = [mark for mark in marks if mark.fate is not Fate.REFUSED and mark.stands(paths)]
        refused = [mark.why for mark in marks if mark.fate is Fate.REFUSED]
        if not placed:
            reasons = refused or ([_NOWHERE] if marks else [_NO_USE])
            return Remark(cell, heading, Fate.REFUSED, _joined(reasons), "")
        whys = [mark.why for mark in placed if mark.why] + refused
        exact = all(str(mark.part.get(mark.key)) == cell.text for mark in placed if mark.verbatim)
        if not exact and not whys:
            whys = [_JOINED]
        path = paths[id(placed[0].part)]
        path = f"{path}.{placed[0].key}" if placed[0].key and path else path or placed[0].key or WHOLE
        return Remark(cell, heading, Fate.CHANGED if whys else Fate.KEPT, _joined(whys), path)


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reasons))


def _places(value: Any, path: str) -> Iterator[tuple[int, str]]:
    """Every table and list of the document by identity, with its path."""
    waiting = [(value, path)]
    while waiting:
        part, at = waiting.pop()
        if isinstance(part, dict):
            yield id(part), at
            waiting += [(each, f"{at}.{key}" if at else key) for key, each in part.items()]
        elif isinstance(part, list):
            yield id(part), at
            waiting += [(each, f"{at}[{index}]") for index, each in enumerate(part)]

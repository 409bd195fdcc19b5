"""A repeat as a roster: its questions are the fields of each row."""

from typing import Any

from app.checklists.xlsform import extras, relevance
from app.checklists.xlsform.composites import composite_field
from app.checklists.xlsform.kinds import kind_of
from app.checklists.xlsform.languages import whole_text
from app.checklists.xlsform.questions import field_of, take_key, take_note, take_rest, take_texts, take_when
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.relevance import Scope, Source
from app.checklists.xlsform.sheets import Row
from app.checklists.xlsform.tree import Block, mark_end, rows_of
from app.checklists.xlsform.xpath import Unfit

MOST_FIELDS = 40
ROW_LABEL = "row_label"

Part = dict[str, Any]


def roster_of(block: Block, reading: Reading, around: list[Part]) -> Part | None:
    """A repeat as an item; None (and marks) if nothing in it can be asked."""
    row = block.row
    if row is None:
        return None
    item: Part = {}
    fields: list[Part] = []
    take_key(row, item, reading, reading.keys, "bang-ke")
    take_texts(row, item, item, reading)
    take_when(row, item, reading, Scope(reading.sources, reading.others), around)
    item["answer"] = {"type": "roster", "row": {"label": dict(item["text"])}, "fields": fields}
    builder = _Builder(reading, item, fields)
    builder.walk(block, [])
    builder.end_notes()
    reading.ledger.keep(row.cell("type"), item["answer"], "type")
    mark_end(block, item["answer"], reading.ledger)
    take_rest(row, item, reading)
    extras.put(row, item, extras.ITEM, reading.ledger)
    for name in builder.named:
        reading.nameless(name, f"“{name}” ở trong bảng kê: chỉ cột cùng dòng nêu được")
    reading.nameless(row.code("name"), "điều kiện không nêu được cả một bảng kê")
    reading.above = row
    if fields or builder.has_label:
        return item
    reading.keys.discard(item["key"])
    return None


class _Builder:
    def __init__(self, reading: Reading, item: Part, fields: list[Part]) -> None:
        self.reading = reading
        self.ledger = reading.ledger
        self.item = item
        self.fields = fields
        self.keys: set[str] = {"label", "order", "deleted"}
        self.sources = dict(reading.sources)
        self.others = dict(reading.others)
        self.named: list[str] = []
        self.has_label = False
        self.notes: list[Row] = []

    def walk(self, block: Block, around: list[Part]) -> None:
        for part in block.parts:
            if isinstance(part, Row):
                self._question(part, around)
            elif part.kind == "group" and part.row is not None and part.row.code(extras.PART) == "document":
                self._document(part, part.row, around)
            elif part.kind == "group" and part.row is not None:
                self._group(part, part.row, around)
            else:
                for row in rows_of(part):
                    self.ledger.refuse_row(row, "phiếu không có bảng kê nằm trong bảng kê")
                    self._nameless(row.code("name"), "câu hỏi này nằm trong bảng kê lồng nhau nên không được nhập")

    def end_notes(self) -> None:
        """Notes in a repeat are guidance of the whole roster."""
        for row in self.notes:
            take_note(row, self.item, self.reading)

    def _question(self, row: Row, around: list[Part]) -> None:
        kind = kind_of(row.code("type"))
        if kind.answer == "note":
            self.notes.append(row)
        elif kind.answer is None:
            self.ledger.refuse_row(row, kind.why)
            self._nameless(row.code("name"), f"“{row.code('name')}” không được nhập: {kind.why}")
        elif row.code(extras.PART) == ROW_LABEL or self._may_name_rows(row, around):
            self._row_label(row)
        elif len(self.fields) == MOST_FIELDS:
            self.ledger.refuse_row(row, f"bảng kê có tối đa {MOST_FIELDS} cột")
            self._nameless(row.code("name"), "cột này không được nhập")
        else:
            made = field_of(row, self.reading, self.item, Scope(self.sources, self.others), around, self.keys)
            if made is not None:
                self.fields.append(made[0])
                self._name(row.code("name"), made[1])

    def _may_name_rows(self, row: Row, around: list[Part]) -> bool:
        """Whether a question can be what a row is called: the first one, plain text, nothing asked of it."""
        first = not self.fields and not self.has_label and not around
        plain = row.code("type").lower() in ("text", "string") and not any(
            row.cell(name) for name in ("relevant", "constraint", "hint", "guidance_hint", extras.KEY)
        )
        return first and plain and any(True for _ in row.texts("label"))

    def _row_label(self, row: Row) -> None:
        self.has_label = True
        named: Part = {}
        self.item["answer"]["row"] = named
        self.reading.texts.take(row, "label", named, "label")
        if "label" not in named:
            named["label"] = dict(self.item["text"])
        whole_text(named, "label")
        ours = row.cell(extras.PART)
        why = "câu hỏi đầu tiên của repeat thành tên của từng dòng"
        if ours is not None:
            self.ledger.keep(ours, named)
            self.ledger.keep(row.cell("type"), named)
            self.ledger.keep(row.cell("name"), named)
        else:
            self.ledger.change(row.cell("type"), why, named, "label")
            self.ledger.refuse(row.cell("name"), f"{why}, không có khóa riêng")
        take_rest(row, named, self.reading)
        self._nameless(row.code("name"), "điều kiện không nêu được tên của dòng")

    def _document(self, block: Block, row: Row, around: list[Part]) -> None:
        scope = Scope(self.sources, self.others)
        if len(self.fields) == MOST_FIELDS:
            for each in rows_of(block):
                self.ledger.refuse_row(each, f"bảng kê có tối đa {MOST_FIELDS} cột")
            return
        part = composite_field(block, row, self.reading, scope, around, self.keys)
        self.fields.append(part)
        self._name(row.code("name"), Source("field", part["key"], "document"))

    def _group(self, block: Block, row: Row, around: list[Part]) -> None:
        cell = row.cell("relevant")
        if cell is not None:
            try:
                found = relevance.read(cell.code, Scope(self.sources, self.others))
            except Unfit as error:
                self.ledger.refuse(cell, f"cột trong nhóm luôn được hỏi, vì điều kiện không ghi được: {error}")
            else:
                why = "; ".join(("điều kiện của nhóm chuyển xuống từng cột", *found.differs))
                self.ledger.change(cell, why, found.when)
                around = [*around, found.when]
        for each in (row, block.end):
            for other in each.cells if each is not None else ():
                if other is not cell:
                    self.ledger.refuse(other, "bảng kê không chia nhóm: các cột đứng liền nhau")
        self._nameless(row.code("name"), "điều kiện không nêu được tên một nhóm")
        self.walk(block, around)

    def _name(self, name: str, source: Source) -> None:
        if name in self.sources or name in self.others:
            self.sources.pop(name, None)
            self.others[name] = f"tên “{name}” dùng cho nhiều câu hỏi nên không rõ là câu nào"
        else:
            self.sources[name] = source
        self.named.append(name)

    def _nameless(self, name: str, why: str) -> None:
        self.sources.pop(name, None)
        self.others.setdefault(name, why)
        self.named.append(name)

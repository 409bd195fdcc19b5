"""The tree of a survey as sections and items: groups become sections, repeats become rosters.

A checklist has one level of sections. A group inside a group becomes a section of its own, titled with both names; a
group without a label only carries its condition to what is inside.
"""

from typing import Any

from app.checklists.xlsform import extras, relevance
from app.checklists.xlsform.composites import PART_GROUPS, composite_item, take_part
from app.checklists.xlsform.keys import item_key
from app.checklists.xlsform.kinds import kind_of
from app.checklists.xlsform.languages import whole_text
from app.checklists.xlsform.questions import item_of, take_note, take_rest
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.relevance import Scope
from app.checklists.xlsform.rosters import roster_of
from app.checklists.xlsform.sheets import Row
from app.checklists.xlsform.tree import Block, mark_end, rows_of
from app.checklists.xlsform.xpath import Unfit
from app.domain.errors import Invalid

MOST_ITEMS, MOST_SECTIONS = 500, 100
_REST = {"vi": "Nội dung chung", "en": "General"}

Part = dict[str, Any]


class Sections:
    """Fills the sections of a document from the tree of a survey."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.ledger = reading.ledger
        self.done: list[Part] = []
        self.keys: set[str] = set()
        self.current: Part | None = None
        self.notes: list[Row] = []

    def fill(self, form: Block) -> list[Part]:
        """The sections that hold at least one item. Raises Invalid("xlsform_too_long")."""
        self._walk(form, None, [])
        self._close()
        sections = [section for section in self.done if section["items"]]
        if len(sections) > MOST_SECTIONS:
            raise Invalid("xlsform_too_long", most=MOST_SECTIONS)
        return sections

    def _walk(self, block: Block, titled: Block | None, around: list[Part]) -> None:
        for part in block.parts:
            if isinstance(part, Row):
                self._question(part, titled, around)
            elif part.kind == "group":
                self._group(part, titled, around)
            elif part.kind == "repeat":
                self._repeat(part, titled, around)
            else:
                for row in rows_of(part):
                    self.ledger.refuse_row(row, "phiếu không lặp câu hỏi theo danh sách (loop)")
                    self.reading.nameless(row.code("name"), "câu hỏi này nằm trong loop nên không được nhập")

    # --- sections -------------------------------------------------------------------------------------------

    def _group(self, block: Block, titled: Block | None, around: list[Part]) -> None:
        row = block.row
        if row is None:
            return
        if row.code(extras.PART) in PART_GROUPS:
            self._add(composite_item(block, row, self.reading, around), titled)
            return
        around = self._condition(row, around)
        self.reading.nameless(row.code("name"), "điều kiện không nêu được tên một nhóm")
        if not list(row.texts("label")):
            self._transparent(block)
            self._walk(block, titled, around)
            return
        self._close()
        block.titles = [*(titled.titles if titled else ()), row]
        begun = len(self.done)
        self._open(block)
        self._walk(block, block, around)
        self._close()
        for section in self.done[begun:]:
            mark_end(block, section, self.ledger)

    def _open(self, block: Block | None) -> None:
        """Begin a section: a group's own, or one for questions outside of any group."""
        section: Part = {}
        if block is None or block.row is None:
            section["key"] = item_key("chung", self.keys)
            section["title"] = dict(_REST)
            self.keys.add(section["key"])
        else:
            self._open_titled(section, block.row, block.titles[:-1])
        section["items"] = []
        self.current = section
        self.done.append(section)

    def _open_titled(self, section: Part, row: Row, outer: list[Row]) -> None:
        own = row.cell(extras.KEY)
        section["key"] = item_key(own.text if own else row.code("name"), self.keys, "phan")
        self.keys.add(section["key"])
        self.ledger.keep(own, section, "key", verbatim=True)
        name = row.cell("name")
        if name is not None and name.text == section["key"]:
            self.ledger.keep(name, section, "key", verbatim=True)
        else:
            self.ledger.change(name, f"khóa thành “{section['key']}”", section, "key")
        self.reading.texts.take(row, "label", section, "title")
        whole_text(section, "title")
        self._prefix(section, outer)
        self.ledger.keep(row.cell("type"), section)
        for column in ("hint", "guidance_hint"):
            self.reading.texts.take(row, column, section, "guidance")
        whole_text(section, "guidance")
        take_rest(row, section, self.reading)
        extras.put(row, section, extras.ITEM, self.ledger)

    def _prefix(self, section: Part, outer: list[Row]) -> None:
        """Put the titles of the groups around before the section's own."""
        for row in reversed(outer):
            title: Part = {}
            self.reading.texts.take(row, "label", title, "title")
            whole_text(title, "title")
            for language, text in list(section["title"].items()):
                before = title["title"].get(language) or title["title"]["vi"]
                section["title"][language] = f"{before} – {text}"[:4000]
            for cell in [cell for _, cell in row.texts("label")] + [row.cell("type"), row.cell("name")]:
                self.ledger.change(cell, "nhóm trong nhóm: tên ghép vào tên từng phần", section["title"], "vi")

    def _transparent(self, block: Block) -> None:
        """A group without a label: what is inside stands as if it were outside."""
        for row in (block.row, block.end):
            if row is not None:
                self.ledger.refuse(
                    row.cell("type"), "nhóm không có nhãn: nội dung bên trong đưa thẳng vào phần đang có"
                )
                self.ledger.refuse(row.cell("name"), "nhóm không có nhãn nên không thành phần")
                take_rest(row, {}, self.reading)

    def _close(self) -> None:
        """End the section: notes that no item followed are its guidance."""
        if self.current is not None:
            for row in self.notes:
                take_note(row, self.current, self.reading)
        elif self.notes:
            for row in self.notes:
                self.ledger.refuse_row(row, "sau ghi chú này không có nội dung nào để kèm vào")
        self.notes = []
        self.current = None

    def _section(self, titled: Block | None) -> Part:
        """The section that takes the next item."""
        if self.current is not None and len(self.current["items"]) >= MOST_ITEMS:
            self.current = None
        if self.current is None:
            notes, self.notes = self.notes, []
            self._open(titled)
            self.notes = notes
        if self.current is None:
            raise AssertionError("a section was opened")
        return self.current

    # --- items ----------------------------------------------------------------------------------------------

    def _condition(self, row: Row, around: list[Part]) -> list[Part]:
        """The conditions inside a group: those around it and its own."""
        cell = row.cell("relevant")
        if cell is None:
            return around
        try:
            found = relevance.read(cell.code, Scope(self.reading.sources, self.reading.others))
        except Unfit as error:
            self.ledger.refuse(cell, f"nội dung trong nhóm luôn được hỏi, vì điều kiện không ghi được: {error}")
            return around
        why = "; ".join(("điều kiện của nhóm chuyển xuống từng nội dung", *found.differs))
        self.ledger.change(cell, why, found.when)
        return [*around, found.when]

    def _question(self, row: Row, titled: Block | None, around: list[Part]) -> None:
        if row.code(extras.PART):
            above = self.current["items"][-1] if self.current and self.current["items"] else None
            take_part(row, above, self.reading)
            return
        kind = kind_of(row.code("type"))
        if kind.answer == "note":
            self.notes.append(row)
            self.reading.nameless(row.code("name"), "điều kiện không nêu được tên một ghi chú")
            return
        if kind.answer is None:
            self.ledger.refuse_row(row, kind.why)
            self.reading.nameless(row.code("name"), f"“{row.code('name')}” không được nhập: {kind.why}")
            return
        self._add(item_of(row, self.reading, around), titled)

    def _repeat(self, block: Block, titled: Block | None, around: list[Part]) -> None:
        self._add(roster_of(block, self.reading, around), titled)

    def _add(self, item: Part | None, titled: Block | None) -> None:
        if item is None:
            return
        section = self._section(titled)
        for row in self.notes:
            take_note(row, item if section["items"] else section, self.reading)
        self.notes = []
        section["items"].append(item)

"""Our own groups and rows coming back: ratios, documents, claims and photos that `ours` made."""

from typing import Any

from app.checklists.xlsform import extras
from app.checklists.xlsform.languages import is_english, is_vietnamese, whole_text
from app.checklists.xlsform.ours import part_rows
from app.checklists.xlsform.questions import take_key, take_rest, take_texts, take_when
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.relevance import Scope, Source
from app.checklists.xlsform.sheets import Row
from app.checklists.xlsform.tree import Block, mark_end, rows_of

PART_GROUPS = frozenset({"ratio", "document"})
_NO_EFFECT = "ô này do CôngVụ sinh ra từ nội dung ở trên; sửa ở đây không có tác dụng"

Part = dict[str, Any]


def composite_item(block: Block, row: Row, reading: Reading, around: list[Part]) -> Part:
    """A group that stands for one item of several boxes."""
    item: Part = {}
    answer: Part = {"type": row.code(extras.PART)}
    take_key(row, item, reading, reading.keys, "noi-dung")
    take_texts(row, item, item, reading)
    take_when(row, item, reading, Scope(reading.sources, reading.others), around)
    item["answer"] = answer
    _take_inner(block, row, item, answer, reading)
    extras.put(row, item, extras.ITEM, reading.ledger)
    _compare_inner(block, row, item, answer, reading)
    reading.named(row.code("name"), Source("item", item["key"], answer["type"]))
    return item


def composite_field(block: Block, row: Row, reading: Reading, scope: Scope, around: list[Part], keys: set[str]) -> Part:
    """A group that stands for one field of a roster's rows: a document."""
    part: Part = {}
    hints: Part = {}
    take_key(row, part, reading, keys, "truong")
    take_texts(row, part, hints, reading)
    take_when(row, part, reading, scope, around)
    part["type"] = "document"
    _take_inner(block, row, part, part, reading)
    extras.put(row, part, extras.FIELD, reading.ledger)
    _compare_inner(block, row, part, part, reading)
    return part


def take_part(row: Row, item: Part | None, reading: Reading) -> None:
    """A row that belongs to the item above: what the unit claims, or a photo."""
    part = row.code(extras.PART)
    above = reading.above
    if item is None or above is None or part not in ("claimed", "photo"):
        reading.ledger.refuse_row(row, "hàng phụ này không có nội dung nào ở trên để thuộc về")
        return
    if part == "claimed":
        item["answer"]["claimed"] = True
    main = {"type": above.code("type"), "relevant": above.code("relevant")}
    _compare(row, item, above.code("name"), item, item["answer"], main, reading)
    reading.nameless(row.code("name"), "điều kiện không nêu được một ô phụ")


def _take_inner(block: Block, row: Row, part: Part, answer: Part, reading: Reading) -> None:
    reading.ledger.keep(row.cell("type"), answer, "type")
    reading.ledger.keep(row.cell(extras.PART), answer, "type", verbatim=True)
    take_rest(row, part, reading)
    if answer["type"] == "document":
        reading.lists.take_shown(answer)
    inner = {each.code(extras.PART): each for each in rows_of(block) if each not in (row, block.end)}
    for key in ("observed", "total") if answer["type"] == "ratio" else ():
        if key not in inner or not reading.texts.take(inner[key], "label", answer, key):
            answer[key] = {"vi": {"observed": "Đạt", "total": "Tổng số"}[key]}
        whole_text(answer, key)
    if answer["type"] == "ratio":
        for flag, needed in (("period", "period_from"), ("source", "source"), ("claimed", "claimed_observed")):
            if needed in inner:
                answer[flag] = True


def _compare_inner(block: Block, row: Row, part: Part, answer: Part, reading: Reading) -> None:
    name = row.code("name")
    for each in rows_of(block):
        if each is block.end:
            mark_end(block, part, reading.ledger)
        elif each is not row:
            _compare(each, part, name, part, answer, {}, reading)
            reading.nameless(each.code("name"), "điều kiện nêu cả nội dung, không nêu một ô của nó")


def _compare(
    row: Row, target: Part, name: str, part: Part, answer: Part, main: dict[str, str], reading: Reading
) -> None:
    """Mark the cells of a made row: those that would be made again are kept, others have no effect."""
    made = next(
        (each for each in part_rows(name, part, answer, main) if each["congvu_part"] == row.code(extras.PART)), {}
    )
    for heading, cell in row.by_heading.items():
        column = heading.name
        if column == "label" and is_english(heading.language):
            column = "label_en"
        elif heading.language and not is_vietnamese(heading.language):
            column = ""
        if made.get(column) == cell.text:
            reading.ledger.keep(cell, target)
        elif cell not in reading.ledger.marks:
            reading.ledger.refuse(cell, _NO_EFFECT if made else "hàng này không thuộc nội dung nào")

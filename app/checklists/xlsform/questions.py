"""One question of an XLSForm as an item of a checklist, or as a field of a roster's rows.

Both are made of the same parts: texts, an answer, a condition. What stands on the row and has no place here is
reported by `_leftovers`.
"""

import re
from dataclasses import replace
from typing import Any

from app.checklists.xlsform import extras, relevance
from app.checklists.xlsform.answering import take_answer
from app.checklists.xlsform.expressions import Named, finder, xpath
from app.checklists.xlsform.keys import item_key
from app.checklists.xlsform.kinds import kind_of
from app.checklists.xlsform.languages import whole_text
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.relevance import Scope, Source
from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import MEDIA, Cell, Row
from app.checklists.xlsform.xpath import Unfit

_KEY = re.compile(r"(?=.{1,64}$)[a-z0-9]+([-_][a-z0-9]+)*")
_TRUE = {"yes", "true", "true()", "1"}
_FALSE = {"no", "false", "false()", "0"}
_LEFTOVERS = {
    "appearance": "giao diện do ứng dụng quyết định",
    "default": "phiếu không điền sẵn câu trả lời",
    "calculation": "phiếu không tính toán",
    "choice_filter": "phiếu không lọc lựa chọn: mọi lựa chọn đều hiện",
    "read_only": "phiếu không có ô chỉ đọc",
    "repeat_count": "số dòng của bảng kê do người kiểm tra quyết định",
    "required_message": "ứng dụng tự viết câu nhắc trả lời",
    "trigger": "phiếu không tính toán",
}
_MEDIA = "phiếu không kèm hình, tiếng"
_NO_GUIDANCE = "cột của bảng kê không có hướng dẫn riêng: chuyển vào hướng dẫn của bảng kê"


def take_key(row: Row, part: dict[str, Any], reading: Reading, taken: set[str], fallback: str) -> None:
    """Give a part its key: our own column's, else made from the name."""
    name, own = row.cell("name"), row.cell(extras.KEY)
    if own is not None and _KEY.fullmatch(own.text) and own.text not in taken:
        key = own.text
    else:
        key = item_key(own.text if own else row.code("name"), taken, fallback)
    part["key"] = key
    taken.add(key)
    if own is not None:
        reading.ledger.keep(own, part, "key", verbatim=True)
        reading.ledger.keep(name, part, "key")
    elif name is not None and name.text == key:
        reading.ledger.keep(name, part, "key", verbatim=True)
    else:
        reading.ledger.change(name, f"khóa thành “{key}”", part, "key")


def take_texts(row: Row, part: dict[str, Any], guided: dict[str, Any], reading: Reading) -> None:
    """Give a part its text, and its hints to the guidance of `guided`."""
    if not reading.texts.take(row, "label", part, "text"):
        part["text"] = {"vi": row.code("name") or part["key"]}
    for column in ("hint", "guidance_hint"):
        reading.texts.take(row, column, guided, "guidance")
    whole_text(part, "text")
    whole_text(guided, "guidance")


def take_when(row: Row, part: dict[str, Any], reading: Reading, scope: Scope, around: list[dict[str, Any]]) -> None:
    """Give a part its condition: its own `relevant` and those of the groups around it."""
    conditions = [*around]
    own = row.cell("relevant")
    if _take_ours(row, part, reading, scope, around):
        return
    if own is not None and own.code.lower() not in _TRUE:
        try:
            found = relevance.read(own.code, scope)
        except Unfit as error:
            reading.ledger.refuse(own, f"luôn được hỏi, vì điều kiện không ghi được: {error}")
        else:
            conditions.append(found.when)
            if found.differs:
                reading.ledger.change(own, "; ".join(found.differs), part, "when")
            else:
                reading.ledger.keep(own, part, "when")
    elif own is not None:
        reading.ledger.keep(own, part)
    if conditions:
        part["when"] = conditions[0] if len(conditions) == 1 else {"all": conditions}


def _take_ours(row: Row, part: dict[str, Any], reading: Reading, scope: Scope, around: list[dict[str, Any]]) -> bool:
    """Take the condition we wrote beside `relevant`, if nobody has edited `relevant` since."""
    cell = row.cell(extras.WHEN)
    if cell is None:
        return False
    when = extras.read_json(cell, reading.ledger)
    named = [(source.where, source.key, Named(name, source.type)) for name, source in scope.sources.items()]
    items, fields = ({key: each for at, key, each in named if at == where} for where in ("item", "field"))
    try:
        written = xpath(when, finder(items, fields))
    except Unfit:
        written = ""
    if when is None or around or written != row.code("relevant"):
        if when is not None:
            reading.ledger.refuse(cell, "cột relevant đã được sửa: lấy điều kiện ở cột relevant")
        return False
    part["when"] = when
    reading.ledger.keep(cell, part, "when")
    reading.ledger.keep(row.cell("relevant"), part, "when")
    return True


def take_rest(row: Row, part: dict[str, Any], reading: Reading) -> None:
    """Judge the columns that only change how a question looks or is checked."""
    ledger = reading.ledger
    for heading, cell in row.by_heading.items():
        if heading.name == "required":
            take_required(cell, part, ledger)
        elif heading.name == "disabled":
            ledger.keep(cell, part)
        elif heading.name in _LEFTOVERS:
            ledger.refuse(cell, _LEFTOVERS[heading.name])
        elif heading.name in MEDIA:
            ledger.refuse(cell, _MEDIA)


def take_required(cell: Cell, part: dict[str, Any], ledger: Ledger) -> None:
    """Every item must be answered before a visit is closed, or the lead gives a reason: there is no `required`."""
    said = cell.code.lower()
    if said in _TRUE:
        ledger.keep(cell, part)
    elif said in _FALSE:
        ledger.change(cell, "khi chốt, nội dung nào cũng phải trả lời hoặc trưởng đoàn ghi lý do", part)
    else:
        ledger.change(cell, "luôn phải trả lời khi được hỏi, không theo điều kiện này", part)


def is_true(row: Row, column: str) -> bool:
    """Whether a column says yes."""
    return row.code(column).lower() in _TRUE


def item_of(row: Row, reading: Reading, around: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A question as an item; None (and marks) for what is no question here."""
    kind = kind_of(row.code("type"))
    if kind.answer is None or kind.answer == "note":
        return None
    item: dict[str, Any] = {}
    answer: dict[str, Any] = {}
    take_key(row, item, reading, reading.keys, "noi-dung")
    take_texts(row, item, item, reading)
    take_when(row, item, reading, Scope(reading.sources, reading.others), around)
    item["answer"] = answer
    source = take_answer(row, kind, answer, reading)
    if kind.answer == "evidence":
        item["evidence"] = "required" if is_true(row, "required") else "optional"
    take_rest(row, item, reading)
    extras.put(row, item, extras.ITEM, reading.ledger)
    reading.named(row.code("name"), replace(source, key=item["key"]))
    reading.above = row
    return item


def field_of(
    row: Row, reading: Reading, roster: dict[str, Any], scope: Scope, around: list[dict[str, Any]], keys: set[str]
) -> tuple[dict[str, Any], Source] | None:
    """A question in a repeat as a field of the roster's rows; None for what is no question here."""
    kind = kind_of(row.code("type"))
    if kind.answer is None or kind.answer == "note":
        return None
    part: dict[str, Any] = {}
    take_key(row, part, reading, keys, "truong")
    hints: dict[str, Any] = {}
    take_texts(row, part, hints, reading)
    _lend_hints(row, part, hints, roster, reading)
    take_when(row, part, reading, scope, around)
    source = take_answer(row, kind, part, reading)
    if kind.answer == "evidence":
        part["evidence"] = "required" if is_true(row, "required") else "optional"
    take_rest(row, part, reading)
    extras.put(row, part, extras.FIELD, reading.ledger)
    return part, replace(source, where="field", key=part["key"])


def _lend_hints(
    row: Row, part: dict[str, Any], hints: dict[str, Any], roster: dict[str, Any], reading: Reading
) -> None:
    """Fields have no guidance of their own: put their hints into the roster's, each after the field's name."""
    given = hints.get("guidance")
    if not given:
        return
    guidance = roster.setdefault("guidance", {})
    for language, text in given.items():
        name = part["text"].get(language) or part["text"]["vi"]
        joined = f"{guidance[language]}\n{name}: {text}" if guidance.get(language) else f"{name}: {text}"
        guidance[language] = joined[:4000]
    whole_text(roster, "guidance")
    for column in ("hint", "guidance_hint"):
        for _language, cell in row.texts(column):
            reading.ledger.change(
                cell, "cột của bảng kê không có hướng dẫn riêng: chuyển vào hướng dẫn của bảng kê", guidance, "vi"
            )


def take_note(row: Row, part: dict[str, Any], reading: Reading) -> None:
    """Put a note into the guidance of a section, item or roster."""
    taken = [reading.texts.take(row, column, part, "guidance") for column in ("label", "hint", "guidance_hint")]
    whole_text(part, "guidance")
    if not any(taken):
        reading.ledger.refuse_row(row, "ghi chú không có chữ")
        return
    reading.ledger.change(row.cell("type"), "ghi chú thành hướng dẫn", part, "guidance")
    reading.ledger.refuse(row.cell("name"), "ghi chú thành hướng dẫn nên không cần tên")
    reading.ledger.refuse(row.cell("relevant"), "hướng dẫn luôn hiện cùng nội dung")
    take_rest(row, part, reading)

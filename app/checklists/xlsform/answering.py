"""How a question is answered: its type, choices, unit and bounds, as the answer of an item or the body of a field."""

from collections.abc import Mapping
from typing import Any

from app.checklists.xlsform import bounds
from app.checklists.xlsform.choices import MOST_CHOICES
from app.checklists.xlsform.kinds import Kind
from app.checklists.xlsform.reading import Reading
from app.checklists.xlsform.relevance import Source
from app.checklists.xlsform.sheets import Row
from app.checklists.xlsform.xpath import Unfit


def take_answer(row: Row, kind: Kind, answer: dict[str, Any], reading: Reading) -> Source:
    """Fill in how a question is answered; returns what conditions may know of it, without its key."""
    ledger, type_cell = reading.ledger, row.cell("type")
    kept = True
    options: Mapping[str, str] = {}
    answer["type"] = kind.answer if kind.answer != "evidence" else "text"
    if kind.list_name:
        options, kept = _take_list(row, kind, answer, reading)
    elif answer["type"] == "yes_no":
        options = {"OK": "yes", "yes": "yes", "no": "no"}
    elif answer["type"] == "number":
        _take_number(row, kind, answer, reading)
    _take_constraint(row, answer, reading)
    if kind.why:
        ledger.change(type_cell, kind.why, answer, "type")
    elif kept:
        ledger.keep(type_cell, answer, "type")
    if kind.other:
        ledger.change(type_cell, "thêm lựa chọn “Khác”; nội dung khác thì ghi vào ghi chú", answer, "type")
    return Source("item", "", answer["type"], "whole" in answer, options)


def _take_list(row: Row, kind: Kind, answer: dict[str, Any], reading: Reading) -> tuple[Mapping[str, str], bool]:
    if kind.answer == "choice" and not kind.other:
        names = reading.lists.yes_no(kind.list_name, answer)
        if names is not None:
            answer["type"] = "yes_no"
            return names, True
    taken = reading.lists.take(kind.list_name, answer, other=kind.other)
    if taken is not None:
        return taken.keys, True
    answer["type"] = "text"
    why = f"danh sách “{kind.list_name[:40]}” không có trong tệp hoặc có hơn {MOST_CHOICES} lựa chọn: ghi bằng chữ"
    reading.ledger.change(row.cell("type"), why, answer, "type")
    return {}, False


def _take_number(row: Row, kind: Kind, answer: dict[str, Any], reading: Reading) -> None:
    answer["unit"] = {"vi": "đơn vị"}
    if row.cell("congvu_unit") is None:
        reading.ledger.change(row.cell("type"), "phiếu cần đơn vị tính: tạm ghi “đơn vị”, hãy sửa", answer, "type")
    whole = kind.whole
    if kind.ranged:
        given = bounds.parameters(row.code("parameters"))
        least, most = given.get("start", "1"), given.get("end", "10")
        whole = all("." not in each for each in (least, most, given.get("step", "1")))
        found = bounds.number_bounds(f". >= {least} and . <= {most}", whole=whole)
        _put_bounds(found, answer)
        cell = row.cell("parameters")
        if found.unfit:
            reading.ledger.refuse(cell, "; ".join(found.unfit))
        elif "step" in given and given["step"] not in ("1", "1.0"):
            reading.ledger.change(cell, "giữ giới hạn; bước nhảy không ghi được", answer, "min")
        else:
            reading.ledger.keep(cell, answer, "min")
    if whole:
        answer["whole"] = True


def _put_bounds(found: bounds.Bounds, answer: dict[str, Any]) -> None:
    for key, value in (("min", found.least), ("max", found.most)):
        if value is not None:
            answer[key] = value


def _take_constraint(row: Row, answer: dict[str, Any], reading: Reading) -> None:
    cell, message = row.cell("constraint"), "constraint_message"
    if cell is None:
        reading.texts.refuse(row, message, "không có ràng buộc nào đi cùng câu báo này")
        return
    ledger = reading.ledger
    fits = False
    if answer["type"] == "number":
        found = bounds.number_bounds(cell.code, whole="whole" in answer)
        _put_bounds(found, answer)
        fits = found.least is not None or found.most is not None
        key = "min" if found.least is not None else "max"
        if fits and found.unfit:
            ledger.change(cell, f"chỉ giữ giới hạn số; phần khác không ghi được: {'; '.join(found.unfit)}", answer, key)
        elif fits:
            ledger.keep(cell, answer, key)
        else:
            ledger.refuse(cell, f"ràng buộc không ghi được: {'; '.join(found.unfit)}")
    elif answer["type"] == "text":
        try:
            answer["max_length"] = str(bounds.longest_text(cell.code))
            ledger.keep(cell, answer, "max_length")
            fits = True
        except Unfit as error:
            ledger.refuse(cell, f"ràng buộc không ghi được: {error}")
    else:
        ledger.refuse(cell, "phiếu chỉ ràng buộc được số và độ dài chữ")
    why = "ứng dụng tự viết câu báo khi ngoài giới hạn" if fits else "ràng buộc đi cùng câu báo này không nhập được"
    reading.texts.refuse(row, message, why)

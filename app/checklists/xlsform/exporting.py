"""A checklist as an XLSForm workbook, with what XLSForm cannot say in columns of our own and in a report.

The survey asks what the checklist asks; points, findings and the like stand in `congvu_…` columns, which pyxform
takes along unread and `importing` reads back. The report names what a form in ODK will therefore not do.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.checklists.xlsform import extras
from app.checklists.xlsform.expressions import Named, finder, xpath
from app.checklists.xlsform.naming import Names, tells
from app.checklists.xlsform.ours import SHOWN, SHOWN_LIST, part_rows
from app.checklists.xlsform.writing import VI, workbook
from app.checklists.xlsform.xpath import Unfit

YES_NO_LIST = "congvu_yes_no"
_YES_NO = (("yes", "Có", "Yes"), ("no", "Không", "No"))

# What only we read, as it is named in the report.
_ONLY_OURS = {
    "points": "điểm",
    "score": "cách chấm",
    "zero_total": "cách tính khi tổng bằng 0",
    "pass_at": "mức đạt",
    "fails_when": "điều kiện không đạt",
    "critical": "điểm liệt",
    "finding": "tồn tại và yêu cầu khắc phục",
    "criterion": "căn cứ",
    "not_applicable": "ô “không áp dụng”",
    "code": "mã thư viện",
}
_ONLY_OURS_ANSWER = {"ratio": "tỷ lệ đếm từ bảng kê", "sample": "rút mẫu ngẫu nhiên", "inverted": "đảo nghĩa Có/Không"}

Row = dict[str, str]
Part = dict[str, Any]


@dataclass(frozen=True)
class Lost:
    """Something a form in ODK will not do; `where` is the key of an item, empty for the whole checklist."""

    where: str
    what: str


@dataclass(frozen=True)
class Exported:
    """The bytes of an .xlsx file, and what XLSForm could not say."""

    content: bytes
    report: tuple[Lost, ...]


def export_xlsform(document: Mapping[str, Any]) -> Exported:
    """Write an authored checklist (numbers as they are written in YAML) that passes the linter."""
    writer = _Writer()
    writer.write(deepcopy(dict(document)))
    report = [{"where": each.where or "cả phiếu", "what": each.what} for each in writer.lost]
    forms = (writer.survey, writer.choices, writer.settings, writer.grades, report)
    return Exported(workbook(*forms), tuple(writer.lost))


class _Writer:
    def __init__(self) -> None:
        self.survey: list[Row] = []
        self.choices: list[Row] = []
        self.settings: list[Row] = []
        self.grades: list[Row] = []
        self.lost: list[Lost] = []
        self.names = Names()
        self.items: dict[str, Named] = {}

    def write(self, document: Part) -> None:
        sections = document.pop("sections")
        for grade in document.pop("grades", ()):
            label = grade.pop("label")
            self.grades.append(_strings(grade) | {"label": label["vi"], "label_en": label.get("en", "")})
        settings = {
            "form_title": document["title"].pop("vi"),
            "form_id": document.pop("slug"),
            "version": str(document.pop("version")),
            "default_language": VI,
        }
        self.settings.append(settings | _columns(document, extras.SETTINGS))
        for section in sections:
            self._section(section)
        self.lost.append(Lost("", "chấm điểm, xếp loại, kết luận, ký biên bản và nhật ký chỉ có trong CôngVụ"))
        self.lost.append(Lost("", "ghi chú của từng nội dung; nhiều ảnh cho một nội dung"))

    def _section(self, section: Part) -> None:
        name = self.names.take(section["key"])
        row = {"type": "begin_group", "name": name} | _key(name, section.pop("key"))
        row |= _text("label", section.pop("title")) | _text("hint", section.pop("guidance", {}))
        items = section.pop("items")
        self.survey.append(row | _columns(section, extras.ITEM))
        for item in items:
            self._item(item)
        self.survey.append({"type": "end_group", "name": name})

    # --- an item ------------------------------------------------------------------------------------------------

    def _item(self, item: Part) -> None:
        key, answer = item["key"], item["answer"]
        name = self.names.take(key)
        self._tell(key, item, answer)
        row = {"name": name} | _key(name, key) | _text("label", item.pop("text"))
        row |= _text("hint", item.pop("guidance", {})) | self._when(key, item, {})
        item.pop("key")
        kind = answer["type"]
        if kind not in ("ratio", "document", "roster") and not item.get("not_applicable"):
            row["required"] = "yes"
        whole = deepcopy(item)
        if kind == "roster":
            self._roster(key, name, row, item)
        elif kind in ("ratio", "document"):
            self._group(name, row, item, answer, whole)
        else:
            row |= self._answer(name, answer)
            answer.pop("claimed", None)
            self.survey.append(row | _columns(item, extras.ITEM))
            self._parts(name, whole, row)
        self.items[key] = Named(name, kind)

    def _group(self, name: str, row: Row, part: Part, answer: Part, whole: Part) -> None:
        """A ratio or a document: a group with a row for each of its boxes."""
        kind = answer.pop("type")
        for taken in ("observed", "total", "period", "source", "claimed") if kind == "ratio" else ():
            answer.pop(taken, None)
        columns = extras.ITEM if "answer" in part else extras.FIELD
        self.survey.append(row | {"type": "begin_group", "congvu_part": kind} | _columns(part, columns))
        self._parts(name, whole, row)
        self.survey.append({"type": "end_group", "name": name})
        if kind == "document":
            self._list(SHOWN_LIST, SHOWN)

    def _parts(self, name: str, whole: Part, row: Row) -> None:
        self.survey += part_rows(name, whole, whole.get("answer", whole), row)

    def _roster(self, key: str, name: str, row: Row, item: Part) -> None:
        answer = item["answer"]
        fields, named = answer.pop("fields", []), answer.pop("row")
        whole = deepcopy(item)
        answer.pop("type")
        self.survey.append(row | {"type": "begin_repeat"} | _columns(item, extras.ITEM))
        label = {"type": "text", "name": f"{name}_label", "congvu_part": "row_label"}
        self.survey.append(label | _text("label", named["label"]))
        before: dict[str, Named] = {}
        for field in fields:
            self._field(key, name, field, before)
        self.survey.append({"type": "end_repeat", "name": name})
        self._parts(name, whole, row)

    def _field(self, item: str, owner: str, field: Part, before: dict[str, Named]) -> None:
        key, kind = field["key"], field["type"]
        name = self.names.take(key, owner)
        row = {"name": name} | _key(name, field.pop("key")) | _text("label", field.pop("text"))
        row |= self._when(f"{item}/{key}", field, before)
        whole = deepcopy(field)
        if kind == "document":
            self._group(name, row, field, field, whole)
        else:
            self.survey.append(row | self._answer(name, field) | _columns(field, extras.FIELD))
        before[key] = Named(name, kind)

    def _answer(self, name: str, answer: Part) -> Row:
        """Take type, choices and bounds out of an answer into their columns."""
        kind = answer.pop("type")
        if kind == "yes_no":
            self._list(YES_NO_LIST, _YES_NO)
            return {"type": f"select_one {YES_NO_LIST}"}
        if kind in ("choice", "choices"):
            self._options(name, answer.pop("choices"))
            return {"type": f"{'select_one' if kind == 'choice' else 'select_multiple'} {name}"}
        if kind == "number":
            bounds = [f". {sign} {answer.pop(key)}" for key, sign in (("min", ">="), ("max", "<=")) if key in answer]
            whole = answer.pop("whole", False)
            return {"type": "integer" if whole else "decimal", "constraint": " and ".join(bounds)}
        if kind == "text" and "max_length" in answer:
            return {"type": "text", "constraint": f"string-length(.) <= {answer.pop('max_length')}"}
        return {"type": kind}

    # --- choices, conditions, report ------------------------------------------------------------------------------

    def _list(self, name: str, choices: tuple[tuple[str, str, str], ...]) -> None:
        if all(row["list_name"] != name for row in self.choices):
            self.choices += [{"list_name": name, "name": key, "label": vi, "label_en": en} for key, vi, en in choices]

    def _options(self, name: str, options: list[Part]) -> None:
        for option in options:
            row = {"list_name": name, "name": option.pop("key")} | _text("label", option.pop("text"))
            row |= _columns(option, extras.OPTION)
            row.setdefault(extras.MORE, "{}")  # a list of yes and no that is a choice all the same
            self.choices.append(row)

    def _when(self, where: str, part: Part, fields: Mapping[str, Named]) -> Row:
        when = part.pop("when", None)
        if when is None:
            return {}
        row = {extras.WHEN: _json(when)}
        try:
            return row | {"relevant": xpath(when, finder(self.items, fields))}
        except Unfit as error:
            self.lost.append(Lost(where, f"luôn được hỏi: {error}"))
            return row

    def _tell(self, key: str, item: Part, answer: Part) -> None:
        words = [word for name, word in _ONLY_OURS.items() if name in item]
        words += [word for name, word in _ONLY_OURS_ANSWER.items() if name in answer]
        if item.get("evidence") == "required_on_fail":
            words.append("bắt buộc ảnh khi không đạt")
        if words:
            self.lost.append(Lost(key, f"không có trong XLSForm: {', '.join(words)}"))


def _key(name: str, key: str) -> Row:
    return {} if tells(name, key) else {extras.KEY: key}


def _text(column: str, text: Mapping[str, str]) -> Row:
    """A text in its two columns; `${` would be read as a reference."""
    vi, en = (text.get(language, "").replace("${", "$ {") for language in ("vi", "en"))
    return {column: vi, f"{column}_en": en}


def _strings(part: Mapping[str, Any]) -> Row:
    return {key: str(value) for key, value in part.items()}


def _columns(part: Part, columns: Mapping[str, tuple[str, ...]]) -> Row:
    """Take a part's everyday values out into columns of their own, and all the rest into one."""
    row: Row = {}
    for column, path in columns.items():
        value = _pop(part, path)
        if value is not None:
            row[column] = str(value)
    _prune(part)
    if part:
        row[extras.MORE] = _json(part)
    return row


def _pop(part: Part, path: tuple[str, ...]) -> Any:
    *way, last = path
    for key in way:
        inner = part.get(key)
        if not isinstance(inner, dict):
            return None
        part = inner
    return part.pop(last, None)


def _prune(part: Part) -> None:
    """Drop tables of which everything was taken out."""
    for key, value in list(part.items()):
        if isinstance(value, dict):
            _prune(value)
            if not value:
                del part[key]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

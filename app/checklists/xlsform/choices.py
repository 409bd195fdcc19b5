"""The lists of choices: read once, used by every question that names them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.checklists.xlsform import extras
from app.checklists.xlsform.keys import option_key
from app.checklists.xlsform.languages import Texts, whole_text
from app.checklists.xlsform.ours import SHOWN, SHOWN_LIST
from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import MEDIA, Row
from app.domain.errors import Invalid
from app.domain.handwritten import plain

MOST_CHOICES = 100
MOST_OPTIONS = 10_000  # of all questions: a draft holds no more than 20,000 values
_YES, _NO = {"yes", "co", "y", "true", "dung"}, {"no", "khong", "n", "false", "sai"}
_UNUSED_COLUMN = "cột này chỉ để lọc hoặc trang trí lựa chọn; phiếu hiện mọi lựa chọn"
_OTHER = ("Khác", "Other")


@dataclass(frozen=True)
class Taken:
    """A list as a question takes it: options of its own, and the key of each name."""

    options: list[dict[str, Any]]
    keys: Mapping[str, str]


class Lists:
    """The lists of a choices sheet by name, marking each cell for every question that takes it."""

    def __init__(self, rows: Sequence[Row], ledger: Ledger, texts: Texts) -> None:
        self.ledger = ledger
        self.texts = texts
        self.rows: dict[str, list[Row]] = {}
        self.taken = 0
        seen: set[tuple[str, str]] = set()
        for row in rows:
            named = row.code("list_name"), row.code("name")
            if not all(named):
                ledger.refuse_row(row, "lựa chọn phải có list_name và name")
            elif named in seen:
                ledger.refuse_row(row, "tên lựa chọn bị lặp trong danh sách; chỉ lấy lần đầu")
            else:
                seen.add(named)
                self.rows.setdefault(named[0], []).append(row)

    def yes_no(self, name: str, answer: dict[str, Any]) -> Mapping[str, str] | None:
        """The names of a list that just says yes and no, as our `yes` and `no`; None for any other list."""
        rows = self.rows.get(name, [])
        if len(rows) != 2 or any(extras.has(row, "fail", "points") for row in rows):
            return None
        found = {each: row for row in rows if (each := self._yes_or_no(row))}
        if len(found) != 2:
            return None
        for key, row in found.items():
            self._mark_yes_no(key, row, answer)
        return {row.code("name"): key for key, row in found.items()}

    def _yes_or_no(self, row: Row) -> str:
        label = self.texts.first(row, "label")
        said = plain(label.text) if label else plain(row.code("name"))
        return "yes" if said in _YES else "no" if said in _NO else ""

    def _mark_yes_no(self, key: str, row: Row, answer: dict[str, Any]) -> None:
        shown = {"vi": {"yes": "Có", "no": "Không"}[key], "en": {"yes": "Yes", "no": "No"}[key]}
        for cell in row.cells:
            heading = next((each for each, there in row.by_heading.items() if there is cell), None)
            fixed = {"name": key}.get(heading.name, "") if heading else ""
            if heading and (heading.name == "list_name" or cell.text == fixed or cell.text in shown.values()):
                self.ledger.keep(cell, answer, "type")
            elif heading and heading.name in ("name", "label"):
                self.ledger.change(cell, f"loại trả lời Có/Không của phiếu luôn hiện “{shown['vi']}”", answer, "type")
            elif heading and heading.name in MEDIA:
                self.ledger.refuse(cell, "phiếu không kèm hình, tiếng")
            else:
                self.ledger.refuse(cell, _UNUSED_COLUMN)

    def take(self, name: str, answer: dict[str, Any], *, other: bool) -> Taken | None:
        """Give a question's answer the options of a list; None if there is no such list or it is too long.

        Raises Invalid("xlsform_too_long") when all questions together have more options than a checklist can hold.
        """
        rows = self.rows.get(name, [])
        if not rows or len(rows) + other > MOST_CHOICES:
            return None
        self.taken += len(rows)
        if self.taken > MOST_OPTIONS:
            raise Invalid("xlsform_too_long")
        options: list[dict[str, Any]] = []
        keys: dict[str, str] = {}
        for row in rows:
            option: dict[str, Any] = {"key": option_key(row.code("name"), set(keys.values()))}
            keys[row.code("name")] = option["key"]
            options.append(option)
            self._mark(row, option)
        if other and "other" not in keys:
            keys["other"] = option_key("other", set(keys.values()))
            options.append({"key": keys["other"], "text": {"vi": _OTHER[0], "en": _OTHER[1]}})
        answer["choices"] = options
        return Taken(options, keys)

    def _mark(self, row: Row, option: dict[str, Any]) -> None:
        name = row.cell("name")
        if name is not None and name.text != option["key"]:
            self.ledger.change(name, f"khóa lựa chọn thành “{option['key']}”", option, "key")
        else:
            self.ledger.keep(name, option, "key", verbatim=True)
        self.ledger.keep(row.cell("list_name"), option, "key")
        if not self.texts.take(row, "label", option, "text"):
            option["text"] = {"vi": row.code("name")}
        whole_text(option, "text")
        extras.put_option(row, option, self.ledger)
        for heading, cell in row.by_heading.items():
            if heading.name in MEDIA:
                self.ledger.refuse(cell, "phiếu không kèm hình, tiếng")
            elif heading.name not in ("list_name", "name", "label") and not extras.is_ours(heading.name):
                self.ledger.refuse(cell, _UNUSED_COLUMN)

    def take_shown(self, answer: dict[str, Any]) -> None:
        """Mark our own list of a document shown or not, whose words are fixed."""
        fixed = {key: (SHOWN_LIST, key, vi, en) for key, vi, en in SHOWN}
        for row in self.rows.get(SHOWN_LIST, [])[: len(SHOWN)]:
            for cell in row.cells:
                if cell.text in fixed.get(row.code("name"), ()):
                    self.ledger.keep(cell, answer, "type")
                elif cell not in self.ledger.marks:
                    self.ledger.refuse(cell, "chữ của danh sách này do CôngVụ đặt; sửa ở đây không có tác dụng")

    def refuse_unused(self) -> None:
        """Report the lists that no question took."""
        for name, rows in self.rows.items():
            if not any(cell in self.ledger.marks for row in rows for cell in row.cells):
                for row in rows:
                    self.ledger.refuse_row(row, f"không nội dung nào của phiếu dùng danh sách “{name}”")

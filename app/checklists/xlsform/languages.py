"""Which of a form's languages becomes the Vietnamese text, which the English, and what is left.

A checklist has Vietnamese (never empty) and English. A text that stands in no Vietnamese column is taken over as it
is, so that nothing is lost, and told.
"""

import re
from typing import Any

from app.checklists.xlsform.report import Ledger
from app.checklists.xlsform.sheets import Cell, Row
from app.domain.handwritten import plain

LONGEST = 4000
_OTHER = "phiếu chỉ có tiếng Việt và tiếng Anh; chữ “{}” không nhập"
_TAKEN = "chưa có tiếng Việt: tạm dùng {}, hãy dịch"


def is_vietnamese(language: str) -> bool:
    """Whether a heading's language is Vietnamese: `Tiếng Việt (vi)`, `vi`, `Vietnamese`."""
    return _code(language) == "vi" or plain(language).startswith(("tieng viet", "vietnam"))


def is_english(language: str) -> bool:
    """Whether a heading's language is English: `English (en)`, `en`, `Tiếng Anh`."""
    return _code(language) == "en" or plain(language).startswith(("english", "tieng anh"))


def _code(language: str) -> str:
    found = re.search(r"\(([A-Za-z]{2,3})(?:[-_][A-Za-z]+)?\)\s*$", language)
    return (found.group(1) if found else language.strip()).lower()


class Texts:
    """Puts the texts of rows into the document, each in its language."""

    def __init__(self, ledger: Ledger, default_language: str) -> None:
        self.ledger = ledger
        self.default = default_language

    def take(self, row: Row, column: str, part: dict[str, Any], key: str) -> bool:
        """Put a translated column of a row at `part[key]`, after what stands there; False if it is empty."""
        cells = list(row.texts(column))
        if not cells:
            return False
        vietnamese = self._vietnamese(cells)
        english = next((cell for language, cell in cells if is_english(self._language(language))), None)
        text = part.setdefault(key, {})
        self._put(text, "vi", vietnamese[1], self._doubt(vietnamese[0]))
        if english is not None:
            self._put(text, "en", english, "")
        for language, cell in cells:
            if cell not in (vietnamese[1], english):
                self.ledger.refuse(cell, _OTHER.format(language or "không ghi ngôn ngữ"))
        return True

    def refuse(self, row: Row, column: str, why: str) -> None:
        """Report every language of a column as not taken."""
        for _language, cell in row.texts(column):
            self.ledger.refuse(cell, why)

    def first(self, row: Row, column: str) -> Cell | None:
        """The text of a column that a Vietnamese reader is shown."""
        cells = list(row.texts(column))
        return self._vietnamese(cells)[1] if cells else None

    def _language(self, language: str) -> str:
        return language or self.default

    def _vietnamese(self, cells: list[tuple[str, Cell]]) -> tuple[str, Cell]:
        return min(cells, key=lambda each: self._rank(each[0]))

    def _rank(self, language: str) -> int:
        """How good a language is as the Vietnamese text; of equals the first column wins."""
        if is_vietnamese(language):
            return 0
        if not language or language == "default":
            return 1
        return 2 if language == self.default else 3

    def _doubt(self, language: str) -> str:
        named = self._language(language)
        if is_vietnamese(named) or named in ("", "default"):
            return ""
        return _TAKEN.format(f"“{named}”")

    def _put(self, text: dict[str, Any], language: str, cell: Cell, doubt: str) -> None:
        before = text.get(language, "")
        joined = f"{before}\n{cell.text}" if before else cell.text
        text[language] = joined[:LONGEST].rstrip()
        if len(joined) > LONGEST:
            self.ledger.change(cell, f"dài quá {LONGEST} ký tự nên bị cắt bớt", text, language)
        elif doubt:
            self.ledger.change(cell, doubt, text, language)
        else:
            self.ledger.keep(cell, text, language, verbatim=True)


def whole_text(part: dict[str, Any], key: str) -> None:
    """Give a text that only has English the same as Vietnamese: no text of a checklist lacks it."""
    text = part.get(key)
    if isinstance(text, dict) and not text.get("vi"):
        text["vi"] = text.get("en") or "…"

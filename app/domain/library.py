"""The item library: what several checklists ask alike, under codes that never change their meaning.

A library file is authored like a checklist and read with the same judgement. An item that carries an entry's `code` is
still complete in itself: a published version needs no library to be read. The code joins what was found under
different checklists, and the entry says on which law the item stood when, and which criteria of the public indices it
speaks to. Whether an item agrees with its entry is checked when it is published.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain.answer_types import Criterion, IsoDate, ItemKey, Part, Text
from app.domain.checklist import Checklist, FindingTemplate, Item, Problem, read_document
from app.domain.findings import PLACEHOLDER
from app.domain.vietnamese import search_key

AnswerType = Literal["yes_no", "choice", "choices", "ratio", "number", "text", "date", "time", "document", "roster"]

_COUNTED = frozenset({"observed", "total", "missing", "percent", "claimed"})
_FILLED = {"ratio": _COUNTED, "roster": _COUNTED | {"exceptions", "value"}}
_VALUE = frozenset({"value", "claimed"})


class Basis(Criterion):
    """What an item rests on, and while it was in force; a bound that is not known is left out."""

    valid_from: IsoDate | None = None
    valid_to: IsoDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Basis":
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise PydanticCustomError("dates_order", "valid_to phải không trước valid_from")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether it was in force that day, as far as is known."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class IndexCriterion(Part):
    """A criterion of a public index that the item speaks to; kept for later, it scores nothing."""

    index: Literal["par", "766", "sipas", "papi"]
    criterion: Text
    note: str = Field(default="", max_length=1000)


class Former(Part):
    """An item of versions published before they could carry the code; they never change."""

    checklist: ItemKey
    item: ItemKey


class Entry(Part):
    """One thing that checklists may ask, with what they start from when they do."""

    code: ItemKey
    text: Text
    answer: AnswerType
    basis: tuple[Basis, ...] = Field(min_length=1, max_length=20)
    guidance: Text
    finding: FindingTemplate | None = None
    indices: tuple[IndexCriterion, ...] = Field(default=(), max_length=20)
    formerly: tuple[Former, ...] = Field(default=(), max_length=20)


class LibraryFile(Part):
    """One file of the library: a group of entries."""

    title: Text
    entries: tuple[Entry, ...] = Field(min_length=1, max_length=500)


@dataclass(frozen=True)
class Library:
    """All entries under their codes, in the order of their files."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)  # title of the file each code stands in
    former: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (slug, item key) to code

    def found(self, words: str, index: str = "") -> tuple[Entry, ...]:
        """The entries that have all these words, whatever their diacritics, and speak to an index if one is named."""
        wanted = search_key(words).split()
        return tuple(
            entry
            for entry in self.entries.values()
            if (not index or any(each.index == index for each in entry.indices))
            and all(word in self._searched(entry) for word in wanted)
        )

    def _searched(self, entry: Entry) -> str:
        sources = " ".join(f"{each.vi} {each.source}" for each in entry.basis)
        return search_key(f"{entry.code} {entry.text.vi} {entry.text.en} {self.groups[entry.code]} {sources}")

    def code_of(self, slug: str, item: Item) -> str | None:
        """The code an item carries, or that it would carry had its version been published later."""
        return item.code or self.former.get((slug, item.key))


def parse_file(document: object) -> LibraryFile:
    """Read one library file; raises `Invalid("checklist_invalid", problems=...)`."""
    return read_document(LibraryFile, document)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a library file, for editors."""
    return LibraryFile.model_json_schema()


def gather(files: Mapping[str, LibraryFile]) -> Library:
    """Put the files together, in their order; the first use of a code counts (`file_problems` names the second)."""
    entries: dict[str, Entry] = {}
    groups: dict[str, str] = {}
    former: dict[tuple[str, str], str] = {}
    for file in files.values():
        for entry in file.entries:
            entries.setdefault(entry.code, entry)
            groups.setdefault(entry.code, file.title.vi)
            for each in entry.formerly:
                former.setdefault((each.checklist, each.item), entry.code)
    return Library(entries, groups, former)


def file_problems(file: LibraryFile, others: Mapping[str, LibraryFile]) -> tuple[Problem, ...]:
    """List what is wrong in one file: codes used twice, here or in `others` (by name), and placeholders."""
    return tuple(_file_problems(file, others))


def _file_problems(file: LibraryFile, others: Mapping[str, LibraryFile]) -> Iterator[Problem]:
    codes = {entry.code: f"tệp {name}" for name, other in others.items() for entry in other.entries}
    former = {(each.checklist, each.item) for other in others.values() for entry in other.entries
              for each in entry.formerly}  # fmt: skip
    for index, entry in enumerate(file.entries):
        path = f"entries[{index}]"
        if entry.code in codes:
            yield Problem(f"{path}.code", "code_twice", f"mã {entry.code} đã dùng ở {codes[entry.code]}")
        codes.setdefault(entry.code, "trên, trong cùng tệp")
        for place, each in enumerate(entry.formerly):
            if (each.checklist, each.item) in former:
                message = f"nội dung {each.item} của phiếu {each.checklist} đã được nhận là mã khác"
                yield Problem(f"{path}.formerly[{place}]", "former_twice", message)
            former.add((each.checklist, each.item))
        yield from _placeholders(path, entry)


def _placeholders(path: str, entry: Entry) -> Iterator[Problem]:
    if entry.finding is None:
        return
    known = _FILLED.get(entry.answer, _VALUE)
    for name, text in (("text", entry.finding.text), ("remedy", entry.finding.remedy)):
        for unknown in sorted(set(PLACEHOLDER.findall(text.vi)) - known) if text else ():
            message = f"không có chỗ điền {{{unknown}}} cho loại trả lời này"
            yield Problem(f"{path}.finding.{name}.vi", "unknown_placeholder", message)


def problems(checklist: Checklist, library: Library) -> tuple[Problem, ...]:
    """List the items that disagree with the entry whose code they carry; empty if none."""
    return tuple(_problems(checklist, library))


def _problems(checklist: Checklist, library: Library) -> Iterator[Problem]:
    seen: set[str] = set()
    for s, section in enumerate(checklist.sections):
        for i, item in enumerate(section.items):
            if item.code is None:
                continue
            path = f"sections[{s}].items[{i}]"
            entry = library.entries.get(item.code)
            if entry is None:
                message = f"thư viện nội dung không có mã {item.code}; hãy sửa mã hoặc bỏ dòng code"
                yield Problem(f"{path}.code", "unknown_code", message)
                continue
            if item.code in seen:
                yield Problem(f"{path}.code", "code_twice", f"mã {item.code} đã dùng ở nội dung khác của phiếu này")
            seen.add(item.code)
            if item.answer.type != entry.answer:
                message = (
                    f"mã {item.code} trong thư viện có kiểu trả lời {entry.answer}, ở đây là {item.answer.type};"
                    " nghĩa khác thì dùng mã khác hoặc bỏ dòng code"
                )
                yield Problem(f"{path}.answer.type", "code_answer", message)
            yield from _lapsed(path, item, entry, checklist.effective_from)


def moved(checklist: Checklist, earlier: Collection[Checklist], library: Library) -> tuple[Problem, ...]:
    """List items whose code or key was joined to another in an earlier version: their years would be told wrongly."""
    code_of: dict[str, tuple[str, int]] = {}
    key_of: dict[str, tuple[str, int]] = {}
    for other in earlier:
        for item in other.items():
            code = library.code_of(other.slug, item)
            if code is not None:
                code_of[item.key], key_of[code] = (code, other.version), (item.key, other.version)
    found = []
    for s, section in enumerate(checklist.sections):
        for i, item in enumerate(section.items):
            if item.code is None:
                continue
            code, since = code_of.get(item.key, (item.code, 0))
            key, before = key_of.get(item.code, (item.key, 0))
            if code != item.code:
                text = f"nội dung {item.key} ở phiên bản {since} mang mã {code}; mã khác thì phải dùng khóa mới"
                found.append(Problem(f"sections[{s}].items[{i}].code", "code_moved", text))
            elif key != item.key:
                text = f"mã {item.code} ở phiên bản {before} là của nội dung {key}; hãy giữ khóa cũ"
                found.append(Problem(f"sections[{s}].items[{i}].code", "code_moved", text))
    return tuple(found)


def _lapsed(path: str, item: Item, entry: Entry, day: date) -> Iterator[Problem]:
    """The basis the item cites must be in force on the day; one that the library does not know is the plan's own."""
    source = item.criterion.source if item.criterion else ""
    cited = [basis for basis in entry.basis if basis.source == source] if source else []
    if any(basis.holds_on(day) for basis in cited or entry.basis):
        return
    named = cited[0].source if cited else f"mọi căn cứ của mã {entry.code}"
    now_in_force = next((basis.source or basis.vi for basis in entry.basis if basis.holds_on(day)), "")
    advice = f"hãy dẫn {now_in_force}" if now_in_force else "hãy cập nhật căn cứ trong thư viện"
    message = f"ngày {day:%d/%m/%Y} (effective_from), {named} chưa hoặc không còn hiệu lực; {advice}"
    yield Problem(f"{path}.criterion", "basis_lapsed", message)

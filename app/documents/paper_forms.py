"""A checklist as a paper form: what is asked, where it is written, and the numbers under which it is typed in.

The numbers are those of the phone and the desk: section, point, place in the section. Nothing is worked out from
answers; the same checklist gives the same bytes.
"""

from collections.abc import Sequence
from typing import Any

from app.documents.pdf import render_form
from app.domain import checklist_text
from app.domain.answer_text import hundredths_text
from app.domain.answer_types import (
    Answer,
    Choice,
    ChoiceField,
    Choices,
    ChoicesField,
    Document,
    FreeText,
    Number,
    NumberField,
    Option,
    Ratio,
    Roster,
    RosterField,
)
from app.domain.checklist import Checklist, Item, canonical, chk

ROWS, BESIDE = 10, 5  # rows printed for a list; how many stand beside each other in a turned table
DRAWN, MOST_DRAWN = 30, 60  # rows printed for a sample: as many as it is at most, if it says, within bounds
MOST_ACROSS = 6  # fields that fit beside each other; with more the table is turned
LETTERS = "abcdđeghiklmnopqrstuvxy"  # as Vietnamese lists are lettered

Piece = tuple[str, str]  # what is drawn, and its label
Line = list[Piece]


def paper_form(checklist: Checklist, *, draft: bool = False) -> bytes:
    """The form as an A4 PDF; `draft` prints that across every page."""
    name = chk(canonical(checklist))
    code = f"{checklist.slug} · phiên bản {checklist.version} · {name[:12]}"
    return render_form(
        {
            "title": checklist.title.vi,
            "authority": checklist.authority.vi if checklist.authority else "",
            "code": f"{code} · bản nháp" if draft else code,
            "draft": draft,
            "facts": _FACTS,
            "instructions": _INSTRUCTIONS,
            "signers": ["ĐẠI DIỆN ĐƠN VỊ", "NGƯỜI GHI PHIẾU", "TRƯỞNG ĐOÀN"],
            "goes-on": any(isinstance(item.answer, Roster) for item in checklist.items()),
            "sections": [_section(checklist, number) for number in range(1, len(checklist.sections) + 1)],
        },
        f"{checklist.slug}/v{checklist.version}/{name}",
    )


_FACTS: list[Line] = [
    [("line", "Đơn vị được kiểm tra")],
    [("day", "Ngày kiểm tra"), ("clock", "Bắt đầu")],
    [("clock", "Kết thúc"), ("line", "Địa điểm")],
    [("line", "Đoàn kiểm tra (quyết định, kế hoạch)")],
    [("line", "Trưởng đoàn")],
    [("line", "Người ghi phiếu")],
    [("line", "Đại diện đơn vị (họ tên, chức vụ)")],
]
_PHOTO = {"required": "Ảnh số (bắt buộc)", "required_on_fail": "Ảnh số (bắt buộc nếu không đạt)", "optional": "Ảnh số"}
_ROW_PHOTO = {
    "required": "chụp ảnh mỗi dòng, ghi số ảnh sau tên dòng",
    "required_on_fail": "không đạt thì chụp ảnh, ghi số ảnh sau tên dòng",
}
_INSTRUCTIONS = [
    "Ghi bằng bút mực. Ô vuông: đánh dấu ×; ô tròn: chỉ chọn một. Sửa thì gạch ngang, ghi lại bên cạnh và ký nháy.",
    "Mỗi trang ghi đơn vị, ngày và số phiếu ở đầu trang, để ghép đúng khi nhập vào máy.",
    "Chưa xem được thì bỏ trống. “Không áp dụng” chỉ dùng ở nội dung có ô này và phải ghi lý do.",
    "Ảnh chụp bằng máy khác: ghi số thứ tự ảnh vào “Ảnh số”. Số của nội dung (1.1, 1.2 …) giống trên điện thoại.",
]


def _section(checklist: Checklist, number: int) -> dict[str, Any]:
    section = checklist.sections[number - 1]
    weight = f"trọng số {hundredths_text(section.weight)}" if section.weight is not None else ""
    return {
        "title": f"{number}. {section.title.vi}",
        "points": weight,
        "guidance": section.guidance.vi if section.guidance else "",
        "items": [_item(checklist, item, f"{number}.{place}") for place, item in enumerate(section.items, start=1)],
    }


def _item(checklist: Checklist, item: Item, number: str) -> dict[str, Any]:
    return {
        "number": number,
        "text": item.text.vi,
        "points": f"{hundredths_text(item.points)} điểm" if item.points is not None else "",
        "hints": [[label, said] for label, said in _hints(checklist, item) if said],
        "answer": _answer(item.answer, scored=item.points is not None),
        "roster": _roster(checklist, item) if isinstance(item.answer, Roster) else None,
        "notes": _notes(item),
    }


def _hints(checklist: Checklist, item: Item) -> list[tuple[str, str]]:
    criterion, when = "", ""
    if item.criterion is not None:
        source = f" ({item.criterion.source})" if item.criterion.source else ""
        criterion = f"{item.criterion.vi}{source}"
    if item.when is not None:
        when = checklist_text.condition_words(item.when, _numbered(checklist, item))
    return [
        ("Chỉ hỏi khi", when),
        ("Căn cứ", criterion),
        ("Hướng dẫn", item.guidance.vi if item.guidance else ""),
    ]


def _numbered(checklist: Checklist, item: Item) -> checklist_text.Sources:
    """What a condition may name, each item with its number before it."""
    numbers = {
        each.key: f"{s}.{i}"
        for s, section in enumerate(checklist.sections, start=1)
        for i, each in enumerate(section.items, start=1)
    }
    known = dict(checklist_text.sources(checklist, item))
    for key, number in numbers.items():
        text, spec = known[f"item/{key}"]
        known[f"item/{key}"] = (f"{number} {text}", spec)
    return known


def _answer(answer: Answer, *, scored: bool) -> list[Line]:
    lines = _typed(answer, scored=scored)
    if answer.claimed and isinstance(answer, Ratio):
        lines.append([("text", "Đơn vị tự báo cáo (đạt / tổng số):"), ("over", "")])
    elif answer.claimed:
        lines.append([("line", "Đơn vị tự báo cáo")])
    return lines


def _typed(answer: Answer, *, scored: bool) -> list[Line]:
    if isinstance(answer, Choice | Choices):
        kind = "round" if isinstance(answer, Choice) else "tick"
        return [[(kind, _option(option, scored=scored)) for option in answer.choices]]
    if isinstance(answer, Ratio):
        return _ratio(answer)
    if isinstance(answer, Number):
        return [[("box", "Số"), ("text", f"{answer.unit.vi}{_bounds(answer)}")]]
    if isinstance(answer, FreeText):
        return [[("line", "")], [("line", "")]]
    if isinstance(answer, Document):
        return [
            [("round", "Có xuất trình"), ("round", "Không xuất trình")],
            [("short", "Số, ký hiệu"), ("day", "Ngày")],
            [("short", "Loại"), ("line", "Người ký")],
        ]
    if isinstance(answer, Roster):
        return _frame(answer)
    plain: dict[str, Line] = {
        "yes_no": [("round", "Có"), ("round", "Không")],
        "date": [("day", "Ngày")],
        "time": [("clock", "")],
    }
    return [plain[answer.type]]


def _option(option: Option, *, scored: bool) -> str:
    if not scored:
        return option.text.vi
    return f"{option.text.vi} ({hundredths_text(option.points or 0)}đ)"


def _ratio(answer: Ratio) -> list[Line]:
    lines: list[Line] = [[("box", answer.observed.vi), ("box", answer.total.vi)]]
    if answer.period:
        lines.append([("day", "Kỳ số liệu từ"), ("day", "đến")])
    if answer.source:
        lines.append([("line", "Nguồn số liệu")])
    return lines


def _bounds(answer: Number | NumberField) -> str:
    least = f"từ {hundredths_text(answer.min)}" if answer.min is not None else ""
    most = f"đến {hundredths_text(answer.max)}" if answer.max is not None else ""
    bounds = " ".join(filter(None, (least, most)))
    return f" ({bounds})" if bounds else ""


def _frame(roster: Roster) -> list[Line]:
    """A list says whether there is none; a sample also what it was drawn from."""
    if roster.sample is None:
        return [[("tick", "Không có dòng nào tại đơn vị")]]
    lines: list[Line] = [
        [("box", f"Tổng số {roster.sample.frame.vi.lower()}"), ("box", "Số được rút")],
        [("text", "Rút ngẫu nhiên bằng ứng dụng; ghi số đã rút trước tên của từng dòng.")],
    ]
    if roster.sample.period:
        lines.append([("day", "Kỳ số liệu từ"), ("day", "đến")])
    if roster.sample.source:
        lines.append([("line", "Nguồn số liệu")])
    return lines


def _roster(checklist: Checklist, item: Item) -> dict[str, Any]:
    roster = item.answer
    if not isinstance(roster, Roster):
        raise TypeError(roster.type)
    across = len(roster.fields) <= MOST_ACROSS
    known = _numbered(checklist, item)
    fields = [
        {"letter": _letter(place), "text": field.text.vi, "kind": _cell(field)}
        for place, field in enumerate(roster.fields)
    ]
    legend = [
        f"({_letter(place)}) {said}" for place, field in enumerate(roster.fields) for said in _legend(field, known)
    ]
    return {
        "label": roster.row.label.vi,
        "across": across,
        "rows": _rows(roster),
        "beside": BESIDE,
        "fields": fields,
        "legend": legend,
    }


def _rows(roster: Roster) -> int:
    """How many rows are printed, in whole turned tables."""
    wanted = ROWS if roster.sample is None else min(roster.sample.at_most or DRAWN, MOST_DRAWN)
    return -(-wanted // BESIDE) * BESIDE


def _letter(place: int) -> str:
    return LETTERS[place] if place < len(LETTERS) else f"{LETTERS[place - len(LETTERS)]}2"


def _cell(field: RosterField) -> str:
    """What stands in an empty cell: boxes, the numbers of the choices to be ringed, or nothing."""
    if isinstance(field, ChoiceField | ChoicesField):
        return "  ".join(str(number) for number in range(1, len(field.choices) + 1)) if len(field.choices) <= 4 else ""
    return {"yes_no": "yes_no", "date": "day", "time": "clock"}.get(field.type, "")


def _legend(field: RosterField, known: checklist_text.Sources) -> list[str]:
    said = []
    if isinstance(field, ChoiceField | ChoicesField):
        named = "; ".join(f"{number} = {option.text.vi}" for number, option in enumerate(field.choices, start=1))
        several = isinstance(field, ChoicesField)
        said.append(f"{'khoanh hoặc ghi các số' if several else 'khoanh hoặc ghi một số'}: {named}")
    if isinstance(field, NumberField):
        said.append(f"tính bằng {field.unit.vi}{_bounds(field)}")
    if field.type == "document":
        said.append("ghi số, ngày, người ký; không xuất trình thì ghi “không”")
    if field.evidence in _ROW_PHOTO:
        said.append(_ROW_PHOTO[field.evidence])
    if field.when is not None:
        said.append(f"chỉ hỏi khi {checklist_text.condition_words(field.when, known)}")
    return said


def _notes(item: Item) -> Sequence[Line]:
    lines: list[Line] = []
    if item.not_applicable:
        lines.append([("tick", "Không áp dụng"), ("line", "lý do")])
    photo = {
        "required": "Ảnh số (bắt buộc)",
        "required_on_fail": "Ảnh số (bắt buộc nếu không đạt)",
        "optional": "Ảnh số",
    }
    last: Line = [("short", photo[item.evidence])] if item.evidence != "none" else []
    return [*lines, [*last, ("line", "Ghi chú")]]

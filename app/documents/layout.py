"""Measures a produced PDF against Decree 30/2020/NĐ-CP, appendix I: page, margins, fonts, boxes, body and their order.

What is measured is the file itself, read back as a stranger would read it, not the template it came from: a wrong file
is not issued, whoever made it. Lengths are in millimetres, sizes in points.
"""

import re
from collections.abc import Iterator

from app.documents.layout_body import walk_body
from app.documents.layout_boxes import LEVEL_MM, TOLERANCE_MM, Box, Problem, Walk, is_page_number, middle_of
from app.documents.official import MOTTO, NATION, DocumentKind, Official
from app.documents.reading import Measured, TextLine, measure, squeezed

FONT = "LiberationSerif"  # the widths of Times New Roman, with every Vietnamese letter
_LIST = "Nơi nhận (ô 9b)"
_KEPT_AT = re.compile(r"- Lưu: VT\b.*\.")


def problems(document: Official, pdf: bytes) -> tuple[Problem, ...]:
    """Everything in which the file differs from the decree or the document's own text; empty if it may be issued."""
    measured = measure(pdf)
    if not measured.lines:
        return (Problem("Nội dung", "Tệp không có chữ nào đọc được."),)
    walk = walked(document, measured)
    found = (*_page_problems(measured), *walk.problems, *_list_problems(document), *_text_problems(document, measured))
    return tuple(dict.fromkeys(found))


def walked(document: Official, measured: Measured) -> Walk:
    """Look for every box of a document in a file, from its first line to its last."""
    walk = Walk(measured)
    after = _walk_head(walk, document)
    after = walk_body(walk, document.body, after)
    _walk_foot(walk, document, after)
    _walk_annexes(walk, document, after)
    return walk


def _walk_head(walk: Walk, document: Official) -> int:
    """Boxes 1 to 6 above the body: two columns side by side, then the title and what follows it."""
    left = [Box("Cơ quan chủ quản (ô 2)", document.parent_agency, (12, 13), side="left")]
    left += [
        Box("Cơ quan ban hành (ô 2)", line, (12, 13), bold=True, side="left") for line in document.agency.splitlines()
    ]
    number = Box("Số, ký hiệu (ô 3)", document.number_line, (13, 13), side="left")
    left.append(number)
    if document.is_letter:
        left.append(Box("Trích yếu (ô 5b)", f"V/v {document.subject}", (12, 13), side="left"))
    right = [
        Box("Quốc hiệu (ô 1)", NATION, (12, 13), bold=True, side="right"),
        Box("Tiêu ngữ (ô 1)", MOTTO, (13, 14), bold=True, side="right"),
        Box("Địa danh, ngày (ô 4)", document.place_line, (13, 14), italic=True, side="right"),
    ]
    after = max(walk.take_all([box for box in column if box.text], -1) for column in (left, right))
    _check_level(walk, document)
    below = []
    if document.title:
        below.append(Box("Tên loại (ô 5a)", document.title, (13, 14), bold=True, side="middle"))
        below.append(Box("Trích yếu (ô 5a)", document.subject, (13, 14), bold=True, side="middle"))
    below += [Box("Kính gửi (ô 9a)", line, (13, 14)) for line in document.addressed]
    below += [Box("Căn cứ (ô 6)", line, (13, 14), italic=True) for line in document.basis]
    return walk.take_all(below, after)


def _check_level(walk: Walk, document: Official) -> None:
    """Number and day stand on one line; minutes have no place and day on top (form 1.9)."""
    number, day = (walk.measured.locate(text) if text else () for text in (document.number_line, document.place_line))
    if number and day and abs(walk.lines(number)[0].top - walk.lines(day)[0].top) > LEVEL_MM:
        walk.note(Problem("Địa danh, ngày (ô 4)", "Phải cùng dòng với số, ký hiệu."))
    if document.kind is DocumentKind.MINUTES and any(
        line.text.startswith(f"{document.place}, ngày") for line in walk.measured.lines
    ):
        walk.note(Problem("Địa danh, ngày (ô 4)", "Biên bản không ghi địa danh, ngày ở phần đầu (mẫu 1.9)."))


def _walk_foot(walk: Walk, document: Official, after: int) -> None:
    """Boxes 7 and 9b below the body. One signature stands on the right, of several the first on the left."""
    tops: list[TextLine] = []
    several = len(document.signatures) > 1
    for place, signature in enumerate(document.signatures):
        side = ("left", "right", "middle")[place] if several else "right"
        title = after
        for text in signature.titles:
            found = walk.take(Box("Quyền hạn, chức vụ (ô 7a)", text, (13, 14), bold=True, side=side), title)
            title, tops = max((title, *found)), tops + walk.lines(found[:1])
        if signature.name:
            named = Box("Họ tên người ký (ô 7c)", signature.name, (13, 14), bold=True, side=side)
            name = walk.lines(walk.take(named, title)[:1])
            if name and title > after and abs(middle_of(name[0]) - middle_of(walk.lines([title])[0])) > LEVEL_MM:
                walk.note(Problem("Họ tên người ký (ô 7c)", f"Phải ở giữa, dưới chức vụ: {named.shown}."))
    if not document.recipients:
        return
    word = walk.take(Box(_LIST, "Nơi nhận:", (12, 12), bold=True, italic=True, side="left"), after)
    if word and tops and not several and abs(walk.lines(word)[0].top - tops[0].top) > LEVEL_MM:
        walk.note(Problem(_LIST, "Phải ngang hàng với chức vụ của người ký."))
    walk.take_all([Box(_LIST, line, (11, 11), side="left") for line in document.recipients], max((after, *word)))


def _walk_annexes(walk: Walk, document: Official, after: int) -> None:
    """An annex begins a page with its number and its title; its body is held to what any body is."""
    for number, annex in zip(document.annex_titles(), document.annexes, strict=True):
        name = f"{number} (mục VI)"
        found = walk.take(Box(name, number, (14, 14), bold=True, side="middle"), after)
        if found and any(line.page == walk.lines(found)[0].page for line in walk.measured.lines[: found[0]]):
            walk.note(Problem(name, "Phải bắt đầu ở trang mới."))
        titled = Box(name, annex.title, (13, 14), bold=True, side="middle")
        after = walk_body(walk, annex.body, walk.take_all([titled], max((after, *found))))


def _list_problems(document: Official) -> Iterator[Problem]:
    """One line each for what is cited and who receives: a semicolon between, a full stop at the end."""
    for place, line in enumerate(document.basis, start=1):
        mark = "." if place == len(document.basis) else ";"
        if not line.endswith(mark):
            yield Problem("Căn cứ (ô 6)", f"Dòng căn cứ thứ {place} phải kết thúc bằng dấu “{mark}”: “{line[:60]}”.")
    for place, line in enumerate(document.recipients[:-1], start=1):
        if not (line.startswith("- ") and line.endswith(";")):
            yield Problem(_LIST, f"Dòng thứ {place} phải có dạng “- …;”: “{line[:60]}”.")
    if document.recipients and not _KEPT_AT.fullmatch(document.recipients[-1]):
        yield Problem(_LIST, f"Dòng cuối phải có dạng “- Lưu: VT, ….”: “{document.recipients[-1][:60]}”.")


def _page_problems(measured: Measured) -> Iterator[Problem]:
    for number, (width, height) in enumerate(measured.pages, start=1):
        if abs(width - 210) > 1 or abs(height - 297) > 1:
            yield Problem("Khổ giấy", f"Trang {number} không phải A4 đứng: {width:.0f} × {height:.0f} mm.")
    body = [line for line in measured.lines if not is_page_number(line)]
    edges = (
        ("trái", min(line.left for line in body), 30, 35),
        ("phải", 210 - max(line.right for line in body), 15, 20),
        ("trên", min(line.top for line in body), 20, 25),
    )
    for name, found, least, most in edges:
        if not least - TOLERANCE_MM <= found <= most + TOLERANCE_MM:
            yield Problem("Lề trang", f"Lề {name} là {found:.1f} mm, quy định {least} đến {most} mm.")
    if 297 - max(line.bottom for line in body) < 20 - TOLERANCE_MM:
        yield Problem("Lề trang", "Chữ tràn xuống lề dưới (quy định ít nhất 20 mm).")
    foreign = {line.font for line in measured.lines if not line.font.startswith(FONT)}
    if foreign:
        yield Problem("Phông chữ", f"Có phông chữ khác: {', '.join(sorted(foreign))}.")
    yield from _numbering_problems(measured)


def _numbering_problems(measured: Measured) -> Iterator[Problem]:
    numbered = {line.page: line for line in measured.lines if is_page_number(line)}
    if 1 in numbered:
        yield Problem("Số trang", "Trang thứ nhất không hiện số trang.")
    expected = 0
    for page in range(1, len(measured.pages) + 1):
        line = numbered.get(page)
        expected = 1 if line is None else expected + 1  # an annex begins anew, and its first page shows no number
        if line is not None and int(line.text) != expected:
            yield Problem("Số trang", f"Trang {page} mang số {line.text}, lẽ ra là {expected}.")
        if line is not None and not 13 <= line.size <= 14:
            yield Problem("Số trang", f"Số trang cỡ {line.size}, quy định 13 đến 14.")


def _text_problems(document: Official, measured: Measured) -> Iterator[Problem]:
    """Every text of the document stands in the file, letter for letter but for line breaks."""
    for text in document.texts():
        letters = squeezed(text)
        if not (letters in measured.stream or measured.locate(text) or _stands_in_column(letters, measured.lines)):
            yield Problem("Nội dung", f"Không tìm thấy trong tệp: “{text[:80]}”.")


def _stands_in_column(letters: str, lines: tuple[TextLine, ...]) -> bool:
    """Whether a text that a page break cut in two stands line by line in one column."""
    for start, first in enumerate(lines):
        rest = letters
        if not rest.startswith(squeezed(first.text)):
            continue
        for line in lines[start:]:
            piece = squeezed(line.text)
            if abs(line.left - first.left) < 1 and rest.startswith(piece):
                rest = rest[len(piece) :]
        if rest == "":
            return True
    return False

"""Measures a produced PDF against Decree 30/2020/NĐ-CP, appendix I: page, margins, fonts, boxes and their order.

What is measured is the file itself, read back as a stranger would read it, not the template it came from: a wrong file
is not issued, whoever made it. Lengths are in millimetres, sizes in points.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.documents.official import MOTTO, NATION, DocumentKind, Official
from app.documents.reading import Measured, TextLine, measure, squeezed

FONT = "LiberationSerif"  # the widths of Times New Roman, with every Vietnamese letter
TOLERANCE_MM = 0.6


@dataclass(frozen=True)
class Problem:
    """What is wrong: the box of the decree, and a sentence for people."""

    box: str
    told: str


@dataclass(frozen=True)
class _Box:
    """What the decree asks of an element (appendix I, part II): sizes, weight, slant, side of the page."""

    name: str
    text: str
    sizes: tuple[float, float]
    bold: bool = False
    italic: bool = False
    side: str = ""  # left | right


def problems(document: Official, pdf: bytes) -> tuple[Problem, ...]:
    """Everything in which the file differs from the decree or the document's own text; empty if it may be issued."""
    measured = measure(pdf)
    return (*_page_problems(measured), *_box_problems(document, measured), *_text_problems(document, measured))


def _page_problems(measured: Measured) -> Iterator[Problem]:
    for number, (width, height) in enumerate(measured.pages, start=1):
        if abs(width - 210) > 1 or abs(height - 297) > 1:
            yield Problem("Khổ giấy", f"Trang {number} không phải A4 đứng: {width:.0f} × {height:.0f} mm.")
    body = [line for line in measured.lines if not _is_page_number(line)]
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


def _is_page_number(line: TextLine) -> bool:
    return line.text.isdigit() and line.top < 20 and abs((line.left + line.right) / 2 - 105) < 12


def _numbering_problems(measured: Measured) -> Iterator[Problem]:
    numbered = {line.page: line for line in measured.lines if _is_page_number(line)}
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


def _boxes(document: Official) -> Iterator[_Box]:
    yield _Box("Quốc hiệu (ô 1)", NATION, (12, 13), bold=True, side="right")
    yield _Box("Tiêu ngữ (ô 1)", MOTTO, (13, 14), bold=True, side="right")
    if document.parent_agency:
        yield _Box("Cơ quan chủ quản (ô 2)", document.parent_agency, (12, 13), side="left")
    yield _Box("Cơ quan ban hành (ô 2)", document.agency.splitlines()[0], (12, 13), bold=True, side="left")
    yield _Box("Số, ký hiệu (ô 3)", document.number_line, (13, 13), side="left")
    if document.place_line:
        yield _Box("Địa danh, ngày (ô 4)", document.place_line, (13, 14), italic=True, side="right")
    if document.title:
        yield _Box("Tên loại (ô 5a)", document.title, (13, 14), bold=True)
        yield _Box("Trích yếu (ô 5a)", document.subject, (13, 14), bold=True)
    else:
        yield _Box("Trích yếu (ô 5b)", f"V/v {document.subject}", (12, 13), side="left")
    for line in document.basis[:1]:
        yield _Box("Căn cứ (ô 6)", line, (13, 14), italic=True)
    for signature in document.signatures:
        for title in signature.titles:
            yield _Box("Quyền hạn, chức vụ (ô 7a)", title, (13, 14), bold=True)
        if signature.name:
            yield _Box("Họ tên người ký (ô 7b)", signature.name, (13, 14), bold=True)
    if document.recipients:
        yield _Box("Nơi nhận (ô 9b)", "Nơi nhận:", (12, 12), bold=True, italic=True, side="left")
        yield _Box("Nơi nhận (ô 9b)", document.recipients[0], (11, 11), side="left")


def _box_problems(document: Official, measured: Measured) -> Iterator[Problem]:
    for box in _boxes(document):
        index = measured.find(box.text)
        if index is None:
            yield Problem(box.name, f"Thiếu: “{box.text.strip()}”.")
            continue
        line = measured.lines[index]
        if not box.sizes[0] <= line.size <= box.sizes[1]:
            yield Problem(box.name, f"Cỡ chữ {line.size}, quy định {box.sizes[0]:g} đến {box.sizes[1]:g}.")
        if (line.bold, line.italic) != (box.bold, box.italic):
            yield Problem(box.name, "Kiểu chữ (đậm, nghiêng) không đúng quy định.")
        middle = (line.left + line.right) / 2
        if (box.side == "left" and middle > 105) or (box.side == "right" and middle < 105):
            yield Problem(box.name, "Đặt sai phía của trang.")
    yield from _order_problems(document, measured)


def _order_problems(document: Official, measured: Measured) -> Iterator[Problem]:
    """Nation, then title, then body, then signature: from the top of the first page to the end."""
    chain = [NATION, document.title or (document.addressed or ("",))[0], *document.basis[:1]]
    if document.signatures and document.signatures[0].titles:
        chain.append(document.signatures[0].titles[0])
    places = [measured.find(text) for text in chain if text]
    found = [place for place in places if place is not None]
    if found != sorted(found):
        yield Problem("Thứ tự", "Các thành phần thể thức không theo thứ tự quy định.")
    if document.kind is DocumentKind.MINUTES and any(
        line.text.startswith(f"{document.place}, ngày") for line in measured.lines
    ):
        yield Problem("Địa danh, ngày (ô 4)", "Biên bản không ghi địa danh, ngày ở phần đầu (mẫu 1.9).")


def _text_problems(document: Official, measured: Measured) -> Iterator[Problem]:
    """Every text of the document stands in the file, letter for letter but for line breaks."""
    if not measured.stream:
        yield Problem("Nội dung", "Tệp không có chữ nào đọc được.")
    for text in document.texts():
        letters = squeezed(text)
        if letters not in measured.stream and not _stands_in_column(letters, measured.lines):
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

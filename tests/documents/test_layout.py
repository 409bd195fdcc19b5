"""The format checker: every kind passes; files that are wrong on purpose are refused, with the box that is wrong."""

from dataclasses import replace
from pathlib import Path

import pytest
import typst

from app.documents import pdf as typesetting
from app.documents.layout import problems
from app.documents.official import Annex, Line, Official, Style, Table
from app.documents.papers.letterhead import recipients_of
from app.documents.pdf import render_pdf
from tests.documents.samples import ALL, NOTICE, REPORT, pdf_of

LONG = "Đoàn kiểm tra làm việc tại UBND phường Lê Lợi và các bộ phận chuyên môn của phường trong một ngày. " * 3
# Small, for each test sets it anew: every box, a paragraph of several lines, an annex.
PAPER = replace(
    NOTICE,
    body=(
        Line(Style.HEADING, "Khái quát cuộc kiểm tra", "I"),
        Line(Style.PARAGRAPH, LONG),
        Line(Style.NUMBERED, f"Một bàn làm việc chưa có biển chức danh. {LONG}", "1"),
        Line(Style.NOTE, "Ý kiến của đơn vị: biển đang in lại."),
        Line(Style.PARAGRAPH, f"{LONG}/."),
    ),
    addressed_to=("Phòng Nội vụ", "Văn phòng Ủy ban nhân dân"),
    annexes=(Annex("Chi tiết điểm", (Line(Style.PARAGRAPH, "Không có nội dung nào bị trừ điểm."),)),),
)
BODY, LIST, LAYOUT = "Nội dung (ô 6)", "Nơi nhận (ô 9b)", Path("app/documents/official.typ").read_text()
# What is changed in the layout, and the box that must be named.
WRONG = [
    ("Khổ giấy", 'paper: "a4"', 'paper: "us-letter"'),
    ("Lề trang", "left: 30mm", "left: 20mm"),
    ("Lề trang", "right: 18mm", "right: 25mm"),
    ("Lề trang", "(top: 22mm", "(top: 30mm"),
    ("Số trang", "if n > 1 {", "if n > 0 {"),
    ("Quốc hiệu (ô 1)", 'text(12pt, weight: "bold", doc.nation)', 'text(10pt, weight: "bold", doc.nation)'),
    ("Tiêu ngữ (ô 1)", 'ruled(text(13pt, weight: "bold", doc.motto))', "ruled(text(13pt, doc.motto))"),
    ("Cơ quan chủ quản (ô 2)", "text(12pt, doc.parent_agency)", 'text(12pt, weight: "bold", doc.parent_agency)'),
    ("Cơ quan ban hành (ô 2)", 'text(12pt, weight: "bold", doc.agency)', "text(12pt, doc.agency)"),
    ("Cơ quan ban hành (ô 2)", 'text(12pt, weight: "bold", doc.agency)', ""),
    ("Số, ký hiệu (ô 3)", "text(13pt, doc.number_line)", "text(15pt, doc.number_line)"),
    ("Địa danh, ngày (ô 4)", 'text(13pt, style: "italic", doc.place_line)', "text(13pt, doc.place_line)"),
    ("Địa danh, ngày (ô 4)", '  text(13pt, style: "italic", doc', '  v(20pt) + text(13pt, style: "italic", doc'),
    ("Tên loại (ô 5a)", 'text(14pt, weight: "bold", doc.title)', 'text(16pt, weight: "bold", doc.title)'),
    ("Tên loại (ô 5a)", 'text(14pt, weight: "bold", doc.title)', ""),
    ("Trích yếu (ô 5a)", 'text(14pt, weight: "bold", doc.subject)', "text(14pt, doc.subject)"),
    ("Thứ tự", "#title()\n#addressed()", "#addressed()\n#title()"),
    ("Thứ tự", "#header()\n#title()", "#title()\n#header()"),
    ("Kính gửi (ô 9a)", "doc.addressed.join(parbreak())", "strong(doc.addressed.join(parbreak()))"),
    ("Căn cứ (ô 6)", "par(emph(line))", "par(line)"),
    (BODY, "size: 14pt, lang", "size: 12pt, lang"),
    (BODY, "amount: 10mm", "amount: 0mm"),
    (BODY, "#set par(justify: true", "#set par(justify: false"),
    (BODY, "leading: single", "leading: 1.4em"),
    (BODY, "spacing: 6pt + single", "spacing: 2pt + single"),
    (BODY, '"heading" { block(width: 100%, sticky: true, par(text(weight: "bold",', '"heading" { block(par(text('),
    (BODY, "#block(width: 100%, breakable: false, {", "#block(width: 90%, breakable: false, {"),
    (BODY, "par(emph(part.text))", "par(part.text)"),
    ("Nội dung", "else { par(part.text) }", "else { none }"),
    ("Quyền hạn, chức vụ (ô 7a)", 'text(14pt, weight: "bold", line); linebreak()', "text(14pt, line); linebreak()"),
    ("Quyền hạn, chức vụ (ô 7a)", "recipients(), ..doc.signatures.map", "..doc.signatures.map(signature), ..().map"),
    ("Họ tên người ký (ô 7c)", 'text(14pt, weight: "bold", each.name)', 'text(12pt, weight: "bold", each.name)'),
    ("Họ tên người ký (ô 7c)", 'text(14pt, weight: "bold", each.name)', ""),
    (LIST, "text(11pt, each)", "text(14pt, each)"),
    (LIST, 'text(12pt, weight: "bold", style: "italic")[Nơi nhận:]', "[Nơi nhận:]"),
    (LIST, "grid(columns: (1fr, 1fr), recipients(),", "grid(columns: (1fr, 1fr), pad(top: 30mm, recipients()),"),
    ("Phụ lục (mục VI)", 'text(14pt, weight: "bold", each.number)', 'text(12pt, weight: "bold", each.number)'),
    ("Phụ lục (mục VI)", 'text(14pt, weight: "bold", each.title)', "text(14pt, each.title)"),
    ("Phụ lục (mục VI)", "pagebreak()", "v(5mm)"),
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ALL))
def test_the_pdf_is_as_the_decree_wants_it(kind: str) -> None:
    assert problems(ALL[kind], pdf_of(kind)) == ()


def test_the_document_of_these_tests_is_right() -> None:
    assert problems(PAPER, render_pdf(PAPER)) == ()


@pytest.mark.parametrize(("box", "right", "wrong"), WRONG)
def test_a_wrong_file_is_refused_by_its_box(
    box: str, right: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LAYOUT.count(right) == 1
    (tmp_path / "official.typ").write_text(LAYOUT.replace(right, wrong))
    monkeypatch.setattr(typesetting, "_TEMPLATES", tmp_path)
    found = {each.box for each in problems(PAPER, render_pdf(PAPER))}
    assert box in found


def test_another_font_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "official.typ").write_text(LAYOUT.replace('"Liberation Serif"', '"Libertinus Serif"'))
    monkeypatch.setattr(typesetting, "_TEMPLATES", tmp_path)
    shipped = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    monkeypatch.setattr(typesetting, "_fonts", lambda: shipped)
    assert "Phông chữ" in {each.box for each in problems(PAPER, render_pdf(PAPER))}


def told_of(paper: Official) -> list[str]:
    """What is refused in a document that is set as it says itself."""
    return [f"{each.box}: {each.told}" for each in problems(paper, render_pdf(paper))]


def test_each_basis_ends_with_its_mark() -> None:
    unmarked = told_of(replace(PAPER, basis=("Căn cứ Kế hoạch số 89/KH-UBND", "Xét báo cáo của Trưởng đoàn;")))
    assert unmarked == [
        "Căn cứ (ô 6): Dòng căn cứ thứ 1 phải kết thúc bằng dấu “;”: “Căn cứ Kế hoạch số 89/KH-UBND”.",
        "Căn cứ (ô 6): Dòng căn cứ thứ 2 phải kết thúc bằng dấu “.”: “Xét báo cáo của Trưởng đoàn;”.",
    ]


def test_each_recipient_has_its_dash_and_the_archive_comes_last() -> None:
    lines = ("UBND phường Lê Lợi;", "- Phòng Nội vụ (để theo dõi);")
    assert told_of(replace(PAPER, recipients=lines)) == [
        "Nơi nhận (ô 9b): Dòng thứ 1 phải có dạng “- …;”: “UBND phường Lê Lợi;”.",
        "Nơi nhận (ô 9b): Dòng cuối phải có dạng “- Lưu: VT, ….”: “- Phòng Nội vụ (để theo dõi);”.",
    ]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_line_of_the_lists_goes_missing(place: int) -> None:
    """Checked against the file of another document that lacks one of its lines."""
    basis = ("Căn cứ Luật Tổ chức chính quyền địa phương;", *PAPER.basis)
    recipients = recipients_of(("UBND phường Lê Lợi", "Thành viên Đoàn kiểm tra", "Lưu: VT, NV"))
    whole = replace(PAPER, basis=basis, recipients=recipients)
    lacking = replace(
        whole, basis=basis[:place] + basis[place + 1 :], recipients=recipients[:place] + recipients[place + 1 :]
    )
    told = [f"{each.box}: {each.told}" for each in problems(whole, render_pdf(lacking))]
    assert f"Căn cứ (ô 6): Thiếu: “{basis[place]}”." in told
    assert f"Nơi nhận (ô 9b): Thiếu: “{recipients[place]}”." in told


def test_one_addressee_is_measured_too() -> None:
    told = problems(REPORT, render_pdf(replace(REPORT, addressed_to=())))
    assert "Kính gửi (ô 9a): Thiếu: “Kính gửi: Ủy ban nhân dân thị xã Sơn Tây”." in [
        f"{each.box}: {each.told}" for each in told
    ]


def test_a_paragraph_in_a_wrong_place_is_out_of_order() -> None:
    turned = replace(PAPER, body=(*PAPER.body[:1], PAPER.body[2], PAPER.body[1], *PAPER.body[3:]))
    told = [f"{each.box}: {each.told}" for each in problems(PAPER, render_pdf(turned))]
    assert any(each.startswith("Thứ tự: Nội dung (ô 6) đứng sai thứ tự") for each in told)


def test_what_a_document_should_say_and_the_file_does_not() -> None:
    longer = replace(PAPER, body=(*PAPER.body, Line(Style.PARAGRAPH, "Câu này không có trong tệp.")))
    assert [each.box for each in problems(longer, render_pdf(PAPER))] == ["Nội dung"]


def test_full_pages_and_long_addresses_stay_within_the_margins() -> None:
    """A paragraph is cut by a page, letters hang below the last line, an address has no place to break."""
    address = "https://cong-vu.example/xac-minh/abcdefghijklmnopqrstuvabcdefghijklmnopqrstuv"
    body = [Line(Style.PARAGRAPH, f"{number}: {LONG} {address}") for number in range(30)]
    table = Table(("TT", "Nội dung", "Ghi chú"), (("1", LONG, address),), (1, 6, 2))
    assert told_of(replace(PAPER, body=(*body[:2], table, *body[2:]))) == []

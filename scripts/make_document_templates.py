"""Make the Word templates an office begins from: app/documents/templates/*.docx (docs/documents.md).

An office opens one in Word, changes what it likes, keeps the tags, and puts it into the data folder.
"""

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

FOLDER = Path(__file__).parent.parent / "app" / "documents" / "templates"
LETTERS = ("demand", "correction")
CENTER, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
LEFT = WD_ALIGN_PARAGRAPH.LEFT


def run(paragraph: Any, text: str, size: float, *, bold: bool = False, italic: bool = False) -> Any:
    made = paragraph.add_run(text)
    made.font.size, made.bold, made.italic = Pt(size), bold, italic
    return made


def line(where: Any, text: str, size: float = 14, *, align: Any = CENTER, before: float = 0, indent: bool = False,
         keep: bool = False, **style: bool) -> Any:  # fmt: skip
    paragraph = where.add_paragraph()
    shape = paragraph.paragraph_format
    shape.alignment, shape.space_before, shape.space_after = align, Pt(before), Pt(0)
    shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    shape.keep_with_next = keep or None
    if indent:
        shape.first_line_indent = Mm(10)
    if text:
        run(paragraph, text, size, **style)
    return paragraph


def tag(where: Any, text: str) -> None:
    """A paragraph that holds nothing but a tag; it disappears when the template is filled in."""
    line(where, text, 8, align=LEFT)


def ruled(paragraph: Any, left: int, right: int) -> None:
    """A rule under a paragraph, drawn as its lower border between two indents in millimetres."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.right_indent = Mm(left), Mm(right)


def thin(paragraph: Any) -> Any:
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(5)
    return paragraph


def page_number(section: Any) -> None:
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        made = run(paragraph, "", 13)
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        made._r.append(element)


def columns(document: Any, widths: tuple[int, ...]) -> Any:
    table = document.add_table(rows=1, cols=len(widths))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for cell, width in zip(table.rows[0].cells, widths, strict=True):
        cell.width = Mm(width)
        cell.paragraphs[0]._p.getparent().remove(cell.paragraphs[0]._p)
    return table.rows[0].cells


def header(document: Any, kind: str) -> None:
    left, right = columns(document, (62, 100))
    tag(left, "{%p if parent_agency %}")
    line(left, "{{ parent_agency }}", 12)
    tag(left, "{%p endif %}")
    line(left, "{{ agency }}", 12, bold=True)
    ruled(thin(line(left, "")), 22, 22)
    line(left, "{{ number_line }}", 13, before=4)
    if kind in LETTERS:
        line(left, "V/v {{ subject }}", 12, before=6)
    line(right, "{{ nation }}", 12, bold=True)
    line(right, "{{ motto }}", 13, bold=True)
    ruled(thin(line(right, "")), 22, 22)
    tag(right, "{%p if place_line %}")
    line(right, "{{ place_line }}", 13, before=4, italic=True)
    tag(right, "{%p endif %}")


def title(document: Any, kind: str) -> None:
    if kind in LETTERS:
        line(document, "", 14)
        tag(document, "{%p for each in addressed %}")
        line(document, "{{ each }}", 14)
        tag(document, "{%p endfor %}")
        return
    line(document, "{{ title }}", 14, before=12, bold=True)
    line(document, "{{ subject }}", 14, bold=True)
    ruled(thin(line(document, "")), 60, 60)
    tag(document, "{%p for each in addressed %}")
    line(document, "{{ each }}", 14, before=6)
    tag(document, "{%p endfor %}")


def parts(document: Any, source: str) -> None:
    """The repeat over the parts of a body, with a condition for each kind of part."""
    tag(document, f"{{%p for part in {source} %}}")
    for condition, style in (
        ('part.type == "line" and part.style in ("heading", "group")', {"bold": True, "keep": True}),
        ('part.type == "line" and part.style == "note"', {"italic": True}),
        ('part.type == "line" and part.style in ("paragraph", "numbered", "bullet")', {}),
    ):
        tag(document, f"{{%p if {condition} %}}")
        line(document, "{{ part.text }}", 14, align=JUSTIFY, before=6, indent=True, **style)
        tag(document, "{%p endif %}")
    tag(document, '{%p if part.type == "photos" %}')
    tag(document, "{%p for photo in part.photos %}")
    line(document, "{{ photo.picture }}", 12, before=6, keep=True)
    line(document, "{{ photo.caption }}", 12, italic=True)
    tag(document, "{%p endfor %}")
    tag(document, "{%p endif %}")
    tag(document, '{%p if part.type == "table" %}')
    line(document, "{{ part.caption }}", 13, before=6, keep=True, bold=True)
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    for row, texts in enumerate((
        ("{%tc for cell in part.header %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr for row in part.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )):  # fmt: skip
        for cell, text in zip(table.rows[row].cells, texts, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if row == 0:
                paragraph.alignment = CENTER
            run(paragraph, text, 12, bold=row == 0)
    tag(document, "{%p endif %}")
    tag(document, "{%p endfor %}")


def closing(document: Any, kind: str) -> None:
    line(document, "", 8)
    if kind == "minutes":
        cells = columns(document, (81, 81))
        for index, cell in enumerate(cells):
            signature(cell, f"signatures[{index}]")
        tag(document, "{%p if signatures | length > 2 %}")
        line(document, "", 8)
        signature(document, "signatures[2]")
        tag(document, "{%p endif %}")
        tag(document, "{%p if recipients %}")
        received(document)
        tag(document, "{%p endif %}")
        return
    left, right = columns(document, (81, 81))
    received(left)
    signature(right, "signatures[0]")


def received(where: Any) -> None:
    line(where, "Nơi nhận:", 12, align=LEFT, bold=True, italic=True)
    tag(where, "{%p for each in recipients %}")
    line(where, "{{ each }}", 11, align=LEFT)
    tag(where, "{%p endfor %}")


def signature(cell: Any, source: str) -> None:
    tag(cell, f"{{%p for each in {source}.titles %}}")
    line(cell, "{{ each }}", 14, bold=True)
    tag(cell, "{%p endfor %}")
    line(cell, f"{{{{ {source}.note }}}}", 13, before=30, italic=True)
    line(cell, f"{{{{ {source}.name }}}}", 14, before=30, bold=True)


def annexes(document: Any) -> None:
    tag(document, "{%p for annex in annexes %}")
    first = line(document, "{{ annex.number }}", 14, bold=True)
    first.paragraph_format.page_break_before = True
    line(document, "{{ annex.title }}", 14, bold=True)
    parts(document, "annex.body")
    tag(document, "{%p endfor %}")


def template(kind: str) -> Any:
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(14)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(20),
        Mm(20),
        Mm(30),
        Mm(18),
    )
    section.header_distance = Mm(10)
    page_number(section)
    header(document, kind)
    title(document, kind)
    tag(document, "{%p for each in basis %}")
    line(document, "{{ each }}", 14, align=JUSTIFY, before=6, indent=True, italic=True)
    tag(document, "{%p endfor %}")
    parts(document, "body")
    closing(document, kind)
    annexes(document)
    document.core_properties.author, document.core_properties.title = "", ""
    return document


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind in ("minutes", "report", "notice", "demand", "summary", "correction"):
        template(kind).save(FOLDER / f"{kind}.docx")


if __name__ == "__main__":
    main()

"""An official document as an editable DOCX, filled into a Word template that an office may replace.

A template is hostile until checked: it is filled in a sandbox that reaches nothing but the document's own texts,
and texts are escaped, so that `&` or `<` in a name cannot break the file.
"""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from app.documents.official import MOTTO, NATION, Chart, Line, Official, Part, Photos, Signature, Table
from app.documents.pdf import drawn_chart
from app.domain.errors import Invalid

if TYPE_CHECKING:  # the libraries for Word are loaded when the first file is made
    from docx.shape import InlineShapes
    from docx.table import Table as WordTable
    from docxtpl import DocxTemplate

TEMPLATES = Path(__file__).parent / "templates"
LINE_MM = 162  # A4 less the margins
CHART_MM = 140


def render_docx(document: Official, templates: Path | None = None) -> bytes:
    """Fill the template of the document's kind, the office's own if its folder has one.

    Raises Invalid("document_template") if the office's template cannot be filled in.
    """
    name = f"{document.kind.value}.docx"
    own = templates / name if templates else None
    chosen = own if own is not None and own.is_file() else TEMPLATES / name
    try:
        return _fill(document, chosen)
    except (TemplateError, KeyError, ValueError, OSError) as problem:
        raise Invalid("document_template", template=name, problem=str(problem)[:300]) from problem


def _fill(document: Official, path: Path) -> bytes:
    from docxtpl import DocxTemplate

    template = DocxTemplate(path)
    context = _context(document, template)
    template.render(context, SandboxedEnvironment(autoescape=True), autoescape=True)
    _finish_tables(template.tables, document)
    _describe_pictures(template.inline_shapes, document)
    out = BytesIO()
    template.save(out)
    return out.getvalue()


def _context(document: Official, template: "DocxTemplate") -> dict[str, Any]:
    plain = ("agency", "subject", "parent_agency", "number_line", "place_line", "title", "addressed", "basis")
    context: dict[str, Any] = {name: getattr(document, name) for name in (*plain, "recipients")}
    annexes = zip(document.annex_titles(), document.annexes, strict=True)
    return context | {
        "nation": NATION,
        "motto": MOTTO,
        "body": [_part(each, template) for each in document.body],
        "signatures": [_signature(each) for each in document.signatures],
        "annexes": [
            {"number": number, "title": annex.title, "body": [_part(each, template) for each in annex.body]}
            for number, annex in annexes
        ],
    }


def _signature(signature: Signature) -> dict[str, Any]:
    return {"titles": signature.titles, "name": signature.name, "note": signature.note}


def _part(part: Part, template: "DocxTemplate") -> dict[str, Any]:
    from docx.shared import Mm
    from docxtpl import InlineImage

    if isinstance(part, Line):
        return {"type": "line", "style": part.style.value, "text": part.printed}
    if isinstance(part, Photos):
        photos = [
            {"picture": InlineImage(template, BytesIO(each.jpeg), height=Mm(60)), "caption": each.caption}
            for each in part.photos
        ]
        return {"type": "photos", "photos": photos}
    if isinstance(part, Chart):  # a picture with words under it, as every template knows
        picture = InlineImage(template, BytesIO(drawn_chart(part, CHART_MM)), width=Mm(CHART_MM))
        return {"type": "photos", "photos": [{"picture": picture, "caption": part.caption}]}
    return {"type": "table", "caption": part.caption, "header": part.header, "rows": part.rows}


def _finish_tables(tables: "list[WordTable]", document: Official) -> None:
    """The template's columns and rows are repeated, so widths, alignment and the repeated header are set afterwards."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    wanted = [part for part in _parts(document) if isinstance(part, Table)]
    grids = [table for table in tables if table.style is not None and table.style.name == "Table Grid"]
    for table, part in zip(grids, wanted, strict=False):
        table.autofit = False
        widths = [Mm(LINE_MM * width // sum(part.widths)) for width in part.widths]
        for column, width in zip(table.columns, widths, strict=False):
            column.width = width
        for row in table.rows:
            row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for index, (cell, width) in enumerate(zip(row.cells, widths, strict=False)):
                cell.width = width
                if index in part.numeric and row is not table.rows[0]:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _describe_pictures(shapes: "InlineShapes", document: Official) -> None:
    """What stands for a picture where it is read aloud; an office's template may show fewer of them."""
    told: list[str] = []
    for part in _parts(document):
        if isinstance(part, Photos):
            told += [photo.caption for photo in part.photos]
        elif isinstance(part, Chart):
            told.append(part.description)
    for shape, text in zip(shapes, told, strict=False):
        shape._inline.docPr.set("descr", text)


def _parts(document: Official) -> list[Part]:
    return [*document.body, *(part for annex in document.annexes for part in annex.body)]

"""What a produced document is made of, as text that people can compare: every printed line, and every piece of Word.

`python -m tests.documents.golden` writes tests/documents/golden/ anew, to be read as a diff before it is committed.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.table import Table

from app.documents.layout import walked
from app.documents.reading import measure
from tests.documents.samples import ALL, docx_of, pdf_of

FOLDER = Path(__file__).parent / "golden"
KINDS = sorted(set(ALL) - {"summary-many"})  # which differs from the summary only in its length


def structure(kind: str) -> str:
    """The PDF line by line (place and size in millimetres and points, style, box, words), then the Word file."""
    return "\n".join(line.rstrip() for line in (*_printed(kind), "", *_in_word(kind))) + "\n"


def _printed(kind: str) -> Iterator[str]:
    measured = measure(pdf_of(kind))
    named = walked(ALL[kind], measured).named
    yield f"PDF, {len(measured.pages)} trang"
    page = 0
    for index, line in enumerate(measured.lines):
        if line.page != page:
            page = line.page
            width, height = measured.pages[page - 1]
            yield f"-- trang {page}: {width:.0f} × {height:.0f} mm"
        style = ("B" if line.bold else "-") + ("I" if line.italic else "-")
        place = f"{line.left:4.0f}–{line.right:3.0f} {line.top:4.0f}"
        yield f"{place}  {line.size:4g} {style}  {named.get(index, ''):<28} | {line.text}"


def _in_word(kind: str) -> Iterator[str]:
    document = Document(BytesIO(docx_of(kind)))
    page = document.sections[0]
    margins = (page.top_margin, page.right_margin, page.bottom_margin, page.left_margin)
    yield f"Word, lề {' '.join(f'{margin.mm:.0f}' for margin in margins if margin is not None)} mm"
    for each in document.iter_inner_content():
        if isinstance(each, Table):
            yield f"-- bảng {len(each.columns)} cột"
            for row in each.rows:
                yield "   " + " | ".join(" / ".join(filter(None, cell.text.split("\n"))) for cell in row.cells)
        elif each.text.strip():
            yield f"{_style_of(each)}  {each.text}"


def _style_of(paragraph: Any) -> str:
    run = next(run for run in paragraph.runs if run.text.strip())
    size = f"{run.font.size.pt:g}" if run.font.size else "-"
    return f"{size:>4} " + ("B" if run.bold else "-") + ("I" if run.italic else "-")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in KINDS:
        (FOLDER / f"{each}.txt").write_text(structure(each), "utf-8")

"""An official document as PDF/A-3b, typeset by typst with the fonts of this folder and nothing of the machine's."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from app.documents.official import MOTTO, NATION, Chart, Line, Official, Part, Photos, Signature, Table
from app.documents.qr import qr_svg

FONTS = Path(__file__).parent / "fonts"
_TEMPLATES = Path(__file__).parent
_PPI = 200
_RUNS_REMEMBERED = 10
_STROKES = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 400"><path d="{}" fill="none" stroke="#00308f" '
_STROKES += 'stroke-width="7" stroke-linecap="round" stroke-linejoin="round"/></svg>'


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def render_pdf(document: Official) -> bytes:
    """Typeset a document. The same value gives the same bytes: no clock, no machine font, no random id."""
    with TemporaryDirectory(prefix="congvu-pdf-") as folder:
        files = _Files(Path(folder))
        pdf = _typeset("official.typ", _data(document, files), files)
    _forget_pictures()
    return pdf


def render_form(form: dict[str, Any], code: str) -> bytes:
    """Typeset a paper form (`paper_forms`); `code` is what the square on every page says to a camera."""
    with TemporaryDirectory(prefix="congvu-form-") as folder:
        files = _Files(Path(folder))
        return _typeset("paper_form.typ", form | {"qr": files.add(qr_svg(code), "svg")}, files)


@dataclass(frozen=True)
class Look:
    """How a visible signature is drawn: a picture (PNG) of a size in the middle of a box, all in millimetres, and the
    colour, size (in points) and side of its words."""

    picture: bytes | None
    width: float
    height: float
    box_width: float
    box_height: float
    colour: str
    size: int = 8
    side: str = "center"


@contextmanager
def drawn_stamp(look: Look, words: Sequence[str]) -> Iterator[Path]:
    """The visible signature as a small PDF in a temporary file."""
    with TemporaryDirectory(prefix="congvu-stamp-") as folder:
        files = _Files(Path(folder))
        sizes = ("width", "height", "box_width", "box_height", "colour", "size", "side")
        data: dict[str, Any] = {name: getattr(look, name) for name in sizes}
        data |= {"words": words, "picture": files.add(look.picture, "png") if look.picture else ""}
        drawn = files.folder / "stamp.pdf"
        drawn.write_bytes(_typeset("stamp.typ", data, files))
        yield drawn


def drawn_chart(chart: Chart, width_mm: int) -> bytes:
    """A chart as a PNG for what shows no SVG, sharp enough to print."""
    with TemporaryDirectory(prefix="congvu-chart-") as folder:
        files = _Files(Path(folder))
        data = {"file": files.add(chart.svg.encode(), "svg"), "width": width_mm}
        return _compiled(_compiler("chart.typ", data, files).compile(format="png", ppi=_PPI))


def _typeset(template: str, data: dict[str, Any], files: "_Files") -> bytes:
    return _compiled(_compiler(template, data, files).compile(format="pdf", pdf_standards=["a-3b"], timestamp=0))


def _forget_pictures() -> None:
    """Empty typst's cache, which keeps the pixels of every photo (60 MiB of an annex) for ten runs, by such runs."""
    empty = typst.Compiler(root=FONTS, font_paths=_fonts())
    for _ in range(_RUNS_REMEMBERED + 1):
        empty.compile(b"", format="svg")


def _compiler(template: str, data: dict[str, Any], files: "_Files") -> typst.Compiler:
    (files.folder / template).write_bytes((_TEMPLATES / template).read_bytes())
    return typst.Compiler(
        files.folder / template,
        root=files.folder,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


def _compiled(compiled: object) -> bytes:
    if not isinstance(compiled, bytes):
        raise TypeError("typst gave no single file")
    return compiled


class _Files:
    """What the template shows as pictures, written beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def add(self, content: bytes, suffix: str) -> str:
        self._count += 1
        name = f"{self._count}.{suffix}"
        (self.folder / name).write_bytes(content)
        return name


def _data(document: Official, files: _Files) -> dict[str, Any]:
    plain = ("agency", "subject", "parent_agency", "number_line", "place_line", "title", "is_letter", "draft")
    data: dict[str, Any] = {name: getattr(document, name) for name in plain}
    for name in ("addressed", "basis", "recipients", "provenance", "verify_url"):
        data[name] = getattr(document, name)
    annexes = zip(document.annex_titles(), document.annexes, strict=True)
    return data | {
        "nation": NATION,
        "motto": MOTTO,
        "facts": files.add(document.facts.encode(), "json") if document.facts else "",
        "qr": files.add(qr_svg(document.verify_url), "svg") if document.verify_url else "",
        "body": [_part(each, files) for each in document.body],
        "signatures": [_signature(each, files) for each in document.signatures],
        "annexes": [
            {"number": number, "title": annex.title, "body": [_part(each, files) for each in annex.body]}
            for number, annex in annexes
        ],
    }


def _part(part: Part, files: _Files) -> dict[str, Any]:
    if isinstance(part, Line):
        return {"type": "line", "style": part.style.value, "text": part.printed}
    if isinstance(part, Table):
        shown = ("header", "rows", "widths", "caption", "numeric")
        return {"type": "table"} | {name: getattr(part, name) for name in shown}
    if isinstance(part, Photos):
        photos = [{"file": files.add(each.jpeg, "jpg"), "caption": each.caption} for each in part.photos]
        return {"type": "photos", "photos": photos}
    if isinstance(part, Chart):
        file = files.add(part.svg.encode(), "svg")
        return {"type": "chart", "caption": part.caption, "description": part.description, "file": file}
    raise TypeError(type(part).__name__)


def _signature(signature: Signature, files: _Files) -> dict[str, Any]:
    drawn = files.add(_STROKES.format(signature.strokes).encode(), "svg") if signature.strokes else ""
    return {"titles": signature.titles, "name": signature.name, "note": signature.note, "file": drawn}

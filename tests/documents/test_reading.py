"""What is read out of a PDF with PDFium is what poppler, another reader, finds in it."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape
from re import findall

import pytest
from pypdfium2 import PdfDocument

from app.documents import reading
from app.documents.reading import MM, measure
from tests.documents.samples import pdf_of


def words_by_poppler(pdf: bytes) -> list[tuple[float, float, str]]:
    """Every word with its left and right edge in millimetres."""
    told = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found = findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*)</word>', told)
    return [(float(left) / MM, float(right) / MM, unescape(word)) for left, right, word in found]


@pytest.mark.parametrize("kind", ["notice", "summary"])
def test_lines_begin_and_end_where_another_reader_sees_their_words(kind: str) -> None:
    pdf = pdf_of(kind)
    words = words_by_poppler(pdf)
    begins = {(round(left), word) for left, _right, word in words}
    ends = {(round(right), word) for _left, right, word in words}
    lines = measure(pdf).lines
    assert len(lines) > 200
    for line in lines:
        first, last = line.text.split()[0], line.text.split()[-1]
        assert any((round(line.left) + by, first) in begins for by in (-1, 0, 1)), line
        assert any((round(line.right) + by, last) in ends for by in (-1, 0, 1)), line


def test_documents_are_measured_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFium knows no threads (two at once end the process, once in a while), a server has forty."""
    pdfs = [pdf_of(kind) for kind in ("minutes", "demand", "report")]
    alone = [measure(pdf) for pdf in pdfs]
    inside, most = [0], [0]

    @contextmanager
    def watched(pdf: bytes) -> Iterator[PdfDocument]:
        inside[0] += 1
        most.append(inside[0])
        with PdfDocument(pdf) as document:
            yield document
        inside[0] -= 1

    monkeypatch.setattr(reading, "PdfDocument", watched)
    with ThreadPoolExecutor(max_workers=8) as threads:
        assert list(threads.map(measure, pdfs * 6)) == alone * 6
    assert max(most) == 1

"""Reads a PDF back as a stranger would, with PDFium: its pages and every printed line with place, font and size.

Lengths are in millimetres, sizes in points.
"""

import ctypes
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any, NamedTuple

from pypdfium2 import PdfDocument, PdfTextPage, raw

MM = 72 / 25.4
_HYPHEN = "\x02"  # what PDFium says for a hyphen at the end of a line
_one_at_a_time = Lock()  # PDFium knows no threads


@dataclass(frozen=True)
class TextLine:
    """A printed line: page from 1, edges in millimetres from the left and from the top."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    font: str
    size: float
    text: str

    @property
    def bold(self) -> bool:
        return "Bold" in self.font

    @property
    def italic(self) -> bool:
        return "Italic" in self.font


@dataclass(frozen=True)
class Measured:
    """Page sizes in millimetres, every line of text from the top down, and all letters in the order they were set."""

    pages: tuple[tuple[float, float], ...]
    lines: tuple[TextLine, ...]
    stream: str

    def find(self, text: str, after: int = -1) -> int | None:
        """The index of the first line after `after` that begins a text; spaces do not count."""
        wanted = squeezed(text)
        for index in range(after + 1, len(self.lines)):
            found = squeezed(self.lines[index].text)
            if len(found) > 3 and (wanted.startswith(found) or found.startswith(wanted)):
                return index
        return None

    def locate(self, text: str, after: int = -1) -> tuple[int, ...]:
        """The indices of the lines that spell a text letter for letter, the first one after `after`; () if none do.

        Lines of another column between them are passed over, and so is the head of the page where it was cut.
        """
        wanted = squeezed(text)
        for start in range(after + 1, len(self._squeezed)):
            if wanted.startswith(self._squeezed[start]) and (found := self._spelled(wanted, start)):
                return found
        return ()

    def _spelled(self, wanted: str, start: int) -> tuple[int, ...]:
        found: list[int] = []
        rest, page = wanted, self.lines[start].page
        for index in range(start, len(self.lines)):
            if not rest or self.lines[index].page > page + 1:
                break
            if rest.startswith(piece := self._squeezed[index]):
                rest, page = rest[len(piece) :], self.lines[index].page
                found.append(index)
        return () if rest else tuple(found)

    @cached_property
    def _squeezed(self) -> tuple[str, ...]:
        return tuple(squeezed(line.text) for line in self.lines)


@lru_cache(maxsize=1)
def measure(pdf: bytes) -> Measured:
    """Read pages and lines out of a PDF. What was read last is remembered: a file is checked, and then signed."""
    pages: list[tuple[float, float]] = []
    lines: list[TextLine] = []
    letters: list[str] = []
    with _one_at_a_time, PdfDocument(pdf) as document:
        for number in range(1, len(document) + 1):
            # Closed here, under the lock: the garbage collector of another thread would do it at any time.
            with closing(document[number - 1]) as page, closing(page.get_textpage()) as text:
                width, height = page.get_size()
                found = list(_letters(text))
            pages.append((width / MM, height / MM))
            letters += [letter.text for letter in found if letter.style]
            on_page = (_text_line(line, number, height) for line in _lines(found))
            lines += sorted(filter(None, on_page), key=lambda line: (round(line.top), line.left))
    return Measured(tuple(pages), tuple(lines), squeezed("".join(letters)))


def squeezed(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())


class _Style(NamedTuple):
    """How the letters of one text object are set; `upright` unless they lie on their side or head."""

    font: str
    size: float
    upright: bool


class _Letter(NamedTuple):
    """A character and the box of its em in points from the left and the bottom; no style: a gap PDFium saw."""

    text: str
    style: _Style | None = None
    left: float = 0
    bottom: float = 0
    right: float = 0
    top: float = 0

    def goes_on(self, before: "_Letter") -> bool:
        """Whether it stands in one line with the letter set before it: in one object, or not two letters away."""
        if self.style is before.style:  # PDFium keeps one of several spaces, so the gap may be wide
            return True
        overlap = min(self.top, before.top) - max(self.bottom, before.bottom)
        if overlap < min(self.top - self.bottom, before.top - before.bottom) / 2:
            return False
        gap = max(self.left, before.left) - min(self.right, before.right)
        return gap < 2 * max(self.right - self.left, before.right - before.left)


def _letters(text: PdfTextPage) -> Iterator[_Letter]:
    """The characters of a page as they were set."""
    box, styles, handle = raw.FS_RECTF(), dict[int, _Style](), text.raw
    for index in range(text.count_chars()):
        of = raw.FPDFText_GetTextObject(handle, index)
        if not of:
            yield _Letter(" ")
            continue
        character = chr(raw.FPDFText_GetUnicode(handle, index))
        key = ctypes.addressof(of.contents)
        style = styles.get(key)
        if style is None:
            style = styles[key] = _style(handle, index)
        raw.FPDFText_GetLooseCharBox(handle, index, box)
        character = "-" if character == _HYPHEN else character
        yield _Letter(character, style, box.left, box.bottom, box.right, box.bottom + style.size)


def _style(text: Any, index: int) -> _Style:
    name, matrix = ctypes.create_string_buffer(256), raw.FS_MATRIX()
    raw.FPDFText_GetFontInfo(text, index, name, len(name), None)
    raw.FPDFText_GetMatrix(text, index, matrix)
    size = raw.FPDFText_GetFontSize(text, index) * (matrix.c**2 + matrix.d**2) ** 0.5
    upright = matrix.a * matrix.d > 0 and matrix.b * matrix.c <= 0
    return _Style(name.value.decode("utf-8", "replace").split("+")[-1], size, upright)


def _lines(letters: list[_Letter]) -> Iterator[list[_Letter]]:
    line: list[_Letter] = []
    before: _Letter | None = None
    for letter in letters:
        if letter.style:
            if before and not letter.goes_on(before):
                yield line
                line = []
            before = letter
        line.append(letter)
    yield line


def _text_line(line: list[_Letter], page: int, height: float) -> TextLine | None:
    """The line as people see it; None for white space and for what is not upright."""
    letters = [letter for letter in line if letter.text.strip()]
    if not letters or not (style := letters[0].style) or not style.upright:
        return None
    return TextLine(
        page=page,
        left=min(letter.left for letter in letters) / MM,
        top=(height - max(letter.top for letter in letters)) / MM,
        right=max(letter.right for letter in letters) / MM,
        bottom=(height - min(letter.bottom for letter in letters)) / MM,
        font=style.font,
        size=round(style.size, 1),
        text=" ".join("".join(letter.text for letter in line).split()),
    )

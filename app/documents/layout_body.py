"""The body of a produced PDF (box 6): its paragraphs in order, each in size, weight, indent and distance.

Lengths are in millimetres, sizes in points (Decree 30/2020/NĐ-CP, appendix I, part I and part II section 6).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.documents.layout_boxes import TOLERANCE_MM, Box, Problem, Walk
from app.documents.official import Line, Part, Style
from app.documents.reading import MM, TextLine

NAME = "Nội dung (ô 6)"
_SIZES = (13.0, 14.0)
_INDENT_MM = (10.0, 12.7)
_APART_MM = 6 / MM  # between paragraphs, above the distance of the lines within one
_RAGGED_MM = 3.0
_BOLD = frozenset({Style.HEADING, Style.GROUP})
_MOST_PROBLEMS = 3  # one wrong setting spoils every paragraph in the same way


def walk_body(walk: Walk, parts: Sequence[Part], after: int) -> int:
    """Follow the paragraphs below the line `after`, note what is wrong; the line after which to go on."""
    problems: list[Problem] = []
    before: list[TextLine] = []
    for part in parts:
        if not isinstance(part, Line):  # what stands in tables and under pictures is found by its letters alone
            before = []
            continue
        found, wrong = _paragraph(walk, part, after)
        if not found:  # `layout` says of every text whether it is missing
            if walk.measured.locate(part.printed):
                problems.append(Problem("Thứ tự", f"{NAME} đứng sai thứ tự: {_box(part).shown}."))
            continue
        lines = walk.lines(found)
        walk.name(NAME, found)
        problems += (*wrong, *_distance_problems(part, before, lines))
        after, before = found[-1], lines
    for problem in problems[:_MOST_PROBLEMS]:
        walk.note(problem)
    return after


def _paragraph(walk: Walk, part: Line, after: int) -> tuple[tuple[int, ...], list[Problem]]:
    """Where a paragraph stands and what is wrong with it; a cell of a table may say the same in another size."""
    first: tuple[tuple[int, ...], list[Problem]] = ((), [])
    while found := walk.measured.locate(part.printed, after):
        lines, after = walk.lines(found), found[0]
        wrong = [*_box(part).problems(lines, 0), *_line_problems(walk, part, lines)]
        if not wrong:
            return found, wrong
        first = first if first[0] else (found, wrong)
    return first


def _box(line: Line) -> Box:
    return Box(NAME, line.printed, _SIZES, bold=line.style in _BOLD, italic=line.style is Style.NOTE)


def _line_problems(walk: Walk, part: Line, lines: Sequence[TextLine]) -> Iterator[Problem]:
    indent = lines[0].left - walk.left
    least, most = _INDENT_MM
    if not least - TOLERANCE_MM <= indent <= most + TOLERANCE_MM:
        yield Problem(NAME, f"Dòng đầu lùi vào {indent:.1f} mm, quy định 10 hoặc 12,7 mm: {_box(part).shown}.")
    ends = [max(line.right for line in row) for row in _rows(lines)[:-1]]
    ragged = sum(abs(end - walk.right) > _RAGGED_MM for end in ends)
    if ragged > len(ends) / 2:
        yield Problem(NAME, f"Chữ phải canh đều hai lề: {_box(part).shown}.")


def _rows(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines as the eye sees them: what stands side by side was one line, read in several pieces."""
    rows: list[list[TextLine]] = []
    for line in lines:
        if rows and rows[-1][0].page == line.page and abs(rows[-1][0].bottom - line.bottom) < 1:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _distance_problems(part: Line, before: Sequence[TextLine], lines: Sequence[TextLine]) -> Iterator[Problem]:
    """Lines of a paragraph stand single to one and a half, paragraphs at least 6 points further apart."""
    within = _steps(lines)
    height = lines[0].size / MM
    if within and not 0.95 * height <= min(within) <= 1.8 * height:
        yield Problem(NAME, f"Cách dòng không từ dòng đơn đến 1,5 dòng: {_box(part).shown}.")
    if not before or before[-1].page != lines[0].page:
        return
    inner = min(within + _steps(before), default=height)
    apart = lines[0].bottom - before[-1].bottom
    if apart < inner + _APART_MM - 0.2:
        told = f"Cách đoạn {(apart - inner) * MM:.1f} pt, quy định ít nhất 6 pt: {_box(part).shown}."
        yield Problem(NAME, told)


def _steps(lines: Sequence[TextLine]) -> list[float]:
    """From line to line on a page."""
    firsts = [row[0] for row in _rows(lines)]
    return [b.bottom - a.bottom for a, b in pairwise(firsts) if a.page == b.page]

"""What the decree asks of an element, and the walk through a produced PDF that looks for one after another.

Lengths are in millimetres, sizes in points (Decree 30/2020/NĐ-CP, appendix I, part II).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from app.documents.reading import Measured, TextLine

TOLERANCE_MM = 0.6
LEVEL_MM = 3.0
_MIDDLE_MM = 105.0
_SIDES = {"left": "nửa bên trái", "right": "nửa bên phải", "middle": "giữa dòng"}


@dataclass(frozen=True)
class Problem:
    """What is wrong: the box of the decree, and a sentence for people."""

    box: str
    told: str


@dataclass(frozen=True)
class Box:
    """An element: its box of the decree, its text, and the sizes, weight, slant and side of the page it should have."""

    name: str
    text: str
    sizes: tuple[float, float]
    bold: bool = False
    italic: bool = False
    side: str = ""  # left | right | middle

    @property
    def shown(self) -> str:
        """The text as problems quote it."""
        told = " ".join(self.text.split())
        return f"“{told}”" if len(told) <= 60 else f"“{told[:59]}…”"

    def problems(self, lines: Sequence[TextLine], middle: float) -> Iterator[Problem]:
        """In what the lines that spell this box are not as they should be; `middle` is that between the margins."""
        least, most = self.sizes
        wrong = next((line.size for line in lines if not least <= line.size <= most), None)
        if wrong is not None:
            asked = f"{least:g}" if least == most else f"{least:g} đến {most:g}"
            yield Problem(self.name, f"Cỡ chữ {wrong:g}, quy định {asked}: {self.shown}.")
        if any((line.bold, line.italic) != (self.bold, self.italic) for line in lines):
            yield Problem(self.name, f"Phải là chữ {self._style}: {self.shown}.")
        if self.side and not all(self._in_place(line, middle) for line in lines):
            yield Problem(self.name, f"Đặt sai chỗ, phải ở {_SIDES[self.side]}: {self.shown}.")

    def _in_place(self, line: TextLine, middle: float) -> bool:
        own = middle_of(line)
        return abs(own - middle) < LEVEL_MM if self.side == "middle" else (own < _MIDDLE_MM) == (self.side == "left")

    @property
    def _style(self) -> str:
        weight, slant = ("đậm" if self.bold else "không đậm"), ("nghiêng" if self.italic else "đứng")
        return f"{slant}, {weight}"


def middle_of(line: TextLine) -> float:
    return (line.left + line.right) / 2


def is_page_number(line: TextLine) -> bool:
    return line.text.isdigit() and line.top < 20 and abs(middle_of(line) - _MIDDLE_MM) < 12


@dataclass
class Walk:
    """Goes through a file from its first line to its last and notes what does not come, or comes wrong."""

    measured: Measured
    problems: list[Problem] = field(default_factory=list)
    named: dict[int, str] = field(default_factory=dict)  # to which box each line that was recognised belongs

    def __post_init__(self) -> None:
        lines = [line for line in self.measured.lines if not is_page_number(line)]
        self.left, self.right = min(line.left for line in lines), max(line.right for line in lines)

    def take(self, box: Box, after: int) -> tuple[int, ...]:
        """The lines of a box below the line `after`, measured; those above it if it stands too early; () if missing."""
        found = self.measured.locate(box.text, after)
        if not found:
            found = self.measured.locate(box.text)
            self.note(Problem("Thứ tự", f"{box.name} đứng sai thứ tự: {box.shown}.") if found else _missing(box))
        self.name(box.name, found)
        for problem in box.problems(self.lines(found), (self.left + self.right) / 2):
            self.note(problem)
        return found

    def take_all(self, boxes: Sequence[Box], after: int) -> int:
        """Take boxes that follow one another; the line after which to go on."""
        for box in boxes:
            after = max((after, *self.take(box, after)))
        return after

    def name(self, box: str, indices: Sequence[int]) -> None:
        self.named.update(dict.fromkeys(indices, box))

    def lines(self, indices: Sequence[int]) -> list[TextLine]:
        return [self.measured.lines[index] for index in indices]

    def note(self, problem: Problem) -> None:
        self.problems.append(problem)


def _missing(box: Box) -> Problem:
    return Problem(box.name, f"Thiếu: {box.shown}.")

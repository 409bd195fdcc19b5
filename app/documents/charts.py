"""Charts as SVG with their words in it, for a page, a PDF and a Word file alike: one drawing, so they cannot differ.

No script, no style attribute and no address: safe under the desk's Content-Security-Policy. Nothing is told by colour
alone: every bar has its figure beside it, every part of a whole its own hatching, so that a black-and-white print says
the same. Sizes are units of a drawing 480 wide; a page colours it by its classes (`desk.css`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from app.documents.official import Chart

WIDTH = 480
MOST_BARS = 24  # more do not fit on a printed page, nor into a head
_FONT, _LINE, _BAR = 16, 20, 15
_INK, _FILL, _TRACK = "#000000", "#2f5d66", "#e4eaec"
_HATCHES = {  # ground and lines
    "solid": ("#17693b", ""),
    "stripes": ("#ffffff", "#1b4f9c"),
    "bars": ("#a8201a", "#ffffff"),
    "empty": ("#ffffff", ""),
}
_BESIDE, _ABOVE = 20, 50  # letters that fit a label's line, for the wider of the fonts it is set in


@dataclass(frozen=True)
class Bar:
    """`share` of the longest possible bar in basis points, and the figure in words."""

    label: str
    share: int
    figure: str


@dataclass(frozen=True)
class Slice:
    """A part of a whole; `hatch` is solid, stripes, bars or empty."""

    label: str
    count: int
    hatch: str


def bars(name: str, caption: str, description: str, shown: Sequence[Bar], *, beside: bool = True) -> Chart:
    """Horizontal bars, the first on top; short labels stand beside their bar, long ones above it.

    `name` is unique on its page. At most `MOST_BARS` are drawn; callers choose which.
    """
    top, drawn = 4, []
    for each in shown[:MOST_BARS]:
        lines = _wrapped(each.label, _BESIDE if beside else _ABOVE)
        drawn += list(_beside(each, lines, top) if beside else _above(each, lines, top))
        top += max(26, _LINE * len(lines) + 4) if beside else _LINE * len(lines) + _BAR + 16
    return Chart(caption, description, _svg(name, caption, description, top + 2, drawn))


def parts(name: str, caption: str, description: str, shown: Sequence[Slice]) -> Chart:
    """One bar for a whole, cut into its parts, and a key that says each part's number and share."""
    total = sum(each.count for each in shown)
    drawn = [f'<rect x="1" y="4" width="{WIDTH - 2}" height="40" fill="none" stroke="{_INK}" class="edge"/>']
    left, before = 1.0, 0
    for each in shown:
        before += each.count
        right = 1 + (WIDTH - 2) * before / total if total else left
        if each.count:
            drawn.append(_hatched(each.hatch, left, 4, right - left, 40))
        left = right
    top = 58
    for each in shown:
        share = f" ({_percent(each.count, total)})" if total else ""
        drawn += [_hatched(each.hatch, 1, top, 22, 16), _text(32, top + 13, f"{each.label}: {each.count}{share}")]
        top += 26
    return Chart(caption, description, _svg(name, caption, description, top, drawn))


def _beside(bar: Bar, lines: Sequence[str], top: float) -> Iterator[str]:
    middle = top + max(26, _LINE * len(lines) + 4) / 2
    first = middle - _LINE * len(lines) / 2 + 15
    for number, line in enumerate(lines):
        yield _text(186, first + number * _LINE, line, anchor="end")
    yield from _bar(194, middle - _BAR / 2, 180, bar.share)
    yield _text(381, middle + 6, bar.figure)


def _above(bar: Bar, lines: Sequence[str], top: float) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _text(0, top + 14 + number * _LINE, line)
    under = top + _LINE * len(lines) + 1
    yield from _bar(0, under, 310, bar.share)
    yield _text(318, under + 13, bar.figure)


def _bar(left: float, top: float, width: float, share: int) -> Iterator[str]:
    long = width * min(max(share, 0), 10_000) / 10_000
    yield f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{_BAR}" fill="{_TRACK}" class="track"/>'
    if long:
        yield f'<rect x="{left:g}" y="{top:g}" width="{long:.1f}" height="{_BAR}" fill="{_FILL}" class="bar"/>'


def _hatched(hatch: str, left: float, top: float, width: float, height: float) -> str:
    """A rectangle with its hatching drawn line by line: the tiles of an SVG pattern show seams in print."""
    place = f'x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{height:g}"'
    lines = ""
    if hatch == "stripes":
        rising = (_rising(start, width, height) for start in range(-int(height), int(width), 7))
        lines = "".join(f"M{left + x1:.1f} {top + y1:.1f}L{left + x2:.1f} {top + y2:.1f}" for x1, y1, x2, y2 in rising)
    if hatch == "bars":
        lines = "".join(f"M{left + x:.1f} {top:g}v{height:g}" for x in range(4, int(width), 8))
    ground, stroke = _HATCHES[hatch]
    drawn = f'<path d="{lines}" fill="none" stroke="{stroke}" stroke-width="2.5"/>' if lines else ""
    edge = f'<rect {place} fill="none" stroke="{_INK}" class="edge"/>'
    return f'<rect {place} fill="{ground}"/>{drawn}{edge}'


def _rising(start: int, width: float, height: float) -> tuple[float, float, float, float]:
    """The ends of a line at 45 degrees inside a rectangle; without the rectangle it would begin below `start`."""
    first, last = max(start, 0), min(start + height, width)
    return first, height - (first - start), last, height - (last - start)


def _text(left: float, base: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{left:g}" y="{base:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(name: str, caption: str, description: str, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" class="chart" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="Liberation Serif" font-size="{_FONT}" fill="{_INK}">'
        f'<title id="{name}-title">{escape(caption)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _percent(count: int, total: int) -> str:
    return f"{(200 * count + total) // (2 * total)} %"


def _wrapped(text: str, letters: int, most: int = 3) -> list[str]:
    """A label in lines; what does not fit into `most` of them ends in an ellipsis."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: letters - 1]}…"]
    return lines

"""What a checklist will cost an old phone, told to its author before it is published.

An estimate, not a measurement: it counts what the phone has to read, ask and draw. Nothing here keeps a checklist from
being published. The bounds are those of `docs/checklists.md`, What a checklist costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.answer_types import AllOf, AnyOf, Condition, Negation, Roster
from app.domain.checklist import Checklist, Item, Problem, Section, canonical
from app.domain.sampling import FRAME_LIMIT, advised_size

ROWS_EXPECTED = 12  # of a roster that does not say how many: desks, staff and boards of a ward

CELLS_LIMIT = 1_500  # answers read and scored when a visit is opened
SCREEN_LIMIT = 400  # answers of one section, drawn on one screen
CONDITIONS_LIMIT = 500  # comparisons in `when` and `fails_when`, those of a field once a row
BYTES_LIMIT = 192 * 1024  # fetched over a mobile line before the first visit can begin


@dataclass(frozen=True)
class Cost:
    """Counted from the document; `cells`, `rows`, `conditions` and `screen` as a visit is expected to fill it."""

    items: int
    fields: int  # of all rosters, each counted once
    rows: int
    cells: int  # an item without rows is one, a row is one for each of its fields
    screen: int  # cells of the largest section
    conditions: int
    bytes: int  # of the canonical JSON


def estimate(checklist: Checklist) -> Cost:
    """Count what one visit with this checklist will hold."""
    items = checklist.items()
    rosters = [item.answer for item in items if isinstance(item.answer, Roster)]
    return Cost(
        items=len(items),
        fields=sum(len(roster.fields) for roster in rosters),
        rows=sum(expected_rows(roster) for roster in rosters),
        cells=sum(_cells(item) for item in items),
        screen=max(_screen(section) for section in checklist.sections),
        conditions=sum(_conditions(item) for item in items),
        bytes=len(canonical(checklist)),
    )


def warnings(checklist: Checklist) -> tuple[Problem, ...]:
    """Say what makes the checklist heavy on an old phone and what to do about it; empty if nothing does."""
    return tuple(_warnings(checklist, estimate(checklist)))


def expected_rows(roster: Roster) -> int:
    """How many rows a visit is expected to write into a roster: of a sample, what its plan advises of a large frame."""
    return ROWS_EXPECTED if roster.sample is None else advised_size(roster.sample, FRAME_LIMIT)


def cost_text(cost: Cost) -> str:
    """Write the estimate in one line."""
    return (
        f"{cost.items} nội dung, khoảng {cost.cells} ô trả lời ({cost.rows} dòng bảng kê), "
        f"phần dài nhất {cost.screen} ô, {cost.conditions} phép so điều kiện, {_kib(cost.bytes)} KiB"
    )


def _warnings(checklist: Checklist, cost: Cost) -> Iterator[Problem]:
    if cost.cells > CELLS_LIMIT:
        yield _heavy(
            "cost_cells",
            f"khoảng {cost.cells} ô trả lời, nên dưới {CELLS_LIMIT}: bớt trường của bảng kê hoặc tách thành hai phiếu",
        )
    for index, section in enumerate(checklist.sections):
        screen = _screen(section)
        if screen > SCREEN_LIMIT:
            message = f"phần này có khoảng {screen} ô trên một màn hình, nên dưới {SCREEN_LIMIT}: tách thành nhiều phần"
            yield _heavy("cost_screen", message, f"sections[{index}]")
    if cost.conditions > CONDITIONS_LIMIT:
        message = (
            f"khoảng {cost.conditions} phép so điều kiện, nên dưới {CONDITIONS_LIMIT}: bớt when của trường bảng kê"
        )
        yield _heavy("cost_conditions", message)
    if cost.bytes > BYTES_LIMIT:
        message = f"phiếu nặng {_kib(cost.bytes)} KiB, nên dưới {_kib(BYTES_LIMIT)} KiB: rút gọn hướng dẫn và lời văn"
        yield _heavy("cost_bytes", message)


def _heavy(code: str, message: str, path: str = "") -> Problem:
    return Problem(path, code, f"nặng trên máy cũ: {message}")


def _screen(section: Section) -> int:
    return sum(_cells(item) for item in section.items)


def _cells(item: Item) -> int:
    if isinstance(item.answer, Roster):
        return max(1, expected_rows(item.answer) * len(item.answer.fields))
    return 1


def _conditions(item: Item) -> int:
    own = _comparisons(item.when) + _comparisons(item.fails_when)
    if isinstance(item.answer, Roster):
        own += expected_rows(item.answer) * sum(_comparisons(field.when) for field in item.answer.fields)
    return own


def _comparisons(condition: Condition | None) -> int:
    if condition is None:
        return 0
    if isinstance(condition, Negation):
        return _comparisons(condition.not_)
    if isinstance(condition, AllOf):
        return sum(_comparisons(part) for part in condition.all_)
    if isinstance(condition, AnyOf):
        return sum(_comparisons(part) for part in condition.any_)
    return 1


def _kib(size: int) -> int:
    return -(-size // 1024)

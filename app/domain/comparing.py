"""Two versions of a checklist item by item: what was added, removed, changed and moved, and what that does to scores.

For people who decide whether to publish or to move to another version: nothing here changes anything. Whatever differs
between the two documents is told, in words where there are words for it, else as it is written.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain import checklist_text as words
from app.domain.answer_text import hundredths_text
from app.domain.answer_types import Roster
from app.domain.checklist import Checklist, Item, Section, canonical_json
from app.domain.repinning import is_carriable

_TEXTS = frozenset({"vi", "en", "text", "label", "observed", "total", "unit", "frame", "evidence"})
_SCORED = ("points", "score", "zero_total", "pass_at", "fails_when", "critical", "when", "not_applicable", "answer")


@dataclass(frozen=True)
class Line:
    """One thing that differs; empty where a version has nothing there."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What became of one item. `kinds` holds added, removed, changed, moved; `answers` is kept, asked or dropped."""

    key: str
    title: str
    kinds: tuple[str, ...]
    lines: tuple[Line, ...]
    scoring: str
    answers: str


@dataclass(frozen=True)
class Comparison:
    """`head` is what differs in the checklist itself and its sections."""

    head: tuple[Line, ...]
    changes: tuple[Change, ...]
    unchanged: int

    @property
    def is_same(self) -> bool:
        """Whether nothing differs at all (but the number of the version)."""
        return not self.head and not self.changes

    def number(self, kind: str) -> int:
        """How many items were added, removed, changed or moved."""
        return sum(kind in change.kinds for change in self.changes)


def compare(old: Checklist, new: Checklist) -> Comparison:
    """Compare two versions; items are the same when their keys are. In the new order, removed ones last."""
    before, after = _placed(old), _placed(new)
    moved = _moved([key for key in before if key in after], [key for key in after if key in before])
    moved |= {key for key in after if key in before and before[key][0].key != after[key][0].key}
    changes = []
    for key, (section, item) in after.items():
        if key not in before:
            changes.append(Change(key, item.text.vi, ("added",), (), _worth(item, "thêm"), "asked"))
            continue
        earlier_section, earlier = before[key]
        lines = [*_lines(old, earlier, new, item)]
        kinds = (*(("changed",) if lines else ()), *(("moved",) if key in moved else ()))
        if section.key != earlier_section.key:
            lines.append(Line("Phần", earlier_section.title.vi, section.title.vi))
        if kinds:
            answers = "kept" if is_carriable(earlier, item) else "asked"
            changes.append(Change(key, item.text.vi, kinds, tuple(lines), _effect(earlier, item), answers))
    for key, (_, item) in before.items():
        if key not in after:
            changes.append(Change(key, item.text.vi, ("removed",), (), _worth(item, "bớt"), "dropped"))
    return Comparison(tuple(_head(old, new)), tuple(changes), len(after) - sum(each.key in after for each in changes))


def _placed(checklist: Checklist) -> dict[str, tuple[Section, Item]]:
    return {item.key: (section, item) for section in checklist.sections for item in section.items}


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """The fewest keys that must be taken out so that the others stand in the same order in both."""
    place = {key: index for index, key in enumerate(old)}
    tails: list[int] = []  # the smallest last place of an ascending run of each length
    length_at: list[int] = []
    for key in new:
        length = bisect_left(tails, place[key])
        tails[length : length + 1] = [place[key]]
        length_at.append(length)
    kept, wanted = set(), len(tails) - 1
    for key, length in zip(reversed(new), reversed(length_at), strict=True):
        if length == wanted:
            kept.add(key)
            wanted -= 1
    return set(new) - kept


def _lines(old: Checklist, earlier: Item, new: Checklist, item: Item) -> Iterable[Line]:
    """What differs between two items: in words, and what no words show as it is written."""
    said_before, said_after = _said(old, earlier), _said(new, item)
    told: set[str] = set()
    for (keys, what), before in said_before.items():
        if before != said_after[keys, what]:
            told.update(keys)
            yield Line(what, before, said_after[keys, what])
    raw_before, raw_after = _raw(earlier), _raw(item)
    for key in dict.fromkeys([*raw_before, *raw_after]):
        if key not in told and raw_before.get(key) != raw_after.get(key):
            yield Line(key, _written(raw_before.get(key)), _written(raw_after.get(key)))


def _said(checklist: Checklist, item: Item) -> Mapping[tuple[tuple[str, ...], str], str]:
    """An item as people read it, line by line, under the keys of the document each line speaks of."""
    finding, criterion = item.finding, item.criterion
    known = words.sources(checklist, item)
    return {
        (("text",), "Nội dung"): item.text.vi,
        (("criterion",), "Căn cứ"): f"{criterion.vi} ({criterion.source})" if criterion else "",
        (("guidance",), "Hướng dẫn"): item.guidance.vi if item.guidance else "",
        (("when",), "Chỉ hỏi khi"): words.condition_words(item.when, known) if item.when else "",
        (("answer",), "Cách ghi nhận"): _answer(checklist, item),
        (("evidence",), "Ảnh minh chứng"): words.evidence_words(item),
        (("points", "score", "zero_total", "pass_at", "fails_when", "critical"), "Cách tính điểm"): "\n".join(
            words.score_words(item, checklist)
        ),
        (("finding",), "Khi không đạt"): "\n".join(
            part for part in (finding.text.vi, finding.remedy.vi if finding.remedy else "") if part
        )
        if finding
        else "",
    }


def _answer(checklist: Checklist, item: Item) -> str:
    lines = [words.answer_words(item.answer)]
    if isinstance(item.answer, Roster):
        known = words.sources(checklist, item)
        for field in item.answer.fields:
            asked = f" (hỏi khi {words.condition_words(field.when, known)})" if field.when else ""
            lines.append(f"{field.text.vi}: {words.answer_words(field)}{asked}")
        lines.append(words.counted_words(item.answer))
    return "\n".join(line for line in lines if line)


def _raw(item: Item) -> dict[str, Any]:
    return item.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _written(value: Any) -> str:
    return "" if value is None else canonical_json(value).decode()


def _head(old: Checklist, new: Checklist) -> Iterable[Line]:
    pairs = [
        ("Mã phiếu", old.slug, new.slug),
        ("Tên phiếu", old.title.vi, new.title.vi),
        ("Căn cứ của phiếu", old.authority.vi if old.authority else "", new.authority.vi if new.authority else ""),
        ("Áp dụng từ", old.effective_from.isoformat(), new.effective_from.isoformat()),
        ("Loại phiếu", old.mode, new.mode),
        ("Thang điểm", str(old.scale), str(new.scale)),
        ("Xếp loại", _grades(old), _grades(new)),
        ("Tổng điểm tối đa", *(hundredths_text(sum(i.points or 0 for i in each.items())) for each in (old, new))),
    ]
    yield from (Line(what, before, after) for what, before, after in pairs if before != after)
    sections_before = {section.key: section for section in old.sections}
    sections_after = {section.key: section for section in new.sections}
    for key in dict.fromkeys([*sections_before, *sections_after]):
        before, after = (_section(each.get(key)) for each in (sections_before, sections_after))
        if before != after:
            yield Line(f"Phần {key}", before, after)


def _grades(checklist: Checklist) -> str:
    return "; ".join(f"{each.label.vi} từ {hundredths_text(each.at_least)}%" for each in checklist.grades)


def _section(section: Section | None) -> str:
    if section is None:
        return ""
    weight = f", trọng số {hundredths_text(section.weight)}" if section.weight is not None else ""
    return section.title.vi + weight + (f"\n{section.guidance.vi}" if section.guidance else "")


def _worth(item: Item, verb: str) -> str:
    if item.points is None:
        return "Không tính điểm, tổng điểm không đổi"
    return f"Tổng điểm tối đa {verb} {hundredths_text(item.points)}"


def _effect(old: Item, new: Item) -> str:
    """What a changed item does to scores, in one sentence."""
    before, after = ({key: _bare(_raw(item).get(key)) for key in _SCORED} for item in (old, new))
    if before == after:
        return "Không đổi cách tính điểm"
    if before["when"] != after["when"]:
        return "Điều kiện hỏi đổi: nội dung này có thể vào hoặc ra khỏi tổng điểm"
    if before["points"] != after["points"]:
        points = [hundredths_text(item.points) if item.points is not None else "không tính" for item in (old, new)]
        return f"Điểm tối đa đổi từ {points[0]} thành {points[1]}: điểm trước và sau không so trực tiếp được"
    return "Cách chấm đổi: cùng một câu trả lời có thể được điểm khác"


def _bare(value: Any) -> Any:
    """A part without its words for people."""
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key not in _TEXTS}
    return [_bare(each) for each in value] if isinstance(value, list) else value

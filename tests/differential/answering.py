"""Random cells for a checklist: answered, cleared, contested, not applicable, rows added and deleted, and nonsense.

An answer often stands exactly on a threshold of the checklist, or just beside it: that is where twins part.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tests.differential.checklists import DAYS, PERCENTS, TIMES, Part

Cells = dict[str, list[dict[str, Any]]]

LABELS = (
    "Bàn 1",
    "bàn 1",
    "Bàn  2",
    " Quầy tiếp nhận",
    "Bàn 1",
    "İ",
    "ΑΣ",
    "\u00a0Bàn\u00a03",
    "ß",
    "Tiê\u0301p",
    "😀",
)
RATIOS = ({"observed": 3, "total": 2}, {"observed": True, "total": 2}, {"observed": -1, "total": 2}, {"total": 2})
NONSENSE: tuple[Any, ...] = (
    *RATIOS,
    True,
    7,
    1.5,
    -1,
    [],
    {},
    "xyz",
    "\ud800",
    {"shown": False, "number": "1"},
    {"shown": True},
)


def cells(chance: Random, document: Part) -> Cells:
    """What stands in the cells of a visit, by path."""
    found: Cells = {}
    pen = _Pen(chance, found)
    for section in document["sections"]:
        for item in section["items"]:
            _item(pen, item)
    return found


class _Pen:
    """Writes heads; how many operations there are decides their names, which sort anyhow."""

    def __init__(self, chance: Random, found: Cells) -> None:
        self.chance, self.found, self.count = chance, found, 0

    def write(self, path: str, values: Sequence[Any]) -> None:
        heads = []
        for value in values:
            self.count += 1
            heads.append({"op": f"{self.chance.randrange(16**6):06x}-{self.count}", "value": value})
        if heads:
            self.found[path] = heads


def _item(pen: _Pen, item: Part) -> None:
    chance, path, answer = pen.chance, f"item/{item['key']}", item["answer"]
    if answer["type"] == "roster":
        pen.write(path, ["none"] * _times(chance, (80, 18, 2)))
        for row in range(chance.choice((0, 1, 2, 3, 6))):
            _row(pen, f"{path}/row/r{row}", answer)
    else:
        pen.write(path, [_value(chance, answer) for _ in range(_times(chance, (15, 70, 12, 3)))])
    reason = {"reason": "Không có"}
    pen.write(f"{path}/na", chance.choices(([], [reason], [None], [reason, None], ["nonsense"]), (80, 10, 4, 4, 2))[0])
    if answer.get("claimed"):
        pen.write(f"{path}/claimed", [_claim(chance, answer) for _ in range(_times(chance, (30, 65, 5)))])
    pen.write(f"{path}/note", ["ghi chú"] * _times(chance, (85, 15)))
    for photo in range(_times(chance, (80, 15, 5))):
        pen.write(f"photo/{item['key']}-{photo}", [{"of": path, "sha256": "0" * 64}])


def _row(pen: _Pen, path: str, answer: Part) -> None:
    chance = pen.chance
    pen.write(f"{path}/label", [chance.choice(LABELS) for _ in range(_times(chance, (10, 80, 10)))])
    pen.write(f"{path}/order", [chance.choice(("a", "b", "c5", "Zz"))] * _times(chance, (10, 90)))
    for field in answer["fields"]:
        count = _times(chance, (15, 70, 12, 3))
        pen.write(f"{path}/{field['key']}", [_value(chance, field) for _ in range(count)])
    seen = [head["op"] for name, heads in pen.found.items() if name.startswith(f"{path}/") for head in heads]
    if chance.random() < 0.2:
        saw = {"seen": chance.choice((seen, seen[1:]))}
        pen.write(f"{path}/deleted", chance.choice(([saw], [saw, None], [None], [saw, {"seen": seen}])))


def _times(chance: Random, weights: Sequence[int]) -> int:
    return chance.choices(range(len(weights)), weights)[0]


def _value(chance: Random, spec: Mapping[str, Any]) -> Any:
    shape = chance.random()
    if shape < 0.05:
        return None
    if shape < 0.1:
        return chance.choice(NONSENSE)
    return _sound(chance, spec)


def _sound(chance: Random, spec: Mapping[str, Any]) -> Any:
    match spec["type"]:
        case "yes_no":
            return chance.choice(("yes", "no"))
        case "choice":
            return chance.choice(spec["choices"])["key"]
        case "choices":
            return [each["key"] for each in chance.sample(spec["choices"], chance.randint(0, len(spec["choices"])))]
        case "number":
            return chance.choice((0, 1, 50, 99, 100, 101, 333, 500, 700, 1000, 10_000, -100, 123_456_700, 10**11))
        case "ratio":
            extra = {"period": {"from": "2020-07-01", "to": "2020-07-31"}} if spec.get("period") else {}
            return _counted(chance) | extra | ({"source": "Sổ theo dõi"} if spec.get("source") else {})
        case "date":
            return chance.choice((*DAYS, "2021-02-29"))
        case "time":
            return chance.choice((*TIMES, "24:00"))
        case "document":
            details = {"number": "12/KH", "issued_on": "2020-08-01", "signer": "Cán bộ A", "kind": "Kế hoạch"}
            some = chance.sample(list(details), chance.randint(1, 4))
            return {"shown": False} if chance.random() < 0.3 else {name: details[name] for name in some}
    return chance.choice(("a", "chữ", "Đ", "b" * 2001))


def _counted(chance: Random) -> Part:
    if chance.random() < 0.15:
        return {"observed": 0, "total": 0}
    if chance.random() < 0.4:  # exactly on a percent, or one beside it
        observed = min(10_000, max(0, chance.choice(PERCENTS) + chance.choice((-1, 0, 0, 1))))
        return {"observed": observed, "total": 10_000}
    total = chance.choice((1, 3, 7, 9, 50, 10**9))
    return {"observed": chance.randint(0, total), "total": total}


def _claim(chance: Random, answer: Part) -> Any:
    if answer["type"] == "roster":
        return chance.choice((_counted(chance), None, "none"))
    return _value(chance, answer)

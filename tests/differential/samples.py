"""Samples and photo rules put into a random checklist and its answers, from a chance of their own.

So what the other parts of a seed come to does not change with this file.
"""

from random import Random
from typing import Any

from app.domain import sampling

Part = dict[str, Any]
Cells = dict[str, list[dict[str, Any]]]

WORDS = " · {frame} · {interval}"


def with_samples(chance: Random, document: Part) -> None:
    """Make some derived rosters samples, and have some items and rows ask for photos."""
    for item in (item for section in document["sections"] for item in section["items"]):
        item["evidence"] = chance.choice(("none", "optional", "required", "required_on_fail"))
        answer = item["answer"]
        for field in answer.get("fields", ()):
            field["evidence"] = chance.choice(("optional", "optional", "required"))
        if "ratio" not in answer or "deduct" in str(item.get("score")) or chance.random() < 0.3:
            continue
        margin = chance.choice((500, 1_000, 2_000))
        answer["sample"] = {
            "frame": {"vi": "Hồ sơ"},
            "confidence": chance.choice((9_000, 9_500, 9_900)),
            "margin": margin,
        }
        answer["sample"]["at_most"] = chance.choice((3, 30, 500))
        if "finding" in item:
            item["finding"]["text"]["vi"] += WORDS


def drawn(chance: Random, document: Part, cells: Cells) -> Cells:
    """Draw for every sample: often as its rows are, at times as they are not, or by two people differently."""
    found = cells
    for item in (item for section in document["sections"] for item in section["items"]):
        if "sample" in item["answer"]:
            found = _draw(chance, f"item/{item['key']}", found)
    return found


def _draw(chance: Random, path: str, cells: Cells) -> Cells:
    frame = chance.choice((1, 3, 6, 40, 1_000_000))
    first = {"frame": frame, "size": min(frame, chance.choice((1, 3, 6))), "seed": chance.choice(("s", "v/mau/6"))}
    second = chance.choice((first, first | {"seed": "khac"}, first | {"size": 1}, None, first | {"size": 501}))
    heads = [{"op": f"{path}/sample-{place}", "value": value} for place, value in enumerate((first, second))]
    rows = dict(zip((f"r{place}" for place in range(6)), sampling.drawn_rows(first), strict=False))
    if chance.random() < 0.1:
        rows = {}  # as if somebody had added them by hand
    renamed = {_under(path, rows, name): value for name, value in cells.items()}
    return renamed | {f"{path}/sample": heads[: chance.choice((0, 1, 1, 1, 2))]}


def _under(path: str, rows: dict[str, str], name: str) -> str:
    """The name of a cell once its row has the UUID of a drawn one."""
    if not name.startswith(f"{path}/row/"):
        return name
    row, field = name.removeprefix(f"{path}/row/").split("/")
    return f"{path}/row/{rows.get(row, row)}/{field}"

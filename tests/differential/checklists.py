"""A random checklist that could be published: every type, rule, condition, cap and finding the format has.

All chance comes from one `Random`, so that a seed is a checklist. Whole numbers are hundredths, as published.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Part = dict[str, Any]

POINTS = (1, 50, 100, 333, 500, 1000, 1500, 99_999)
PERCENTS = (1, 3333, 5000, 6667, 7500, 9000, 9799, 9800, 9999, 10_000)
DAYS = ("2020-02-29", "2020-08-12", "2020-08-13", "2021-01-01")
TIMES = ("00:00", "07:59", "08:00", "23:59")
RATIOS = ("ratio", "derived")
SHARES = ("observed", "total", "missing", "percent")


def checklist(chance: Random) -> Part:
    """A document of up to three sections and ten items; the caller checks that it could be published."""
    grades = _grades(chance)
    earlier: list[Part] = []
    sections = []
    weighted = chance.random() < 0.4
    for number in range(chance.randint(1, 3)):
        items = [_item(chance, f"i{number}-{place}", earlier, grades) for place in range(chance.randint(1, 4))]
        section = {"key": f"s{number}", "title": _text(chance), "items": items}
        sections.append(section | ({"weight": chance.choice((1, 1500, 3333, 10_000))} if weighted else {}))
    document = {"slug": "x", "version": 1, "title": _text(chance), "effective_from": "2020-08-01"}
    scale = chance.choice((1, 10, 1000, None))  # 100 is the default and is not written
    return (
        document | ({"scale": scale} if scale else {}) | ({"grades": grades} if grades else {}) | {"sections": sections}
    )


def _text(chance: Random) -> Part:
    return {"vi": chance.choice(("Chữ", "Đủ điều kiện", "Ý kiến", "Nội dung 1"))}


def _grades(chance: Random) -> list[Part]:
    if chance.random() < 0.15:
        return []
    bounds = sorted(chance.sample(PERCENTS, chance.randint(0, 3)), reverse=True)
    return [{"key": f"g{place}", "at_least": least, "label": _text(chance)} for place, least in enumerate([*bounds, 0])]


# ---------------------------------------------------------------------------- one item


def _item(chance: Random, key: str, earlier: list[Part], grades: Sequence[Part]) -> Part:
    item: Part = {"key": key, "text": _text(chance)}
    if chance.random() < 0.4 and (named := sources(earlier)):
        item["when"] = condition(chance, named)
    worth = chance.choice(POINTS) if chance.random() < 0.75 else None
    kind = chance.choice(tuple(KINDS) if worth is None else SCORED)
    item |= KINDS[kind](chance, worth, earlier)
    if worth is not None:
        item["points"] = worth
    if chance.random() < 0.3:
        item["answer"]["claimed"] = True
    if chance.random() < 0.4:
        item["not_applicable"] = True
    if kind in RATIOS:
        item["zero_total"] = chance.choice(("full", "none", "not_applicable"))
    earlier.append(item)
    can_fail = _failing(chance, item, kind, earlier)
    if grades and chance.random() < 0.35:
        caps = {"grade_at_most": chance.choice(grades)["key"]}
        if kind in (*RATIOS, "number") and chance.random() < 0.5:
            item["critical"] = {"below": chance.choice(PERCENTS)} | caps
        elif can_fail:
            item["critical"] = {"when_fails": True} | caps
    if can_fail and chance.random() < 0.7:
        item["finding"] = _finding(chance, item, is_ratio=kind in RATIOS)
    return item


def _failing(chance: Random, item: Part, kind: str, named: Sequence[Part]) -> bool:
    """Say how the item fails, and whether it can."""
    if ("points" in item or kind in RATIOS) and chance.random() < 0.3:
        item["pass_at"] = chance.choice(PERCENTS)
    elif "points" not in item and chance.random() < 0.6 and (known := sources(named)):
        own = [source for source in known if source["item"] == item["key"]]
        item["fails_when"] = condition(chance, own if own and chance.random() < 0.7 else known)
    marked = any(option.get("fail") for option in item["answer"].get("choices", ()))
    return marked or not item.keys().isdisjoint({"points", "pass_at", "fails_when"})


def _finding(chance: Random, item: Part, *, is_ratio: bool) -> Part:
    names = [*(SHARES if is_ratio else ("value",))]
    names += ["exceptions"] if item["answer"]["type"] == "roster" else []
    names += ["claimed"] if item["answer"].get("claimed") else []
    words = " · ".join(f"{{{name}}}" for name in chance.sample(names, chance.randint(1, len(names))))
    finding: Part = {"severity": chance.choice(("minor", "major", "critical")), "text": {"vi": f"Còn {words}"}}
    if chance.random() < 0.5:
        finding["remedy"] = {"vi": f"Sửa {{{chance.choice(names)}}}"}
    return finding | ({"due_working_days": chance.randint(1, 30)} if chance.random() < 0.5 else {})


# ---------------------------------------------------------------------------- types and rules


def _yes_no(chance: Random, _: int | None, __: Sequence[Part]) -> Part:
    return {"answer": {"type": "yes_no"} | ({"inverted": True} if chance.random() < 0.3 else {})}


def _options(chance: Random, worths: Sequence[int | None]) -> list[Part]:
    return [
        {"key": f"c{place}", "text": {"vi": f"Mức {place}"}} | ({"fail": True} if worth is None else {"points": worth})
        for place, worth in enumerate(worths)
    ]


def _plain_options(chance: Random) -> list[Part]:
    marks = [chance.random() < 0.3 for _ in range(chance.randint(1, 4))]
    return [
        {"key": f"c{place}", "text": {"vi": f"Mức {place}"}} | ({"fail": True} if mark else {})
        for place, mark in enumerate(marks)
    ]


def _choice(chance: Random, worth: int | None, _: Sequence[Part]) -> Part:
    if worth is None:
        return {"answer": {"type": "choice", "choices": _plain_options(chance)}}
    worths: list[int | None] = [worth, chance.randint(0, worth), 0, None]
    chance.shuffle(worths)
    return {"answer": {"type": "choice", "choices": _options(chance, worths)}}


def _choices(chance: Random, worth: int | None, _: Sequence[Part]) -> Part:
    if worth is None:
        return {"answer": {"type": "choices", "choices": _plain_options(chance)}}
    part = chance.randint(0, worth)
    worths: list[int | None] = [part, worth - part, chance.randint(0, worth), None]
    chance.shuffle(worths)
    return {"answer": {"type": "choices", "choices": _options(chance, worths)}}


def _share(chance: Random, worth: int | None) -> Part:
    """A rule for a ratio."""
    if worth is None:
        return {}
    rules: tuple[Any, ...] = (
        "proportional",
        {"proportional": {"floor": chance.choice(PERCENTS)}},
        _bands(chance, worth, PERCENTS),
    )
    return {"score": chance.choice(rules)}


def _bands(chance: Random, worth: int, bounds: Sequence[int]) -> Part:
    count = chance.randint(1, min(3, worth))
    thresholds = sorted(chance.sample(bounds, count))
    points = [worth, *sorted(chance.sample(range(worth), count - 1), reverse=True)]
    if chance.random() < 0.6:
        return {"bands": [{"at_least": b, "points": p} for b, p in zip(thresholds[::-1], points, strict=True)]}
    return {"bands": [{"at_most": b, "points": p} for b, p in zip(thresholds, points, strict=True)]}


def _ratio(chance: Random, worth: int | None, _: Sequence[Part]) -> Part:
    answer: Part = {"type": "ratio", "observed": {"vi": "Đạt"}, "total": {"vi": "Tổng"}}
    for extra in ("period", "source"):
        answer |= {extra: True} if chance.random() < 0.2 else {}
    return {"answer": answer} | _share(chance, worth)


def _number(chance: Random, worth: int | None, _: Sequence[Part]) -> Part:
    answer: Part = {"type": "number", "unit": {"vi": "lượt"}}
    if worth is not None and chance.random() < 0.5:
        each = chance.choice((1, 33, 250, 10_000))
        return {"answer": answer | {"min": 0}, "score": {"deduct": {"each": each}}}
    answer |= {"min": -500, "max": 10_000} if chance.random() < 0.4 else {}
    answer |= {"whole": True} if chance.random() < 0.3 else {}
    return {"answer": answer} | (
        {} if worth is None else {"score": _bands(chance, worth, (-100, 0, 50, 100, 333, 500))}
    )


def _document(*_: Any) -> Part:
    return {"answer": {"type": "document"}}


def _of_type(kind: str) -> Callable[..., Part]:
    return lambda *_: {"answer": {"type": kind}}


# ---------------------------------------------------------------------------- rosters


def _fields(chance: Random, earlier: Sequence[Part]) -> list[Part]:
    fields: list[Part] = []
    for place in range(chance.randint(1, 4)):
        kind = chance.choice(("yes_no", "yes_no", "choice", "choices", "number", "text", "date", "time", "document"))
        field: Part = {"key": f"f{place}", "text": {"vi": "Cột"}, "type": kind}
        if kind in ("choice", "choices"):
            field["choices"] = _plain_options(chance)
        if kind == "number":
            field["unit"] = {"vi": "ngày"}
        if chance.random() < 0.4 and (named := sources(earlier) + field_sources(fields)):
            field["when"] = condition(chance, named)
        fields.append(field)
    return fields


def _roster(chance: Random, worth: int | None, earlier: Sequence[Part]) -> Part:
    answer = {"type": "roster", "row": {"label": {"vi": "Bàn"}}, "fields": _fields(chance, earlier)}
    rule = {"score": {"deduct": {"each": chance.choice((33, 100, 250))}}} if worth is not None else {}
    return {"answer": answer} | rule


def _derived(chance: Random, worth: int | None, earlier: Sequence[Part]) -> Part:
    fields = _fields(chance, earlier)
    if chance.random() < 0.35:  # returned not after due
        kind = chance.choice(("date", "time"))
        fields += [{"key": key, "text": {"vi": "Cột"}, "type": kind} for key in ("tra", "han")]
        counts = {"field": "tra", "not_after": "han"}
    else:
        named = [source for source in field_sources(fields) if source["values"]]
        if not named:
            fields.append({"key": "co", "text": {"vi": "Cột"}, "type": "yes_no"})
            named = field_sources(fields[-1:])
        source = chance.choice(named)
        counts = {"field": source["field"], "is": chance.choice(source["values"])}
    answer = {"type": "roster", "row": {"label": {"vi": "Bàn"}}, "fields": fields, "ratio": {"counts": counts}}
    if worth is not None and chance.random() < 0.15:
        return {"answer": answer, "score": {"deduct": {"each": chance.choice((33, 250))}}}
    return {"answer": answer} | _share(chance, worth)


KINDS: dict[str, Callable[[Random, int | None, Sequence[Part]], Part]] = {
    "yes_no": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "ratio": _ratio,
    "number": _number,
    "document": _document,
    "roster": _roster,
    "derived": _derived,
    "text": _of_type("text"),
    "date": _of_type("date"),
    "time": _of_type("time"),
}
SCORED = ("yes_no", "choice", "choices", "ratio", "number", "document", "roster", "derived", "derived")


# ---------------------------------------------------------------------------- conditions


def sources(items: Sequence[Part]) -> list[Part]:
    """What a condition may name among these items: their values, or thresholds to compare with."""
    return [{"item": item["key"], **_comparable(item["answer"])} for item in items if _comparable(item["answer"])]


def field_sources(fields: Sequence[Part]) -> list[Part]:
    """The same for fields of a row."""
    return [{"field": field["key"], **_comparable(field)} for field in fields if _comparable(field)]


def _comparable(spec: Part) -> Part:
    kind = spec["type"]
    if kind in ("choice", "choices"):
        return {"values": [option["key"] for option in spec["choices"]], "bounds": ()}
    if kind == "roster" and "ratio" not in spec:
        return {}
    values = {"yes_no": ("yes", "no"), "document": ("shown", "not_shown"), "text": ("a", "chữ")}.get(kind, ())
    numbers = {"number": (-100, 0, 100, 333), "ratio": PERCENTS, "roster": PERCENTS}
    return {"values": values, "bounds": ({"date": DAYS, "time": TIMES} | numbers).get(kind, ())}


def condition(chance: Random, named: Sequence[Part], depth: int = 0) -> Part:
    """A table of comparisons, seldom deep."""
    join = chance.random()
    if depth < 3 and join < 0.3:
        parts = [condition(chance, named, depth + 1) for _ in range(chance.randint(1, 3))]
        return {"not": parts[0]} if join < 0.1 else {"all": parts} if join < 0.2 else {"any": parts}
    source = chance.choice(named)
    name = "item" if "item" in source else "field"
    comparison: Part = {name: source[name]}
    if source["bounds"]:
        return comparison | {chance.choice(("at_least", "at_most")): chance.choice(source["bounds"])}
    operator, value = chance.choice(("is", "is_not", "in")), chance.choice(source["values"])
    return comparison | {operator: [value, chance.choice(source["values"])] if operator == "in" else value}

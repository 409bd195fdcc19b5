"""What must hold whatever the answers: found by random documents and cells, not by examples."""

from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain import answers, findings, scoring
from app.domain.answer_types import Roster
from app.domain.checklist import Checklist, Item, parse
from app.domain.operations import Entry, Fold
from app.domain.publishing import problems
from tests.domain.vector_files import Head

TEXT = {"vi": "Chữ"}
GRADES = [
    {"key": key, "at_least": least, "label": TEXT}
    for key, least in (("tot", 9000), ("kha", 7500), ("trung-binh", 6000), ("yeu", 0))
]
GRADE_KEYS = [grade["key"] for grade in GRADES]


def _option(key: str, worth: int | None) -> dict[str, Any]:
    return {"key": key, "text": TEXT} | ({"fail": True} if worth is None else {"points": worth})


def _options(*worths: int | None) -> list[dict[str, Any]]:
    return [_option(key, worth) for key, worth in zip("abcd", worths, strict=False)]


RATIO = {"type": "ratio", "observed": TEXT, "total": TEXT}
SIGN = {"key": "f", "type": "yes_no", "text": TEXT}
GOOD = {"key": "g", "type": "yes_no", "text": TEXT, "when": {"field": "f", "is": "yes"}}
BANDS = {"bands": [{"at_least": 9800, "points": 1000}, {"at_least": 9000, "points": 500}]}
FEWER = {"bands": [{"at_most": 0, "points": 1000}, {"at_most": 5000, "points": 300}]}

PARTS: list[dict[str, Any]] = [
    {"answer": {"type": "yes_no"}},
    {"answer": {"type": "yes_no", "inverted": True}},
    {"answer": {"type": "choice", "choices": _options(1000, 300, None)}},
    {"answer": {"type": "choices", "choices": _options(600, 500, 0, None)}},
    {"answer": RATIO, "score": "proportional", "zero_total": "full"},
    {"answer": RATIO, "score": {"proportional": {"floor": 5000}}, "zero_total": "none"},
    {"answer": RATIO, "score": BANDS, "zero_total": "not_applicable", "pass_at": 9500},
    {"answer": {"type": "number", "unit": TEXT, "min": 0}, "score": FEWER},
    {"answer": {"type": "number", "unit": TEXT, "min": 0}, "score": {"deduct": {"each": 33}}},
    {"answer": {"type": "document"}},
]
for _rule, _zero in (("proportional", "not_applicable"), (BANDS, "full"), (FEWER, "none")):
    for _counted in ("f", "g"):
        _ratio = {"counts": {"field": _counted, "is": "yes"}}
        _roster = {"type": "roster", "row": {"label": TEXT}, "fields": [SIGN, GOOD], "ratio": _ratio}
        PARTS.append({"answer": _roster, "score": _rule, "zero_total": _zero})
_ROWS = {"type": "roster", "row": {"label": TEXT}, "fields": [SIGN]}
PARTS.append({"answer": _ROWS, "score": {"deduct": {"each": 250}}})

LEAVES = {
    "yes_no": st.sampled_from(["yes", "no"]),
    "choice": st.sampled_from(["a", "b", "c"]),
    "choices": st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True),
    "ratio": st.integers(0, 12).flatmap(lambda t: st.integers(0, t).map(lambda o: {"observed": o, "total": t})),
    "number": st.integers(0, 12000),
    "document": st.sampled_from([{"shown": False}, {"number": "12"}, {"number": "13"}]),
    "roster": st.just("none"),
}


@st.composite
def checklists(draw: st.DrawFn) -> Checklist:
    parts = draw(st.lists(st.sampled_from(PARTS), min_size=2, max_size=7))
    items = []
    for number, part in enumerate(parts):
        item = {"key": f"i{number}", "text": TEXT, "points": 1000, "not_applicable": True, **part}
        if draw(st.booleans()):
            critical = {"when_fails": True, "grade_at_most": draw(st.sampled_from(GRADE_KEYS))}
            item |= {"critical": critical, "finding": {"severity": "minor", "text": TEXT}}
        if number and parts[0]["answer"]["type"] == "yes_no" and draw(st.booleans()):
            item["when"] = {draw(st.sampled_from(["is", "is_not"])): "no", "item": "i0"}
        items.append(item)
    cut = draw(st.integers(1, len(items) - 1))
    weights = draw(st.sampled_from([({}, {}), ({"weight": 3000}, {"weight": 7000})]))
    sections = [
        {"key": key, "title": TEXT, "items": some} | weight
        for key, some, weight in zip("st", (items[:cut], items[cut:]), weights, strict=True)
    ]
    document = {"slug": "x", "version": 1, "title": TEXT, "effective_from": "2020-08-01"}
    checklist = parse(document | {"sections": sections, "grades": GRADES})
    assert problems(checklist) == ()
    return checklist


@st.composite
def cells(draw: st.DrawFn, checklist: Checklist) -> dict[str, list[Head]]:
    """Random answers: some missing, cleared or contested, rows deleted with and without having seen all."""
    found: dict[str, list[Head]] = {}

    def write(path: str, values: st.SearchStrategy[Any], least: int = 0) -> None:
        heads = draw(st.lists(st.one_of(values, values, st.none()), min_size=least, max_size=2))
        if heads:
            found[path] = [Head(f"{path}#{number}", value) for number, value in enumerate(heads)]

    for item in checklist.items():
        path = f"item/{item.key}"
        write(path, LEAVES[item.answer.type])
        if draw(st.integers(0, 5)) == 0:
            write(f"{path}/na", st.just({"reason": "Không có"}), 1)
        if item.answer.type == "roster":
            for row in range(draw(st.integers(0, 4))):
                at = f"{path}/row/r{row}"
                for name in ("f", "g"):
                    write(f"{at}/{name}", LEAVES["yes_no"])
                seen = [head.op for each in ("f", "g") for head in found.get(f"{at}/{each}", [])]
                if draw(st.integers(0, 3)) == 0:
                    found[f"{at}/deleted"] = [Head(at, {"seen": draw(st.sampled_from([seen, seen[1:]]))})]
    return found


@st.composite
def visits(draw: st.DrawFn) -> tuple[Checklist, dict[str, list[Head]]]:
    checklist = draw(checklists())
    return checklist, draw(cells(checklist))


def scored(checklist: Checklist, given_cells: dict[str, list[Head]]) -> scoring.Score:
    return scoring.score(checklist, answers.read(checklist, given_cells))


def written(given_cells: dict[str, list[Head]]) -> list[Entry]:
    """A log that leaves these heads standing: each took over from an older answer that was given before it."""
    entries = []
    for path, heads in given_cells.items():
        old = f"{path}#old"
        entries.append(Entry(old, "set", path, "yes", "A"))
        entries += [Entry(head.op, "set", path, head.value, "B", (old,)) for head in heads]
    return entries


@given(visits(), st.randoms(use_true_random=False))
def test_the_order_of_operations_changes_neither_score_nor_findings(
    visit: tuple[Checklist, dict[str, list[Head]]], random: Random
) -> None:
    checklist, given_cells = visit
    log = written(given_cells)
    random.shuffle(log)
    wanted, found = answers.read(checklist, given_cells), answers.read(checklist, Fold(log).cells)
    assert found == wanted
    first, again = scoring.score(checklist, wanted), scoring.score(checklist, found)
    assert again.to_json() == first.to_json()
    assert findings.derive_findings(checklist, found, again) == findings.derive_findings(checklist, wanted, first)


def settled(checklist: Checklist, given_cells: dict[str, list[Head]], pick: int) -> dict[str, list[Head]]:
    """One way in which people may settle everything that is contested."""
    chosen = {path: [heads[min(pick, len(heads) - 1)]] for path, heads in given_cells.items()}
    for path, heads in given_cells.items():
        if path.endswith("/deleted"):
            row = [name for name in given_cells if name.startswith(path.removesuffix("deleted")) and name != path]
            ops = {head.op for name in row for head in given_cells[name]}
            if ops <= set(heads[0].value["seen"]):  # gone, nothing to settle
                chosen |= {name: given_cells[name] for name in row}
            else:
                chosen[path] = [Head(heads[0].op, None if pick else {"seen": sorted(ops)})]
    return chosen


@given(visits())
def test_a_score_lies_between_nothing_and_everything(visit: tuple[Checklist, dict[str, list[Head]]]) -> None:
    score = scored(*visit)
    assert score.total is None or 0 <= score.total <= 1
    for trace in score.items:
        assert trace.earned is None or 0 <= trace.earned <= Fraction(trace.possible or 0)


@given(visits())
def test_a_cap_never_raises_the_grade(visit: tuple[Checklist, dict[str, list[Head]]]) -> None:
    score = scored(*visit)
    if score.grade is not None and score.grade_before_caps is not None:
        fall = GRADE_KEYS.index(score.grade) - GRADE_KEYS.index(score.grade_before_caps)
        assert fall >= 0
        assert (fall > 0) == any(cap.bit for cap in score.caps)


@given(visits())
def test_an_item_that_does_not_apply_changes_nothing(visit: tuple[Checklist, dict[str, list[Head]]]) -> None:
    checklist, given_cells = visit
    document = checklist.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    extra = {"key": "extra", "text": TEXT, "answer": {"type": "yes_no"}, "points": 1000, "not_applicable": True}
    document["sections"][0]["items"].append(extra)
    more = given_cells | {"item/extra": [Head("x", "no")], "item/extra/na": [Head("y", {"reason": "Không có"})]}
    before, after = scored(checklist, given_cells), scored(parse(document), more)
    assert (before.total, before.grade, before.caps, before.counts) == (
        after.total,
        after.grade,
        after.caps,
        after.counts,
    )


@given(st.integers(0, 30), st.integers(1, 30), st.sampled_from([0, 3333, 5000]))
def test_one_more_observed_never_lowers_a_proportional_score(observed: int, more: int, floor: int) -> None:
    total = observed + more
    item = {"answer": RATIO, "points": 1000, "score": {"proportional": {"floor": floor}}, "zero_total": "none"}
    section = {"key": "s", "title": TEXT, "items": [{"key": "a", "text": TEXT, **item}]}
    document = {"slug": "x", "version": 1, "title": TEXT, "effective_from": "2020-08-01", "sections": [section]}
    checklist = parse(document)

    def earned(count: int) -> Fraction | None:
        value = {"observed": count, "total": total}
        return scored(checklist, {"item/a": [Head("x", value)]}).items[0].earned

    assert (earned(observed) or 0) <= (earned(observed + 1) or 0)


@given(visits(), st.integers(0, 1))
def test_settling_what_is_contested_never_earns_an_item_less(
    visit: tuple[Checklist, dict[str, list[Head]]], pick: int
) -> None:
    """Per item. Excepted: rows where it is contested whether the counted field is asked. It then counts as asked
    (Score 6), and settling that it is not takes the row out of the count, which may leave less."""
    checklist, given_cells = visit
    before, after = scored(checklist, given_cells), scored(checklist, settled(checklist, given_cells, pick))
    assert not after.provisional
    read = answers.read(checklist, given_cells)
    for item, low, final in zip(checklist.items(), before.items, after.items, strict=True):
        if low.earned is None or final.earned is None or asking_is_contested(item, read.items[item.key]):
            continue
        assert low.earned <= final.earned


def asking_is_contested(item: Item, answer: answers.ItemAnswer) -> bool:
    """Whether a row's counted field `g` hangs on a contested `f`."""
    counts_g = isinstance(item.answer, Roster) and item.answer.ratio and item.answer.ratio.counts.field == "g"
    return bool(counts_g) and any(row.fields["f"].contested for row in answer.rows)


@given(visits())
def test_only_contested_answers_make_a_score_provisional(visit: tuple[Checklist, dict[str, list[Head]]]) -> None:
    checklist, given_cells = visit
    score = scored(checklist, given_cells)
    contested = answers.read(checklist, given_cells).contested
    assert not score.provisional or contested
    assert score.provisional == any(trace.contested for trace in score.items)


@given(visits())
def test_findings_come_from_failing_items_only(visit: tuple[Checklist, dict[str, list[Head]]]) -> None:
    checklist, given_cells = visit
    read = answers.read(checklist, given_cells)
    score = scoring.score(checklist, read)
    failing = [trace.key for trace in score.items if trace.fails]
    with_text = {item.key for item in checklist.items() if item.finding}
    found = findings.derive_findings(checklist, read, score)
    assert [finding.item_key for finding in found] == [key for key in failing if key in with_text]
    assert all(trace.state not in ("unanswered", "not_applicable", "not_asked") for trace in score.items if trace.fails)

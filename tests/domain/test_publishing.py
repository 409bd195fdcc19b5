"""Every rule that keeps a checklist from being published, one broken document each."""

import inspect
import re
from typing import Any

import pytest

from app.domain import publishing, references
from app.domain.checklist import parse

TEXT = {"vi": "Chữ"}
YES_NO = {"type": "yes_no"}
RATIO = {"type": "ratio", "observed": TEXT, "total": TEXT}
NUMBER = {"type": "number", "unit": TEXT, "min": "0"}
GRADES = [{"key": "tot", "at_least": "90", "label": TEXT}, {"key": "yeu", "at_least": "0", "label": TEXT}]


def item(key: str = "a", answer: Any = YES_NO, **parts: Any) -> dict[str, Any]:
    return {"key": key, "text": TEXT, "answer": answer, **parts}


def choice(*options: dict[str, Any], many: bool = False) -> dict[str, Any]:
    return {"type": "choices" if many else "choice", "choices": [{"text": TEXT, **option} for option in options]}


def roster(*fields: dict[str, Any], counts: Any = None) -> dict[str, Any]:
    answer = {"type": "roster", "row": {"label": TEXT}, "fields": [{"text": TEXT, **field} for field in fields]}
    return answer | ({"ratio": {"counts": counts}} if counts else {})


def sample(*fields: dict[str, Any], counts: Any = None, **plan: Any) -> dict[str, Any]:
    return roster(*fields, counts=counts) | {"sample": {"frame": TEXT, **plan}}


def bands(*pairs: tuple[str, str, str]) -> dict[str, Any]:
    return {"bands": [{bound: value, "points": points} for bound, value, points in pairs]}


def finding(text: str) -> dict[str, Any]:
    return {"severity": "minor", "text": {"vi": text}}


def problems(*items: dict[str, Any], **parts: Any) -> list[tuple[str, str]]:
    sections = [{"key": "s", "title": TEXT, "items": list(items)}]
    document = {"slug": "x", "version": 1, "title": TEXT, "effective_from": "2020-08-01", "sections": sections}
    found = publishing.problems(parse(document | parts))
    assert all(not problem.message.isascii() for problem in found)
    return [(problem.path.removeprefix("sections[0].items"), problem.code) for problem in found]


def section(key: str, **parts: Any) -> dict[str, Any]:
    return {"key": key, "title": TEXT, "items": [item(f"{key}-1", YES_NO, points="1")], **parts}


SIGN, DAY, RIGHT = {"key": "f", "type": "yes_no"}, {"key": "d", "type": "date"}, {"key": "g", "type": "yes_no"}
FULL, HALF, BAD = {"key": "x", "points": "10"}, {"key": "y", "points": "5"}, {"key": "z", "fail": True}
SHARE = {"score": "proportional", "points": "10"}

BROKEN: list[tuple[list[dict[str, Any]], tuple[str, str]]] = [
    ([item("a"), item("a")], ("[1].key", "key_twice")),
    ([item("a", choice(FULL, FULL), points="10")], ("[0].answer.choices[1].key", "key_twice")),
    ([item("a", roster(SIGN, SIGN))], ("[0].answer.fields[1].key", "key_twice")),
    ([item("a", roster({"key": "order", "type": "text"}))], ("[0].answer.fields[0].key", "key_reserved")),
    ([item("a", points="0")], ("[0].points", "points_zero")),
    ([item("a", score="choice")], ("[0].score", "score_unused")),
    ([item("a", RATIO, points="10", zero_total="none")], ("[0].score", "rule_mismatch")),
    ([item("a", {"type": "text"}, points="10")], ("[0].score", "rule_mismatch")),
    ([item("a", YES_NO, **SHARE)], ("[0].score", "rule_mismatch")),
    ([item("a", roster(SIGN), **SHARE)], ("[0].score", "rule_mismatch")),
    (
        [item("a", RATIO, points="10", zero_total="none", score={"deduct": {"each": "1"}})],
        ("[0].score", "rule_mismatch"),
    ),
    (
        [item("a", NUMBER, points="10", score=bands(("at_least", "9", "10"), ("at_most", "5", "1")))],
        ("[0].score.bands", "bands_mixed"),
    ),
    (
        [item("a", NUMBER, points="10", score={"bands": [{"points": "10"}]})],
        ("[0].score.bands", "bands_mixed"),
    ),
    (
        [item("a", NUMBER, points="10", score=bands(("at_least", "5", "10"), ("at_least", "9", "1")))],
        ("[0].score.bands", "bands_order"),
    ),
    (
        [item("a", NUMBER, points="10", score=bands(("at_most", "5", "10"), ("at_most", "5", "1")))],
        ("[0].score.bands", "bands_order"),
    ),
    (
        [item("a", NUMBER, points="10", score=bands(("at_most", "5", "10"), ("at_most", "9", "10")))],
        ("[0].score.bands", "bands_points"),
    ),
    (
        [item("a", NUMBER, points="10", score=bands(("at_most", "5", "9")))],
        ("[0].score.bands[0].points", "best_not_full"),
    ),
    ([item("a", NUMBER, points="10", score={"deduct": {"each": "0"}})], ("[0].score.deduct.each", "deduct_zero")),
    (
        [item("a", {"type": "number", "unit": TEXT}, points="10", score={"deduct": {"each": "1"}})],
        ("[0].answer.min", "deduct_minimum"),
    ),
    ([item("a", {**NUMBER, "max": "-1"})], ("[0].answer.max", "bounds_order")),
    ([item("a", choice(FULL, {"key": "y"}), points="10")], ("[0].answer.choices[1]", "option_worth")),
    ([item("a", choice(FULL, BAD | {"points": "0"}), points="10")], ("[0].answer.choices[1]", "option_worth")),
    ([item("a", choice(FULL))], ("[0].answer.choices[0].points", "points_unused")),
    (
        [item("a", choice(FULL, {"key": "y", "points": "11"}), points="10")],
        ("[0].answer.choices[1].points", "points_above"),
    ),
    ([item("a", choice(HALF, BAD), points="10")], ("[0].answer.choices", "best_not_full")),
    ([item("a", choice(HALF, BAD, many=True), points="10")], ("[0].answer.choices", "best_not_full")),
    ([item("a", RATIO, **SHARE)], ("[0]", "zero_total_missing")),
    ([item("a", RATIO)], ("[0]", "zero_total_missing")),
    ([item("a", roster(SIGN, counts={"field": "f", "is": "yes"}))], ("[0]", "zero_total_missing")),
    ([item("a", zero_total="full")], ("[0].zero_total", "zero_total_unused")),
    ([item("a", pass_at="90")], ("[0].pass_at", "pass_at_unused")),
    ([item("a", points="1", fails_when={"item": "a", "is": "no"})], ("[0].fails_when", "fails_when_unused")),
    ([item("a", fails_when={"item": "b", "is": "no"}), item("b")], ("[0].fails_when.item", "unknown_item")),
    ([item("a", critical={"when_fails": True, "grade_at_most": "yeu"})], ("[0].critical.when_fails", "never_fails")),
    (
        [item("a", points="1", critical={"below": "5", "grade_at_most": "yeu"})],
        ("[0].critical.below", "below_mismatch"),
    ),
    (
        [item("a", RATIO, zero_total="none", critical={"below": "101", "grade_at_most": "yeu"})],
        ("[0].critical.below", "below_range"),
    ),
    (
        [item("a", points="1", critical={"when_fails": True, "grade_at_most": "kem"})],
        ("[0].critical.grade_at_most", "unknown_grade"),
    ),
    ([item("a", finding=finding("Thiếu"))], ("[0].finding", "never_fails")),
    ([item("a", points="1", finding=finding("Còn {missing}"))], ("[0].finding.text.vi", "unknown_placeholder")),
    ([item("a", points="1", finding=finding("Báo cáo {claimed}"))], ("[0].finding.text.vi", "unknown_placeholder")),
    ([item("a", points="1", finding=finding("Thiếu {value"))], ("[0].finding.text.vi", "loose_brace")),
    ([item("a", when={"item": "a", "is": "yes"})], ("[0].when.item", "unknown_item")),
    (
        [item("a", when={"item": "b", "is": "yes"}), item("b", when={"item": "a", "is": "yes"})],
        ("[0].when.item", "unknown_item"),
    ),
    ([item("a"), item("b", when={"field": "f", "is": "yes"})], ("[1].when.field", "field_outside_row")),
    ([item("a"), item("b", when={"item": "a", "is": "co"})], ("[1].when.is", "unknown_value")),
    (
        [item("a", choice(BAD)), item("b", when={"not": {"item": "a", "in": ["z", "q"]}})],
        ("[1].when.not.in", "unknown_value"),
    ),
    ([item("a", {"type": "document"}), item("b", when={"item": "a", "is": "yes"})], ("[1].when.is", "unknown_value")),
    (
        [item("a"), item("b", when={"any": [{"item": "a", "at_least": "5"}]})],
        ("[1].when.any[0].at_least", "not_comparable"),
    ),
    (
        [item("a", NUMBER), item("b", when={"all": [{"item": "a", "is": "5"}]})],
        ("[1].when.all[0].is", "not_comparable"),
    ),
    (
        [item("a", {"type": "date"}), item("b", when={"item": "a", "at_most": "08:00"})],
        ("[1].when.at_most", "not_comparable"),
    ),
    (
        [item("a", roster(SIGN | {"when": {"field": "f", "is": "yes"}}))],
        ("[0].answer.fields[0].when.field", "unknown_field"),
    ),
    (
        [item("a", roster(SIGN | {"when": {"field": "g", "is": "yes"}}, RIGHT))],
        ("[0].answer.fields[0].when.field", "unknown_field"),
    ),
    (
        [item("a", roster(SIGN, counts={"field": "q", "is": "yes"}), zero_total="none")],
        ("[0].answer.ratio.counts.field", "unknown_field"),
    ),
    (
        [item("a", roster(SIGN, counts={"field": "f", "is": "co"}), zero_total="none")],
        ("[0].answer.ratio.counts.is", "unknown_value"),
    ),
    (
        [item("a", roster(SIGN | {"evidence": "required_on_fail"}))],
        ("[0].answer.fields[0].evidence", "field_never_fails"),
    ),
    ([item("a", sample(SIGN))], ("[0].answer.sample", "sample_ratio")),
    (
        [item("a", sample(SIGN, counts={"field": "f", "is": "yes"}, margin="4"), zero_total="none")],
        ("[0].answer.sample.margin", "sample_size"),
    ),
    (
        [
            item(
                "a",
                sample(SIGN, counts={"field": "f", "is": "yes"}),
                zero_total="none",
                points="5",
                score={"deduct": {"each": "1"}},
            )
        ],
        ("[0].score", "sample_deduct"),
    ),
    (
        [item("a", roster(DAY, counts={"field": "d", "not_after": "q"}), zero_total="none")],
        ("[0].answer.ratio.counts.not_after", "unknown_field"),
    ),
    (
        [item("a", roster(DAY, SIGN, counts={"field": "d", "not_after": "f"}), zero_total="none")],
        ("[0].answer.ratio.counts.not_after", "not_comparable"),
    ),
]

BROKEN_WHOLE: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"sections": [section("s"), section("s")]}, ("sections[1].key", "key_twice")),
    ({"sections": [section("s", weight="10"), section("t")]}, ("sections[1]", "weight_missing")),
    ({"sections": [section("s", weight="0")]}, ("sections[0].weight", "weight_zero")),
    ({"grades": [*GRADES, GRADES[1]]}, ("grades[2].key", "key_twice")),
    ({"grades": [GRADES[1], GRADES[0]]}, ("grades[1].at_least", "grades_order")),
    ({"grades": GRADES[:1]}, ("grades[0].at_least", "grades_gap")),
]


@pytest.mark.parametrize(("items", "expected"), BROKEN, ids=lambda value: str(value)[:60])
def test_a_broken_part_is_named(items: list[dict[str, Any]], expected: tuple[str, str]) -> None:
    assert expected in problems(*items, grades=GRADES)


@pytest.mark.parametrize(("parts", "expected"), BROKEN_WHOLE, ids=lambda value: str(value)[:60])
def test_a_broken_whole_is_named(parts: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in [(path.removeprefix("sections[0].items"), code) for path, code in problems(item("a"), **parts)]


def test_a_sound_document_has_no_problems() -> None:
    sound = [
        item("a", points="1", critical={"when_fails": True, "grade_at_most": "yeu"}, finding=finding("{value}")),
        item("b", RATIO, zero_total="full", pass_at="90", finding=finding("{observed}/{total} {percent} {missing}")),
        item("c", choice(FULL, HALF, BAD), points="10", when={"item": "b", "at_least": "50.5"}),
        item("d", NUMBER, points="10", score=bands(("at_most", "0", "10"), ("at_most", "5", "1"))),
        item(
            "e",
            roster(SIGN, RIGHT | {"when": {"field": "f", "is": "yes"}}),
            points="1",
            score={"deduct": {"each": "1"}},
        ),
        item(
            "g",
            sample(SIGN, counts={"field": "f", "is": "yes"}, margin="4", at_most="30", confidence="90"),
            **SHARE,
            zero_total="none",
            finding=finding("{missing}/{total} trong {frame}: {interval}"),
        ),
        item("f", YES_NO | {"claimed": True}, fails_when={"item": "f", "is": "no"}, finding=finding("{claimed}")),
    ]
    assert problems(*sound, grades=GRADES) == []


def test_every_rule_has_a_broken_document() -> None:
    source = inspect.getsource(publishing) + inspect.getsource(references)
    codes = set(re.findall(r'Problem\([^,]+, "([a-z_]+)"', source))
    assert len(codes) > 20
    assert codes == {code for _, (_, code) in [*BROKEN, *BROKEN_WHOLE]}

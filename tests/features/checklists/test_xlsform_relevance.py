"""What is taken over from XPath means what XPath means: libxml2 and our conditions answer alike."""

import random
from itertools import product
from typing import Any

import pytest
from lxml import etree
from pydantic import TypeAdapter

from app.checklists.xlsform import bounds, relevance
from app.checklists.xlsform.relevance import Scope
from app.checklists.xlsform.relevance import Source as Named
from app.checklists.xlsform.xpath import Unfit
from app.domain.answer_types import Comparison, Condition
from app.domain.conditions import UNKNOWN, Source, may_hold

CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
SCOPE = Scope(
    {
        "a": Named("item", "a", "choice", options={"x": "x", "y": "y"}),
        "m": Named("item", "m", "choices", options={"x": "x", "y": "y"}),
        "n": Named("item", "n", "number", whole=True),
        "d": Named("item", "d", "number"),
        "t": Named("item", "t", "text"),
        "day": Named("item", "day", "date"),
    },
    {"c": "“c” không được nhập"},
)
ANSWERS: dict[str, tuple[str, ...]] = {
    "a": ("", "x", "y"),
    "m": ("", "x", "y", "x y"),
    "n": ("", "4", "5", "6"),
    "d": ("", "4.99", "5", "5.01"),
    "t": ("", "x", "năm"),
}
LEAVES = (
    *("${a} = 'x'", "${a} != 'x'", "'y' = ${a}", "selected(${a}, 'x')", "selected(${m}, 'x')", "${t} = 'năm'"),
    *("${n} > 5", "${n} >= 5", "5 > ${n}", "${n} = 5", "${n} != 5", "${d} < 5", "${d} <= 4.995", "${d} = 5"),
    *("${a} != ''", "not(${n} = 5)", 'not(${a} = "x")', "not(selected(${m}, 'y'))", "${t} != 'x'"),
)


def by_libxml(expression: str, answers: dict[str, str]) -> bool:
    """Evaluate as a form would: a reference is a node, `selected` looks for a word."""
    root = etree.Element("root")
    for name, text in answers.items():
        etree.SubElement(root, name).text = text

    def selected(_context: Any, nodes: list[Any], word: str) -> bool:
        return word in (nodes[0].text or "").split()

    plain = expression.replace("${", "/root/").replace("}", "")
    return bool(
        root.xpath(
            f"boolean({plain.replace('selected(', 'f:selected(')})",
            namespaces={"f": "urn:f"},
            extensions={("urn:f", "selected"): selected},
        )
    )


def by_us(when: dict[str, Any], answers: dict[str, str]) -> bool:
    def lookup(comparison: Comparison) -> Source:
        key = comparison.item or ""
        text = answers[key]
        if not text:
            return UNKNOWN
        values: dict[str, Any] = {"m": text.split(), "n": _hundredths(text), "d": _hundredths(text)}
        return Source("known", values.get(key, text))

    return may_hold(CONDITION.validate_python(when), lookup)


def _hundredths(text: str) -> int | None:
    return round(float(text) * 100) if text.replace(".", "").isdigit() else None


def expressions() -> list[str]:
    """Every leaf alone, and two hundred joined at random."""
    dice = random.Random(4)
    joined = []
    for _ in range(200):
        parts = [dice.choice(LEAVES) for _ in range(dice.randint(2, 4))]
        text = parts[0]
        for part in parts[1:]:
            text = f"({text}) {dice.choice(('and', 'or'))} {part}"
        joined.append(dice.choice((text, f"not({text})")))
    return [*LEAVES, *joined]


def test_conditions_answer_as_xpath_does() -> None:
    read = exact = 0
    names = tuple(ANSWERS)
    dice = random.Random(5)
    combinations = dice.sample(list(product(*ANSWERS.values())), 120)
    for expression in expressions():
        try:
            found = relevance.read(expression, SCOPE)
        except Unfit:
            continue
        read += 1
        exact += not found.differs
        for values in combinations:
            answers = dict(zip(names, values, strict=True))
            if found.differs and not all(values):
                continue  # that is what the report says of it
            assert by_us(found.when, answers) == by_libxml(expression, answers), (expression, answers)
    assert (read, exact) == (192, 41)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("${c} = 'x'", "“c” không được nhập"),
        ("${later} = 'x'", "không phải nội dung đứng trước"),
        ("${a} = 'z'", "không có lựa chọn “z”"),
        ("${n} + 1 > 5", "phép tính"),
        ("${n} > ${d}", "giá trị cố định"),
        ("${m} = 'x'", "selected()"),
        ("${a} = ''", "chưa trả lời"),
        ("${a} != ''", "đã trả lời"),
        ("count(${a}) > 1", "giá trị cố định"),
        ("regex(${t}, 'x')", "không có hàm regex()"),
        ("${n} = 5.5555", "thập phân"),
        ("${day} > today()", "ngày cố định"),
        ("../a = 'x'", "đường dẫn"),
        ("(" * 60 + "${a} = 'x'", "quá sâu"),
        ("${a} = 'x' and", "thiếu một vế"),
        ("1 = 1 or " * 900 + "1 = 1", "quá dài"),
    ],
)
def test_what_a_table_cannot_say_is_told(expression: str, words: str) -> None:
    with pytest.raises(Unfit, match="(?s).*" + words.replace("(", r"\(").replace(")", r"\)")):
        relevance.read(expression, SCOPE)


def test_dates_are_moved_to_the_next_day_for_a_strict_bound() -> None:
    assert relevance.read("${day} > date('2020-08-31')", SCOPE).when == {"item": "day", "at_least": "2020-09-01"}
    assert relevance.read("date('2020-08-31') >= ${day}", SCOPE).when == {"item": "day", "at_most": "2020-08-31"}


@pytest.mark.parametrize(
    ("expression", "whole", "expected"),
    [
        (". >= 0 and . <= 200", True, ("0", "200", 0)),
        (". > 0 and 100 > .", True, ("1", "99", 0)),
        (". > 0", False, ("0.01", None, 0)),
        (". >= 0.005 and regex(., 'x')", False, ("0.01", None, 1)),
        (". = 7", True, ("7", "7", 0)),
        (". > 5 and . < 5", True, (None, None, 1)),
        (". > 5 or . < 3", True, (None, None, 1)),
        (". >= 99999999999", True, (None, None, 1)),
        ("not(", True, (None, None, 1)),
    ],
)
def test_bounds(expression: str, whole: bool, expected: tuple[str | None, str | None, int]) -> None:
    found = bounds.number_bounds(expression, whole=whole)
    assert (found.least, found.most, len(found.unfit)) == expected

"""The score and finding vectors; offline_client/src/domain/{scoring,findings}.test.ts are the other readers.

Each case holds twice: what was worked out by hand (`expect`), and the whole result (`trace`).
"""

import json
from collections import Counter
from typing import Any

import pytest

from app.domain.checklist import canonical, parse
from app.domain.publishing import RULES as RULES_OF_TYPES
from app.domain.publishing import kind_of, problems
from tests.domain.score_corners import CORNERS, corners_of, impossible, table_text
from tests.domain.vector_files import agrees, groups, trace

LEAST = {"scoring": (16, 404), "findings": (4, 16), "explained": (2, 14)}

# Every rule of the score, by its number in docs/checklists.md; each must be shown at least twice.
RULES = """
1 asked|1 not asked|1 not applicable|1 no points|1 when over silence|1 operators|1 not asked field
2 unanswered|2 yes_no|2 inverted|2 choice|2 choices|2 choices capped|2 proportional|2 floor
2 bands at_least|2 bands at_most|2 bands number|2 deduct number|2 deduct roster|2 deduct floor|2 document
2 zero_total full|2 zero_total none|2 zero_total not_applicable
2 sample|2 derived proportional|2 derived bands|2 derived dates|2 incomplete|2 roster no rows|2 roster none here
3 weighted|3 drops out|4 rounding|4 unweighted|4 nothing possible
5 grade|5 critical below|5 critical number|5 critical when_fails|5 several caps|5 cap never raises
6 lowest|6 tie|6 agreed|6 contested na|6 contested when|6 contested rows|6 contested deletion|7 trace
exact comparison|fails earned|fails marked|fails pass_at|fails_when
""".strip().replace("\n", "|")  # fmt: skip
FINDING_RULES = ("counts", "exceptions", "percent", "claimed", "value", "rounding", "contested", "no finding")

# Rule x answer type: the rows of the coverage table (its columns are in score_corners.py); every cell must be full.
PAIRS: list[tuple[str | None, str]] = [(rule, kind) for rule, kinds in RULES_OF_TYPES.items() for kind in sorted(kinds)]
UNSCORED = "yes_no choice choices ratio number text date time document roster derived"
PAIRS += [(None, kind) for kind in UNSCORED.split()]


def cases(topic: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, document and case of each case of a topic."""
    return [
        (f"{name}: {case['description']}", group["checklist"], case)
        for name, content in groups(topic).items()
        for group in content
        for case in group["cases"]
    ]


def named(topic: str) -> list[Any]:
    return [pytest.param(document, case, id=name) for name, document, case in cases(topic)]


@pytest.mark.parametrize(("document", "case"), named("scoring"))
def test_scoring(document: dict[str, Any], case: dict[str, Any]) -> None:
    found = trace("scoring", parse(document), case["given"])
    assert agrees(case["expect"], found), found
    assert found == case["trace"]


@pytest.mark.parametrize(("document", "case"), named("findings"))
def test_findings(document: dict[str, Any], case: dict[str, Any]) -> None:
    found = trace("findings", parse(document), case["given"])
    assert agrees(case["expect"], found), found
    assert found == case["trace"]


@pytest.mark.parametrize(("document", "case"), named("explained"))
def test_the_score_in_words(document: dict[str, Any], case: dict[str, Any]) -> None:
    found = trace("explained", parse(document), case["given"])
    assert agrees(case["expect"], found), found
    assert found == case["trace"]


@pytest.mark.parametrize("topic", LEAST)
def test_no_file_and_no_case_was_lost(topic: str) -> None:
    files, least = LEAST[topic]
    assert len(groups(topic)) >= files
    assert len(cases(topic)) >= least


@pytest.mark.parametrize(("topic", "rules"), [("scoring", RULES.split("|")), ("findings", FINDING_RULES)])
def test_every_rule_is_shown_twice(topic: str, rules: list[str]) -> None:
    shown = Counter(cover for _, _, case in cases(topic) for cover in case["covers"])
    assert {rule: shown[rule] for rule in rules if shown[rule] < 2} == {}


def test_the_table_of_rules_answer_types_and_corners_is_full() -> None:
    rows = {pair: Counter[str]() for pair in PAIRS}
    for _, document, case in cases("scoring"):
        items = parse(document).by_key
        for each in case["trace"]["items"]:
            item = items[each["key"]]
            rows[each["rule"], kind_of(item)].update(corners_of(item, each))
    print(table_text(rows))  # pytest -s -k table
    filled = {(*pair, corner) for pair, counts in rows.items() for corner in counts}
    wanted = {(*pair, corner) for pair in PAIRS for corner in CORNERS if not impossible(*pair, corner)}
    assert sorted(map(str, wanted - filled)) == []
    assert sorted(map(str, filled - wanted)) == []  # a cell called impossible is not


@pytest.mark.parametrize(
    "document", [group["checklist"] for topic in LEAST for content in groups(topic).values() for group in content]
)
def test_vectors_use_documents_that_could_be_published(document: dict[str, Any]) -> None:
    checklist = parse(document)
    assert problems(checklist) == ()
    assert json.loads(canonical(checklist)) == document  # the phone reads nothing but canonical JSON

"""The conclusion vectors. Only pytest reads them: the phone shows a score, the desk concludes."""

from typing import Any

import pytest

from app.domain.answers import read
from app.domain.checklist import parse
from app.domain.conclusions import Conclusion, conclude
from tests.domain.vector_files import cells, groups

LEAST = (3, 22)


def cases() -> list[Any]:
    return [
        pytest.param(group["checklist"], case, id=f"{name}: {case['description']}")
        for name, content in groups("conclusions").items()
        for group in content
        for case in group["cases"]
    ]


def told(concluded: Conclusion, part: str) -> Any:
    """One part of a conclusion in the short form of the vectors."""
    match part:
        case "strengths":
            return [[each.item_key, each.measure] for each in concluded.strengths]
        case "findings":
            return [each.item_key for each in concluded.findings]
        case "explained":
            return {each.item_key: [each.found, each.points, each.why] for each in concluded.explained}
        case "claims":
            return {each.item_key: [each.claimed, each.found, each.differs] for each in concluded.claims}
        case "verdicts":
            return {each.item_key: [each.claimed, each.verdict, each.differs] for each in concluded.claims}
        case "draws":
            return list(concluded.draws)
        case "photos":
            return {key: list(uuids) for key, uuids in concluded.photos.items()}
        case "sources":
            return {each.item_key: list(each.sources) for each in concluded.strengths}
    raise AssertionError(f"no such part: {part}")


@pytest.mark.parametrize(("document", "case"), cases())
def test_conclude(document: dict[str, Any], case: dict[str, Any]) -> None:
    checklist = parse(document)
    concluded = conclude(checklist, read(checklist, cells(case["given"]["cells"])))
    for part, wanted in case["expect"].items():
        found = told(concluded, part)
        if part == "explained":
            found = {key: found[key] for key in wanted}
        assert found == wanted, part


def test_the_stored_form_keeps_everything_in_plain_json() -> None:
    import json

    document = groups("conclusions")["strengths"][1]
    checklist = parse(document["checklist"])
    stored = conclude(checklist, read(checklist, cells(document["cases"][0]["given"]["cells"]))).to_json()
    assert json.loads(json.dumps(stored)) == {
        **stored,
        "strengths": [{**s, "sources": list(s["sources"])} for s in stored["strengths"]],
    }
    assert set(stored) == {"score", "findings", "strengths", "claims", "explained", "photos", "draws"}


def test_no_file_or_case_was_lost() -> None:
    assert len(groups("conclusions")) >= LEAST[0]
    assert len(cases()) >= LEAST[1]

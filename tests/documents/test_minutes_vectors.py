"""The minutes as the phone prints them too: tests/vectors/minutes/ holds both to the same words in the same order.

`python -m tests.documents.test_minutes_vectors` writes what is printed anew, to be read before it is committed.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.documents.official import Line, Official, Table
from app.documents.papers.letterhead import AnnexRow, AnnexSection, Letterhead, short_agency
from app.documents.papers.minutes import MinutesRecord, Signed, minutes, score_text, subject_of
from app.domain.calendar import VIET_NAM
from app.domain.starting import Start

FILE = Path(__file__).parents[1] / "vectors" / "minutes" / "printed.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))
LEAST = 4


def paper_of(given: Mapping[str, Any]) -> Official:
    host = given["host_name"]
    head = Letterhead(
        parent_agency=short_agency(f"Ủy ban nhân dân {host[:1].lower()}{host[1:]}"),
        agency="Đoàn kiểm tra",
        place="",
        symbol="BB-ĐKT",
        provenance=(("Phiếu kiểm tra (SHA-256)", given["chk"]),),
    )
    plain = (
        "unit_name",
        "delegation_name",
        "place",
        "attendees",
        "recommendations",
        "remarks",
        "digest",
        "signed_digest",
    )
    record = MinutesRecord(
        subject=subject_of(given["campaign_title"], given["unit_name"]),
        started_at=_moment(given["started_at"]),
        ended_at=_moment(given["ended_at"]),
        members=tuple(map(tuple, given["members"])),
        sections=tuple(_section(each) for each in given["sections"]),
        score=score_text(*given["score"]),
        caps=tuple(given["caps"]),
        lacking=tuple(map(tuple, given["lacking"])),
        draws=tuple(given["draws"]),
        objections=tuple(map(tuple, given["objections"])),
        unit=Signed(**given["unit"]) if given["unit"] else None,
        lead=Signed(**given["lead"]) if given["lead"] else None,
        start=Start(**given["start"]) if given["start"] else None,
        **{name: given[name] for name in plain},
    )
    return minutes(head, record)


def _moment(local: str) -> datetime | None:
    return datetime.fromisoformat(local).replace(tzinfo=VIET_NAM) if local else None


def _section(given: Mapping[str, Any]) -> AnnexSection:
    rows = tuple(AnnexRow(text, found, points, "", fails) for text, found, points, fails in given["rows"])
    return AnnexSection(given["title"], "", rows)


def printed(paper: Official) -> dict[str, Any]:
    """What stands on the paper, as JSON."""
    body: list[list[Any]] = []
    for part in paper.body:
        if isinstance(part, Line):
            body.append([part.style.value, part.printed])
        elif isinstance(part, Table):
            body.append(["table", part.caption, list(part.header), [list(row) for row in part.rows], list(part.widths)])
    return {
        "head": [paper.parent_agency, paper.agency, paper.number_line, paper.title, paper.subject],
        "body": body,
        "signatures": [["\n".join(each.titles), each.name, each.strokes, each.note] for each in paper.signatures],
        "provenance": [list(each) for each in paper.provenance],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_the_minutes_say(case: dict[str, Any]) -> None:
    assert printed(paper_of(case["given"])) == case["printed"]


def test_no_case_is_lost() -> None:
    assert len(CASES) >= LEAST


if __name__ == "__main__":
    for each in CASES:
        each["printed"] = printed(paper_of(each["given"]))
    FILE.write_text(json.dumps(CASES, ensure_ascii=False, indent=1) + "\n", "utf-8")

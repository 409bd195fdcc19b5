"""Who may do what: every action × every kind of person, as one table."""

import pytest

from app.domain.permissions import RULES, Actor, Grant, Role, Subject, may

PROVINCE, DISTRICT, WARD, SISTER, ABROAD = "/1/", "/1/5/", "/1/5/9/", "/1/5/10/", "/2/"

SUBJECT = Subject(
    unit_path=WARD,
    host_path=DISTRICT,
    lead_ids=frozenset({"lead"}),
    member_ids=frozenset({"member"}),
    former_ids=frozenset({"former"}),
)


def person(user_id: str, role: Role | None = None, path: str = DISTRICT) -> Actor:
    return Actor(user_id, user_id, (Grant(role, 1, path),) if role else ())


PEOPLE = {
    "nobody": person("nobody"),
    "administrator": person("a", Role.ADMINISTRATOR),
    "administrator above": person("a", Role.ADMINISTRATOR, PROVINCE),
    "administrator of the ward": person("a", Role.ADMINISTRATOR, WARD),
    "administrator abroad": person("a", Role.ADMINISTRATOR, ABROAD),
    "vice-chair": person("v", Role.VICE_CHAIR),
    "vice-chair above": person("v", Role.VICE_CHAIR, PROVINCE),
    "vice-chair abroad": person("v", Role.VICE_CHAIR, ABROAD),
    "lead": person("lead", Role.INSPECTOR),
    "member": person("member", Role.INSPECTOR),
    "former member": person("former", Role.INSPECTOR),
    "other inspector": person("other", Role.INSPECTOR),
    "ward head": person("h", Role.WARD_HEAD, WARD),
    "ward officer": person("o", Role.WARD_OFFICER, WARD),
    "officer of the sister ward": person("o", Role.WARD_OFFICER, SISTER),
    "head of the district": person("h", Role.WARD_HEAD, DISTRICT),
}

ADMIN = {"administrator", "administrator above"}
CHAIR = {"vice-chair", "vice-chair above"}
TEAM = {"lead", "member"}
WARDS = {"ward head", "ward officer", "head of the district"}

EXPECTED: dict[str, set[str]] = {
    "unit.manage": ADMIN,
    "account.manage": ADMIN,
    "checklist.publish": {*ADMIN, "administrator of the ward", "administrator abroad"},
    "campaign.manage": ADMIN,
    "campaign.see": ADMIN | CHAIR | TEAM,
    "visit.see": ADMIN | CHAIR | TEAM,
    "photo.original": ADMIN | CHAIR | {"lead"},
    "visit.inspect": TEAM,
    "visit.lead": {"lead"},
    "conclusion.prepare": {"lead"} | CHAIR,
    "conclusion.review": CHAIR,
    "conclusion.issue": CHAIR,
    "conclusion.comment": CHAIR | TEAM,
    "conclusion.see": ADMIN | CHAIR | TEAM,
    "task.see": ADMIN | CHAIR | TEAM | WARDS,
    "task.report": WARDS,
    "task.verify": {"lead"} | CHAIR,
    "task.delegate": {"ward head", "head of the district"},
    "task.extend": CHAIR,
    "register.import": ADMIN,
    "calendar.manage": {*ADMIN, "administrator of the ward", "administrator abroad"},
    "overview.see": ADMIN | CHAIR | {"lead"},
    "workbook.export": ADMIN | CHAIR | {"lead"},
}


def test_the_table_knows_every_action() -> None:
    assert set(EXPECTED) == set(RULES)


@pytest.mark.parametrize("action", sorted(EXPECTED))
def test_who_may(action: str) -> None:
    assert {name for name, actor in PEOPLE.items() if may(actor, action, SUBJECT)} == EXPECTED[action]


def test_an_issued_conclusion_is_seen_by_its_ward_and_not_by_the_sister_ward() -> None:
    issued = Subject(**{**SUBJECT.__dict__, "issued": True})
    seen_by = {name for name, actor in PEOPLE.items() if may(actor, "conclusion.see", issued)}
    assert seen_by == ADMIN | CHAIR | TEAM | WARDS


def test_an_unknown_action_is_refused_for_everybody() -> None:
    assert not any(may(actor, "visit.burn", SUBJECT) for actor in PEOPLE.values())


def test_a_path_is_never_matched_by_half_a_number() -> None:
    """`/1/5/` must not reach `/1/55/`."""
    neighbour = Subject(unit_path="/1/55/", host_path="/1/55/")
    assert not may(PEOPLE["administrator"], "unit.manage", neighbour)
    assert not may(PEOPLE["ward head"], "task.report", Subject(unit_path="/1/5/99/"))

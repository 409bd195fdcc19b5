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
    checker_ids=frozenset({"k", "left", "v", "lead"}),
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
    "office, named for the step": person("k", Role.OFFICE),
    "office, not named": person("q", Role.OFFICE),
    "office above": person("q", Role.OFFICE, PROVINCE),
    "office abroad": person("q", Role.OFFICE, ABROAD),
    "named, but no longer in office": person("left"),
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
OFFICE = {"office, named for the step", "office, not named", "office above"}
# The vice-chairs are named too, and the lead is, who holds no role that could check.
NAMED = {"office, named for the step", *CHAIR}
WARDS = {"ward head", "ward officer", "head of the district"}

EXPECTED: dict[str, set[str]] = {
    "unit.manage": ADMIN,
    "account.manage": ADMIN,
    "checklist.publish": {*ADMIN, "administrator of the ward", "administrator abroad"},
    "campaign.manage": ADMIN,
    "campaign.see": ADMIN | CHAIR | TEAM,
    "visit.see": ADMIN | CHAIR | TEAM | OFFICE,
    "visit.see_sealed": ADMIN | CHAIR | {"lead"},
    "photo.original": ADMIN | CHAIR | {"lead"},
    "visit.inspect": TEAM,
    "visit.lead": {"lead"},
    "conclusion.prepare": {"lead"} | CHAIR,
    "report.issue": {"lead"},
    "minutes.issue": {"lead"},
    "conclusion.check": NAMED,
    "conclusion.send_back": NAMED | CHAIR,
    "conclusion.review": CHAIR,
    "conclusion.issue": CHAIR,
    "summary.see": ADMIN | CHAIR,
    "summary.issue": CHAIR,
    "document.correct": CHAIR,
    "document.replace": CHAIR,
    "conclusion.comment": CHAIR | TEAM | OFFICE,
    "conclusion.see": ADMIN | CHAIR | TEAM | OFFICE,
    "task.see": ADMIN | CHAIR | TEAM | WARDS,
    "task.report": WARDS,
    "task.verify": {"lead"} | CHAIR,
    "task.delegate": {"ward head", "head of the district"},
    "task.extend": CHAIR,
    "register.import": ADMIN,
    "self_check.begin": WARDS,
    "self_check.see": ADMIN | CHAIR | TEAM | WARDS,
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
    assert seen_by == ADMIN | CHAIR | TEAM | OFFICE | WARDS


def test_a_step_one_is_not_named_for_is_not_passed_in_another_role() -> None:
    """A vice-chair may send a conclusion back from the office's step, and not pass it in the office's stead."""
    others = Subject(**{**SUBJECT.__dict__, "checker_ids": frozenset({"k"})})
    assert not may(PEOPLE["vice-chair"], "conclusion.check", others)
    assert may(PEOPLE["vice-chair"], "conclusion.send_back", others)
    assert not may(PEOPLE["office, not named"], "conclusion.send_back", others)


def test_an_unknown_action_is_refused_for_everybody() -> None:
    assert not any(may(actor, "visit.burn", SUBJECT) for actor in PEOPLE.values())


def test_a_path_is_never_matched_by_half_a_number() -> None:
    """`/1/5/` must not reach `/1/55/`."""
    neighbour = Subject(unit_path="/1/55/", host_path="/1/55/")
    assert not may(PEOPLE["administrator"], "unit.manage", neighbour)
    assert not may(PEOPLE["ward head"], "task.report", Subject(unit_path="/1/5/99/"))

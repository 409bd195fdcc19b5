"""Issuing: a number of the year's series, a date, and bytes that never change again.

The number is given here and nowhere earlier (Decree 30/2020/NĐ-CP, article 15: one series per agency and year). An
error found later is corrected by a new document of equal form, never by touching this one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.accounts.queries import authorities
from app.documents import notice_html
from app.domain.calendar import WorkingCalendar, add_working_days
from app.domain.carrying import Kept
from app.domain.checklist import canonical_json
from app.domain.conclusions import ConclusionAct, ConclusionState, step
from app.domain.errors import Invalid
from app.domain.notice import as_json
from app.domain.permissions import Actor
from app.extensions import db, new_id, now
from app.findings import papers
from app.findings.actions import documents
from app.findings.actions.trace import check_fresh, check_revision, check_right, check_stands, record
from app.findings.models import Conclusion, Finding
from app.findings.queries import notices, outcomes, records


@dataclass(frozen=True)
class Issue:
    """How a conclusion is to be issued; `today` is the day in Viet Nam."""

    number: int
    on: date
    today: date
    calendar: WorkingCalendar
    public_url: str = ""  # where anybody may check the document; printed in it with the code
    kept: Mapping[str, Kept] = field(default_factory=dict)  # what goes on as the replaced notice ordered it, with dates


@dataclass(frozen=True)
class Work:
    """One thing the unit must do, as issued: from a finding or from an instruction."""

    finding_id: str | None
    instruction_id: str | None
    severity: str
    problem: str
    remedy: str
    due_working_days: int
    due_on: date
    kept: Kept | None = None


def issue(actor: Actor, conclusion_id: str, wanted: Issue, *, revision: int) -> tuple[Conclusion, tuple[Work, ...]]:
    """Issue an approved conclusion and freeze it for ever; return it with the work the unit is given.

    Raises `Invalid("issue_date")` for a day before the approval or after today, `Invalid("number_taken")`,
    `OutOfDate("visit_reopened")` or `("visit_unconfirmed")`, `Invalid("no_authority")` for a deputy who has no leave
    to sign in the chief's place on that day, and as `conclusions.step` does.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    taken = step(ConclusionState(conclusion.state), ConclusionAct.ISSUE)
    check_right(actor, conclusion, visit, taken.right)
    check_revision(conclusion, revision)
    check_stands(conclusion, visit)
    check_fresh(conclusion)
    outcomes.confirmed_log(visit.id)
    _check_number(conclusion, wanted)
    work = _work(conclusion, wanted)
    capacity = authorities.signing_capacity(actor.user_id, conclusion.issuer_unit_id, wanted.on)
    signed_at = now()
    due_on = {each.finding_id or each.instruction_id or "": each.due_on for each in work}
    issued = notices.Issued(
        wanted.number, wanted.on, actor.user_id, signed_at, wanted.calendar.version, due_on, capacity,
        wanted.kept,
    )  # fmt: skip
    composed = notices.document_of(conclusion, visit, issued)
    code = new_id()
    address = f"{wanted.public_url}/xac-minh/{code}"
    facts = papers.facts_of(conclusion, capacity)
    paper = papers.notice_paper(composed, conclusion, verify_url=address, facts=facts)
    origin = documents.Origin(conclusion.issuer_unit_id, conclusion.id)
    linked = documents.Linked(replaces_id=records.notice_of(conclusion.replaces_id))
    pdf = documents.keep(actor, paper, origin, code, signed_at, facts, linked)
    proof = {"code": pdf.id, "address": address, "sha256": pdf.sha256, "certificate": pdf.certificate}
    frozen = _frozen(conclusion, composed, work, wanted.calendar.version, facts["authority"], proof)
    detail = {"number": wanted.number, "on": wanted.on.isoformat(), "calendar": wanted.calendar.version}
    detail |= {"authority": facts["authority"]}
    record(conclusion, actor, "issue", detail=detail)
    conclusion.state = taken.to.value
    conclusion.number, conclusion.issued_year, conclusion.issued_on = wanted.number, wanted.on.year, wanted.on
    conclusion.issued_at, conclusion.issued_by = signed_at, actor.user_id
    conclusion.frozen, conclusion.frozen_sha256 = frozen, hashlib.sha256(frozen).hexdigest()
    db.session.flush()  # one UPDATE: from here on the database itself refuses any change
    return conclusion, work


def _check_number(conclusion: Conclusion, wanted: Issue) -> None:
    approved_on = records.approved_on(conclusion.id)
    if wanted.on > wanted.today or (approved_on is not None and wanted.on < approved_on):
        earliest = approved_on.isoformat() if approved_on else ""
        raise Invalid("issue_date", earliest=earliest, latest=wanted.today.isoformat())
    if wanted.number < 1 or records.is_number_taken(conclusion.issuer_unit_id, wanted.on.year, wanted.number):
        raise Invalid("number_taken", number=wanted.number, year=wanted.on.year)


def _work(conclusion: Conclusion, wanted: Issue) -> tuple[Work, ...]:
    """What the unit must do: remedies in document order, then instructions in the order they were given."""
    work = [
        Work(each.id, None, each.severity, each.text, each.remedy, each.due_working_days, wanted.on)
        for each in records.findings_of(conclusion.id)
        if each.excluded_reason is None and each.remedy
    ]
    work += [
        Work(None, each.id, "", "", each.text, each.due_working_days, wanted.on)
        for each in records.instructions_of(conclusion.id)
    ]
    return tuple(_dated(each, wanted) for each in work)


def _dated(work: Work, wanted: Issue) -> Work:
    kept = wanted.kept.get(work.finding_id or work.instruction_id or "")
    counted = add_working_days(wanted.calendar, wanted.on, work.due_working_days)
    return replace(work, due_on=kept.due_on if kept and kept.due_on else counted, kept=kept)


def _frozen(
    conclusion: Conclusion,
    document: notice_html.NoticeDocument,
    work: tuple[Work, ...],
    calendar: str,
    authority: dict[str, Any],
    pdf: dict[str, str],
) -> bytes:
    """The frozen record in one run of bytes: facts as JSON, the page as read on screen, the hash of the signed PDF."""
    return canonical_json(
        {
            "format": "congvu-conclusion/1",
            "id": conclusion.id,
            "visit": conclusion.visit_id,
            "log": {"n": conclusion.n, "hash": conclusion.log_hash},
            "checklist": conclusion.chk,
            "number": document.number,
            "symbol": document.symbol,
            "issued_on": document.issued_on.isoformat() if document.issued_on else None,
            "calendar": calendar,
            "computed": conclusion.computed,
            "findings": [_finding_json(each) for each in records.findings_of(conclusion.id)],
            "notice": as_json(document.notice),
            "work": [_work_json(each) for each in work],
            "authority": authority,
            "acts": [list(act) for act in document.acts],
            "pdf": pdf,
            "html": notice_html.render(document).decode(),
        }
    )


def _finding_json(finding: Finding) -> dict[str, Any]:
    kept = ("id", "item_key", "severity", "computed_text", "computed_remedy", "text", "remedy", "due_working_days")
    return {name: getattr(finding, name) for name in kept} | {"excluded_reason": finding.excluded_reason}


def _work_json(work: Work) -> dict[str, Any]:
    return {
        "finding": work.finding_id,
        "instruction": work.instruction_id,
        "remedy": work.remedy,
        "due_working_days": work.due_working_days,
        "due_on": work.due_on.isoformat(),
        "kept_from": work.kept.source if work.kept else "",
    }

"""Making the draft of a signed visit's conclusion, and computing it anew when the minutes were signed again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from app.campaigns import queries as campaigns
from app.campaigns.queries import PlannedVisit
from app.domain.conclusions import ConclusionState, check_replaceable, editor_right
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, may
from app.domain.wording import Composed, Words, carry, fresh, stale_blocks
from app.extensions import db, new_id, now
from app.findings.actions.trace import check_revision, check_right, record
from app.findings.models import Conclusion, Finding, Instruction
from app.findings.queries import outcomes, records
from app.findings.queries.outcomes import Outcome

SYMBOL = "TB-UBND"
DEFAULT_DUE_DAYS = 10


def begin(actor: Actor, visit_id: str) -> Conclusion:
    """Draft the conclusion of a signed visit: compute it at the signed position and store it with its findings.

    Done a second time it returns the draft that exists. Raises `NotFound`, `NotAllowed`,
    `OutOfDate("visit_not_signed")` and `Invalid("visit_is_recheck")`: a short visit is answered by its tasks,
    `Invalid("visit_is_self_check")`: what a unit says of itself is not concluded from.
    """
    visit = campaigns.visit(actor, visit_id)
    if not may(actor, "conclusion.prepare", visit.subject):
        raise NotAllowed("not_allowed")
    if visit.recheck_of is not None:
        raise Invalid("visit_is_recheck")
    if visit.kind == campaigns.SELF_CHECK:
        raise Invalid("visit_is_self_check")
    existing = records.of_visit(visit_id)
    if existing is not None:
        return existing
    conclusion = _draft(actor, visit)
    outcome = _compute_into(conclusion, visit)
    db.session.add(conclusion)
    db.session.flush()  # the findings point at it, and tables know no order of insertion
    _add_findings(conclusion, outcome)
    record(conclusion, actor, "begin", detail={"n": conclusion.n, "chk": conclusion.chk})
    db.session.flush()
    return conclusion


def begin_replacement(actor: Actor, conclusion_id: str, *, reason: str) -> Conclusion:
    """Draft the conclusion that will replace an issued one whose content is wrong; people's words are taken over.

    Computed at the position that is signed now, which may be the same. Done a second time it returns the draft that
    exists. Raises `NotFound`, `NotAllowed`, and as `conclusions.check_replaceable` does.
    """
    wrong, visit = records.seen_by(actor, conclusion_id, lock=True)
    check_right(actor, wrong, visit, "conclusion.prepare")
    existing = records.replacement_of(wrong.id)
    if existing is not None and existing.state != ConclusionState.ISSUED:
        return existing
    check_replaceable(ConclusionState(wrong.state), replaced=existing is not None, reason=reason)
    conclusion = _draft(actor, visit, replaces_id=wrong.id, texts=wrong.texts)
    outcome = _compute_into(conclusion, visit)
    db.session.add(conclusion)
    db.session.flush()
    _add_findings(conclusion, outcome, _written(wrong, findings=records.findings_of(wrong.id)))
    conclusion.stale_texts = list(stale_blocks(wrong.texts, (), changed=_outcome(wrong) != _outcome(conclusion)))
    for each in records.instructions_of(wrong.id):
        db.session.add(
            Instruction(
                id=new_id(),
                conclusion_id=conclusion.id,
                position=each.position,
                text=each.text,
                due_working_days=each.due_working_days,
                author_id=each.author_id,
            )
        )
    detail = {"n": conclusion.n, "chk": conclusion.chk, "replaces": wrong.id}
    record(conclusion, actor, "begin_replacement", reason=reason, detail=detail)
    db.session.flush()
    return conclusion


def recompute(actor: Actor, conclusion_id: str, *, revision: int) -> Conclusion:
    """Compute a draft anew after the minutes were signed again; people's words stay, marked where they are stale.

    Raises `OutOfDate("visit_not_signed")` while they are not signed, and as editing does.
    """
    conclusion, visit = records.seen_by(actor, conclusion_id, lock=True)
    check_right(actor, conclusion, visit, editor_right(ConclusionState(conclusion.state)))
    check_revision(conclusion, revision)
    before = {each.item_key: each for each in records.findings_of(conclusion.id)}
    written, told = _written(conclusion, findings=list(before.values())), _outcome(conclusion)
    was = {"n": conclusion.n, "hash": conclusion.log_hash, "findings": [_words_of(each) for each in before.values()]}
    outcome = _compute_into(conclusion, visit)
    for finding in before.values():
        db.session.delete(finding)
    db.session.flush()
    _add_findings(conclusion, outcome, written)
    db.session.flush()
    changed = told != _outcome(conclusion)
    conclusion.stale_texts = list(stale_blocks(conclusion.texts, tuple(conclusion.stale_texts), changed=changed))
    changes = _changes(before, {each.item_key: each for each in records.findings_of(conclusion.id)})
    record(conclusion, actor, "recompute", detail={"before": was, "n": conclusion.n, "changes": changes})
    return conclusion


def _draft(
    actor: Actor, visit: PlannedVisit, *, replaces_id: str | None = None, texts: dict[str, str] | None = None
) -> Conclusion:
    return Conclusion(
        id=new_id(),
        visit_id=visit.id,
        replaces_id=replaces_id,
        campaign_id=visit.campaign_id,
        unit_id=visit.unit_id,
        issuer_unit_id=visit.host_unit_id,
        state=ConclusionState.DRAFT.value,
        texts=dict(texts or {}),
        prepared_by=actor.user_id,
        created_at=now(),
        revision=0,
        symbol=SYMBOL,
    )


def _compute_into(conclusion: Conclusion, visit: PlannedVisit) -> Outcome:
    if visit.state != "signed" or visit.signed_n is None or visit.signed_hash is None:
        raise OutOfDate("visit_not_signed")
    outcome = outcomes.compute(visit)
    conclusion.n, conclusion.log_hash, conclusion.chk = visit.signed_n, visit.signed_hash, outcome.chk
    conclusion.computed, conclusion.basis_points = outcome.document, outcome.basis_points
    conclusion.grade = outcome.grade
    return outcome


def _add_findings(
    conclusion: Conclusion, outcome: Outcome, before: dict[str, tuple[Words, Composed]] | None = None
) -> None:
    for position, each in enumerate(outcome.findings):
        photos, basis = frozenset(conclusion.computed["photos"].get(each.item_key, [])), outcome.basis[each.item_key]
        composed = Composed(each.text, each.remedy, each.due_working_days or DEFAULT_DUE_DAYS, photos, basis)
        old = (before or {}).get(each.item_key)
        words = carry(*old, composed) if old else fresh(composed)
        db.session.add(
            Finding(
                id=new_id(),
                conclusion_id=conclusion.id,
                unit_id=conclusion.unit_id,
                position=position,
                item_key=each.item_key,
                severity=each.severity,
                computed_text=each.text,
                computed_remedy=each.remedy,
                sources=each.to_json() | {"basis": basis},
                **asdict(words),
            )
        )


def _written(conclusion: Conclusion, *, findings: Sequence[Finding]) -> dict[str, tuple[Words, Composed]]:
    """What people wrote of each finding, and what had been computed for it."""
    photos = conclusion.computed["photos"]
    return {
        each.item_key: (
            Words(each.text, each.remedy, each.due_working_days, each.excluded_reason, each.stale_from),
            Composed(
                each.computed_text,
                each.computed_remedy,
                each.sources.get("due_working_days") or DEFAULT_DUE_DAYS,
                frozenset(photos.get(each.item_key, [])),
                each.sources.get("basis", ""),
            ),
        )
        for each in findings
    }


def _outcome(conclusion: Conclusion) -> tuple[object, ...]:
    """What people's own blocks speak of: points, grade, and the findings as computed."""
    found = [(each["item_key"], each["text"]) for each in conclusion.computed["findings"]]
    return conclusion.basis_points, conclusion.grade, found


def _changes(before: Mapping[str, Finding], after: Mapping[str, Finding]) -> list[dict[str, object]]:
    """Sentences that read otherwise after computing anew, and those that are no finding any more, for the history."""
    told: list[dict[str, object]] = []
    for key in [*before, *(key for key in after if key not in before)]:
        was, now = before[key].text if key in before else "", after[key].text if key in after else ""
        if was != now:
            told.append({"item": key, "was": was, "now": now, "gone": key not in after})
    return told


def _words_of(finding: Finding) -> dict[str, object]:
    return {
        "item": finding.item_key,
        "text": finding.text,
        "remedy": finding.remedy,
        "due_working_days": finding.due_working_days,
        "excluded_reason": finding.excluded_reason,
    }

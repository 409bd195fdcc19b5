"""A conclusion as its reviewers see it: every number with what is behind it, every word with who wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.queries import directory
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.checklist import Checklist, Item
from app.domain.conclusions import TRANSITIONS, ConclusionState, check_reportable, editor_right
from app.domain.errors import OutOfDate
from app.domain.findings import Since, since_last
from app.domain.notice import Assessment
from app.domain.operation_text import checklist_items, item_key_of, place_text, received_moment, value_text
from app.domain.permissions import Actor, Subject, may
from app.domain.sums import SumRow
from app.domain.teamwork import Comment
from app.findings.models import Conclusion, ConclusionEvent, Finding, Instruction
from app.findings.queries import issued, minutes, notices, outcomes, records
from app.findings.queries.issued import Offered
from app.findings.queries.outcomes import Outsider
from app.findings.queries.paths import Path, path_of
from app.findings.queries.photos import Photo, Seeing, photos_of

COMMENT = "comment"
SEVERITIES = ("critical", "major", "minor")


@dataclass(frozen=True)
class ItemView:
    key: str
    text: str
    source: str
    found: str
    points: str
    why: str
    fails: bool
    state: str
    paths: tuple[str, ...]
    photos: tuple[Photo, ...]


@dataclass(frozen=True)
class SectionView:
    key: str
    title: str
    weight: int | None
    points: str
    share: int | None  # basis points
    failing: int
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class FindingView:
    row: Finding
    item: ItemView
    explanation: str
    claimed: str


@dataclass(frozen=True)
class OutsiderView:
    """A change that came late or is held, in words; `item` is empty for what is of no item of the checklist."""

    why: str
    who: str
    item: str
    place: str
    value: str


@dataclass(frozen=True)
class FieldComment:
    """What a member wrote on an item to the others; `item` is empty for one the checklist no longer has."""

    who: str
    at: datetime | None
    item: str
    item_key: str
    text: str


@dataclass(frozen=True)
class HistoryView:
    at: datetime
    who: str
    who_id: str
    action: str
    reason: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """Everything the review page shows, read in a fixed number of statements."""

    conclusion: Conclusion
    visit: PlannedVisit
    checklist_title: str
    assessment: Assessment
    sections: tuple[SectionView, ...]
    sums: tuple[SumRow, ...]  # from the sections to the total
    findings: tuple[FindingView, ...]
    severities: tuple[tuple[str, int], ...]
    claims: tuple[Mapping[str, Any], ...]
    objections: tuple[tuple[str, str], ...]
    instructions: Sequence[Instruction]
    outsiders: tuple[OutsiderView, ...]
    field_comments: tuple[FieldComment, ...]
    history: tuple[HistoryView, ...]
    path: Path
    stands: bool
    comments: tuple[HistoryView, ...]
    may_comment: bool
    last: Conclusion | None
    last_findings: tuple[tuple[Finding, Since], ...]
    replaces: Conclusion | None
    replacement: Conclusion | None
    notice: Offered | None  # as issued
    minutes: Offered | None  # as issued of what was signed last
    documents: tuple[Offered, ...]  # issued beside it
    uncited: tuple[str, ...]  # what the documents leave out because nobody has said it
    reported: bool  # the report of what was last submitted is issued
    may_report: bool
    may_minute: bool
    may_demand: bool
    may_edit: bool
    follows: bool  # the actor sees what becomes of the work that was ordered
    acts: frozenset[str]


def review(actor: Actor, conclusion_id: str) -> Review:
    """The page of a conclusion for the delegation and the vice-chair; raises NotFound."""
    conclusion, visit = records.seen_by(actor, conclusion_id)
    computed: dict[str, Any] = conclusion.computed
    checklist = checklists.checklist_by_chk(conclusion.chk)
    events = records.events_of(conclusion.id)
    arrived = outcomes.arrivals(visit.id)
    late = arrived.outsiders
    findings = records.findings_of(conclusion.id)
    names = directory.names_of_people(
        _people(visit, events, late, computed) | {each.head.actor for each in arrived.comments}
    )
    seeing = Seeing(actor.user_id, may(actor, "photo.original", visit.subject))
    items = _items(conclusion, names, arrived, seeing)
    told = tuple(HistoryView(e.at, names[e.actor_id], e.actor_id, e.action, e.reason, e.detail) for e in events)
    history = tuple(each for each in told if each.action != COMMENT)
    last = records.last_before(conclusion)
    leads = tuple(names[each] for each in sorted(visit.subject.lead_ids))
    objections = notices.objections_of(computed)
    state = ConclusionState(conclusion.state)
    subject = records.subject_of(conclusion, visit)
    replacement = records.replacement_of(conclusion.id)
    rows = records.issued_documents_of(conclusion.id)
    papers = issued.offered(actor, rows, subject)
    notice = next((each for each in papers if each.row.kind == "notice"), None)
    reported = _is_reported(events, rows)
    recorded = minutes.in_force(visit)
    issued_minutes = next(iter(issued.offered(actor, [recorded] if recorded else [], subject)), None)
    stands = records.stands(conclusion, visit)
    return Review(
        conclusion=conclusion,
        visit=visit,
        checklist_title=checklist.title.vi,
        assessment=notices.assessment_of(checklist, computed),
        sections=_sections(conclusion, items),
        sums=notices.sum_rows_of(checklist, computed),
        findings=tuple(_finding(each, items, computed, objections) for each in findings),
        severities=tuple((key, sum(each.severity == key for each in findings)) for key in SEVERITIES),
        claims=tuple(computed["claims"]),
        objections=tuple((items[key].text if key in items else key, text) for key, text in objections.items()),
        instructions=records.instructions_of(conclusion.id),
        outsiders=tuple(_outsider(each, names, checklist_items(checklist), arrived.rows) for each in late),
        field_comments=tuple(_field_comment(each, names, items) for each in arrived.comments),
        history=history,
        path=path_of(conclusion, events, names, leads),
        stands=stands,
        comments=tuple(each for each in told if each.action == COMMENT),
        may_comment=may(actor, "conclusion.comment", subject),
        last=last,
        last_findings=_since(last, checklist, computed) if last else (),
        replaces=records.get(conclusion.replaces_id),
        replacement=replacement,
        notice=notice,
        minutes=issued_minutes,
        documents=tuple(each for each in papers if each is not notice and each.row != recorded),
        uncited=(
            *visit.grounds.missing(),
            *(() if recorded else ("số biên bản kiểm tra (trưởng đoàn chưa ban hành)",)),
            *(() if reported else ("số báo cáo của Đoàn kiểm tra (trưởng đoàn chưa ban hành)",)),
        ),
        reported=reported,
        may_report=_may_report(actor, state, subject, reported=reported),
        may_minute=stands and recorded is None and may(actor, "minutes.issue", subject),
        may_demand=notice is not None and notice.replaced_by is None and may(actor, "conclusion.issue", subject),
        may_edit=_may_edit(actor, state, subject),
        follows=may(actor, "task.see", subject),
        acts=frozenset(act.value for act, step in TRANSITIONS[state].items() if may(actor, step.right, subject)),
    )


def _since(last: Conclusion, checklist: Checklist, computed: dict[str, Any]) -> tuple[tuple[Finding, Since], ...]:
    """The findings of the last inspection's notice, and what this one says of each, under whatever checklist."""
    now_named = checklists.lasting_names(checklist)
    then_named = checklists.lasting_names(checklists.checklist_by_chk(last.chk))
    found = {now_named[each["item_key"]] for each in computed["findings"]}
    answered = {now_named[each["key"]] for each in computed["score"]["items"] if each["state"] == "answered"}
    stood = [each for each in records.findings_of(last.id) if each.excluded_reason is None]
    return tuple((each, since_last(then_named.get(each.item_key, each.item_key), found, answered)) for each in stood)


def _is_reported(events: Sequence[ConclusionEvent], rows: Sequence[records.DocumentRow]) -> bool:
    submitted = max((each.at for each in events if each.action == "submit"), default=None)
    return submitted is not None and any(each.kind == "report" and each.signed_at >= submitted for each in rows)


def _may_report(actor: Actor, state: ConclusionState, subject: Subject, *, reported: bool) -> bool:
    try:
        check_reportable(state, reported=reported)
    except OutOfDate:
        return False
    return may(actor, "report.issue", subject)


def _may_edit(actor: Actor, state: ConclusionState, subject: Any) -> bool:
    try:
        return may(actor, editor_right(state), subject)
    except OutOfDate:
        return False


def _people(
    visit: PlannedVisit, events: Sequence[ConclusionEvent], late: Sequence[Outsider], computed: dict[str, Any]
) -> set[str]:
    named = {place.user_id for place in visit.places} | {event.actor_id for event in events}
    return named | {each.actor_id for each in late} | {each["author"] for each in computed["evidence"].values()}


def _items(
    conclusion: Conclusion, names: Mapping[str, str], arrived: outcomes.Arrivals, seeing: Seeing
) -> dict[str, ItemView]:
    computed: dict[str, Any] = conclusion.computed
    checklist = checklists.checklist_by_chk(conclusion.chk)
    explained = {each["item_key"]: each for each in computed["explained"]}
    traces = {each["key"]: each for each in computed["score"]["items"]}
    return {
        item.key: ItemView(
            key=item.key,
            text=item.text.vi,
            source=f"{item.criterion.vi} ({item.criterion.source})" if item.criterion else "",
            found=explained[item.key]["found"],
            points=explained[item.key]["points"],
            why=explained[item.key]["why"],
            fails=traces[item.key]["fails"],
            state=traces[item.key]["state"],
            paths=tuple(traces[item.key]["paths"]),
            photos=photos_of(computed, item.key, names, arrived, seeing),
        )
        for item in checklist.items()
    }


def _sections(conclusion: Conclusion, items: Mapping[str, ItemView]) -> tuple[SectionView, ...]:
    checklist = checklists.checklist_by_chk(conclusion.chk)
    sums = {each["key"]: each for each in conclusion.computed["score"]["sections"]}
    views = []
    for section in checklist.sections:
        its = tuple(items[item.key] for item in section.items)
        total = sums[section.key]
        share = notices.rounded_share(total["earned"], total["possible"]) if total["possible"] else None
        failing = sum(item.fails for item in its)
        views.append(
            SectionView(section.key, section.title.vi, section.weight, notices.points_text(total), share, failing, its)
        )
    return tuple(views)


def _outsider(
    each: Outsider, names: Mapping[str, str], items: Mapping[str, Item], rows: Mapping[str, str]
) -> OutsiderView:
    item = items.get(item_key_of(each.path, {}) or "")
    return OutsiderView(
        why=each.why,
        who=names.get(each.actor_id, each.actor_id),
        item=item.text.vi if item else "",
        place=place_text(item, each.path, rows),
        value=value_text(item, each.path, each.value),
    )


def _field_comment(each: Comment, names: Mapping[str, str], items: Mapping[str, ItemView]) -> FieldComment:
    key = item_key_of(each.of, {}) or ""
    return FieldComment(
        who=names.get(each.head.actor, "–"),
        at=received_moment(each.head.received_at),
        item=items[key].text if key in items else "",
        item_key=key if key in items else "",
        text=each.text,
    )


def _finding(
    row: Finding, items: Mapping[str, ItemView], computed: dict[str, Any], objections: Mapping[str, str]
) -> FindingView:
    claim = next((each for each in computed["claims"] if each["item_key"] == row.item_key), None)
    return FindingView(row, items[row.item_key], objections.get(row.item_key, ""), claim["claimed"] if claim else "")

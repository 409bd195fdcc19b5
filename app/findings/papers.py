"""The official documents of a conclusion: report, notice and minutes, put together from what is stored."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.accounts.queries import directory
from app.accounts.queries.directory import UnitEntry
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.documents.notice_html import NoticeDocument, agency_of, place_of
from app.documents.official import Official
from app.documents.papers import conclusions as papers
from app.documents.papers import minutes as minutes_papers
from app.documents.papers.conclusions import Evidence
from app.documents.papers.correction import correction
from app.documents.papers.letterhead import Letterhead, Signer, recipients_of, short_agency
from app.documents.papers.minutes import MinutesRecord, Signed
from app.domain.authority import Capacity, deputy_lines, lead_capacity
from app.domain.calendar import VIET_NAM
from app.domain.checklist import canonical_json
from app.domain.errors import NotFound, OutOfDate
from app.domain.notice import committee_of, from_json
from app.domain.offices import archive, home_affairs
from app.domain.operation_text import location_text
from app.domain.visits import VisitState, minutes_digest
from app.findings.models import Conclusion
from app.findings.queries import minutes, notices, records, reports
from app.findings.queries.issued import Seen
from app.findings.queries.records import DocumentRow
from app.sync import queries as sync
from app.sync.actions import evidence
from app.sync.images import PRINT

KEPT_BY_DELEGATION = "Lưu: VT, ĐKT"
MOST_PHOTOS = 40  # in an annex; the rest stays in the record


@dataclass(frozen=True)
class Mistake:
    """A mistake of layout: where it stands, what is printed there, and what should be."""

    where: str
    printed: str
    right: str


def facts_of(conclusion: Conclusion, capacity: Capacity | None = None) -> dict[str, Any]:
    """What the document rests on: log position, checklist, photos by hash; once issued, also the signer's leave."""
    photos = sorted({each["sha256"] for each in conclusion.computed["evidence"].values() if each.get("sha256")})
    log = {"n": conclusion.n, "hash": conclusion.log_hash}
    facts = {"visit": conclusion.visit_id, "log": log, "checklist": conclusion.chk, "photos": photos}
    return facts | ({"authority": authority_json(capacity)} if capacity else {})


def authority_json(capacity: Capacity) -> dict[str, Any]:
    """In what capacity a document was signed, for its facts."""
    days = {name: day.isoformat() for name in ("valid_from", "valid_to") if (day := getattr(capacity, name))}
    return {"lines": list(capacity.lines), "basis": capacity.basis, **days}


def notice_paper(
    document: NoticeDocument, conclusion: Conclusion, *, verify_url: str = "", facts: dict[str, Any] | None = None
) -> Official:
    """The notice as the official document: a draft without number, or as it is issued."""
    paper = papers.notice(
        _head(document, verify_url=verify_url),
        document.subject,
        document.notice,
        Signer(document.signer_lines, document.signer_name),
        document.recipients,
        document.annex,
        photos_of(conclusion),
        document.sums,
    )
    return replace(paper, facts=canonical_json(facts or facts_of(conclusion)).decode())


def correction_paper(seen: Seen, mistakes: Sequence[Mistake]) -> Official:
    """The letter that corrects the layout of an issued document: a draft, numbered when it is issued.

    It goes to whom the document went: to the unit, or with a campaign's summary to those above and below.
    """
    host = directory.units([seen.row.issuer_unit_id])[seen.row.issuer_unit_id]
    head = letterhead_of(host, records.LETTERS, sample=seen.sample)
    recipients: tuple[str, ...]
    if seen.visit is not None:
        to = committee_of(seen.visit.unit_name)
        recipients = (f"{to} (để biết, thực hiện)", archive(host.kind))
    else:
        units = "Các đơn vị được kiểm tra"
        to = head.parent_agency or units
        recipients = (*filter(None, (head.parent_agency,)), units, *home_affairs(host.kind), archive(host.kind))
    rows = tuple((each.where, each.printed, each.right) for each in mistakes)
    return correction(head, to, seen.links.named, rows, Signer(deputy_lines()), recipients)


def letterhead_of(host: UnitEntry, symbol: str, *, sample: bool) -> Letterhead:
    """What stands on top of a draft that a unit issues in one of its series."""
    parent = committee_of(host.parent_name) if host.parent_name else ""
    return Letterhead(parent, agency_of(host.name), place_of(host.name), symbol, sample=sample)


def issued_notice_paper(conclusion: Conclusion, visit: PlannedVisit) -> Official:
    """The notice of an issued conclusion as it was composed at issue: for an editable copy that says the same.

    Raises NotFound for one that is not issued.
    """
    document = next((each for each in records.issued_documents_of(conclusion.id) if each.kind == "notice"), None)
    if conclusion.frozen is None or document is None or conclusion.issued_at is None:
        raise NotFound("not_found")
    frozen = json.loads(conclusion.frozen)
    due_on = {each["finding"] or each["instruction"]: date.fromisoformat(each["due_on"]) for each in frozen["work"]}
    signed = frozen.get("authority", {"lines": deputy_lines(), "basis": ""})
    issued = notices.Issued(
        document.number, document.dated, conclusion.issued_by or "", conclusion.issued_at, frozen["calendar"], due_on,
        Capacity(tuple(signed["lines"]), signed["basis"]),
    )  # fmt: skip
    composed = replace(notices.document_of(conclusion, visit, issued), notice=from_json(frozen["notice"]))
    return notice_paper(composed, conclusion, verify_url=frozen["pdf"]["address"])


def report_paper(conclusion: Conclusion, visit: PlannedVisit) -> Official:
    """A draft of the delegation's report to whoever concludes, under the lead's name; it is dated when it is issued."""
    document = notices.document_of(conclusion, visit, reporting=True)
    submitted = records.latest_event(conclusion.id, "submit")
    host = document.issuer
    lead = directory.names_of_people(visit.subject.lead_ids)
    head = Letterhead(
        parent_agency=short_agency(host),
        agency="Đoàn kiểm tra",
        place=document.place,
        symbol=reports.SYMBOL,
        sample=document.sample,
        provenance=document.provenance,
    )
    name = lead[submitted.actor_id] if submitted and submitted.actor_id in lead else ", ".join(sorted(lead.values()))
    subject = document.subject.replace("Kết luận", "Kết quả", 1)
    return papers.report(
        head,
        subject,
        document.notice,
        Signer(lead_capacity().lines, name),
        host,
        (f"{host} (để báo cáo)", KEPT_BY_DELEGATION),
    )


def photos_of(conclusion: Conclusion) -> tuple[Evidence, ...]:
    """The photos of the findings that stand in the notice, in document order, as far as the server has them."""
    computed: dict[str, Any] = conclusion.computed
    few = sync.veiled_photos(conclusion.visit_id)  # of these only the covered copy is printed
    shown: list[Evidence] = []
    for finding in records.findings_of(conclusion.id):
        if finding.excluded_reason is not None:
            continue
        for uuid in computed["photos"].get(finding.item_key, []):
            photo = computed["evidence"].get(uuid)
            if not photo or photo["sha256"] in few or len(shown) >= MOST_PHOTOS:
                continue
            if sync.blob(conclusion.visit_id, photo["sha256"]):
                printed = evidence.drawn(conclusion.visit_id, photo["sha256"], PRINT).read_bytes()
                shown.append(Evidence(f"Tồn tại {finding.position + 1}{_said_of(photo)}", printed))
    return tuple(shown)


def _said_of(photo: Mapping[str, Any]) -> str:
    """What is printed under a photo: its caption, when and where it was taken, and that something in it is covered."""
    caption, place = photo.get("caption"), location_text(photo.get("place"))
    covered = ", đã che khuôn mặt hoặc giấy tờ" if (photo.get("made_from") or {}).get("masked") else ""
    return f"{': ' + caption if caption else ''}{_taken(photo['taken_at'])}{', tại ' + place if place else ''}{covered}"


def _taken(at: str | None) -> str:
    """`, chụp 08:31 ngày 17/08/2020` from a device's time; nothing if it cannot be read."""
    try:
        moment = datetime.fromisoformat(at or "")
    except ValueError:
        return ""
    return f", chụp {moment:%H:%M} ngày {moment:%d/%m/%Y}"


def minutes_paper(visit: PlannedVisit, conclusion: Conclusion) -> Official:
    """The minutes both parties signed on site, from the frozen answers; the signatures as they were drawn."""
    document = notices.document_of(conclusion, visit)
    computed: dict[str, Any] = conclusion.computed
    log = sync.visit_log(visit.id, upto=conclusion.n)
    state = log.state
    names = directory.names_of_people({place.user_id for place in visit.places})
    told = computed["minutes"]
    checklist = checklists.checklist_by_chk(conclusion.chk)
    assessment = notices.assessment_of(checklist, computed)
    items = {item.key: item.text.vi for item in checklist.items()}
    record = MinutesRecord(
        subject=minutes_papers.subject_of(visit.called, visit.unit_name),
        unit_name=visit.unit_name,
        delegation_name=visit.delegation_name,
        place=told.get("place", ""),
        started_at=_local(told.get("started_at")),
        ended_at=_local(told.get("ended_at")),
        members=tuple((place.duty, names[place.user_id]) for place in visit.places if place.removed_at is None),
        attendees=told.get("unit_attendees", ""),
        sections=document.annex,
        score=minutes_papers.score_text(assessment.scaled, assessment.scale, assessment.grade_label),
        caps=assessment.caps,
        lacking=tuple((name, computed[name]) for name in minutes_papers.LACKING if computed.get(name)),
        draws=tuple(computed.get("draws", ())),  # not there in what was computed before samples were
        recommendations=told.get("unit_recommendations", ""),
        remarks=told.get("remarks", ""),
        objections=tuple((items.get(key, key), text) for key, text in notices.objections_of(computed).items()),
        unit=_signed(state, "unit"),
        lead=_signed(state, "lead"),
        digest=state.closing.value["digest"] if state.closing else "",
        signed_digest=minutes_digest(state.closing, state.signatures) if state.closing and state.signatures else "",
        start=sync.start_of(log.entries) if visit.surprise else None,
    )
    head = _head(document)
    head = replace(
        head, parent_agency=short_agency(document.issuer), agency="Đoàn kiểm tra", symbol="BB-ĐKT", number=None
    )
    return minutes_papers.minutes(head, record)


def minutes_to_issue(visit: PlannedVisit, conclusion: Conclusion) -> Official:
    """The signed minutes with what issuing adds to the copies both parties took along: who receives them."""
    recipients = recipients_of((committee_of(visit.unit_name), KEPT_BY_DELEGATION))
    facts = canonical_json(facts_of(conclusion)).decode()
    return replace(minutes_paper(visit, conclusion), recipients=recipients, facts=facts)


def issued_minutes_paper(visit: PlannedVisit, conclusion: Conclusion, issued: DocumentRow) -> Official:
    """Issued minutes as a value again, for an editable copy that says the same.

    Raises OutOfDate("paper_changed") when it would not, because somebody of the delegation is called otherwise now.
    """
    paper = minutes_to_issue(visit, conclusion)
    if paper.fingerprint() != minutes.facts_of(issued.id).get("text"):
        raise OutOfDate("paper_changed")
    return replace(paper, number=issued.number, dated=issued.dated)


def signed_content(paper: Official) -> str:
    """The hash of what both parties signed, as it is printed on the phone's copy too."""
    return dict(paper.provenance).get(minutes_papers.DIGEST, "")


def _signed(state: VisitState, party: str) -> Signed | None:
    head = (state.signatures or {}).get(party)
    if head is None:
        return None
    value = head.value
    refused = value.get("refused") or {}
    return Signed(
        title=value["title"],
        name=value["name"],
        strokes=value.get("strokes", ""),
        refused=refused.get("reason", ""),
        witness=refused.get("witness", ""),
        witness_strokes=refused.get("strokes", ""),
    )


def _local(text: str | None) -> datetime | None:
    """A time of the minutes, which has no zone: it is the unit's."""
    return datetime.fromisoformat(text).replace(tzinfo=VIET_NAM) if text else None


def _head(document: NoticeDocument, *, verify_url: str = "") -> Letterhead:
    return Letterhead(
        parent_agency=document.parent_agency,
        agency=document.issuer,
        place=document.place,
        symbol=document.symbol,
        number=document.number,
        dated=document.issued_on,
        sample=document.sample,
        verify_url=verify_url,
        provenance=document.provenance,
    )

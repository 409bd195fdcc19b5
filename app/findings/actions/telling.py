"""Who is told when a conclusion moves: those whose turn it is now, or its lead when it comes back."""

from app.accounts.queries import directory
from app.campaigns.queries import PlannedVisit
from app.domain.calendar import local_day
from app.domain.conclusions import ConclusionState
from app.domain.permissions import Actor, Role
from app.domain.reminders import NoticeKind
from app.extensions import now
from app.findings.models import Conclusion
from app.findings.queries import records
from app.notices.actions import Message, lapse, tell

_KINDS = (NoticeKind.TO_REVIEW, NoticeKind.SENT_BACK)


def moved(actor: Actor, conclusion: Conclusion, visit: PlannedVisit, words: str = "") -> None:
    """Tell of the step that was just taken; whatever was told of earlier ones is no longer true."""
    subject, today = f"conclusion/{conclusion.id}", local_day(now())
    lapse([subject], "Kết luận đã chuyển bước", _KINDS)
    kind, title, people = NoticeKind.TO_REVIEW, "", dict[str, str]()
    match ConclusionState(conclusion.state):
        case ConclusionState.CHECKING:
            step = conclusion.chain[conclusion.chain_step]
            named = records.checkers_of(conclusion.id)[conclusion.chain_step]
            title = f"chờ bước “{step}”"
            people = dict.fromkeys(named, f"Ông/bà được giao bước “{step}”")
        case ConclusionState.IN_REVIEW:
            issuer = conclusion.issuer_unit_id
            chairs = directory.holders(Role.VICE_CHAIR, today, [issuer]).get(issuer, ())
            title, people = "chờ duyệt", dict.fromkeys(chairs, "Ông/bà là Phó Chủ tịch phụ trách")
        case ConclusionState.RETURNED:
            kind, title = NoticeKind.SENT_BACK, "được trả lại"
            people = dict.fromkeys(visit.subject.lead_ids, "Ông/bà là trưởng đoàn")
        case _:
            return
    people.pop(actor.user_id, None)  # who did it knows
    text = "\n".join(
        line
        for line in (
            f"Đơn vị: {visit.unit_name}",
            f"Đợt: {visit.campaign_title}",
            f"Người chuyển: {actor.name}",
            f"Ý kiến: {words}" if words else "",
        )
        if line
    )
    url, path = f"/conclusions/{conclusion.id}", visit.unit_path
    told = Message(
        kind, subject, today, f"Kết luận {visit.unit_name} {title}", text, url, path, str(conclusion.revision)
    )
    tell(told, people)

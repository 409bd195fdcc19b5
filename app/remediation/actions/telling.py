"""What people are told at once when something happens to a task, and what need not be told any more."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from app.campaigns import queries as campaigns
from app.domain.calendar import local_day
from app.domain.remediation import TaskAct
from app.domain.reminders import REMINDERS, NoticeKind
from app.extensions import now
from app.notices.actions import Message, lapse, tell
from app.notices.actions.telling import Told, tell_all
from app.remediation.models import RemediationTask
from app.remediation.queries import reminders as queries

_SHORT = 110
MOST_LINES = 50  # of one notice about many tasks
_LEAD = "Ông/bà là trưởng đoàn, thẩm tra việc khắc phục"
_DID = "Ông/bà đã gửi báo cáo hoặc đề nghị này"


def subject_of(task: RemediationTask) -> str:
    return f"task/{task.id}"


def shortly(text: str) -> str:
    """The first words of a remedy, for a title."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[:_SHORT].rsplit(" ", 1)[0] + " …"


def about(task: RemediationTask, *more: str) -> str:
    """The facts of a task as lines of text."""
    lines = [
        *more,
        f"Đơn vị: {task.unit_name}",
        f"Việc: {task.remedy}",
        f"Hạn: {task.due_on:%d/%m/%Y}",
        f"Theo: Thông báo kết luận số {task.source}" if task.conclusion_id else f"Theo: {task.source}",
        f"Người đứng đầu chịu trách nhiệm: {task.head_name}" if task.head_name else "",
        f"Người thực hiện: {task.owner_name}" if task.owner_name else "",
    ]
    return "\n".join(line for line in lines if line)


def message(task: RemediationTask, kind: NoticeKind, day: date, title: str, *more: str, mark: str = "") -> Message:
    """A message about a task, with its facts and its page."""
    text, url = about(task, *more), f"/tasks/{task.id}"
    return Message(kind, subject_of(task), day, f"{title}: {shortly(task.remedy)}", text, url, task.unit_path, mark)


def after(task: RemediationTask, action: str, text: str) -> None:
    """Tell what follows from an act that was just recorded."""
    follow = _FOLLOW.get(action)
    if follow is not None:
        follow(task, text)


def _tell(task: RemediationTask, kind: NoticeKind, people: Mapping[str, str], title: str, *more: str) -> None:
    tell(message(task, kind, local_day(now()), title, *more, mark=str(task.revision)), people)


def _people(task: RemediationTask, did: str = "") -> dict[str, str]:
    """Owner and head, and whoever did that act last."""
    found = dict(queries.responsible([task], local_day(now()))[task.id])
    actor = queries.latest_actor(task.id, did) if did else None
    return {actor: _DID, **found} if actor else found


def _reported(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Đơn vị đã báo cáo", (*REMINDERS, NoticeKind.RETURNED))
    places = campaigns.places_of([task.delegation_id])[task.delegation_id] if task.delegation_id else ()
    leads = {place.user_id: _LEAD for place in places if place.is_lead and place.removed_at is None}
    title = f"{task.unit_name} báo cáo, chờ thẩm tra"
    _tell(task, NoticeKind.TO_VERIFY, leads or queries.deciders(task, local_day(now())), title)


def _returned(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Báo cáo đã được trả lại", [NoticeKind.TO_VERIFY])
    _tell(task, NoticeKind.RETURNED, _people(task, TaskAct.REPORT.value), "Báo cáo bị trả lại", f"Lý do: {text}")


def _verified(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Đã xác nhận khắc phục xong", tuple(NoticeKind))


def _superseded(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Thông báo mới không còn giao việc này", tuple(NoticeKind))


def _asked(task: RemediationTask, text: str) -> None:
    until = f"Xin đến: {task.wished_for:%d/%m/%Y}" if task.wished_for else ""
    people = queries.deciders(task, local_day(now()))
    _tell(task, NoticeKind.ASKED, people, f"{task.unit_name} xin gia hạn", until, f"Lý do: {text}")


def _granted(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Đã được gia hạn", (*REMINDERS, NoticeKind.ASKED))
    people = _people(task, TaskAct.ASK.value)
    _tell(task, NoticeKind.ANSWERED, people, f"Được gia hạn đến {task.due_on:%d/%m/%Y}", f"Ý kiến: {text}")


def _refused(task: RemediationTask, text: str) -> None:
    lapse([subject_of(task)], "Đã trả lời đề nghị gia hạn", [NoticeKind.ASKED])
    people = _people(task, TaskAct.ASK.value)
    _tell(task, NoticeKind.ANSWERED, people, f"Không gia hạn, hạn vẫn là {task.due_on:%d/%m/%Y}", f"Lý do: {text}")


def _delegated(task: RemediationTask, text: str) -> None:
    if task.owner_id:
        _tell(task, NoticeKind.ORDERED, {task.owner_id: queries.OWNER}, "Việc được giao cho ông/bà")


_FOLLOW = {
    TaskAct.REPORT.value: _reported,
    TaskAct.RETURN.value: _returned,
    TaskAct.REJECT.value: _returned,
    TaskAct.VERIFY.value: _verified,
    TaskAct.CONFIRM.value: _verified,
    "supersede": _superseded,
    TaskAct.ASK.value: _asked,
    TaskAct.GRANT.value: _granted,
    TaskAct.REFUSE.value: _refused,
    TaskAct.DELEGATE.value: _delegated,
}


def ordered(tasks: Sequence[RemediationTask]) -> None:
    """One notice for all the tasks of a conclusion that was just issued."""
    if not tasks:
        return
    by_date = sorted(tasks, key=lambda task: (task.due_on, task.position))
    lines = [f"{task.due_on:%d/%m/%Y}: {task.remedy}" for task in by_date]
    first = by_date[0]
    told = Message(
        NoticeKind.ORDERED,
        f"conclusion/{first.conclusion_id}",
        local_day(now()),
        f"Thông báo kết luận số {first.source}: {len(tasks)} nhiệm vụ, hạn sớm nhất {first.due_on:%d/%m/%Y}",
        "\n".join([f"Đơn vị: {first.unit_name}", "Hạn và việc:", *lines]),
        "/tasks",
        first.unit_path,
    )
    tell(told, queries.responsible(tasks, local_day(now()))[first.id])


def moved(before: Mapping[str, date], tasks: Sequence[RemediationTask], reason: str, mark: str) -> None:
    """The dates of these tasks were counted anew: reminders of the old dates are not true any more, and who does them
    or answers for them is told the new ones, in one notice each. `mark` tells one announcement from the next."""
    lapse([subject_of(task) for task in tasks], "Hạn đã được tính lại theo lịch làm việc", REMINDERS)
    lines = {task.id: f"{before[task.id]:%d/%m/%Y} → {task.due_on:%d/%m/%Y}: {task.remedy}" for task in tasks}
    title = "hạn khắc phục được tính lại theo lịch làm việc"
    today = local_day(now())
    responsible = queries.responsible(tasks, today) if tasks else {}
    own: dict[str, list[RemediationTask]] = {}
    for task in tasks:
        for user_id in responsible[task.id]:
            own.setdefault(user_id, []).append(task)
    told = []
    for user_id, found in own.items():
        text, head = "\n".join([reason, *_first(found, lines)]), f"{len(found)} {title}"
        message = Message(NoticeKind.MOVED, "calendar", today, head, text, "/tasks", found[0].unit_path, mark)
        told.append(Told(message, user_id, responsible[found[0].id][user_id]))
    tell_all(told)


def inherited(tasks: Sequence[RemediationTask]) -> None:
    """These tasks have another head since today, who is told which, in one notice."""
    lines = {task.id: f"{task.due_on:%d/%m/%Y}: {task.remedy}" for task in tasks}
    by_head: dict[str, list[RemediationTask]] = {}
    for task in tasks:
        by_head.setdefault(task.head_id or "", []).append(task)
    tell_all(Told(_succession(own, lines), head, queries.HEAD) for head, own in by_head.items() if head)


def _succession(own: Sequence[RemediationTask], lines: Mapping[str, str]) -> Message:
    title = f"Ông/bà nay chịu trách nhiệm {len(own)} nhiệm vụ khắc phục của đơn vị"
    text = "\n".join([f"Đơn vị: {own[0].unit_name}", "Hạn và việc:", *_first(own, lines)])
    subject, day = f"heads/{own[0].unit_id}", local_day(now())
    return Message(NoticeKind.ORDERED, subject, day, title, text, "/tasks", own[0].unit_path)


def _first(tasks: Sequence[RemediationTask], lines: Mapping[str, str]) -> list[str]:
    """The first lines by date, and how many more there are."""
    by_date = sorted(tasks, key=lambda task: (task.due_on, task.position, task.id))
    more = len(by_date) - MOST_LINES
    return [lines[task.id] for task in by_date[:MOST_LINES]] + ([f"và {more} việc khác"] if more > 0 else [])


def withdrawn(task_ids: Collection[str]) -> None:
    """These tasks were a mistake: nothing of them is to be told any more."""
    lapse([f"task/{task_id}" for task_id in task_ids], "Nhiệm vụ đã được rút", tuple(NoticeKind))

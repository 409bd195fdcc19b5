"""The clock's part: what is to be told today, planned once however often and in however many processes it is asked.

A task carries the next day on which somebody may have to be reminded, so that a run reads the tasks of that day and no
others. Only open work that is in force and that nobody has reported is reminded of.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError

from app.domain.calendar import WorkingCalendar, is_working_day
from app.domain.remediation import TaskState
from app.domain.reminders import REMINDERS, Look, NoticeKind, Schedule, look
from app.extensions import db, now
from app.notices.actions.sending import Matter
from app.notices.actions.telling import Message, Told, tell_all
from app.remediation.actions.telling import message
from app.remediation.models import DigestDay, RemediationTask
from app.remediation.queries import calendars
from app.remediation.queries import reminders as queries
from app.remediation.queries.boards import WAITING
from app.transactions import attempt, own_transaction

AT_ONCE = 200
MOST_BATCHES = 50  # of one run; the next run goes on


def plan_reminders(today: date, schedule: Schedule) -> int:
    """Plan today's reminders and escalations, some tasks at a time; returns how many notices are new.

    Commits by itself after each 200 tasks: a run that is stopped is taken up where it was.
    """
    new = 0
    for _ in range(MOST_BATCHES):
        with own_transaction():
            looked, told = _plan_some(today, schedule)
        new += told
        if looked < AT_ONCE:
            break
    return new


def _plan_some(today: date, schedule: Schedule) -> tuple[int, int]:
    """A fixed number of statements, however many tasks there are."""
    tasks = queries.to_look_at(today, AT_ONCE)
    if not tasks:
        return 0, 0
    force = queries.in_force(tasks)
    years = [each.year for task in tasks for each in (task.due_on, task.issued_on)]
    calendar = calendars.calendar_between(min(*years, today.year) - 1, max(*years, today.year) + 1)
    looks: dict[str, Look] = {}
    for task in tasks:
        task.look_on = None
        if task.state in WAITING and (task.conclusion_id is None or task.conclusion_id in force):
            looks[task.id] = look(calendar, task.due_on, today, schedule, since=task.issued_on)
            task.look_on = looks[task.id].next_on
    wanted = [task for task in tasks if task.id in looks and looks[task.id].tell]
    return len(tasks), tell_all(_told(wanted, looks, today)) if wanted else 0


def _told(tasks: Sequence[RemediationTask], looks: Mapping[str, Look], today: date) -> Iterator[Told]:
    responsible, superiors = queries.responsible(tasks, today), queries.superiors(tasks, today)
    for task in tasks:
        for step in looks[task.id].tell:
            up = step.kind is NoticeKind.ESCALATED
            told = message(task, step.kind, step.day, _title(task, step.kind))
            for user_id, why in (superiors if up else responsible)[task.id].items():
                yield Told(told, user_id, why)


def _title(task: RemediationTask, kind: NoticeKind) -> str:
    day = f"{task.due_on:%d/%m/%Y}"
    return {
        NoticeKind.BEFORE: f"Sắp đến hạn {day}",
        NoticeKind.DUE: f"Đến hạn ngày {day}",
        NoticeKind.OVERDUE: f"Quá hạn từ ngày {day}",
        NoticeKind.ESCALATED: f"{task.unit_name} quá hạn từ ngày {day}, chưa báo cáo",
    }[kind]


def plan_digests(today: date, calendar: WorkingCalendar) -> int:
    """Plan the vice-chairs' digests of a working day, once; who has nothing waiting gets none."""
    if not is_working_day(calendar, today):
        return 0
    with own_transaction():
        if db.session.get(DigestDay, today) is not None:
            return 0
        try:
            with attempt():
                db.session.add(DigestDay(day=today, made_at=now()))
        except IntegrityError:
            return 0  # another process has just done it
        return tell_all(_digests(today))


def _digests(today: date) -> Iterator[Told]:
    by_host = queries.waits_by_host(today)
    for path, (name, users) in queries.chairs(today).items():
        waits = queries.Waits()
        for host, each in by_host.items():
            waits = waits.plus(each) if host.startswith(path) else waits
        if waits != queries.Waits():
            told = _digest(today, path, name, waits)
            for user_id in users:
                yield Told(told, user_id, "Tổng hợp mỗi ngày làm việc cho Phó Chủ tịch phụ trách")


def _digest(today: date, path: str, name: str, waits: queries.Waits) -> Message:
    lines = [
        (waits.overdue, "nhiệm vụ quá hạn, đơn vị chưa báo cáo"),
        (waits.reported, "báo cáo khắc phục chờ thẩm tra"),
        (waits.asked, "đề nghị gia hạn chờ trả lời"),
        (waits.conclusions, "thông báo kết luận chờ duyệt hoặc ban hành"),
    ]
    text = "\n".join([name, *(f"{number} {what}" for number, what in lines if number)])
    total = sum(number for number, _ in lines)
    url = "/conclusions" if waits.conclusions == total else "/tasks"
    title = f"Việc chờ ông/bà ngày {today:%d/%m/%Y}: {total}"
    return Message(NoticeKind.DIGEST, f"digest{path}", today, title, text, url, path)


_ENDED = {
    TaskState.REPORTED: "Đơn vị đã báo cáo",
    TaskState.VERIFIED: "Đã xác nhận khắc phục xong",
    TaskState.WITHDRAWN: "Nhiệm vụ đã được rút",
}


def done_meanwhile(matters: Collection[Matter]) -> Mapping[str, str]:
    """By notice, why it need not be sent any more: asked once for all that is about to be sent."""
    ids = {each.subject.removeprefix("task/") for each in matters if each.subject.startswith("task/")}
    tasks = queries.tasks_now(ids)
    found: dict[str, str] = {}
    for each in matters:
        task = tasks.get(each.subject.removeprefix("task/"))
        reason = _over(each.kind, task) if task else ""
        if reason:
            found[each.notice_id] = reason
    return found


def _over(kind: NoticeKind, task: queries.TaskNow) -> str:
    if kind in (*REMINDERS, NoticeKind.RETURNED):
        return _ENDED.get(task.state, "")
    if kind is NoticeKind.TO_VERIFY and task.state is not TaskState.REPORTED:
        return "Báo cáo đã được xử lý"
    if kind is NoticeKind.ASKED and not task.extension_waits:
        return "Đã trả lời đề nghị gia hạn"
    return _ENDED[task.state] if task.state in (TaskState.VERIFIED, TaskState.WITHDRAWN) else ""

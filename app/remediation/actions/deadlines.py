"""What moves a due date: an extension that is granted, and a swap of days that is announced, corrected or withdrawn."""

from datetime import date

from sqlalchemy import select

from app.domain.calendar import is_working_day, local_day
from app.domain.errors import Invalid, NotAllowed, NotFound, OutOfDate
from app.domain.permissions import Actor, Subject, may
from app.domain.remediation import OPEN, TaskAct, due_date
from app.extensions import db, new_id, now
from app.remediation.actions import telling
from app.remediation.actions.trace import change, record
from app.remediation.holidays import Swap
from app.remediation.models import CalendarAnnouncement, RemediationTask
from app.remediation.queries import calendars, tasks


def ask_for_time(actor: Actor, task_id: str, *, revision: int, until: date, reason: str) -> RemediationTask:
    """The unit asks for more time. Raises as `remediation.take` does, and `Invalid("extension_day_off")`."""
    task = change(
        actor, task_id, TaskAct.ASK, revision=revision, today=local_day(now()), until=_worked(until), reason=reason
    )
    record(task, actor, TaskAct.ASK.value, text=reason, detail={"until": until.isoformat()})
    return task


def grant_time(actor: Actor, task_id: str, *, revision: int, until: date, reason: str) -> RemediationTask:
    """Grant an extension, to the day asked for or another. Raises as `ask_for_time` does."""
    before, _ = tasks.seen_by(actor, task_id)
    due_on = before.due_on
    task = change(
        actor, task_id, TaskAct.GRANT, revision=revision, today=local_day(now()), until=_worked(until), reason=reason
    )
    task.extended_to = until
    task.calendar_version = calendars.calendar_of(until.year).version
    record(
        task, actor, TaskAct.GRANT.value, text=reason, detail={"until": until.isoformat(), "from": due_on.isoformat()}
    )
    return task


def refuse_time(actor: Actor, task_id: str, *, revision: int, reason: str) -> RemediationTask:
    """Refuse an extension; the date stands."""
    task = change(actor, task_id, TaskAct.REFUSE, revision=revision, today=local_day(now()), reason=reason)
    record(task, actor, TaskAct.REFUSE.value, text=reason, detail={"due_on": task.due_on.isoformat()})
    return task


def _worked(day: date) -> date:
    if not is_working_day(calendars.calendar_of(day.year), day):
        raise Invalid("extension_day_off", day=day.isoformat())
    return day


def announce_swap(actor: Actor, swap: Swap) -> int:
    """Put a swap of days into the calendar and count every open due date anew; returns how many moved.

    Raises `NotAllowed`, `OutOfDate("swap_known")` when that day was announced before, and `Invalid("swap_past")` for
    a day that is over: what was counted with it has been acted on.
    """
    _check_announcing(actor, swap.day)
    before = calendars.latest(swap.day)
    if before is not None and before.kind != calendars.WITHDRAWN:
        raise OutOfDate("swap_known")
    word = _say(actor, swap.day, swap.kind, swap.name, swap.source)
    return recount(actor, f"{_told(swap)} ({swap.source})", word)


def correct_swap(actor: Actor, announcement_id: str, swap: Swap, *, reason: str) -> int:
    """Say something else of a day that was announced: the other kind, another document; counts as `announce_swap`.

    Raises as it does, `OutOfDate("swap_changed")` when that is not the last word on the day any more, and
    `Invalid("reason_required")`.
    """
    word = _last_word(actor, announcement_id, reason)
    if (swap.day, swap.kind, swap.name, swap.source) == (word.day, word.kind, word.name, word.source):
        raise Invalid("swap_same")
    if swap.day != word.day:
        raise OutOfDate("swap_changed")
    later = _say(actor, swap.day, swap.kind, swap.name, swap.source, corrects=word.id, reason=reason)
    return recount(actor, f"Sửa lịch: {_told(swap)} ({swap.source}). Lý do: {reason.strip()}", later)


def withdraw_swap(actor: Actor, announcement_id: str, *, source: str, reason: str) -> int:
    """Take an announced swap back: the day is again what it was; counts and raises as `correct_swap`."""
    word = _last_word(actor, announcement_id, reason)
    if word.kind == calendars.WITHDRAWN:
        raise OutOfDate("swap_changed")
    later = _say(actor, word.day, calendars.WITHDRAWN, word.name, source, corrects=word.id, reason=reason)
    told = f"Rút hoán đổi ngày {word.day:%d/%m/%Y}: {word.name} ({source}). Lý do: {reason.strip()}"
    return recount(actor, told, later)


def _check_announcing(actor: Actor, day: date) -> None:
    if not may(actor, "calendar.manage", Subject()):
        raise NotAllowed("not_allowed")
    if day < local_day(now()):
        raise Invalid("swap_past")


def _last_word(actor: Actor, announcement_id: str, reason: str) -> CalendarAnnouncement:
    word = db.session.get(CalendarAnnouncement, announcement_id)
    if word is None:
        raise NotFound("not_found")
    _check_announcing(actor, word.day)
    if not reason.strip():
        raise Invalid("reason_required")
    last = calendars.latest(word.day)
    if last is None or last.id != word.id:
        raise OutOfDate("swap_changed")
    return word


def _say(
    actor: Actor, day: date, kind: str, name: str, source: str, *, corrects: str | None = None, reason: str = ""
) -> str:
    code = new_id()
    db.session.add(
        CalendarAnnouncement(
            id=code,
            day=day,
            kind=kind,
            name=name,
            source=source,
            reason=reason.strip(),
            corrects_id=corrects,
            announced_by=actor.user_id,
            announced_at=now(),
        )
    )
    db.session.flush()
    return code


def _told(swap: Swap) -> str:
    return f"{'Nghỉ' if swap.off else 'Làm việc'} ngày {swap.day:%d/%m/%Y}: {swap.name}"


def recount(actor: Actor, reason: str, announcement: str) -> int:
    """Count every open due date with today's calendar; a date that moves is recorded with the reason, and told."""
    open_tasks = db.session.scalars(
        select(RemediationTask)
        .where(RemediationTask.state.in_([state.value for state in OPEN]))
        .order_by(RemediationTask.id)
        .with_for_update()
    ).all()
    known = calendars.calendars_of(_counted_from(task).year for task in open_tasks)
    moved: list[RemediationTask] = []
    before: dict[str, date] = {}
    for task in open_tasks:
        calendar = known[_counted_from(task).year]
        due_on = due_date(calendar, task.issued_on, task.due_working_days, task.extended_to)
        if due_on == task.due_on:
            continue
        detail = {"from": task.due_on.isoformat(), "until": due_on.isoformat(), "calendar": calendar.version}
        record(task, actor, "recount", text=reason, detail=detail)
        before[task.id] = task.due_on
        task.due_on, task.calendar_version = due_on, calendar.version
        task.revision += 1
        task.look_on = local_day(now())
        moved.append(task)
    telling.moved(before, moved, reason, announcement)
    return len(moved)


def _counted_from(task: RemediationTask) -> date:
    return task.extended_to or task.issued_on

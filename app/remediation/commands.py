"""`congvu tasks` and `congvu remind`: what has to be done to tasks each day, for a timer on the machine."""

from dataclasses import dataclass

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from app.domain.calendar import local_day
from app.domain.reminders import Schedule
from app.extensions import now
from app.notices.actions.sending import Gear, Summary, send_due
from app.notices.signing import push_signer
from app.remediation.actions import heads, reminding
from app.remediation.queries import calendars
from app.transactions import own_transaction
from app.web.clock import today
from config import Settings

tasks = AppGroup("tasks", help="Nhiệm vụ khắc phục: việc hằng ngày của máy chủ.")


@tasks.command("inherit")
def inherit() -> None:
    """Chuyển trách nhiệm của người đứng đầu đã hết nhiệm kỳ cho người kế nhiệm, kể từ ngày bổ nhiệm."""
    with own_transaction():
        moved = heads.inherit(today())
    click.echo(f"Đã chuyển {moved} nhiệm vụ cho người đứng đầu kế nhiệm.")


@dataclass(frozen=True)
class Round:
    """What one run did: notices that are new, and sendings."""

    reminders: int
    digests: int
    sendings: Summary


def remind_once() -> Round:
    """Plan and send what is due. Safe at any time, as often as one likes, and in several processes at once.

    A process that is stopped in the middle leaves claims behind, which the next run takes up (`notices.sending`).
    """
    settings: Settings = current_app.config["SETTINGS"]
    day = local_day(now())
    with own_transaction():
        heads.inherit(day)  # before anybody is reminded: the letter goes to who answers for it today
    schedule = Schedule(settings.remind_before, settings.remind_after, settings.remind_again, settings.escalate_after)
    calendar = calendars.calendar_of(day.year)
    reminders = reminding.plan_reminders(day, schedule)
    digests = reminding.plan_digests(day, calendar)
    secret = current_app.config["SECRET_KEY"]
    gear = Gear(settings, push_signer(), secret, calendar, reminding.done_meanwhile)
    return Round(reminders, digests, send_due(gear))


@click.command("remind")
@with_appcontext
def remind() -> None:
    """Lập và gửi thông báo đến lượt: nhắc hạn, báo cấp trên, tổng hợp. Chạy trùng không gửi hai lần."""
    done = remind_once()
    sent = done.sendings
    click.echo(
        f"Thông báo mới: {done.reminders} nhắc hạn, {done.digests} tổng hợp. "
        f"Đã gửi {sent.sent}, chờ gửi lại {sent.again}, dời {sent.postponed}, thôi gửi {sent.lapsed}, "
        f"hỏng {sent.failed}, không rõ {sent.uncertain}."
    )
    if not current_app.config["SETTINGS"].smtp_host:
        click.echo("Chưa cấu hình máy chủ thư (CONGVU_SMTP_HOST): thư nằm chờ, không mất.")

"""The letter that demands the repairs a notice ordered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.documents.official import DocumentKind, Line, Official, Signature, Style, Table
from app.documents.papers.letterhead import Letterhead, Signer, official, recipients_of
from app.domain.notice import committee_of, long_date, short_date


@dataclass(frozen=True)
class Demanded:
    """One thing the unit must do, as the demand's table prints it."""

    problem: str
    remedy: str
    due_on: date
    due_working_days: int
    standing: str = ""


def demand(
    head: Letterhead,
    unit_name: str,
    notice_number: str,
    notice_on: date,
    tasks: Sequence[Demanded],
    calendar_version: str,
    signer: Signer,
    recipients: Sequence[str],
    replaces: str = "",
) -> Official:
    """The letter that demands the repairs a notice ordered (công văn, form 1.5)."""
    unit = committee_of(unit_name)
    rows = tuple(
        (
            str(number),
            each.problem,
            each.remedy,
            f"{short_date(each.due_on)} ({each.due_working_days} ngày làm việc)"
            + (f"; {each.standing}" if each.standing else ""),
        )
        for number, each in enumerate(tasks, start=1)
    )
    told = (
        f"Thực hiện Thông báo số {notice_number} {long_date(notice_on)} về kết luận kiểm tra tại {unit}, "
        f"{head.agency} yêu cầu {unit} "
        "tổ chức khắc phục các tồn tại, hạn chế sau đây:"
    )
    return official(
        DocumentKind.DEMAND,
        head,
        subject=f"yêu cầu khắc phục tồn tại, hạn chế sau kiểm tra tại {unit}",
        addressed_to=(unit,),
        body=(
            Line(Style.PARAGRAPH, told),
            Table(("TT", "Tồn tại, hạn chế", "Yêu cầu khắc phục", "Thời hạn"), rows, (1, 5, 6, 4)),
            Line(
                Style.PARAGRAPH,
                f"Thời hạn tính theo ngày làm việc, lịch làm việc {calendar_version}. Báo cáo kết quả kèm "
                "minh chứng theo từng nội dung; trường hợp cần gia hạn, đề nghị nêu rõ lý do trước khi hết hạn.",
            ),
            *((Line(Style.PARAGRAPH, replaces),) if replaces else ()),
            Line(Style.PARAGRAPH, f"Đề nghị {unit} nghiêm túc thực hiện./."),
        ),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
    )

"""The delegation's report and the conclusion notice: one composed text, reported by one act, issued by another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.documents.official import Annex, DocumentKind, Official, Photo, Photos, Signature, Table
from app.documents.papers.letterhead import AnnexSection, Letterhead, Signer, lines_of, official, recipients_of
from app.domain.notice import Notice
from app.domain.sums import SumRow


@dataclass(frozen=True)
class Evidence:
    """The photos of a finding or item, for the annex."""

    caption: str
    jpeg: bytes


def notice(
    head: Letterhead,
    subject: str,
    composed: Notice,
    signer: Signer,
    recipients: Sequence[str],
    annex: Iterable[AnnexSection],
    photos: Sequence[Evidence] = (),
    sums: Sequence[SumRow] = (),
) -> Official:
    """The conclusion notice (thông báo kết luận kiểm tra), with the score as an annex and the photos as another."""
    return official(
        DocumentKind.NOTICE,
        head,
        subject=subject,
        basis=tuple(block.text for block in composed.basis),
        body=lines_of(composed.blocks),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
        annexes=(*_score_annex(annex, sums), *_photo_annex(photos)),
    )


def report(
    head: Letterhead, subject: str, composed: Notice, signer: Signer, addressed_to: str, recipients: Sequence[str]
) -> Official:
    """The delegation's report (báo cáo kết quả kiểm tra): what the lead submits for the vice-chair's conclusion."""
    return official(
        DocumentKind.REPORT,
        head,
        subject=subject,
        addressed_to=(addressed_to,),
        basis=tuple(block.text for block in composed.basis),
        body=lines_of(composed.blocks),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
    )


def _score_annex(sections: Iterable[AnnexSection], sums: Sequence[SumRow]) -> tuple[Annex, ...]:
    tables = tuple(
        Table(
            ("TT", "Nội dung", "Kết quả", "Điểm", "Cách tính"),
            tuple((str(n), row.text, row.found, row.points, row.why) for n, row in enumerate(section.rows, start=1)),
            (1, 6, 4, 3, 6),
            f"{section.title} ({section.points})",
            (3,),
        )
        for section in sections
        if section.rows
    )
    total = Table(
        ("TT", "Phần", "Điểm", "Góp vào tổng điểm"),
        tuple((str(n) if row.key else "", row.title, row.points, row.brings) for n, row in enumerate(sums, start=1)),
        (1, 9, 3, 4),
        "Từ các phần đến tổng điểm",
        (2, 3),
    )
    return (Annex("Chi tiết điểm kiểm tra", ((total,) if sums else ()) + tables),) if tables else ()


def _photo_annex(photos: Sequence[Evidence]) -> tuple[Annex, ...]:
    shown = tuple(Photo(each.jpeg, each.caption) for each in photos)
    return (Annex("Ảnh minh chứng", (Photos(shown),)),) if shown else ()

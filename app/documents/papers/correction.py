"""The letter that corrects an issued document's layout or procedure (công văn đính chính, Decree 30/2020 art. 18)."""

from collections.abc import Sequence

from app.documents.official import DocumentKind, Line, Official, Signature, Style, Table
from app.documents.papers.letterhead import Letterhead, Signer, official, recipients_of


def correction(
    head: Letterhead,
    addressed_to: str,
    corrected: str,
    mistakes: Sequence[tuple[str, str, str]],
    signer: Signer,
    recipients: Sequence[str],
) -> Official:
    """`corrected`: kind, number and day of the document; a mistake: where it stands, what it says, what is right."""
    rows = tuple((str(number), *mistake) for number, mistake in enumerate(mistakes, start=1))
    return official(
        DocumentKind.CORRECTION,
        head,
        subject=f"đính chính {corrected[:1].lower()}{corrected[1:]}",
        addressed_to=(addressed_to,),
        body=(
            Line(Style.PARAGRAPH, f"{head.agency} đính chính sai sót về thể thức, kỹ thuật trình bày của {corrected}:"),
            Table(("TT", "Vị trí", "Đã in", "Đính chính thành"), rows, (1, 4, 5, 5)),
            Line(Style.PARAGRAPH, "Các nội dung khác giữ nguyên. Văn bản đã ban hành không thay đổi./."),
        ),
        signatures=(Signature(signer.titles, signer.name, signer.strokes),),
        recipients=recipients_of(recipients),
    )

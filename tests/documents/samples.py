"""A document of each kind with everything a document may hold, in invented names."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from io import BytesIO

from PIL import Image

from app.documents.charts import Bar, bars
from app.documents.docx import render_docx
from app.documents.official import Annex, DocumentKind, Line, Official, Photo, Photos, Signature, Style, Table
from app.documents.papers.conclusions import report
from app.documents.papers.correction import correction
from app.documents.papers.demand import Demanded, demand
from app.documents.papers.letterhead import AnnexRow, AnnexSection, Letterhead, Signer, recipients_of
from app.documents.papers.minutes import MinutesRecord, Signed, minutes
from app.documents.papers.summary import Repeated, SummaryRecord, summary
from app.documents.papers.summary_charts import Failing, Grade, Repairs, WardLine
from app.documents.pdf import render_pdf
from app.domain.calendar import VIET_NAM
from app.domain.notice import Block, BlockKind, Notice


def jpeg(colour: str = "teal") -> bytes:
    out = BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return out.getvalue()


HEAD = Letterhead(
    parent_agency="UBND thành phố Hà Nội",
    agency="Ủy ban nhân dân thị xã Sơn Tây",
    place="Sơn Tây",
    symbol="TB-UBND",
    number=5,
    dated=date(2020, 8, 5),
    provenance=(("Phiếu kiểm tra (SHA-256)", "cd" * 32),),
)
SIGNER = Signer(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Cán bộ B")
SECTION = AnnexSection(
    "Biển, thẻ",
    "3/4 điểm",
    (
        AnnexRow("Bàn làm việc có biển để bàn", "9/10 (90%)", "3/4", "Theo tỷ lệ: 3 = 4 × 9/10, làm tròn", fails=True),
        AnnexRow("Ghi chú của A & B <không rõ>", "“Có”", "–", "", fails=False),
    ),
)

LONG_TABLE = Table(("TT", "Nội dung"), tuple((str(n), "Nội dung dài " * 9) for n in range(60)), (1, 9))

NOTICE = Official(
    kind=DocumentKind.NOTICE,
    parent_agency="UBND THÀNH PHỐ HÀ NỘI",
    agency="ỦY BAN NHÂN DÂN\nTHỊ XÃ SƠN TÂY",
    subject="Kết luận kiểm tra công vụ, cải cách hành chính năm 2020 tại UBND phường Lê Lợi",
    symbol="TB-UBND",
    number=5,
    place="Sơn Tây",
    dated=date(2020, 8, 5),
    basis=("Căn cứ Kế hoạch số 89/KH-UBND ngày 05 tháng 02 năm 2020;", "Xét báo cáo của Trưởng đoàn kiểm tra."),
    body=(
        Line(Style.HEADING, "Khái quát cuộc kiểm tra", "I"),
        Line(Style.PARAGRAPH, "Đoàn kiểm tra làm việc tại UBND phường Lê Lợi & các bộ phận <một cửa>. " * 6),
        Line(Style.GROUP, "Biển, thẻ"),
        Line(Style.BULLET, "Biển tên cơ quan đặt đúng quy định: 9/10."),
        Line(Style.NUMBERED, "Một bàn làm việc chưa có biển chức danh.", "1"),
        Line(Style.NOTE, "Ý kiến của đơn vị: biển đang in lại."),
        Photos((Photo(jpeg(), "Bàn tiếp nhận số 4"), Photo(jpeg("gray"), "Quầy hộ tịch"))),
        bars("so-sanh", "So sánh", "Phường A 96,5", [Bar("Phường A & <B>", 9650, "96,5 điểm"), Bar("C", 0, "0 điểm")]),
        Line(Style.PARAGRAPH, "Thông báo để các đơn vị biết, thực hiện./."),
    ),
    signatures=(Signature(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Cán bộ B"),),
    recipients=("- UBND phường Lê Lợi (để thực hiện);", "- Lưu: VT, NV."),
    annexes=(
        Annex("Chi tiết điểm", (LONG_TABLE,)),
        Annex("Ảnh minh chứng", (Photos((Photo(jpeg(), "Ảnh 1"),)),)),
    ),
    provenance=HEAD.provenance,
    verify_url="https://cong-vu.example/xac-minh/abcdefghijklmnopqrstuv",
)  # fmt: skip

MINUTES = minutes(
    Letterhead("UBND thị xã Sơn Tây", "Đoàn kiểm tra", "Sơn Tây", "BB-ĐKT"),
    MinutesRecord(
        subject="Kiểm tra công vụ tại UBND phường Lê Lợi",
        unit_name="Phường Lê Lợi",
        delegation_name="Đoàn kiểm tra số 1",
        place="Bộ phận Một cửa",
        started_at=datetime(2020, 8, 17, 8, 5, tzinfo=VIET_NAM),
        ended_at=datetime(2020, 8, 17, 11, 30, tzinfo=VIET_NAM),
        members=(("Trưởng đoàn", "Lãnh đạo A"), ("Thành viên", "Cán bộ B")),
        attendees="Đại diện đơn vị, Chủ tịch UBND phường",
        sections=(SECTION,),
        score="Điểm kiểm tra: 88/100 điểm, xếp loại Khá.",
        draws=("Hồ sơ đúng hạn: rút 30 trong 212 (Hồ sơ đã trả kết quả trong kỳ), mã rút abc/ho-so/212",),
        recommendations="Đề nghị cấp bổ sung máy tính.",
        remarks="",
        objections=(("Máy lấy số", "Máy hỏng do sét."),),
        unit=Signed("Chủ tịch UBND phường", "Đại diện đơn vị", "M60 330L940 300"),
        lead=Signed("Trưởng đoàn", "Lãnh đạo A", "M60 330L500 100L940 300"),
        digest="ab" * 32,
    ),
)
MINUTES_ISSUED = replace(
    MINUTES,
    number=3,
    dated=date(2020, 8, 17),
    recipients=recipients_of(("UBND phường Lê Lợi", "Lưu: VT, ĐKT")),
    verify_url=NOTICE.verify_url,
)
DEMAND = demand(
    HEAD, "Phường Lê Lợi", "05/TB-UBND", date(2020, 8, 5),
    [Demanded("Thiếu biển để bàn", "Bổ sung 1 biển", date(2020, 8, 12), 5, "đã quá hạn 2 ngày")] * 3,
    "VN 1", SIGNER, ("UBND phường Lê Lợi", "Lưu: VT, NV"),
)  # fmt: skip
RECORD = SummaryRecord(
    subject="Tổng hợp kết quả kiểm tra công vụ năm 2020",
    addressed_to="UBND thành phố Hà Nội",
    basis=("Thực hiện Kế hoạch số 89/KH-UBND.",),
    planned=45,
    visited=41,
    drafts=1,
    wards=tuple(WardLine(f"Phường số {n}", 9000 - n, f"{90 - n},5 %", "Tốt", 0, n % 3, 1, 4, 2, 1) for n in range(20)),
    grades=(Grade("Tốt", 20), Grade("Khá", 0)),
    failing=(
        Failing(
            "Bàn làm việc của công chức tiếp nhận có biển để bàn, đúng họ tên & chức danh", 14, 20, ("Phường số 1",)
        ),
        Failing("Máy lấy số hoạt động", 2, 20, ("Phường số 1", "Phường số 2")),
    ),
    failing_total=3,
    repeated=(Repeated("Phường số 1", "Biển để bàn", "Bổ sung biển (Thông báo số 02/TB-UBND)", "Quá hạn 20 ngày"),),
    repeated_total=1,
    repairs=Repairs(80, 40, 10, 20),
    average="80,5 %",
)
SUMMARY = summary(HEAD, RECORD, SIGNER, ("Lưu: VT",))
MANY = summary(HEAD, replace(RECORD, wards=RECORD.wards * 3, mixed=True, repeated=(), failing=()), SIGNER, ("Lưu: VT",))
REPORT = report(
    HEAD,
    "Kết quả kiểm tra công vụ tại UBND phường Lê Lợi",
    Notice(
        basis=(Block(BlockKind.BASIS, "Thực hiện Kế hoạch số 89/KH-UBND."),),
        blocks=(
            Block(BlockKind.HEADING, "Tồn tại, hạn chế", number="I"),
            Block(BlockKind.FINDING, "Một bàn làm việc chưa có biển chức danh & họ tên.", number="1"),
            Block(BlockKind.PARAGRAPH, "Đoàn kiểm tra làm việc tại Bộ phận Một cửa và các phòng chuyên môn. " * 6),
            Block(BlockKind.PARAGRAPH, "Đoàn kiểm tra báo cáo, đề nghị xem xét, kết luận./."),
        ),
    ),
    Signer(("TRƯỞNG ĐOÀN",), "Lãnh đạo A"),
    "Ủy ban nhân dân thị xã Sơn Tây",
    ("Ủy ban nhân dân thị xã Sơn Tây (để báo cáo)", "Lưu: VT, ĐKT"),
)
CORRECTION = correction(
    HEAD, "UBND phường Lê Lợi", "Thông báo số 05/TB-UBND ngày 05 tháng 8 năm 2020",
    [("Trang 1, nơi nhận", "Phòng nội vụ", "Phòng Nội vụ")], SIGNER, ("Lưu: VT, NV",),
)  # fmt: skip
ALL = {
    "report": REPORT,
    "correction": CORRECTION,
    "notice": NOTICE,
    "minutes": MINUTES_ISSUED,
    "demand": DEMAND,
    "summary": SUMMARY,
    "summary-many": MANY,
}


@cache
def docx_of(kind: str) -> bytes:
    """The Word file of a sample, filled in once for all tests that read it."""
    return render_docx(ALL[kind])


@cache
def pdf_of(kind: str) -> bytes:
    """The PDF of a sample, set once for all tests that read it."""
    return render_pdf(ALL[kind])

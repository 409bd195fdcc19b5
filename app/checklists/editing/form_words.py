"""The words of the editor's fields: what a key of the format is called, and what to write there."""

_WORDS: dict[str, tuple[str, str]] = {
    "slug": ("Mã phiếu", "Chữ thường không dấu, nối bằng gạch ngang; giữ nguyên qua mọi phiên bản."),
    "version": ("Phiên bản", "Số nguyên, lớn hơn phiên bản đã xuất bản."),
    "title": ("Tên", ""),
    "authority": ("Căn cứ của phiếu", "Văn bản yêu cầu cuộc kiểm tra này."),
    "effective_from": ("Áp dụng từ ngày", ""),
    "mode": ("Loại phiếu", ""),
    "scale": ("Thang điểm", "Bỏ trống là 100."),
    "grades": ("Các mức xếp loại", "Xếp từ cao xuống thấp; mức cuối phải bắt đầu từ 0."),
    "key": ("Khóa", "Chữ thường không dấu, nối bằng gạch ngang. Không đổi khi đã xuất bản."),
    "text": ("Nội dung", ""),
    "criterion": ("Căn cứ", ""),
    "guidance": ("Hướng dẫn", ""),
    "when": ("Chỉ hỏi khi", ""),
    "answer": ("Cách trả lời", ""),
    "evidence": ("Ảnh minh chứng", ""),
    "not_applicable": ("Được chọn “Không áp dụng”", "Chỉ khi có đơn vị thật sự không có nội dung này."),
    "points": ("Điểm", ""),
    "score": ("Cách chấm điểm", ""),
    "zero_total": ("Khi tổng số bằng 0", ""),
    "pass_at": ("Đạt khi được từ (%)", "Bỏ trống: đạt khi đủ điểm."),
    "fails_when": ("Coi là không đạt khi", "Cho nội dung không chấm điểm."),
    "critical": ("Điểm liệt", ""),
    "finding": ("Tồn tại khi không đạt", ""),
    "weight": ("Trọng số", "Phần nào cũng ghi, hoặc không phần nào ghi."),
    "label": ("Tên gọi", ""),
    "at_least": ("Từ (trở lên)", ""),
    "at_most": ("Đến (trở xuống)", ""),
    "vi": ("Tiếng Việt", ""),
    "en": ("tiếng Anh", ""),
    "source": ("Nguồn", ""),
    "choices": ("Các lựa chọn", ""),
    "fail": ("Chọn mục này là không đạt", ""),
    "claimed": ("Hỏi thêm số liệu đơn vị tự báo cáo", ""),
    "inverted": ("“Không” mới là đạt", ""),
    "observed": ("Số đạt là gì", ""),
    "total": ("Tổng số là gì", ""),
    "period": ("Hỏi kỳ số liệu", ""),
    "unit": ("Đơn vị tính", ""),
    "min": ("Nhỏ nhất", ""),
    "max": ("Lớn nhất", ""),
    "whole": ("Chỉ nhận số nguyên", ""),
    "max_length": ("Dài nhất (ký tự)", "Bỏ trống là 2000."),
    "row": ("Mỗi dòng là", ""),
    "fields": ("Các cột của dòng", "Hỏi cho từng dòng, theo thứ tự này."),
    "ratio": ("Tỷ lệ đếm từ các dòng", ""),
    "counts": ("Đếm các dòng", ""),
    "field": ("Cột", "Khóa của một cột ở trên."),
    "item": ("Nội dung", "Khóa của một nội dung đứng trước."),
    "is": ("Bằng", "yes, no hoặc khóa của lựa chọn."),
    "is_not": ("Khác", ""),
    "in": ("Là một trong", "Mỗi dòng một giá trị."),
    "not_after": ("Không sau cột ngày", ""),
    "all": ("Tất cả điều kiện", ""),
    "any": ("Một trong các điều kiện", ""),
    "not": ("Không phải", ""),
    "below": ("Dưới mức", "Phần trăm của tỷ lệ, hoặc giá trị của số."),
    "when_fails": ("Khi nội dung không đạt", ""),
    "grade_at_most": ("Xếp loại cao nhất còn được", "Khóa của một mức xếp loại."),
    "severity": ("Mức độ", ""),
    "remedy": ("Yêu cầu khắc phục", ""),
    "due_working_days": ("Khắc phục trong (ngày làm việc)", ""),
    "proportional": ("Theo tỷ lệ", ""),
    "floor": ("Dưới mức này (%) thì 0 điểm", ""),
    "bands": ("Các bậc", "Từ bậc tốt nhất; bậc đầu phải bằng đủ điểm."),
    "deduct": ("Trừ điểm", ""),
    "each": ("Trừ cho mỗi một", ""),
    "sample": ("Mẫu rút ngẫu nhiên", "Các dòng được rút thăm từ danh sách đã đánh số, không tự thêm."),
    "frame": ("Danh sách để rút là gì", ""),
    "confidence": ("Độ tin cậy (%)", "90, 95 hoặc 99; bỏ trống là 95."),
    "margin": ("Sai số (điểm phần trăm)", "Từ 1 đến 50; bỏ trống là 10."),
    "code": ("Mã trong thư viện nội dung", "Khi nội dung lấy từ thư viện."),
}

_OWNED: dict[tuple[str, str], tuple[str, str]] = {
    ("Criterion", "vi"): ("Căn cứ", ""),
    ("Criterion", "source"): ("văn bản", "Số, ký hiệu văn bản; hoặc tên kế hoạch."),
    ("Ratio", "source"): ("Hỏi nguồn số liệu", ""),
    ("FindingTemplate", "text"): (
        "Câu ghi trong kết luận",
        "Điền được: {observed} {total} {missing} {percent} {claimed} {value} {exceptions}.",
    ),
    ("Item", "points"): ("Điểm tối đa", "Bỏ trống: không chấm điểm."),
    ("Item", "text"): ("Nội dung kiểm tra", "Một việc nhìn thấy hoặc đếm được."),
    ("Item", "guidance"): ("Hướng dẫn", "Một câu: đứng ở đâu, đếm gì, bỏ gì."),
    ("Section", "title"): ("Tên phần", ""),
    ("Checklist", "title"): ("Tên phiếu", ""),
    ("Grade", "at_least"): ("Từ (%)", ""),
    ("Comparison", "field"): ("Cột cùng dòng", "Để hỏi theo một cột đứng trước; khi đó bỏ trống ô nội dung."),
    ("Comparison", "item"): ("Nội dung đứng trước", "Khóa của nội dung."),
    ("Sample", "at_most"): ("Nhiều nhất (dòng)", ""),
    ("Option", "text"): ("Chữ trên nút", ""),
    ("Option", "points"): ("Điểm", ""),
}

_OPTIONS = {
    ("mode", "inspection"): "Kiểm tra",
    ("mode", "self_check"): "Đơn vị tự kiểm tra",
    ("mode", "self_assessment"): "Đơn vị tự chấm điểm",
    ("mode", "survey"): "Khảo sát",
    ("evidence", "none"): "Không cần ảnh",
    ("evidence", "optional"): "Có thể kèm ảnh",
    ("evidence", "required"): "Bắt buộc",
    ("evidence", "required_on_fail"): "Bắt buộc khi không đạt",
    ("zero_total", "full"): "Được đủ điểm",
    ("zero_total", "none"): "0 điểm",
    ("zero_total", "not_applicable"): "Không áp dụng, không tính vào điểm",
    ("severity", "minor"): "Nhẹ",
    ("severity", "major"): "Nặng",
    ("severity", "critical"): "Nghiêm trọng",
}

_VARIANTS = {
    "yes_no": "Có / Không",
    "choice": "Chọn một",
    "choices": "Chọn nhiều",
    "ratio": "Hai số đếm (tỷ lệ)",
    "number": "Một số",
    "text": "Chữ",
    "date": "Ngày",
    "time": "Giờ",
    "document": "Văn bản",
    "roster": "Danh sách nhiều dòng",
    "proportional": "Theo tỷ lệ đạt",
    "bands": "Theo bậc",
    "deduct": "Trừ dần",
    "comparison": "Một phép so sánh",
    "all": "Tất cả điều kiện sau",
    "any": "Một trong các điều kiện sau",
    "not": "Không phải điều kiện sau",
}

EMPTY = {
    "when": "Luôn hỏi",
    "fails_when": "Không đặt",
    "score": "Theo lựa chọn (mặc định)",
    "severity": "Không lập tồn tại",
    "zero_total": "–",
    "answer": "– Chọn kiểu trả lời –",
    "fields": "– Chọn kiểu cột –",
}

ONE = {
    "choices": "Lựa chọn",
    "fields": "Cột",
    "bands": "Bậc",
    "grades": "Mức",
    "all": "Điều kiện",
    "any": "Điều kiện",
}


def words(owner: str, key: str) -> tuple[str, str]:
    """The label and the hint of a key of a part; a key without words is shown as it is written."""
    return _OWNED.get((owner, key)) or _WORDS.get(key) or (key, "")


def option(key: str, value: str) -> str:
    """How one permitted word of a key is called."""
    return _OPTIONS.get((key, value), value)


def variant(tag: str) -> str:
    """How a kind of answer, of scoring or of condition is called."""
    return _VARIANTS.get(tag, tag)

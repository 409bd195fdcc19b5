"""How issued documents are put right: by a letter for print, by another document for content, never by a change."""

from datetime import date

import pytest

from app.domain.amending import CORRECTION, KINDS, check_in_force, check_layout_only, named, replaces_text
from app.domain.errors import Invalid, OutOfDate
from app.domain.permissions import RULES

ISSUED_TEXT = "Còn 1/3 bàn chưa có biển (Bàn 3).\nThời hạn 5 ngày   làm việc./."


def test_a_misprint_is_found_across_line_breaks() -> None:
    check_layout_only("(Bàn 3). Thời hạn 5 ngày làm việc", "(Bàn 3).\nThời hạn: 5 ngày làm việc", ISSUED_TEXT)


@pytest.mark.parametrize(
    ("printed", "right", "code"),
    [
        ("ghế", "bàn", "misprint_not_found"),
        (" ", "bàn", "misprint_not_found"),
        ("bàn", "bàn ", "misprint_unchanged"),
        ("Còn 1/3 bàn", "Còn 2/3 bàn", "misprint_is_content"),
        ("Bàn 3", "Bàn", "misprint_is_content"),
    ],
)
def test_a_letter_corrects_print_and_never_a_figure(printed: str, right: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        check_layout_only(printed, right, ISSUED_TEXT)


def test_the_rights_of_every_kind_exist_and_nobody_corrects_a_correction() -> None:
    for kind in KINDS.values():
        assert {kind.see, *filter(None, (kind.correct, kind.replace))} <= set(RULES)
    assert (KINDS[CORRECTION].correct, KINDS[CORRECTION].replace) == ("", "")


def test_what_was_replaced_is_left_alone_and_nothing_is_put_right_without_a_reason() -> None:
    check_in_force(replaced=False, reason="Sai số")
    with pytest.raises(OutOfDate, match="document_replaced"):
        check_in_force(replaced=True, reason="Sai số")
    with pytest.raises(Invalid, match="reason_required"):
        check_in_force(replaced=False, reason=" \n")


def test_a_document_says_which_one_it_replaces_and_why() -> None:
    old = named("demand", "03/UBND-NV", date(2026, 2, 5))
    assert replaces_text("demand", old, "Sai\nthời hạn. ") == (
        "Công văn này thay thế Công văn số 03/UBND-NV ngày 05 tháng 02 năm 2026, lý do: Sai thời hạn."
    )

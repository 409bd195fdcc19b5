"""Papers are copied to the body that keeps home affairs at their issuer, and filed under its mark."""

import pytest

from app.domain.offices import archive, home_affairs


@pytest.mark.parametrize(
    ("kind", "told", "filed"),
    [
        ("province", ("Sở Nội vụ (để theo dõi)",), "Lưu: VT, SNV"),
        ("district", ("Phòng Nội vụ (để theo dõi)",), "Lưu: VT, NV"),
        ("ward", ("Phòng Văn hóa - Xã hội (để theo dõi)",), "Lưu: VT, VHXH"),
        ("commune", ("Phòng Văn hóa - Xã hội (để theo dõi)",), "Lưu: VT, VHXH"),
        ("special_zone", ("Phòng Văn hóa - Xã hội (để theo dõi)",), "Lưu: VT, VHXH"),
        ("department", (), "Lưu: VT"),
    ],
)
def test_each_kind_of_unit_has_its_own(kind: str, told: tuple[str, ...], filed: str) -> None:
    assert home_affairs(kind, purpose="để theo dõi") == told
    assert archive(kind) == filed


def test_without_a_purpose_only_the_name_is_written() -> None:
    assert home_affairs("province") == ("Sở Nội vụ",)

"""Units: the seed, the list, one unit's page."""

from datetime import date

from flask import Flask
from sqlalchemy import func, select

from app.accounts.commands import seed_units
from app.accounts.models import Unit, UnitSuccession
from app.accounts.queries.units import unit_by_key
from app.domain.permissions import Role
from app.extensions import db
from tests.factories import MadeUnit, client_of, make_unit, make_user, writing


def seeded(app: Flask) -> MadeUnit:
    """Hà Nội, with everything of the seed."""
    with writing(app):
        seed_units()
        hanoi = unit_by_key("gso-2025", "01")
        assert hanoi is not None
        return MadeUnit(hanoi.id, hanoi.path, hanoi.name, hanoi.code)


def counts(app: Flask) -> tuple[int, int]:
    with app.app_context():
        return tuple(  # type: ignore[return-value]
            db.session.scalar(select(func.count()).select_from(each)) for each in (Unit, UnitSuccession)
        )


def test_the_seed_holds_the_country_hanoi_and_the_inspected_town_and_is_loaded_once(app_on_each: Flask) -> None:
    seeded(app_on_each)
    first = counts(app_on_each)
    assert first == (34 + 126 + 7, 11)
    with writing(app_on_each):
        assert seed_units() == (0, 0, 0)
    assert counts(app_on_each) == first


def test_a_code_alone_names_three_units_and_scheme_and_code_one(app: Flask) -> None:
    seeded(app)
    with app.app_context():
        names = {
            scheme: unit.name
            for scheme in ("gso-2020", "gso-2025-01", "gso-2025")
            if (unit := unit_by_key(scheme, "09574"))
        }
    assert names == {"gso-2020": "Phường Lê Lợi", "gso-2025-01": "Phường Ngô Quyền", "gso-2025": "Phường Sơn Tây"}


def test_every_unit_lies_below_its_parent(app_on_each: Flask) -> None:
    seeded(app_on_each)
    with app_on_each.app_context():
        units = {unit.id: unit for unit in db.session.scalars(select(Unit))}
        for unit in units.values():
            above = units[unit.parent_id].path if unit.parent_id else "/"
            assert unit.path == f"{above}{unit.id}/"


def test_the_list_is_searched_without_diacritics_filtered_and_paged_in_vietnamese_order(app_on_each: Flask) -> None:
    hanoi = seeded(app_on_each)
    client = client_of(app_on_each, make_user(app_on_each, "quan.tri", Role.ADMINISTRATOR, hanoi))
    page = client.get("/units").get_data(as_text=True)
    assert "134 đơn vị" in page
    shown = ["Xã An Khánh", "Phường Ba Đình", "Xã Ba Vì", "Phường Bạch Mai", "Phường Bồ Đề", "Phường Cầu Giấy"]
    assert sorted(shown, key=page.index) == shown
    assert "Tỉnh Cao Bằng" not in page
    assert "Trang 1 / 3" in page
    assert "Phường Xuân Khanh" in client.get("/units?page=3").get_data(as_text=True)
    assert "Phường Sơn Lộc" in client.get("/units?q=SON%20loc").get_data(as_text=True)
    by_code = client.get("/units?q=09574").get_data(as_text=True)
    assert by_code.count('<td data-label="Tên">') == 3
    ended = client.get("/units?validity=ended&kind=ward").get_data(as_text=True)
    assert "Phường Sơn Lộc" in ended
    assert "Phường Ba Đình" not in ended
    assert "Phường Sơn Lộc" not in client.get("/units?validity=in_force&q=son+loc").get_data(as_text=True)


def test_odd_questions_to_the_list_are_answered(app: Flask) -> None:
    client = client_of(app, make_user(app, "quan.tri", Role.ADMINISTRATOR, make_unit(app)))
    for query in (
        "page=0",
        "page=-1",
        "page=999999999999",
        "page=x",
        "q=%25_%5C",
        "kind=x",
        "validity=x",
        "parent=x",
        "q=%00",
    ):
        assert client.get(f"/units?{query}").status_code == 200, query
    assert client.get("/units?parent=999999").status_code == 404


def test_a_units_page_shows_its_place_its_history_and_its_heads_by_term(app: Flask) -> None:
    hanoi = seeded(app)
    with app.app_context():
        old = unit_by_key("gso-2020", "09586")
        assert old is not None
        son_loc = MadeUnit(old.id, old.path, old.name, old.code)
    make_user(app, "truoc", Role.WARD_HEAD, son_loc, name="Người Trước", ends_on=date(2019, 12, 31))
    make_user(app, "sau", Role.WARD_HEAD, son_loc, name="Người Sau", starts_on=date(2020, 1, 1))
    client = client_of(app, make_user(app, "quan.tri", Role.ADMINISTRATOR, hanoi))
    page = client.get(f"/units/{son_loc.id}").get_data(as_text=True)
    for text in ("Thị xã Sơn Tây", "Kết thúc 30/06/2025", "Phường Tùng Thiện", "một phần", "31/12/2019"):
        assert text in page, text
    assert page.index("Người Sau") < page.index("Người Trước")


def test_units_out_of_reach_look_like_missing_ones(app: Flask) -> None:
    here, there = make_unit(app), make_unit(app)
    client = client_of(app, make_user(app, "quan.tri", Role.ADMINISTRATOR, here))
    assert client.get(f"/units/{here.id}").status_code == 200
    assert client.get(f"/units/{there.id}").status_code == 404
    assert client.get("/units/999999").status_code == 404

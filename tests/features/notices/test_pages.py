"""One's own list and wishes, an address that is proven before it is used, and the administrators' view of what went."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.domain.permissions import Role
from app.domain.reminders import CHOSEN
from app.extensions import db
from app.notices.models import Contact, Sending
from tests.factories import MadeUser, make_unit, make_user, post, writing
from tests.features.notices.conftest import MONDAY, World
from tests.features.notices.servers import Post

MINUTE = timedelta(minutes=1)


def contact(world: World, user: MadeUser) -> Contact:
    with world.app.app_context():
        return db.session.get_one(Contact, user.id)


def code_in(server: Post) -> str:
    plain = server.letters[-1].get_body(["plain"])
    assert plain is not None
    found = re.search(r"Mã xác nhận: (\d{4} \d{4})", plain.get_content())
    assert found
    return found.group(1)


def test_the_list_holds_everything_counts_the_unread_and_opens_what_it_is_about(world: World) -> None:
    ward = world.ward
    browser = ward.browser(ward.head)
    assert "Chưa có thông báo nào" in browser.get("/notices").get_data(as_text=True)
    world.remind(MONDAY)
    world.remind(MONDAY + timedelta(days=1))
    browser = ward.browser(ward.head)
    page = browser.get("/notices").get_data(as_text=True)
    assert "Thông báo</span> <b>2<span" in page
    assert page.index("Quá hạn từ ngày 30/11/2026") < page.index("Đến hạn ngày 30/11/2026")
    [first, _] = world.notices(ward.head)
    assert post(ward.browser(ward.officer), f"/notices/{first.id}/open").status_code == 404
    reply = post(browser, f"/notices/{first.id}/open")
    assert (reply.status_code, reply.location) == (303, world.url())
    assert "Thông báo</span> <b>1<span" in browser.get("/tasks").get_data(as_text=True)
    post(browser, "/notices/read")
    assert "Thông báo</span> <b>" not in browser.get("/notices").get_data(as_text=True)


def test_an_address_counts_when_its_code_was_typed_in(world: World, post_server: Post) -> None:
    ward = world.ward
    browser = ward.browser(ward.head)
    for bad in ("khong", "a@b.vn\nBcc: c@d.vn", "cán@bộ.vn"):
        assert post(browser, "/notices/address", email=bad).status_code == 422, bad
    assert post(browser, "/notices/address", email="leloi@Example.VN").status_code == 303
    assert world.remind().sendings.sent == 1  # on a Sunday: the person waits for it
    assert post_server.to == ["leloi@example.vn"]
    page = browser.get("/notices").get_data(as_text=True)
    assert code_in(post_server) not in page
    assert contact(world, ward.head).email == ""
    assert post(browser, "/notices/address/confirm", code="00000000").status_code == 422
    assert post(ward.browser(ward.officer), "/notices/address/confirm", code=code_in(post_server)).status_code == 422
    assert post(browser, "/notices/address/confirm", code=code_in(post_server)).status_code == 303
    assert contact(world, ward.head).email == "leloi@example.vn"
    assert post(browser, "/notices/address/confirm", code=code_in(post_server)).status_code == 422
    world.remind(MONDAY)
    assert [each["Subject"][:16] for each in post_server.letters[1:]] == ["[CôngVụ] Đến hạn"]
    browser = ward.browser(ward.head)
    post(browser, "/notices/address/forget")
    world.remind(MONDAY + timedelta(days=1))
    assert len(post_server.letters) == 2


def test_a_code_runs_out_and_there_are_few_a_day(world: World, post_server: Post) -> None:
    ward = world.ward
    browser = ward.browser(ward.head)
    answers = [post(browser, "/notices/address", email=f"a{number}@b.vn").status_code for number in range(6)]
    assert answers == [303] * 5 + [422]
    done = world.remind().sendings
    assert (done.sent, done.lapsed) == (1, 4)  # only the last address is still wished for
    world.set_clock(MONDAY)
    assert post(ward.browser(ward.head), "/notices/address/confirm", code=code_in(post_server)).status_code == 422


def test_wishes_and_quiet_hours(world: World) -> None:
    browser = world.ward.browser(world.ward.head)
    for start, end in (("18:00", ""), ("aa:bb", "07:00"), ("06:00", "05:00")):
        assert post(browser, "/notices/settings", quiet_from=start, quiet_to=end).status_code == 422, (start, end)
    kept: dict[str, Any] = {"chosen": ["email:due", "push:overdue", "email:nonsense"]}
    assert post(browser, "/notices/settings", quiet_from="21:30", quiet_to="06:00", **kept).status_code == 303
    found = contact(world, world.ward.head)
    assert (found.quiet_from, found.quiet_to, len(found.muted)) == ("21:30", "06:00", 2 * len(CHOSEN) - 2)
    page = browser.get("/notices/settings").get_data(as_text=True)
    assert 'value="email:due" checked' in page
    assert 'value="email:overdue">' in page


def test_an_administrator_helps_with_addresses_and_sends_again(world: World, post_server: Post) -> None:
    ward = world.ward
    admin = make_user(world.app, role=Role.ADMINISTRATOR, unit=ward.town)
    stranger = make_user(world.app, role=Role.ADMINISTRATOR, unit=make_unit(world.app, kind="province"))
    assert post(ward.browser(stranger), f"/people/{ward.head.id}/contact", email="x@y.vn").status_code == 404
    browser = ward.browser(admin)
    assert post(browser, f"/people/{ward.head.id}/contact", email="dau@don-vi.vn").status_code == 303
    assert "dau@don-vi.vn" in browser.get(f"/people/{ward.head.id}/contact").get_data(as_text=True)
    world.remind()
    assert post_server.to == ["dau@don-vi.vn"]
    post(ward.browser(ward.head), "/notices/address/confirm", code=code_in(post_server))
    post_server.refused = "550 Hộp thư đầy"
    world.remind(MONDAY)
    browser = ward.browser(admin)
    page = browser.get("/notices/outbox?state=failed").get_data(as_text=True)
    assert "550" in page
    assert "Chủ tịch phường L" in page
    assert "Chủ tịch phường L" not in ward.browser(stranger).get("/notices/outbox?state=failed").get_data(as_text=True)
    [failed] = [each for each in world.sendings() if each.state == "failed"]
    assert post(ward.browser(stranger), f"/notices/outbox/{failed.id}/retry").status_code == 404
    post_server.refused = ""
    assert post(browser, f"/notices/outbox/{failed.id}/retry").status_code == 303
    assert world.remind(MONDAY + MINUTE).sendings.sent == 1
    assert post(ward.browser(admin), f"/notices/outbox/{failed.id}/retry").status_code == 409


def test_what_waits_for_a_server_is_shown_as_such(world: World) -> None:
    ward = world.ward
    admin = make_user(world.app, role=Role.ADMINISTRATOR, unit=ward.town)
    world.has_mail(ward.head)
    ran = world.app.test_cli_runner().invoke(args=["remind"])
    assert ran.exit_code == 0
    assert "Chưa cấu hình máy chủ thư" in ran.output
    world.remind(MONDAY)
    page = ward.browser(admin).get("/notices/outbox").get_data(as_text=True)
    assert page.count("Chưa cấu hình máy chủ thư") == 2
    with writing(world.app):
        db.session.execute(update(Sending).values(state="sent", planned_at=MONDAY - timedelta(days=91)))
    assert "Không có thông báo" in ward.browser(admin).get("/notices/outbox?state=sent").get_data(as_text=True)

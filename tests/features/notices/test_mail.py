"""Letters to a real SMTP server: encrypted, signed in, bundled, quiet at night, tried again, never twice."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from app.notices import mail
from app.notices.actions import sending
from tests.features.notices.conftest import MONDAY, World, task
from tests.features.notices.servers import Post
from tests.features.remediation.test_tasks import ON_PAPER, act, report

MINUTE = timedelta(minutes=1)


def states(world: World) -> list[str]:
    return [each.state for each in world.sendings()]


def test_a_letter_says_what_why_and_how_to_leave(world: World, post_server: Post) -> None:
    ward = world.ward
    world.has_mail(ward.head)
    assert world.remind(MONDAY).sendings.sent == 1
    [letter] = post_server.letters
    assert post_server.to == [f"{ward.head.login}@example.vn"]
    assert letter["Subject"] == "[CôngVụ] Đến hạn ngày 30/11/2026: Bổ sung biển"
    assert letter["From"] == "cong-vu@son-tay.example.vn"
    assert letter["List-Unsubscribe"] == "<https://congvu.example.vn/notices/settings>"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = (letter.get_body([kind]).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for told in ("Kính gửi ông/bà Chủ tịch phường L", "Hạn: 30/11/2026", f"https://congvu.example.vn{world.url()}"):
        assert told in plain
    assert "Ông/bà nhận thư này vì: Ông/bà là người đứng đầu chịu trách nhiệm" in plain
    assert f'<a href="https://congvu.example.vn{world.url()}">' in html
    [row] = world.sendings()
    assert (row.state, row.attempts, row.sent_to, row.error) == ("sent", 1, post_server.to[0], "")
    assert world.remind().sendings.sent == 0
    assert len(post_server.letters) == 1


def test_many_things_at_once_are_one_letter(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    for number in range(7):
        task(world.ward, 5, MONDAY.date(), f"Việc số {number}")
    assert world.remind(MONDAY).sendings.sent == 8
    [letter] = post_server.letters
    assert letter["Subject"] == "[CôngVụ] 8 việc cần ông/bà xem"
    assert "Việc số 6" in str(letter.get_body(["plain"]).get_content())  # type: ignore[union-attr]


def test_nobody_adds_a_header_or_a_tag(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    task(world.ward, 5, MONDAY.date(), "Xấu\r\nBcc: ai@do.vn <script>alert(1)</script>")
    world.remind(MONDAY)
    [letter] = post_server.letters
    assert letter["Bcc"] is None
    assert "<script>" not in letter.get_body(["html"]).get_content()  # type: ignore[union-attr]
    assert post_server.to == [f"{world.ward.head.login}@example.vn"]
    single = mail.Letter("id", "a@b.vn", "Tên\r\nX: y", [mail.Part("Một\r\nBcc: c@d.vn", "", "", "")], "", MONDAY)
    made = message_from_bytes(mail.compose(single, "x@y.vn"), policy=policy.default)
    assert made["Subject"] == "[CôngVụ] Một Bcc: c@d.vn"
    assert [key for key, _ in made.items() if key in ("Bcc", "X")] == []
    with pytest.raises(ValueError, match="linefeed"):
        mail.compose(mail.Letter("id", "a@b.vn\r\nBcc: c@d.vn", "Tên", single.parts, "", MONDAY), "x@y.vn")


def test_nights_and_days_off_hold_letters_back(world: World, post_server: Post) -> None:
    ward = world.ward
    world.has_mail(ward.head, quiet_from="09:00", quiet_to="11:30")
    world.has_mail(ward.officer)
    act(ward.browser(ward.head), world.url(), "owner", owner_id=ward.officer.id)  # on a Sunday
    assert world.remind().sendings.postponed == 1
    assert world.sendings()[0].planned_at == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # Monday 07:00 in Viet Nam
    assert post_server.letters == []
    assert world.remind(datetime(2026, 11, 23, 0, 1, tzinfo=UTC)).sendings.sent == 1
    done = world.remind(MONDAY)  # 10:00: the head wants quiet, the officer does not
    assert (done.sendings.sent, done.sendings.postponed) == (1, 1)
    assert world.remind(MONDAY + 91 * MINUTE).sendings.sent == 1


def test_what_was_done_meanwhile_is_not_sent(world: World, post_server: Post) -> None:
    ward = world.ward
    world.has_mail(ward.head)
    world.change(smtp_host="")
    world.remind(MONDAY)
    report(ward.browser(ward.officer), world.url())
    act(ward.browser(ward.lead), world.url(), "verify", **ON_PAPER)
    [row] = world.sendings()
    assert (row.state, row.error) == ("lapsed", "Đơn vị đã báo cáo")
    world.change(smtp_host="localhost")
    assert world.remind().sendings.sent == 0
    assert post_server.letters == []


def test_without_a_server_letters_wait_and_are_not_lost(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    world.change(smtp_host="")
    assert world.remind(MONDAY).sendings == sending.Summary()
    assert states(world) == ["waiting"]
    world.change(smtp_host="localhost")
    assert world.remind(MONDAY + MINUTE).sendings.sent == 1
    world.has_mail(world.ward.chair)
    world.change(smtp_host="")
    world.remind(MONDAY + timedelta(days=3))  # escalated, and a digest
    world.remind(MONDAY + timedelta(days=4))
    world.change(smtp_host="localhost")
    world.remind(MONDAY + timedelta(days=7))
    old = [each for each in world.sendings() if "quá cũ" in each.error]
    assert len(old) == 1  # the digest of last Thursday; Friday's is three days old and goes


def test_a_server_that_is_away_or_busy_is_tried_again_and_given_up_in_the_end(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    port = post_server.port
    world.change(smtp_port=1)
    assert world.remind(MONDAY).sendings.again == 1
    assert "Máy chủ thư" in world.sendings()[0].error
    world.change(smtp_port=port)
    assert world.remind(MONDAY + MINUTE).sendings == sending.Summary()  # not yet
    post_server.answer = lambda: "451 Try later"
    assert world.remind(MONDAY + 6 * MINUTE).sendings.again == 1
    post_server.answer = lambda: "250 OK"
    assert world.remind(MONDAY + 40 * MINUTE).sendings.sent == 1
    assert world.sendings()[0].attempts == 3


def test_a_refused_address_is_shown_and_not_tried_for_ever(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    post_server.refused = "550 Không có hộp thư này"
    assert world.remind(MONDAY).sendings.failed == 1
    assert world.sendings()[0].error.startswith("550")
    post_server.refused = ""
    assert world.remind(MONDAY + timedelta(hours=5)).sendings.sent == 0


def test_a_line_that_breaks_after_the_letter_is_never_tried_again(world: World, post_server: Post) -> None:
    """The server has the letter and its reply is lost: a second letter would be one too many."""

    def dies() -> str:
        raise ConnectionResetError

    world.has_mail(world.ward.head)
    post_server.answer = dies
    done = world.remind(MONDAY)
    assert len(post_server.letters) == 1
    assert done.sendings.sent == 0
    world.remind(MONDAY + timedelta(hours=6))
    assert len(post_server.letters) == 1


def test_wishes_are_kept_by_kind_and_channel(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head, muted=["email:due"])
    world.remind(MONDAY)
    assert world.sendings() == []
    assert world.kinds(world.ward.head) == ["due"]  # the list on the desk has it all the same
    world.remind(MONDAY + timedelta(days=1))
    assert len(post_server.letters) == 1


def test_a_closed_account_and_a_dropped_address_get_nothing(world: World, post_server: Post) -> None:
    from sqlalchemy import update

    from app.accounts.models import User
    from app.extensions import db
    from tests.factories import writing

    ward = world.ward
    world.has_mail(ward.head)
    world.change(smtp_host="")
    world.remind(MONDAY)
    with writing(world.app):
        db.session.execute(update(User).where(User.id == ward.head.id).values(active=False))
    world.change(smtp_host="localhost")
    assert world.remind(MONDAY + MINUTE).sendings.lapsed == 1
    assert post_server.letters == []

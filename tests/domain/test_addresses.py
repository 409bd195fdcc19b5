"""Addresses that people and browsers give us."""

import pytest

from app.domain.addresses import PUSH_HOSTS, Endpoint, read_email, read_endpoint
from app.domain.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" can.bo_a@Son-Tay.HaNoi.gov.vn ", "can.bo_a@son-tay.hanoi.gov.vn"),
        ("A+b@x.vn", "A+b@x.vn"),
    ],
)
def test_an_address_is_kept_as_typed_but_for_its_domain(typed: str, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@b",
        "a@@b.vn",
        "a b@c.vn",
        "a@b.vn\nBcc: c@d.vn",
        "a@b.vn\r\nX: y",
        "a\x00@b.vn",
        "<a@b.vn>",
        "a@b.vn, c@d.vn",
        '"a b"@c.vn',
        "cán.bộ@xã.vn",
        ".a@b.vn",
        "a..b@c.vn",
        "a@-b.vn",
        "a@b-.vn",
        "a@b..vn",
        "x" * 65 + "@b.vn",
        "a@" + "b" * 64 + ".vn",
        "a@" + "b.vn" * 70,
    ],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(Invalid, match="email_form"):
        read_email(typed)


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:DEF-_1",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://db5p.notify.windows.com/w/?token=BQ%2B",
        "https://web.push.apple.com/QO",
        "https://fcm.googleapis.com:443/x",
    ],
)
def test_the_push_services_of_browsers(url: str) -> None:
    found = read_endpoint(url)
    assert (found.port, found.trusted) == (443, False)
    assert found.path.startswith("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/x",
        "https://evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example#@fcm.googleapis.com/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://xnotify.windows.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "ftp://fcm.googleapis.com/x",
        "",
    ],
)
def test_nothing_else_is_called(url: str) -> None:
    with pytest.raises(Invalid, match="push_endpoint"):
        read_endpoint(url)


def test_an_operator_may_trust_a_service_of_the_office() -> None:
    url = "https://push.noi-bo.vn:8443/a?b=c"
    assert read_endpoint(url, ["push.noi-bo.vn:8443"]) == Endpoint("push.noi-bo.vn", 8443, "/a?b=c", trusted=True)
    with pytest.raises(Invalid):
        read_endpoint("https://push.noi-bo.vn/a", ["push.noi-bo.vn:8443"])
    assert len(PUSH_HOSTS) == 4

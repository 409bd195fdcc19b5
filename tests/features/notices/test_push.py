"""Web Push to a local service that checks who sends and decrypts as the browser would."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path
from ssl import SSLContext

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.addresses import Endpoint
from app.extensions import db
from app.notices import push
from app.notices.actions import contacts
from app.notices.models import PushSubscription
from app.notices.signing import PushSigner, push_signer
from tests.factories import post
from tests.features.notices import servers
from tests.features.notices.conftest import MONDAY, World
from tests.features.notices.servers import PushService


@pytest.fixture
def service(world: World, tls: tuple[Path, SSLContext]) -> Iterator[PushService]:
    with servers.push_service(tls[1]) as running:
        world.change(push_trusted=(running.host,), push_ca_file=tls[0])
        yield running


def turn_on(browser: FlaskClient, subscription: dict[str, str]) -> int:
    return post(browser, "/notices/browsers", **subscription).status_code


def subscriptions(world: World) -> int:
    with world.app.app_context():
        return db.session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def test_a_browser_is_told_that_there_is_something_and_no_more(world: World, service: PushService) -> None:
    ward = world.ward
    assert turn_on(ward.browser(ward.head), service.subscription()) == 303
    assert world.remind(MONDAY).sendings.sent == 1
    [told] = service.told
    assert told["body"] == "Một nhiệm vụ đến hạn hôm nay. Mở để xem."
    assert told["url"] == world.url()
    assert ward.unit.name not in str(told)
    [asked] = service.asked
    assert (asked["content-encoding"], asked["ttl"], asked["sub"]) == ("aes128gcm", "86400", "mailto:congvu@localhost")
    with world.app.app_context():
        key = base64.urlsafe_b64encode(push_signer().public_key()).rstrip(b"=").decode()
    assert asked["k"] == key
    [row] = world.sendings()
    assert (row.state, row.channel, row.sent_to) == ("sent", "push", service.host)
    assert world.remind().sendings.sent == 0


def test_the_key_is_made_once_and_kept(world: World) -> None:
    path = world.app.config["SETTINGS"].data_dir / "keys" / "push-vapid.pem"
    with world.app.app_context():
        first = push_signer().public_key()
        assert PushSigner(path).public_key() == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_left_is_forgotten(world: World, service: PushService, status: int) -> None:
    turn_on(world.ward.browser(world.ward.head), service.subscription())
    service.status = status
    assert world.remind(MONDAY).sendings.lapsed == 1
    assert subscriptions(world) == 0


def test_a_busy_service_is_tried_again_and_a_redirect_is_not_followed(world: World, service: PushService) -> None:
    turn_on(world.ward.browser(world.ward.head), service.subscription())
    service.status = 503
    assert world.remind(MONDAY).sendings.again == 1
    service.status = 307
    assert world.remind(MONDAY.replace(hour=4)).sendings.failed == 1
    assert world.sendings()[0].error == "Dịch vụ đẩy trả lời 307"
    assert service.asked == []
    assert subscriptions(world) == 1


def test_endpoints_are_judged_when_they_come_and_again_when_they_are_called(
    world: World, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward, good = world.ward, service.subscription()
    browser = ward.browser(ward.head)
    for bad in (
        {**good, "endpoint": "https://127.0.0.1/x"},
        {**good, "endpoint": "https://evil.example/x"},
        {**good, "p256dh": good["p256dh"][:-8] + "AAAAAAAA"},
        {**good, "p256dh": "không phải khóa"},
        {**good, "auth": "AAAA"},
    ):
        assert turn_on(browser, bad) == 422, bad
    assert subscriptions(world) == 0
    assert turn_on(browser, good) == 303
    world.change(push_trusted=())  # the operator changed their mind
    assert world.remind(MONDAY).sendings.lapsed == 1
    assert service.asked == []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.0.0.7", 443))])
    with pytest.raises(OSError, match="not public"):
        push.address_of(Endpoint("web.push.apple.com", 443, "/x", trusted=False))


def test_a_certificate_for_another_name_is_no_push_service(world: World, service: PushService) -> None:
    turn_on(world.ward.browser(world.ward.head), service.subscription())
    world.change(push_ca_file=None)
    assert world.remind(MONDAY).sendings.again == 1
    assert service.asked == []


def test_a_browser_belongs_to_who_turned_it_on_last(
    world: World, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = world.ward
    turn_on(ward.browser(ward.officer), service.subscription())
    turn_on(ward.browser(ward.head), service.subscription())
    assert subscriptions(world) == 1
    world.remind(MONDAY)
    assert len(service.told) == 1
    other = ward.browser(ward.officer)
    with world.app.app_context():
        mine = db.session.scalars(select(PushSubscription.id)).one()
    assert post(other, f"/notices/browsers/{mine}/drop").status_code == 404
    assert post(ward.browser(ward.head), f"/notices/browsers/{mine}/drop").status_code == 303
    assert subscriptions(world) == 0
    browser = ward.browser(ward.head)
    monkeypatch.setattr(contacts, "MOST_BROWSERS", 2)
    answers = [turn_on(browser, service.subscription(number)) for number in range(3)]
    assert answers == [303, 303, 422]

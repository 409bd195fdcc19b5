"""Nothing is sent twice: two runs at once, and runs that are killed between claim, hand-over and note."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.notices import mail
from app.notices.actions import sending
from tests.features.notices.conftest import MONDAY, World
from tests.features.notices.servers import Post


@pytest.fixture
def app(app_on_each: Flask) -> Flask:
    """Who comes first is the database's word: both are asked."""
    return app_on_each


def killed(world: World, break_off: Callable[[], None]) -> None:
    """A run in a process of its own, which is killed where `break_off` has put a trap."""
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            break_off()
            world.remind(MONDAY)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_killed_after_its_claim_is_made_up_for(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head)
    killed(world, lambda: setattr(mail, "conversation", die))
    assert [each.state for each in world.sendings()] == ["claimed"]
    assert world.remind(MONDAY).sendings == sending.Summary()  # somebody may still be at it
    assert world.remind(MONDAY + sending.LEASE + timedelta(minutes=1)).sendings.sent == 1
    assert len(post_server.letters) == 1


def test_a_run_killed_after_handing_over_is_not_repeated(world: World, post_server: Post) -> None:
    """The side we err on: nobody noted that it was sent, and it is not sent again but shown as uncertain."""
    world.has_mail(world.ward.head)
    killed(world, lambda: setattr(sending, "_note", die))
    assert len(post_server.letters) == 1
    assert [each.state for each in world.sendings()] == ["handing"]
    done = world.remind(MONDAY + sending.LEASE + timedelta(minutes=1))
    assert (done.sendings.sent, done.sendings.uncertain) == (0, 1)
    assert "không rõ" in world.sendings()[0].error
    assert len(post_server.letters) == 1


def test_two_runs_at_once_send_once(world: World, post_server: Post) -> None:
    world.has_mail(world.ward.head, world.ward.chair)
    world.set_clock(MONDAY)
    runs = [Thread(target=world.remind) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(post_server.to) == sorted(set(post_server.to))
    assert world.kinds(world.ward.head) == ["due"]
    assert {each.state for each in world.sendings()} == {"sent"}


def test_who_was_too_slow_lets_go(world: World, post_server: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that ran out while its holder slept is another's by then."""
    world.has_mail(world.ward.head)
    honest = sending._handing

    def slept(claimed: sending.Claimed) -> None:
        monkeypatch.setattr(sending, "_handing", honest)
        world.set_clock(MONDAY + sending.LEASE + timedelta(minutes=1))
        world.remind()  # another run takes the claim back and sends
        honest(claimed)

    monkeypatch.setattr(sending, "_handing", slept)
    assert world.remind(MONDAY).sendings.sent == 0
    assert len(post_server.letters) == 1

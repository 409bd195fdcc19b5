"""A phone that waits hears of another's answer at once; a full waiting room sends it away with a word."""

import threading
from typing import Any

import pytest
from sqlalchemy import update

from app.accounts.models import Device, Session, User
from app.extensions import db, now
from app.sync import hints
from tests import factories
from tests.features.sync.phones import URL, Phone, Story, phone, remove


def listen(who: Phone, query: str, into: list[Any]) -> threading.Thread:
    def ask() -> None:
        into.append(who.client.get(f"{URL}/visits/{who.story.visit}/log?{query}").get_json())

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_waiting_phone_gets_the_answer_in_the_very_request(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.push()
    b.pull()
    heard: list[Any] = []
    thread = listen(b, f"after=1&h={b.log[0]['h']}&wait=25", heard)
    while thread.is_alive() and not _waiting(story):
        thread.join(0.01)
    a.mint("item/muc-2", "no")
    a.push()
    thread.join(20)
    assert not thread.is_alive()
    assert len(heard[0]["news"]["entries"]) == 1


@pytest.mark.parametrize(
    ("lost", "code"),
    [("session", "LOGIN"), ("device", "DEVICE_REVOKED"), ("account", "LOGIN"), ("membership", "NO_SUCH_VISIT")],
)
def test_who_is_signed_out_while_waiting_hears_nothing_more(story: Story, lost: str, code: str) -> None:
    """What others write is for who is signed in when it is told, not when he asked (I18)."""
    a, b = phone(story, story.a), phone(story, story.b)
    heard: list[Any] = []
    thread = listen(b, "wait=25", heard)
    while thread.is_alive() and not _waiting(story):
        thread.join(0.01)
    take_away(story, lost)
    a.mint("item/muc-1", "no")
    a.push()
    thread.join(20)
    assert not thread.is_alive()
    assert (heard[0].get("code"), "news" in heard[0]) == (code, False)


def take_away(story: Story, what: str) -> None:
    if what == "membership":
        remove(story, story.b)
        return
    mine = story.b.id
    with factories.writing(story.app):
        if what == "account":
            db.session.execute(update(User).where(User.id == mine).values(active=False))
            return
        db.session.execute(update(Session).where(Session.user_id == mine).values(ended_at=now()))
        if what == "device":
            db.session.execute(update(Device).where(Device.user_id == mine).values(revoked_at=now()))


def _waiting(story: Story) -> int:
    with story.app.app_context():
        return hints.hints()._waiting


def test_nobody_waits_for_what_is_there_already_nor_with_an_old_manifest(story: Story) -> None:
    a, b = phone(story, story.a), phone(story, story.b)
    a.mint("item/muc-1", "yes")
    a.push()
    told = b.client.get(f"{URL}/visits/{story.visit}/log?wait=25").get_json()
    assert len(told["news"]["entries"]) == 1
    b.pull()
    cursor = f"after=1&h={b.log[0]['h']}"
    old = b.client.get(f"{URL}/visits/{story.visit}/log?{cursor}&wait=25&known={'0' * 32}").get_json()
    assert old["digest"] == b.client.get(f"{URL}/manifest").get_json()["digest"]


def test_waiting_ends_in_time(story: Story) -> None:
    a = phone(story, story.a)
    told = a.client.get(f"{URL}/visits/{story.visit}/log?wait=1").get_json()
    assert told["news"]["entries"] == []
    assert "retry_in" not in told


def test_a_full_waiting_room_says_when_to_come_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(story.app.extensions, "sync-hints", hints.Hints(0))
    told = phone(story, story.a).client.get(f"{URL}/visits/{story.visit}/log?wait=25").get_json()
    assert told["retry_in"] == 5


def test_an_announcement_ends_the_waits_that_began_before_it_and_no_others() -> None:
    room = hints.Hints(1)
    for _ in range(3):
        since = room.version("a")
        assert room.wait("a", since, 0) is False
        room.announce({"a", "b"})
        assert room.wait("a", since, 0) is True
        room.announce({"b"})
        assert room.wait("a", room.version("a"), 0) is False


def test_what_is_stored_is_announced_and_what_is_undone_is_not(story: Story) -> None:
    a = phone(story, story.a)
    a.mint("item/muc-1", "yes")
    with story.app.app_context():
        before = hints.hints().version(story.visit)
        db.session.connection()
        hints.touch(story.visit)
        db.session.rollback()
        db.session.commit()
        assert hints.hints().version(story.visit) == before
    a.push()
    with story.app.app_context():
        assert hints.hints().version(story.visit) == before + 1


def test_who_waits_looks_every_second_and_stays_no_longer_than_was_said(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def nothing_new(_room: hints.Hints, _visit: str, _since: int, seconds: float) -> bool:
        pauses.append(seconds)
        return False

    monkeypatch.setattr(hints.Hints, "wait", nothing_new)
    with story.app.app_context():
        hints.wait_until(story.visit, lambda: False, since=0, seconds=2.5)
        assert pauses == [1, 1, 0.5]
        hints.wait_until(story.visit, lambda: True, since=0, seconds=2.5)
        assert pauses == [1, 1, 0.5, 1], "another process wrote it"

"""A push as the actions see it, without the wire: what each operation meets in the log, and all that is written down.

The `story` fixture folds the whole log after each of them and compares what is kept beside it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.campaigns import queries as campaigns
from app.campaigns.models import Campaign, Visit
from app.domain.errors import NotFound
from app.domain.permissions import Actor
from app.extensions import Clock, db
from app.sync import queries
from app.sync.actions.installation import begin_epoch
from app.sync.actions.push import Pushed, Sender, Sent, push
from app.sync.models import DailyUse, Entry, Installation, ReusedOperation, VisitHead, Writer
from tests import factories
from tests.factories import MadeUser
from tests.features.sync.phones import Phone, Story, random_id, remove
from tests.features.sync.test_repinning import MAP, publish, repin

NOON = datetime(2026, 11, 22, 5, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Stands still at noon; moves when it is told to."""
    moment = [NOON]
    monkeypatch.setattr(Clock, "source", staticmethod(lambda: moment[0]))

    def move(by: timedelta) -> None:
        moment[0] += by

    return move


def hand_of(story: Story, user: MadeUser) -> Phone:
    """A phone that nobody signs in on: what it mints is handed to the actions."""
    return Phone(story, user, story.app.test_client())


def give(who: Phone, sent: list[dict[str, Any]] | None = None, **sender: Any) -> Pushed:
    """Hand in the outbox, or just these, and keep it."""
    ops = [Sent(each["op"], each["ws"], each["body"].encode()) for each in (who.outbox if sent is None else sent)]
    with factories.writing(who.story.app):
        return push(Sender(Actor(who.user.id, who.user.name), **sender), who.story.visit, who.writer, ops)


def hand_in(who: Phone, **sender: Any) -> list[str]:
    """Hand in the outbox, empty it, and say what became of each: its standing, or that it was not stored."""
    told = [
        (each.entry.why or each.entry.status) if each.outcome == "ok" and each.entry else each.outcome
        for each in give(who, **sender).results
    ]
    who.outbox.clear()
    return told


def cells(story: Story) -> dict[str, list[object]]:
    with story.app.app_context():
        return {path: [head.value for head in heads] for path, heads in queries.cells_of(story.visit).items()}


def head_of(story: Story) -> queries.LogHead:
    with story.app.app_context():
        return queries.log_head(story.visit)


def writer_of(who: Phone) -> tuple[str, str, int, datetime] | None:
    with who.story.app.app_context():
        row = db.session.execute(
            select(Writer.user_id, Writer.device_id, Writer.ws, Writer.last_push_at).where(
                Writer.visit_id == who.story.visit, Writer.writer == who.writer
            )
        ).first()
        return None if row is None else (row.user_id, row.device_id, row.ws, row.last_push_at)


# --- what a push says -----------------------------------------------------------------------------------------


def test_it_tells_where_the_log_stood_and_stands_and_what_it_added(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    a.mint("item/muc-1", "yes")
    first = give(a)
    a.mint("item/muc-2", "yes")
    a.mint("item/muc-3", "yes")
    second = give(a)
    with story.app.app_context():
        log = queries.whole_log(story.visit)
    assert (first.n_before, first.hash_before, first.n, first.hash) == (0, bytes(32), 1, log[0].hash)
    assert (second.n_before, second.hash_before, second.n, second.hash) == (1, log[0].hash, 3, log[2].hash)
    assert [each.entry.op for each in second.results if each.entry] == [each.op for each in log]
    assert second.added == log[1:]
    assert [bool(each.signature) for each in log] == [True, False, True], "the head of each push is signed"
    assert (second.writer_head, second.safe_n) == (3, 0)
    assert (second.role, give(lead).role) == ("member", "lead")


def test_it_tells_how_far_the_backup_is(story: Story) -> None:
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    give(a)
    with factories.writing(story.app):
        db.session.execute(update(VisitHead).values(safe_n=1))
    assert give(a).safe_n == 1


def test_every_entry_says_who_sent_it_from_where_and_when(story: Story, clock: object) -> None:
    a = hand_of(story, story.a)
    op = a.mint("item/muc-1", "yes")
    a.mint("", None, raw="không đọc được")
    pushed = give(a, session_id="S", device_id="D")
    with story.app.app_context():
        rows = db.session.scalars(select(Entry).where(Entry.visit_id == story.visit).order_by(Entry.n)).all()
        stored = [(row.op, row.kind, row.path, row.actor_id, row.writer, row.ws, row.received_ms) for row in rows]
        assert {(row.session_id, row.device_id) for row in rows} == {("S", "D")}
    at = 1_795_323_600_123
    assert stored[0] == (op, "set", "item/muc-1", story.a.id, a.writer, 1, at)
    assert stored[1][1:] == ("", "", story.a.id, a.writer, 2, at)
    assert [each.entry.body for each in pushed.results if each.entry] == [each["body"].encode() for each in a.outbox]
    assert writer_of(a) == (story.a.id, "D", 2, NOON)


# --- numbers of a writer --------------------------------------------------------------------------------------


def test_a_push_ends_at_what_it_cannot_go_past(story: Story) -> None:
    a = hand_of(story, story.a)
    for n in range(1, 5):
        a.mint(f"item/muc-{n}", "yes")
    first, second, third, fourth = a.outbox
    pushed = give(a, [first, third, fourth])
    assert [(each.op, each.outcome, each.expect) for each in pushed.results] == [
        (first["op"], "ok", None),
        (third["op"], "gap", 2),
    ]
    assert pushed.writer_head == 1
    twin = {**fourth, "ws": 1}
    assert [each.outcome for each in give(a, [twin, second]).results] == ["forked"]
    assert [each.outcome for each in give(a, [first, second, third, fourth]).results] == ["dup", "ok", "ok", "ok"]


def test_a_duplicate_uses_its_number_up_if_it_is_the_next_one(story: Story) -> None:
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    give(a)
    one, two = a.outbox
    a.writer = random_id()  # re-wrapped: the same operations under a new writer
    assert [each.outcome for each in give(a, [{**one, "ws": 2}]).results] == ["dup"]
    assert writer_of(a) is None, "that was not the next"
    assert give(a, [{**one, "ws": 1}, {**two, "ws": 2}]).writer_head == 2
    assert writer_of(a) is not None
    a.ws = 2
    a.outbox.clear()
    a.mint("item/muc-3", "yes")
    assert hand_in(a) == ["acc"]


def test_nobody_moves_another_persons_writer(story: Story, clock: Callable[[timedelta], None]) -> None:
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    a.mint("item/muc-1", "yes")
    give(a)
    b.writer = a.writer
    assert [each.outcome for each in give(b, [{**a.outbox[0], "ws": 2}]).results] == ["dup"]
    b.ws = 1
    b.mint("item/muc-2", "yes")
    clock(timedelta(hours=1))
    assert hand_in(b) == ["forked"]
    assert writer_of(a) == (story.a.id, "", 1, NOON)


def test_a_push_that_adds_nothing_notes_the_contact_now_and_then(
    story: Story, clock: Callable[[timedelta], None]
) -> None:
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    give(a)
    clock(timedelta(minutes=4, seconds=59))
    give(a, device_id="D")
    assert writer_of(a) == (story.a.id, "", 1, NOON)
    clock(timedelta(seconds=1))
    give(a, device_id="D")
    assert writer_of(a) == (story.a.id, "D", 1, NOON + timedelta(minutes=5))
    clock(timedelta(seconds=1))
    a.mint("item/muc-2", "yes")
    give(a, device_id="E")
    assert writer_of(a) == (story.a.id, "E", 2, NOON + timedelta(minutes=5, seconds=1))


def test_one_id_with_other_bytes_is_kept_aside_with_who_sent_it_and_uses_its_number_up(
    story: Story, clock: object
) -> None:
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    op = a.mint("item/muc-1", "yes")
    give(a)
    other = a.outbox[0]["body"].replace('"yes"', '"no"')
    for _ in range(2):
        pushed = give(b, [{"op": op, "ws": 1, "body": other}])
        assert [(each.outcome, each.entry) for each in pushed.results] == [("idreuse", None)]
    assert pushed.writer_head == 1
    with story.app.app_context():
        [row] = db.session.scalars(select(ReusedOperation)).all()
        assert (row.visit_id, row.op, row.body, row.actor_id) == (story.visit, op, other.encode(), story.b.id)
        assert row.received_at == NOON
    assert [each.outcome for each in give(a).results] == ["dup"]


def test_what_comes_without_its_author_is_numbered_here_held_and_not_counted_twice(story: Story) -> None:
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-2", "yes")
    a.outbox[1]["ws"] = 900
    assert [each.entry.ws for each in give(a, dropped=True).results if each.entry] == [1, 2]
    again = give(a, [{**a.outbox[0], "ws": 3}, a.outbox[1]], dropped=True)
    assert ([each.outcome for each in again.results], again.writer_head) == (["dup", "dup"], 2)
    a.mint("item/muc-3", "yes")
    [result] = give(a, a.outbox[2:], dropped=True).results
    assert result.entry is not None
    assert (result.entry.ws, result.entry.why) == (3, "DROPPED_OFF")
    assert head_of(story).held == 3
    with story.app.app_context():
        assert campaigns.planned_visit(story.visit).state == "planned", "held work opens nothing"


def test_only_new_operations_count_against_the_day(story: Story) -> None:
    def used() -> dict[str, int]:
        with story.app.app_context():
            return {row.sender_id: row.ops for row in db.session.scalars(select(DailyUse))}

    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/khong-co", "yes")
    give(a, counted=False)
    assert used() == {}
    a.mint("item/muc-2", "yes")
    a.mint("item/muc-3", "yes")
    give(a, device_id="D")
    assert used() == {"D": 2}
    a.outbox.clear()
    a.mint("item/muc-4", "yes")
    give(a)
    assert used() == {"D": 2, story.a.id: 1}


# --- who may ---------------------------------------------------------------------------------------------------


def test_strangers_are_told_nothing_unless_an_administrator_brings_it(story: Story) -> None:
    stranger = hand_of(story, story.stranger)
    stranger.mint("item/muc-1", "yes")
    with pytest.raises(NotFound, match="NO_SUCH_VISIT"):
        give(stranger)
    [result] = give(stranger, dropped=True, imported=True).results
    assert result.entry is not None
    assert result.entry.why == "DROPPED_OFF"
    stranger.mint("item/muc-1", "yes", visit=random_id())
    assert hand_in(stranger, dropped=True, imported=True) == ["dup", "BAD_VALUE"], "of another visit, and told as such"


def test_who_has_left_is_held_and_has_no_role(story: Story) -> None:
    a = hand_of(story, story.a)
    remove(story, story.a)
    a.mint("item/muc-1", "yes")
    pushed = give(a)
    assert pushed.role is None
    assert hand_in(a) == ["dup"]
    with factories.writing(story.app):
        db.session.execute(update(Visit).values(state="cancelled"))
    a.mint("item/muc-2", "yes")
    assert hand_in(a) == ["NOT_MEMBER"], "no surprise was called off: he is out, and that is what he is told"


def test_who_wrote_by_the_code_of_a_surprise_that_is_called_off_is_told_that_it_is_gone(story: Story) -> None:
    facts = {"surprise": True, "planned_time": "07:15", "start_code": "483915307766", "state": "cancelled"}
    with factories.writing(story.app):
        db.session.execute(update(Visit).values(facts))
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes")
    a.mint("item/muc-1", "yes", user=story.b.id)
    assert hand_in(a) == ["CANCELLED", "ACTOR_MISMATCH"]


def test_a_member_reopens_nothing_that_was_signed_though_something_is_late(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    lead.mint("item/muc-1", "yes")
    close = lead.close()
    lead.sign("unit", close)
    lead.sign("lead", close)
    a.mint("item/muc-2", "yes")
    assert (hand_in(a), hand_in(lead)) == (["acc"], ["acc"] * 4)
    again = {"reason": "Sót một bàn"}
    a.mint("visit/closing", again, close, kind="reopen")
    assert hand_in(a) == ["LATE_AFTER_SIGN"]
    lead.mint("visit/closing", again, close, kind="reopen")
    assert hand_in(lead) == ["acc"]


def test_a_unit_that_checks_itself_signs_alone(story: Story) -> None:
    with factories.writing(story.app):
        db.session.execute(update(Campaign).values(kind="self_check"))
    lead = hand_of(story, story.lead)
    lead.mint("item/muc-1", "yes")
    lead.sign("lead", lead.close(alone=True))
    assert hand_in(lead) == ["acc"] * 3


@pytest.mark.parametrize("recovering", [True, False])
def test_while_phones_give_back_what_was_forgotten_nothing_is_closed_signed_or_moved(
    story: Story, recovering: bool
) -> None:
    with factories.writing(story.app):
        begin_epoch()
        db.session.execute(update(Installation).values(recovering=recovering))
    chk = publish(story)
    for write in (
        lambda who: who.close(),
        lambda who: who.sign("lead", random_id()),
        lambda who: repin(who, chk),
    ):
        lead = hand_of(story, story.lead)
        lead.mint("item/muc-1", "yes")
        write(lead)
        lead.mint("item/muc-2", "yes")
        pushed = give(lead)
        outcomes = [each.outcome for each in pushed.results]
        assert outcomes == (["ok", "later"] if recovering else ["ok"] * 3)
        assert [each.op for each in pushed.results] == [each["op"] for each in lead.outbox[: len(outcomes)]]
        assert pushed.writer_head == len(lead.outbox[:1] if recovering else lead.outbox)
        if recovering:
            assert [each.outcome for each in give(lead, dropped=True).results] == ["dup", "ok", "ok"]


# --- the visit's state -----------------------------------------------------------------------------------------


def test_what_is_held_opens_no_visit_and_what_is_accepted_does(story: Story) -> None:
    def state() -> str:
        with story.app.app_context():
            return campaigns.planned_visit(story.visit).state

    a = hand_of(story, story.a)
    a.mint("item/khong-co", "yes")
    assert (hand_in(a), state()) == (["UNKNOWN_ITEM"], "planned")
    a.mint("item/muc-1", "yes")
    assert (hand_in(a), state()) == (["acc"], "open")


def test_a_close_of_nothing_and_a_close_past_the_end(story: Story) -> None:
    """The only closings that name no entry of the log: 0, with the hash of nothing, and a number it has not reached."""
    lead = hand_of(story, story.lead)
    lead.close(h="f" * 64)
    lead.close(n=2)
    lead.close(n=3, h="f" * 64)
    assert hand_in(lead) == ["DIGEST_MISMATCH"] * 3
    lead.close()
    assert hand_in(lead) == ["acc"]
    with story.app.app_context():
        assert campaigns.planned_visit(story.visit).state == "closed"


def test_a_signature_is_of_a_close_that_was_accepted(story: Story) -> None:
    lead = hand_of(story, story.lead)
    lead.mint("item/muc-1", "yes")
    close = lead.close()
    assert hand_in(lead) == ["acc", "acc"]
    good = lead.digest
    lead.digest = "0" * 64
    lead.sign("lead", close)
    lead.digest = good
    lead.sign("lead", random_id())
    lead.sign("unit", close)
    assert hand_in(lead) == ["DIGEST_MISMATCH", "DIGEST_MISMATCH", "acc"]


# --- cells -----------------------------------------------------------------------------------------------------


def test_a_parent_that_is_of_another_cell_or_held_replaces_nothing(story: Story) -> None:
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    elsewhere = a.mint("item/muc-1", "yes")
    held = a.mint("item/muc-2", "maybe")
    hand_in(a)
    b.mint("item/muc-2", "yes", elsewhere)
    b.mint("item/muc-2", "no", held)
    assert hand_in(b) == ["acc", "acc"]
    assert cells(story) == {"item/muc-1": ["yes"], "item/muc-2": cells(story)["item/muc-2"]}
    assert sorted(map(str, cells(story)["item/muc-2"])) == ["no", "yes"]
    assert head_of(story).contested == 1


def test_what_was_replaced_before_it_came_does_not_stand_when_it_comes(story: Story) -> None:
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    first = a.mint("item/muc-1", "yes")
    b.mint("item/muc-1", "no", first)
    assert hand_in(b) == ["acc"]
    assert (cells(story), hand_in(a)) == ({"item/muc-1": ["no"]}, ["acc"])
    assert (cells(story), head_of(story).contested) == ({"item/muc-1": ["no"]}, 0)


def test_what_replaces_a_whole_line_that_has_not_come_ends_with_the_last(story: Story) -> None:
    a, b, lead = (hand_of(story, user) for user in (story.a, story.b, story.lead))
    first = a.mint("item/muc-1", "yes")
    second = a.mint("item/muc-1", "no", first)
    b.mint("item/muc-1", "yes", second)
    assert hand_in(b) == ["acc"]
    lead.mint("item/muc-1", "no", first)
    assert hand_in(lead) == ["acc"]
    assert hand_in(a) == ["acc", "acc"]
    assert sorted(map(str, cells(story)["item/muc-1"])) == ["no", "yes"]


def test_one_push_contests_replaces_and_settles(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    one = a.mint("item/muc-1", "yes")
    two = a.mint("item/muc-1", "no")
    a.mint("item/muc-2", "yes", a.mint("item/muc-2", "no"))
    a.mint("item/muc-3", "yes")
    a.mint("item/muc-3", "yes")  # equal: agreed, not contested
    assert hand_in(a) == ["acc"] * 6
    assert head_of(story).contested == 1
    lead.mint("item/muc-1", {"value": "no", "reason": "Đã xem tại chỗ"}, one, two, kind="resolve")
    lead.mint("item/muc-3", None, kind="clear")
    assert hand_in(lead) == ["acc", "acc"]
    assert (cells(story)["item/muc-1"], head_of(story).contested) == (["no"], 1)


def test_equal_heads_are_all_replaced_by_who_saw_them_all(story: Story) -> None:
    """Agreed by two, corrected by a third: known to be equal by their cached hashes alone."""
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    one, other = a.mint("item/muc-1", "yes"), b.mint("item/muc-1", "yes")
    hand_in(a)
    hand_in(b)
    a.mint("item/muc-1", "no", one, other)
    assert hand_in(a) == ["acc"]
    assert cells(story) == {"item/muc-1": ["no"]}


def test_in_one_push_too_only_equal_heads_go_together(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    one, other = a.mint("item/muc-1", "yes"), a.mint("item/muc-1", "yes")
    a.mint("item/muc-1", "no", one, other)
    mine, beside = a.mint("item/muc-2", "yes"), a.mint("item/muc-2", "no")
    a.mint("item/muc-2", "yes", mine, beside)
    assert hand_in(a) == ["acc"] * 6
    assert cells(story)["item/muc-1"] == ["no"]
    assert sorted(map(str, cells(story)["item/muc-2"])) == ["no", "yes"]
    last = random_id()[:21] + "A"
    first = lead.mint("item/muc-3", "yes", last)
    lead.mint("item/muc-3", "no", first, op=last)
    lead.outbox[-1]["op"] = last
    assert hand_in(lead) == ["acc", "acc"]
    assert cells(story)["item/muc-3"] == ["yes"], "they name each other: one of them stays"


def test_an_old_head_is_known_by_its_value_too(story: Story) -> None:
    """Of two named parents that differ only the author's own goes, though one of them stands no more."""
    a, b = hand_of(story, story.a), hand_of(story, story.b)
    old = a.mint("item/muc-1", "yes")
    hand_in(a)
    new = a.mint("item/muc-1", "yes", old)
    beside = b.mint("item/muc-1", "no")
    hand_in(a)
    hand_in(b)
    b.mint("item/muc-1", "yes", old, beside)
    assert hand_in(b) == ["acc"]
    with story.app.app_context():
        last = queries.whole_log(story.visit)[-1]
        assert last.parents == (old,)
        assert {head.op for head in queries.cells_of(story.visit)["item/muc-1"]} == {new, beside, last.op}


def test_what_stands_no_more_is_compared_by_what_it_put_into_the_cell(story: Story) -> None:
    a, b, lead = (hand_of(story, user) for user in (story.a, story.b, story.lead))
    one, other = a.mint("item/muc-1", "yes"), a.mint("item/muc-1", "no")
    settled = lead.mint("item/muc-1", {"value": "no", "reason": "r"}, one, other, kind="resolve")
    assert (hand_in(a), hand_in(lead)) == (["acc", "acc"], ["acc"])
    a.mint("item/muc-1", "yes", settled)
    beside = b.mint("item/muc-1", "no")
    assert (hand_in(a), hand_in(b)) == (["acc"], ["acc"])
    b.mint("item/muc-1", "yes", settled, beside)  # "no" and "no"
    b.mint("item/muc-1", "yes", one, other)
    assert hand_in(b) == ["acc", "acc"]
    with story.app.app_context():
        assert [each.parents for each in queries.whole_log(story.visit)[-2:]] == [(settled, beside), (one,)]


def test_two_operations_that_name_each_other_keep_one_whatever_lies_between(story: Story) -> None:
    a = hand_of(story, story.a)
    last = random_id()[:21] + "A"
    first = a.mint("item/muc-1", "yes", last)
    middle = a.mint("item/muc-1", "no", first)
    assert hand_in(a) == ["acc", "acc"]
    a.mint("item/muc-1", "yes", middle, op=last)
    a.outbox[0]["op"] = last
    assert hand_in(a) == ["acc"]
    with story.app.app_context():
        assert queries.whole_log(story.visit)[-1].parents == ()
        assert [head.op for head in queries.cells_of(story.visit)["item/muc-1"]] == [middle]


def test_the_most_heads_of_a_cell_are_counted_without_what_is_replaced_and_what_has_not_come(story: Story) -> None:
    a = hand_of(story, story.a)
    a.mint("item/muc-1", "yes", random_id())  # names one that never comes
    for _ in range(63):
        a.mint("item/muc-1", "yes")
    assert hand_in(a) == ["acc"] * 64
    with story.app.app_context():
        some = queries.whole_log(story.visit)[5].op
    a.mint("item/muc-1", "no", some)
    a.mint("item/muc-1", "no")
    assert hand_in(a) == ["acc", "TOO_MANY_HEADS"]


# --- held operations -------------------------------------------------------------------------------------------


def adoption(of: str, author: MadeUser, value: object) -> dict[str, object]:
    return {"of": of, "author": author.id, "value": value, "reason": "Đúng thực tế"}


def test_a_held_operation_is_adopted_as_it_was_written_by_whom(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    held = a.mint("item/muc-1", "yes", user=story.b.id)
    assert hand_in(a) == ["ACTOR_MISMATCH"]
    accepted = a.mint("item/muc-2", "yes")
    hand_in(a)
    for wrong in (
        adoption(held, story.b, "yes"),
        adoption(held, story.a, "no"),
        adoption(random_id(), story.a, "yes"),
    ):
        lead.mint("item/muc-1", wrong, kind="adopt")
    lead.mint("item/muc-2", adoption(held, story.a, "yes"), kind="adopt")
    lead.mint("item/muc-2", adoption(accepted, story.a, "yes"), kind="adopt")
    assert hand_in(lead) == ["BAD_VALUE"] * 5
    assert head_of(story).held == 6
    lead.mint("item/muc-1", adoption(held, story.a, "yes"), kind="adopt")
    assert (hand_in(lead), head_of(story).held) == (["acc"], 5)
    assert cells(story)["item/muc-1"] == ["yes"]


def test_adopted_or_dismissed_again_it_is_counted_once(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    one, two = (a.mint("item/muc-1", "yes", user=story.b.id) for _ in range(2))
    hand_in(a)
    for _ in range(2):
        lead.mint("item/muc-1", adoption(one, story.a, "yes"), kind="adopt")
    lead.mint(f"held/{one}", {"reason": "Nhập nhầm"}, kind="dismiss")
    assert (hand_in(lead), head_of(story).held) == (["acc"] * 3, 1)
    lead.mint(f"held/{one}", {"reason": "Nhập nhầm"}, kind="dismiss")
    assert (hand_in(lead), head_of(story).held) == (["acc"], 1)
    lead.mint("item/muc-1", adoption(one, story.a, "yes"), kind="adopt")
    lead.mint(f"held/{two}", {"reason": "Nhập nhầm"}, kind="dismiss")
    assert (hand_in(lead), head_of(story).held) == (["acc", "acc"], 0)


@pytest.mark.parametrize("moved", [False, True])
def test_what_was_adopted_before_is_no_longer_counted_as_held(story: Story, moved: bool) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    held = a.mint("item/muc-2", "yes", user=story.b.id)
    a.mint("item/khong-co", "yes")
    hand_in(a)
    path, chk = "item/muc-2", story.chk
    if moved:
        path, chk = "item/muc-2b", publish(story)
        repin(lead, chk)
        assert hand_in(lead) == ["acc"]
    for _ in range(2):
        lead.mint(path, adoption(held, story.a, "yes"), kind="adopt", chk=chk)
        assert (hand_in(lead), head_of(story).held) == (["acc"], 1)


def test_held_and_handled_in_one_push(story: Story) -> None:
    lead = hand_of(story, story.lead)
    held = lead.mint("item/muc-1", "yes", user=story.b.id)
    lead.mint("item/muc-1", adoption(held, story.lead, "yes"), kind="adopt")
    other = lead.mint("item/khong-co", "yes")
    lead.mint(f"held/{other}", {"reason": "Nhập nhầm"}, kind="dismiss")
    lead.mint(f"held/{random_id()}", {"reason": "Không có"}, kind="dismiss")
    assert hand_in(lead) == ["ACTOR_MISMATCH", "acc", "UNKNOWN_ITEM", "acc", "BAD_VALUE"]
    assert head_of(story).held == 1


@pytest.mark.parametrize("value", ["no", None, {}])
def test_a_held_adopt_that_carries_nothing_blocks_nobody(story: Story, value: object) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    held = a.mint("item/muc-1", value, kind="adopt")
    assert hand_in(a) == ["BAD_VALUE"]
    lead.mint("item/muc-1", adoption(held, story.a, "no"), kind="adopt")
    lead.mint(f"held/{held}", {"reason": "Nhập nhầm"}, kind="dismiss")
    assert hand_in(lead) == ["BAD_VALUE", "acc"]
    assert head_of(story).held == 1


@pytest.mark.parametrize("value", [{"value": "no", "reason": "r"}, "no", None])
def test_a_held_resolve_is_adopted_by_what_it_would_have_put_into_the_cell(story: Story, value: object) -> None:
    a, b, lead = (hand_of(story, user) for user in (story.a, story.b, story.lead))
    one, other = a.mint("item/muc-1", "yes"), b.mint("item/muc-1", "no")
    hand_in(a)
    hand_in(b)
    held = b.mint("item/muc-1", value, one, other, kind="resolve")
    assert hand_in(b) == ["ROLE" if isinstance(value, dict) else "BAD_VALUE"]
    lead.mint("item/muc-1", adoption(held, story.b, "no"), one, other, kind="adopt")
    assert hand_in(lead) == ["acc" if isinstance(value, dict) else "BAD_VALUE"]


def test_a_held_adopt_or_clear_is_adopted_by_what_it_would_have_put_into_the_cell(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    held = a.mint("item/muc-1", "no", user=story.b.id)
    again = a.mint("item/muc-1", adoption(held, story.a, "no"), kind="adopt")
    cleared = a.mint("item/muc-2", "yes", kind="clear", user=story.b.id)
    assert hand_in(a) == ["ACTOR_MISMATCH", "ROLE", "ACTOR_MISMATCH"]
    lead.mint("item/muc-1", adoption(again, story.a, "no"), kind="adopt")
    lead.mint("item/muc-2", adoption(cleared, story.a, "yes"), kind="adopt")
    assert hand_in(lead) == ["acc", "BAD_VALUE"]


def test_what_is_not_well_formed_handles_nothing(story: Story) -> None:
    lead = hand_of(story, story.lead)
    held = lead.mint("item/khong-co", "yes")
    hand_in(lead)
    for value in ("x", {"of": 7}, {}, None):
        lead.mint("item/muc-1", value, kind="adopt")
    lead.mint(held, {"reason": "r"}, kind="dismiss")
    lead.mint(f"held/{held}", {"reason": "r"}, kind="set")
    assert hand_in(lead)[:4] == ["BAD_VALUE"] * 4
    assert head_of(story).held == 7


# --- moved to a corrected checklist ----------------------------------------------------------------------------


def test_a_move_takes_every_cell_along_and_what_comes_later_finds_it_there(story: Story) -> None:
    a, b, lead = (hand_of(story, user) for user in (story.a, story.b, story.lead))
    missing = random_id()
    first = a.mint("item/muc-2", "yes", missing)
    agreed = b.mint("item/muc-2", "yes")
    a.mint("item/muc-3", "yes")
    b.mint("item/muc-3", "no")
    a.mint("item/muc-4", "maybe")  # held
    hand_in(a)
    hand_in(b)
    assert head_of(story).contested == 1
    chk = publish(story)
    repin(lead, chk)
    lead.mint("item/muc-2b", "no", first, agreed, chk=chk)
    assert hand_in(lead) == ["acc", "acc"], "in one push: judged by the version it was moved to"
    assert (cells(story)["item/muc-2b"], head_of(story).contested) == (["no"], 0)
    b.mint("item/muc-2", "yes", first, op=missing)
    b.outbox[0]["op"] = missing
    assert hand_in(b) == ["acc"]
    assert cells(story)["item/muc-2b"] == ["no"], "replaced before it came, in the old cell"
    with story.app.app_context():
        assert queries.whole_log(story.visit)[-1].parents == (), "it stands under what names it, in the new cell too"


def test_behind_a_move_in_one_push_heads_are_known_as_they_were(story: Story) -> None:
    """The heads of a moved cell by their values, whatever carried them, and by what they replace."""
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    missing = random_id()
    named = a.mint("item/muc-5", "yes", missing)
    one, other = a.mint("item/muc-1", "yes"), a.mint("item/muc-1", "no")
    two, beside = a.mint("item/muc-2", "yes"), a.mint("item/muc-2", "no")
    assert hand_in(a) == ["acc"] * 5
    settled = lead.mint("item/muc-1", {"value": "no", "reason": "r"}, one, other, kind="resolve")
    assert hand_in(lead) == ["acc"]
    same = a.mint("item/muc-1", "no")
    assert hand_in(a) == ["acc"]
    chk = publish(story)
    repin(lead, chk)
    lead.mint("item/muc-1", "yes", settled, same, chk=chk)
    lead.mint("item/muc-2b", "yes", two, beside, chk=chk)
    lead.mint("item/muc-5", "no", named, op=missing, chk=chk)
    lead.outbox[-1]["op"] = missing
    assert hand_in(lead) == ["acc"] * 4
    standing = cells(story)
    assert (standing["item/muc-1"], standing["item/muc-5"]) == (["yes"], ["yes"])
    assert sorted(map(str, standing["item/muc-2b"])) == ["no", "yes"]


def test_a_move_after_a_move(story: Story) -> None:
    a, lead = hand_of(story, story.a), hand_of(story, story.lead)
    a.mint("item/muc-1", "yes")
    hand_in(a)
    second, third = publish(story), publish(story, version=3)
    repin(lead, second)
    value = {"from": second, "chk": third, "map": {"muc-1": "muc-5"}, "reason": "Đánh số lại"}
    lead.mint("visit/checklist", value, kind="repin", chk=second)
    assert hand_in(lead) == ["acc", "acc"]
    a.mint("item/muc-1", "no")
    assert hand_in(a) == ["acc"]
    assert sorted(map(str, cells(story)["item/muc-5"])) == ["no", "yes"]
    assert head_of(story).contested == 1


def test_a_move_leads_to_a_published_version_of_the_same_checklist_that_it_never_had(story: Story) -> None:
    lead = hand_of(story, story.lead)
    chk, other = publish(story), publish(story, slug="khac")
    for value in (other, "0" * 64, story.chk, None, 7):
        repin(lead, chk)
        lead.outbox[-1]["body"] = lead.outbox[-1]["body"].replace(f'"chk": "{chk}"', f'"chk": {_json(value)}')
    lead.mint("visit/checklist", "không phải bảng", kind="repin")
    assert hand_in(lead) == ["CHECKLIST_MISMATCH"] * 3 + ["BAD_VALUE"] * 3
    close = lead.close()
    repin(lead, chk)
    assert hand_in(lead) == ["acc", "CHECKLIST_MISMATCH"], "closed: reopened first"
    lead.mint("visit/closing", {"reason": "Đổi phiếu"}, close, kind="reopen")
    repin(lead, chk, map=MAP)
    assert hand_in(lead) == ["acc", "acc"]


def _json(value: object) -> str:
    return "null" if value is None else f'"{value}"' if isinstance(value, str) else str(value)

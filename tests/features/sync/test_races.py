"""Many at once, for real: threads, connections and locks of the database under test."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.domain import visits
from app.extensions import db
from app.sync import queries
from app.sync.models import Entry, Head
from tests.features.sync.phones import Phone, Story, phone
from tests.features.sync.test_closing import sign_both, state_of

WRITERS, PUSHES = 8, 12


def together(*tasks: Callable[[], object]) -> None:
    """Run all at once; the first failure fails the test."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            task()
        except BaseException as failure:  # handed on below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]


def test_a_reader_with_a_cursor_skips_nothing_while_eight_write(story: Story) -> None:
    """I4: whoever has read up to n has read all of 1…n (sync.md F9)."""
    writers = [phone(story, story.a if n % 2 else story.b) for n in range(WRITERS)]
    reader = phone(story, story.lead)
    done = threading.Event()

    def write(who: Phone) -> None:
        for n in range(PUSHES):
            op = who.mint(f"item/muc-{n % 5 + 1}/note", f"lần {n}")
            assert [each["r"] for each in who.push([who.outbox[-1]])] == ["ok"], op

    def read() -> None:
        while not done.is_set():
            reader.pull()

    def write_all() -> None:
        try:
            together(*(lambda who=who: write(who) for who in writers))
        finally:
            done.set()

    together(read, write_all)
    log = reader.pull()
    assert [each["n"] for each in log] == list(range(1, WRITERS * PUSHES + 1))
    assert {each["op"] for each in log} == {each["op"] for who in writers for each in who.outbox}


@pytest.mark.parametrize("attempt", range(3))
def test_a_signature_racing_a_push_never_changes_what_was_signed(story: Story, attempt: int) -> None:
    a, lead = phone(story, story.a), phone(story, story.lead)
    first = a.mint("item/muc-1", "yes")
    a.push()
    lead.pull()
    lead.mint("item/muc-2", "yes")
    sign_both(lead, lead.close())
    a.mint("item/muc-1", "no", first)
    together(lead.push, a.push)
    assert state_of(story) == "signed"
    with story.app.app_context():
        log = queries.visit_log(story.visit)
        assert visits.answers_digest(log.cells) == lead.digest
        outsider = next(entry for entry in log.entries if entry.value == "no")
        assert (outsider.why == "LATE_AFTER_SIGN") != (outsider.op in log.state.late), attempt


def test_the_same_push_sent_twice_at_once_is_stored_once(story: Story) -> None:
    a = phone(story, story.a)
    twin = Phone(story, story.a, phone(story, story.a).client, writer=a.writer, outbox=a.outbox)
    for n in range(1, 6):
        a.mint(f"item/muc-{n}", "yes")
    together(a.push, twin.push)
    with story.app.app_context():
        assert [entry.ws for entry in queries.whole_log(story.visit)] == [1, 2, 3, 4, 5]


def test_the_cached_heads_are_what_the_log_folds_to(story: Story) -> None:
    """`heads` can be rebuilt at any time: here after eight have written to five cells without seeing each other."""
    writers = [phone(story, story.a if n % 2 else story.b) for n in range(WRITERS)]

    def write(who: Phone) -> None:
        last: list[str] = []
        for n in range(6):
            last = [who.mint(f"item/muc-{n % 2 + 1}", "yes" if n % 3 else "no", *last[-2:])]
        who.push()

    together(*(lambda who=who: write(who) for who in writers))
    with story.app.app_context():
        cached = {tuple(row) for row in db.session.execute(select(Head.path, Head.op).where(Head.n > 0))}
        cells = queries.cells_of(story.visit)
        assert cached == {(path, head.op) for path, heads in cells.items() for head in heads}
        assert queries.log_head(story.visit).contested == len(queries.visit_log(story.visit).contested)
        assert db.session.query(Entry).count() == WRITERS * 6

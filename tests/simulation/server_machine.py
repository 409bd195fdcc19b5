"""L2: the real server under a Hypothesis state machine, on SQLite and on PostgreSQL.

Several people and devices push, pull, repeat, reuse ids, forge, leave gaps, are cloned and removed; the lead settles,
closes, signs and reopens; connections break before COMMIT; several push at once. After every push the replies are
compared with a reference that knows nothing but sets and counters, and after every step the log is read past the API
and checked whole: chain, signatures, caches, fold, rights.
"""

import random
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ClassVar

import structlog
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import event, select, text
from sqlalchemy.exc import OperationalError

from app.campaigns.models import Delegation, Member, Visit
from app.domain import operations, visits
from app.domain.starting import START
from app.extensions import db, new_id, now
from app.sync import queries
from app.sync.models import Writer
from tests.conftest import make_app
from tests.factories import MadeUser, writing
from tests.features.sync.phones import AT, Story, begin_story
from tests.simulation import final, history
from tests.simulation.clusters import Cluster
from tests.simulation.devices import Copy, Device, Minted, Refused, public_key
from tests.simulation.disk_full import span
from tests.simulation.history import Recorder
from tests.simulation.links import ClientLink, Reply
from tests.simulation.model import Slots
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Found, Row
from tests.simulation.seeds import keep, wanted
from tests.simulation.server_bugs import planted
from tests.simulation.server_kills import ids_of

STEPS = 30
CHUNK = 25  # machines of one seed in the long form
YES_NO = st.sampled_from(["yes", "no"])
LEAD = st.sampled_from([0, 0, 0, 1])  # now and then somebody who may not
POISON = (b"{", b"\xff\xfe", b'"\\ud800"', b'{"v":1,"op":"\\u0000"}', b"[]", b"1e400", b"")
VALUES: dict[str, list[Any]] = {
    "": ["yes", "no", "maybe", 7, None, {"a": [1]}],
    "/note": ["ghi chú", "gh\u0069 chu\u0301", "x" * 2000, "x" * 2001, "\u0000", ""],
    "/observed_at": ["2026-11-22T08:00", "hôm qua"],
}


@dataclass
class Reference(Slots):
    """What the server must know: the model's numbers and ids, and who sent what. No log, no fold, no clock."""

    actor_of: dict[str, str] = field(default_factory=dict)

    def expect(self, user: str, writer: str, batch: list[Minted]) -> dict[str, str]:
        """The outcomes of a push, and take it in."""
        said: dict[str, str] = {}
        for each in batch:
            said[each.op] = self.take(user, writer, each.ws, each.op, each.body)
            if said[each.op] == "ok":
                self.actor_of[each.op] = user
            elif said[each.op] not in {"dup", "idreuse"}:
                break
        return said


class ServerMachine(RuleBasedStateMachine):
    """People and checklist are those of `people`; each run has a visit of its own."""

    app: ClassVar[Flask]
    people: ClassVar[Story]

    def __init__(self) -> None:
        super().__init__()
        self.rng = random.Random(0)
        self.story = _new_visit(self.people)
        self.recorder, self.reference = Recorder(), Reference()
        self.devices: list[Device] = []
        for user in (self.people.lead, self.people.a, self.people.b, self.people.a):
            self._enrol(user)
        self.stranger = self._device(self.people.stranger)
        self.removed: set[str] = set()
        self.seen: list[tuple[str, str]] = []  # op and hash of every entry ever seen in the database
        self.when_removed: dict[str, int] = {}

    def _device(self, user: MadeUser) -> Device:
        link = ClientLink(self.app.test_client())
        name = f"{user.login}-{len(self.devices)}"
        device = Device(name, user.id, link, lambda: ids_of(self.rng), self.recorder, public_key(link))
        device.sign_in(user.login, user.password)
        return device

    def _enrol(self, user: MadeUser) -> None:
        device = self._device(user)
        device.carry(self.story.visit, self.story.chk)
        self.devices.append(device)

    def copy(self, number: int) -> tuple[Device, Copy]:
        device = self.devices[number % len(self.devices)]
        return device, device.copies[self.story.visit]

    # --- edits ------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 4), item=st.integers(1, 6), aspect=st.sampled_from(sorted(VALUES)), data=st.data())
    def edit(self, who: int, item: int, aspect: str, data: st.DataObject) -> None:
        device, copy = self.copy(who)
        path = f"item/muc-{item}{aspect}"  # there is no sixth item
        value = data.draw(st.sampled_from(VALUES[aspect]))
        shown = copy.heads(path)
        parents = data.draw(st.sampled_from([shown[:1], shown, (), (ids_of(self.rng),), shown[::-1]]))
        kind = "clear" if value is None else "set"
        device.mint(copy, kind, path, value, tuple(dict.fromkeys(parents))[:16])

    @rule(who=st.integers(0, 4), items=st.lists(st.integers(1, 5), min_size=1, max_size=3), value=YES_NO)
    def answer(self, who: int, items: list[int], value: str) -> None:
        """What a person does all day: look, answer, send."""
        device, copy = self.copy(who)
        for item in items:
            path = f"item/muc-{item}"
            device.mint(copy, "set", path, value, copy.heads(path)[:1])
        self.push(who)

    @rule(who=st.integers(0, 4), what=st.sampled_from(["user", "visit", "chk", "kind", "path", "v", "par"]))
    def forge(self, who: int, what: str) -> None:
        device, copy = self.copy(who)
        other = {
            "user": self.people.b.id if device.user != self.people.b.id else self.people.lead.id,
            "visit": self.people.visit,
            "chk": "0" * 64,
            "kind": "overwrite",
            "path": "item/../../x",
            "v": 2,
            "par": ["not an id"],
        }[what]
        device.mint(copy, "set", "item/muc-1", "yes", forged={what: other})

    @rule(who=st.integers(0, 4), poison=st.sampled_from(POISON))
    def poison(self, who: int, poison: bytes) -> None:
        device, copy = self.copy(who)
        if poison.decode("utf-8", "replace").encode() == poison:  # the envelope is JSON: it carries text
            device.mint(copy, "set", "", None, raw=poison)

    @rule(who=st.integers(0, 4), item=st.integers(1, 5))
    def photograph(self, who: int, item: int) -> None:
        device, copy = self.copy(who)
        value = {"of": f"item/muc-{item}", "sha256": "a" * 64, "size": 9, "mime": "image/jpeg", "taken_at": None}
        path = f"photo/00000000-0000-4000-8000-{self.rng.randrange(16**12):012x}"
        device.mint(copy, "attach", path, value)

    # --- pushes -----------------------------------------------------------------------------------

    def send(self, device: Device, copy: Copy, batch: list[Minted]) -> dict[str, str]:
        """Push, and compare what the server says with the reference."""
        expected = self.reference.expect(device.user, copy.writer, batch)
        said = device.push(copy, batch)
        assert said == expected, (said, expected)
        return said

    @rule(who=st.integers(0, 4))
    def push(self, who: int) -> None:
        device, copy = self.copy(who)
        said = self.send(device, copy, [each for each in copy.outbox if each.writer == copy.writer])
        for op in [op for op, r in said.items() if r == "idreuse"]:
            device.mint_anew(copy, op)
        if any(r == "forked" or r.startswith("gap") for r in said.values()):
            device.rewrap(copy)

    @rule(who=st.integers(0, 4), data=st.data())
    def push_in_disorder(self, who: int, data: st.DataObject) -> None:
        """Old requests come again, out of order, with holes."""
        device, copy = self.copy(who)
        mine = list(copy.minted.values())
        if mine:
            self.send(device, copy, data.draw(st.lists(st.sampled_from(mine), max_size=6, unique_by=lambda e: e.op)))

    @rule(who=st.integers(0, 4), data=st.data())
    def reuse_an_id(self, who: int, data: st.DataObject) -> None:
        """Other bytes under an id that somebody else, or the same device, has used."""
        device, copy = self.copy(who)
        known = sorted(self.reference.bytes_of)
        if known:
            op = data.draw(st.sampled_from(known))
            body = self.reference.bytes_of[op] + b" "
            at = self.reference.writers.get(copy.writer, ("", 0))[1]
            again = Minted(op, at + data.draw(st.sampled_from([1, 0])) or 1, body, copy.writer)
            self.send(device, copy, [again])
            copy.ws = max(copy.ws, self.reference.writers.get(copy.writer, ("", 0))[1])

    @rule(who=st.integers(0, 4))
    def clone(self, who: int) -> None:
        """The phone is restored from a copy: two databases with one writer, until somebody notices."""
        device, copy = self.copy(who)
        if len(self.devices) < 7:
            self._enrol(
                next(user for user in (self.people.lead, self.people.a, self.people.b) if user.id == device.user)
            )
            twin = self.devices[-1].copies[self.story.visit]
            twin.writer, twin.ws = copy.writer, copy.ws
            twin.minted = {op: replace(each) for op, each in copy.minted.items()}
            twin.waiting = {op: twin.minted[op] for op in copy.waiting}

    @rule(who=st.integers(0, 4))
    def another_persons_session(self, who: int) -> None:
        """Whatever the envelope says, only the author's own session may send (I18)."""
        device, copy = self.copy(who)
        reply = refused(partial(device.push, copy, copy.outbox[:3], user=self.people.stranger.id))
        assert reply is not None, "sent in another person's session (I18)"
        assert reply.status == 401

    @rule(write=st.booleans())
    def somebody_elses_visit(self, write: bool) -> None:
        """Never a member: the visit does not exist, and nothing of it is told."""
        copy = self.stranger.carry(self.story.visit, self.story.chk)
        reply = refused(partial(self.stranger.push, copy, []) if write else partial(self.stranger.pull, copy))
        assert reply is not None, "a stranger was answered (I18)"
        assert (reply.status, reply.body["code"]) == (404, "NO_SUCH_VISIT")
        assert self.story.visit not in str(reply.body)

    # --- reading ----------------------------------------------------------------------------------

    @rule(who=st.integers(0, 4))
    def pull(self, who: int) -> None:
        device, copy = self.copy(who)
        device.pull(copy)
        assert copy.removed == (device.user in self.removed)
        if copy.removed:
            return
        for entry in copy.log:
            visible = entry.status == operations.ACCEPTED or device.user in {self.people.lead.id, entry.actor}
            assert (entry.body is not None) == visible, "a held body is for its author and the lead (I18)"

    # --- the lead ---------------------------------------------------------------------------------

    @rule(data=st.data(), value=st.sampled_from(["yes", "no"]))
    def resolve(self, data: st.DataObject, value: str) -> None:
        lead, copy = self.copy(0)
        contested = [path for path in copy.folded.contested if path.startswith("item/") and path.count("/") == 1]
        if contested:
            path = data.draw(st.sampled_from(contested))
            said = {"value": value, "reason": "đã hỏi lại"}
            lead.mint(copy, "resolve", path, said, copy.heads(path)[:16])

    @rule(value=YES_NO)
    def settle_and_sign(self, value: str) -> None:
        """The lead's phone at the end of a visit: read all, settle what differs, freeze, both sign, send."""
        self.pull(0)
        lead, copy = self.copy(0)
        for path in copy.folded.contested:
            said = {"value": value if path.count("/") == 1 else None, "reason": "hai bên đã xem lại"}
            lead.mint(copy, "resolve", path, said, copy.heads(path)[:16])
        self.close(0, "both", honest=True)
        self.push(0)

    @rule(who=LEAD, adopt=st.booleans(), data=st.data())
    def handle_a_held_one(self, who: int, adopt: bool, data: st.DataObject) -> None:
        lead, copy = self.copy(who)
        held = [each for each in copy.log if each.why]
        if not held:
            return
        entry = data.draw(st.sampled_from(held))
        content = entry.as_domain()
        if adopt and content is not None:
            value = {"of": entry.op, "author": entry.actor, "value": content.value, "reason": "vẫn đúng"}
            lead.mint(copy, "adopt", content.path, value, copy.heads(content.path)[:16])
        else:
            lead.mint(copy, "dismiss", f"held/{entry.op}", {"reason": "trùng"})

    @rule(who=LEAD, sign=st.sampled_from(["", "lead", "both", "both"]), honest=st.booleans())
    def close(self, who: int, sign: str, honest: bool) -> None:
        """Freeze what this phone shows; sign for one party or both; sometimes with a digest that is none."""
        device, copy = self.copy(who)
        if copy.removed:
            return
        digest = visits.answers_digest(operations.fold(copy.entries())) if honest else "0" * 64
        n, h = copy.cursor
        value = {"n": n, "h": h, "own": [each.op for each in copy.outbox], "digest": digest}
        close = device.mint(copy, "close", "visit/closing", value, copy.heads("visit/closing")[:16])
        for party in {"": (), "lead": ("lead",), "both": ("unit", "lead")}[sign]:
            said = {"close": close.op, "digest": digest, "name": "Cán bộ A", "title": "Trưởng đoàn"}
            device.mint(copy, "sign", f"sign/{party}", said | {"strokes": "M1 1 L2 2"})

    @rule(who=LEAD, at=st.sampled_from([1_795_312_800_000, -1]))
    def start(self, who: int, at: int) -> None:
        """The lead starts the visit, perhaps again from another phone."""
        device, copy = self.copy(who)
        device.mint(copy, "start", START, {"at": at})

    @rule(who=st.sampled_from([0, 0, 1]))
    def reopen(self, who: int) -> None:
        device, copy = self.copy(who)
        heads = copy.heads("visit/closing")
        if heads:
            device.mint(copy, "reopen", "visit/closing", {"reason": "còn thiếu"}, heads[:16])

    @precondition(lambda self: not self.removed)
    @rule()
    def remove_a_member(self) -> None:
        """B leaves the delegation; what is on his phones comes later, and is held."""
        with writing(self.app):
            place = {"delegation_id": self.story.delegation, "user_id": self.people.b.id}
            db.session.query(Member).filter_by(**place).one().removed_at = now()
        self.removed.add(self.people.b.id)
        self.when_removed[self.people.b.id] = len(self.seen)

    # --- trouble ----------------------------------------------------------------------------------

    @rule(who=st.integers(0, 4))
    def the_commit_fails(self, who: int) -> None:
        """The connection breaks before COMMIT: 503, nothing stored, and the same push is good afterwards."""
        device, copy = self.copy(who)
        batch = [each for each in copy.outbox if each.writer == copy.writer]
        if not batch:
            return
        with broken_commits(self.app):
            reply = refused(partial(device.push, copy, batch))
        assert reply is not None, "acknowledged without a commit (I1)"
        assert (reply.status, reply.headers["Retry-After"]) == (503, "3")
        self.check_log()
        self.send(device, copy, batch)

    @rule(pushers=st.integers(2, 5))
    def all_at_once(self, pushers: int) -> None:
        """Connections of their own, at the same time, with a reader beside them."""
        chosen = [self.copy(number) for number in range(min(pushers, len(self.devices)))]
        batches = [[each for each in copy.outbox if each.writer == copy.writer] for _, copy in chosen]
        said: list[dict[str, str]] = [{} for _ in chosen]

        def one(number: int) -> None:
            device, copy = chosen[number]
            said[number] = device.push(copy, batches[number])

        tasks: list[Callable[[], None]] = [partial(one, number) for number in range(len(chosen))]
        reader, read = self.copy(len(self.devices) - 1)
        if all(device is not reader for device, _ in chosen):
            tasks.append(partial(reader.pull, read))
        in_threads(tasks)
        reader.pull(read)
        # Whatever the order was: taken in by its own device's counter, all of it is known now.
        for (device, copy), batch, answers in zip(chosen, batches, said, strict=True):
            self._take_in(device, copy, batch, answers)

    def _take_in(self, device: Device, copy: Copy, batch: list[Minted], answers: dict[str, str]) -> None:
        for each in batch:
            if answers.get(each.op) == "ok":
                assert each.op not in self.reference.bytes_of, "stored twice (I3)"
                self.reference.bytes_of[each.op], self.reference.actor_of[each.op] = each.body, device.user
                self.reference.writers[copy.writer] = device.user, each.ws
        with self.app.app_context():
            for writer in db.session.scalars(select(Writer).where(Writer.visit_id == self.story.visit)):
                self.reference.writers[writer.writer] = writer.user_id, writer.ws
            db.session.remove()

    # --- what must always hold --------------------------------------------------------------------

    @invariant()
    def check_log(self) -> None:
        with self.app.app_context():
            entries = queries.whole_log(self.story.visit)
            problems = final.problems_of(self.story.visit, entries)
            log = queries.visit_log(self.story.visit)
            db.session.remove()
        assert problems == []
        shown = [(entry.op, entry.hash.hex()) for entry in entries]
        assert shown[: len(self.seen)] == self.seen, "an entry was changed or taken away (I6)"
        self.seen = shown
        for entry in entries:
            assert entry.body == self.reference.bytes_of[entry.op], "other bytes than were sent (I1)"
            assert entry.actor_id == self.reference.actor_of[entry.op], "another person (I10)"
            if entry.actor_id in self.removed and entry.n > self.when_removed[entry.actor_id]:
                assert entry.status == operations.HELD, "somebody who has left changed the answers (I11)"
        assert {op for op, _ in shown} == set(self.reference.bytes_of), "not exactly what was taken (I3, I20)"
        self._check_signed(log)

    def _check_signed(self, log: queries.VisitLog) -> None:
        state = log.state
        if state.state != "signed":
            return
        assert state.closing is not None
        assert visits.answers_digest(log.cells) == state.closing.value["digest"], "the signed set changed (I12)"
        assert not log.contested, "signed with an open conflict (I13)"

    def teardown(self) -> None:
        """Everything drains, and the history agrees."""
        for device in self.devices:
            copy = device.copies[self.story.visit]
            for _ in range(12):
                device.pull(copy)
                batch = [each for each in copy.outbox if each.writer == copy.writer]
                if not copy.outbox:
                    break
                said = self.send(device, copy, batch) if batch else {"": "forked"}
                for op in [op for op, r in said.items() if r == "idreuse"]:
                    device.mint_anew(copy, op)
                if any(r == "forked" or r.startswith("gap") for r in said.values()):
                    device.rewrap(copy)
            assert copy.outbox == [], f"{device.name} does not drain (I17)"
        self.check_log()
        logs, photos, problems = final.logs(self.app, [self.story.visit])
        assert problems + history.check(self.recorder.events, logs, photos) == []


def refused(ask: Callable[[], object]) -> Reply | None:
    """The reply of a request that must be refused, None if it was not."""
    try:
        ask()
    except Refused as problem:
        return problem.reply
    return None


def in_threads(tasks: Sequence[Callable[[], None]]) -> None:
    """Run all at once; the first failure is raised."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], None]) -> None:
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


@contextmanager
def broken_commits(app: Flask) -> Iterator[None]:
    """Every writing transaction ends before its COMMIT: PostgreSQL's backend is ended for real, SQLite says busy."""
    with app.app_context():
        engine = db.engine
    bystander = engine.connect() if engine.dialect.name == "postgresql" else None

    def commit(connection: Any) -> None:
        if bystander is None:
            raise OperationalError("COMMIT", {}, Exception("database is locked"))
        pid = connection.connection.driver_connection.info.backend_pid
        bystander.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(engine, "commit", commit)
        if bystander is not None:
            bystander.close()


def _new_visit(story: Story) -> Story:
    """A visit of its own, with a delegation of its own and the same people."""
    visit, delegation = new_id(), new_id()
    with writing(story.app):
        old = db.session.get_one(Visit, story.visit)
        columns = {column.name: getattr(old, column.name) for column in Visit.__table__.columns}
        db.session.add(Delegation(id=delegation, campaign_id=old.campaign_id, name="Đoàn"))
        db.session.flush()
        db.session.add(Visit(**columns | {"id": visit, "delegation_id": delegation}))
        for user in (story.lead, story.a, story.b):
            place = {"delegation_id": delegation, "user_id": user.id, "is_lead": user is story.lead, "added_at": AT}
            db.session.add(Member(id=new_id(), **place))
    return replace(story, visit=visit, delegation=delegation)


def run_machines(
    app: Flask,
    story: Story,
    machines: int,
    seed: int | None = None,
    *,
    machine: type[ServerMachine] = ServerMachine,
    phases: Sequence[Phase] = (Phase.generate, Phase.shrink),
) -> None:
    """Run this many machines; raises what Hypothesis found, shrunk. Without a seed the same ones each time."""
    factory: Any = type("Machine", (machine,), {"app": app, "people": story})
    if seed is not None:
        factory = with_seed(seed)(factory)
    run_state_machine_as_test(
        factory,
        settings=settings(
            max_examples=machines,
            stateful_step_count=STEPS,
            derandomize=seed is None,
            deadline=None,
            database=None,
            print_blob=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )


def run(plan: Plan, progress: Progress) -> Outcome:
    """The long form: a machine for every twenty histories asked for, on each database, in chunks of a seed each."""
    chunks = max(1, plan.histories // 20 // CHUNK)
    seeds = [plan.seed] if plan.seed is not None else wanted("L2", plan.first, chunks)
    jobs = [(database, seed) for database in ("sqlite", "postgresql") for seed in seeds]
    violations: dict[str, list[str]] = {"sqlite": [], "postgresql": []}
    with ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_chunk, *job): job for job in jobs}
        for done, future in enumerate(as_completed(waiting), 1):
            database, seed = waiting[future]
            problem = future.result()
            if problem:
                keep("L2", seed, problem)
                violations[database].append(f"L2:{seed} {database}: {problem}")
            progress.at(done, len(jobs))
    machines = len(seeds) * CHUNK
    rows = [
        Row(f"L2 {database}", machines, {"steps": machines * STEPS}, f"{span(seeds)} × {CHUNK}", problems)
        for database, problems in violations.items()
    ]
    return Outcome(rows)


def find(bug: str, machines: int, seed: int = 1) -> Found:
    """How many machines it takes to find a seeded bug, on SQLite."""
    begun = [0]

    class Counted(ServerMachine):
        def __init__(self) -> None:
            begun[0] += 1
            super().__init__()

    with fresh_app("sqlite") as app, planted(bug):
        try:
            run_machines(app, begin_story(app), machines, seed, machine=Counted, phases=[Phase.generate])
        except Exception:  # whatever it is: the machine does not hold
            return Found(bug, "L2", begun[0], str(seed))
    return Found(bug, "L2", None, str(seed))


def _chunk(database: str, seed: int) -> str:
    """CHUNK machines of one seed on a fresh database; what went wrong, or nothing."""
    with fresh_app(database) as app:
        try:
            run_machines(app, begin_story(app), CHUNK, seed)
        except Exception as problem:
            notes = " | ".join(getattr(problem, "__notes__", []))
            return " ".join(f"{type(problem).__name__} {problem} {notes}".split())[:1500]
    return ""


@contextmanager
def fresh_app(database: str) -> Iterator[Flask]:
    """An app on a new database of this kind, in a process of its own: it says nothing of what it survives."""
    with ExitStack() as leave:
        folder = Path(tempfile.mkdtemp(prefix="cvL2", dir="/tmp"))
        leave.callback(shutil.rmtree, folder, ignore_errors=True)
        url = ""
        if database == "postgresql":
            cluster = Cluster.made()
            leave.callback(cluster.remove)
            cluster.start()
            url = cluster.url
        app = make_app(folder, url)
        structlog.configure(processors=[_silent])
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _silent(_logger: Any, _name: str, _event: Any) -> Any:
    raise structlog.DropEvent

"""L4: kill -9 of gunicorn and of PostgreSQL, and power cuts, while phones keep working.

Real processes on a disk of their own: `congvu serve` (gunicorn) on SQLite or on a PostgreSQL cluster with full
durability. Phones in threads mint, push, pull, repeat old pushes and send photos; their stores survive, as phones do.
After every kill things are started again and the phones must get on. At the end all outboxes drain, everything is sent
once more (which must change nothing), and the history, the log and the photos must agree.
"""

import base64
import io
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image

from app.campaigns.models import Visit
from app.extensions import db, new_id
from tests.benchmarks.servers import ServerOn
from tests.conftest import make_app
from tests.factories import PASSWORD, writing
from tests.features.sync.phones import Story, begin_story
from tests.simulation import final, history
from tests.simulation.clusters import Cluster, Disk, Unmountable, children, kill_now
from tests.simulation.crashing import PHOTO_POINTS, PUSH_POINTS
from tests.simulation.devices import Copy, Device, Minted, Refused, public_key, sha256
from tests.simulation.history import Recorder
from tests.simulation.links import HttpLink, Lost
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row
from tests.simulation.seeds import keep, wanted

PATIENCE = 60.0  # seconds in which phones must get on after a kill; a busy machine is slow, not wrong
PHONES = 4
KILLS_A_HISTORY = 10  # the long form takes fresh databases this often


class KillableServer(ServerOn):
    """The server process with crash points; its own log lies beside the disk that is filled or cut."""

    def __init__(self, data_dir: Path, database_url: str, beside: Path) -> None:
        super().__init__(data_dir, database_url)
        self.beside = beside

    @property
    def log(self) -> Path:
        return self.beside / "server.log"

    @property
    def order(self) -> Path:
        return self.beside / "crash-at"

    def environment(self) -> dict[str, str]:
        return super().environment() | {"CRASH_AT": str(self.order)}

    def command(self) -> list[str]:
        return ["tests.simulation.crashing", *super().command()[1:]]

    def workers(self) -> list[int]:
        return children(self.process.pid) if self.process else []


@dataclass
class Site:
    """A server, its database and its disk, with visits planned."""

    server: KillableServer
    app: Flask  # on the same data, in this process: to plan and to look, never to serve
    stories: list[Story]
    folder: Path
    cluster: Cluster | None = None
    disk: Disk | None = None

    def start(self) -> None:
        """Whatever is dead comes back."""
        if self.cluster and self.cluster.process is None:
            self.cluster.start()
        if self.server.process is None or self.server.process.poll() is not None:
            self.server.start()

    def forget_connections(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def site(database: str, *, visits: int = 2, mebibytes: int = 128) -> Iterator[Site]:
    """Everything new, on a disk of its own where this machine allows one, else in a folder."""
    with ExitStack() as leave:
        folder = Path(tempfile.mkdtemp(prefix="cvL4", dir="/tmp"))
        leave.callback(shutil.rmtree, folder, ignore_errors=True)
        disk: Disk | None = None
        with suppress(Unmountable):
            disk = Disk.made(mebibytes)
            leave.callback(disk.remove)
        home = disk.path if disk else folder
        (home / "data").mkdir()
        cluster: Cluster | None = None
        if database == "postgresql":
            cluster = Cluster.made(home)
            leave.callback(cluster.remove)
            cluster.start()
        url = cluster.url if cluster else ""
        app = make_app(home / "data", url)
        found = Site(KillableServer(home / "data", url, folder), app, [], folder, cluster, disk)
        leave.callback(found.forget_connections)
        leave.callback(found.server.stop)
        story = begin_story(app)
        found.stories = [story, *(another_visit(story) for _ in range(visits - 1))]
        found.forget_connections()
        found.start()
        yield found


def another_visit(story: Story) -> Story:
    """One more visit of the same delegation."""
    with writing(story.app):
        old = db.session.get_one(Visit, story.visit)
        columns = {column.name: getattr(old, column.name) for column in Visit.__table__.columns}
        visit = new_id()
        db.session.add(Visit(**columns | {"id": visit}))
    return replace(story, visit=visit)


def ids_of(rng: random.Random) -> str:
    """A fresh id of 128 bits, from the seed."""
    return base64.urlsafe_b64encode(rng.randbytes(16)).decode().rstrip("=")


def picture(rng: random.Random) -> bytes:
    """A small photograph unlike any other."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (96, 72), rng.randbytes(96 * 72 * 3)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@dataclass
class Hand:
    """One thread: a person with a phone who keeps working, whatever the server does."""

    device: Device
    copies: list[Copy]
    rng: random.Random
    stop: threading.Event
    acknowledged: int = 0
    unsent: dict[str, tuple[Copy, bytes]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    said: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        """Until told to stop."""
        while not self.stop.is_set():
            try:
                self.act()
            except BaseException as problem:  # a thread's failure is the run's failure
                self.problems.append(f"{self.device.name}: {type(problem).__name__} {problem}")
                return

    def act(self) -> None:
        """Edit a little, then talk; a failure is waited out and nothing is forgotten."""
        copy = self.rng.choice(self.copies)
        if len(copy.waiting) < 20:  # nobody types for ever without a look at the state of sending
            for _ in range(self.rng.randint(1, 3)):
                self.edit(copy)
        try:
            if self.rng.random() < 0.15:
                self.repeat(copy)
            before = len(copy.seen)
            self.device.round(copy)
            self.acknowledged += len(copy.seen) - before
            if self.unsent and self.rng.random() < 0.5:
                self.send_photos()
        except (Lost, Refused) as problem:
            self.waited_out(problem)

    def waited_out(self, problem: Lost | Refused) -> None:
        if isinstance(problem, Refused):
            status = problem.reply.status
            self.said[str(status)] += 1
            if status != 503 and b"OFFSET" not in problem.reply.content:
                self.refused.add(f"a phone was answered {status} {problem.reply.body.get('code', 'without a code')}")
        else:
            self.said["no reply"] += 1
        time.sleep(self.rng.uniform(0.01, 0.1))

    def edit(self, copy: Copy) -> None:
        item = self.rng.randint(1, 5)
        if self.rng.random() < 0.1:
            content = picture(self.rng)
            value: dict[str, Any] = {"of": f"item/muc-{item}", "sha256": sha256(content), "size": len(content)}
            value |= {"mime": "image/jpeg", "taken_at": None}
            self.device.mint(copy, "attach", f"photo/{_uuid(self.rng)}", value)
            self.unsent[sha256(content)] = (copy, content)
            return
        path, said = f"item/muc-{item}", self.rng.choice(["yes", "no"])
        if self.rng.random() < 0.5:
            path, said = f"{path}/note", f"lần {self.rng.random()}"
        self.device.mint(copy, "set", path, said, copy.heads(path)[:1])

    def repeat(self, copy: Copy) -> None:
        """An old request comes again, as networks do: operations the log has long since."""
        known = [copy.minted[op] for op in sorted(copy.seen & copy.minted.keys())]
        if known:
            self.device.push(copy, self.rng.sample(known, min(5, len(known))))

    def send_photos(self) -> None:
        for digest, (copy, content) in list(self.unsent.items()):
            self.device.send_photo(copy, content, chunk=4096)
            del self.unsent[digest]

    def drain(self, until: float) -> None:
        """With a fair network and no new edits the outbox empties (I17)."""
        while time.monotonic() < until:
            try:
                left = sum(self.device.round(copy) for copy in self.copies)
                self.send_photos()
            except (Lost, Refused) as problem:
                self.waited_out(problem)
            else:
                if not left:
                    return
        self.problems.append(f"{self.device.name}: the outbox does not drain (I17)")

    def say_all_again(self) -> None:
        """Everything ever minted, once more: all of it is known."""
        for copy in self.copies:
            known = list(copy.minted.values())
            for k in range(0, len(known), 200):
                said = self._surely(copy, known[k : k + 200])
                if set(said.values()) != {"dup"}:
                    self.problems.append(f"{self.device.name}: what is known is answered {Counter(said.values())} (I3)")

    def _surely(self, copy: Copy, batch: list[Minted]) -> dict[str, str]:
        """An idle connection may have been closed meanwhile: once more, then."""
        try:
            return self.device.push(copy, batch)
        except Lost:
            return self.device.push(copy, batch)


def _uuid(rng: random.Random) -> str:
    hexed = rng.randbytes(16).hex()
    return "-".join((hexed[:8], hexed[8:12], hexed[12:16], hexed[16:20], hexed[20:]))


@dataclass
class Result:
    """What one history showed."""

    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    drain: float = 0.0
    entries: int = 0


def run_history(seed: int, database: str, kills: int, keep_history: Path | None = None) -> Result:
    """One site, its phones, this many kills."""
    rng, result, recorder = random.Random(f"L4 {database} {seed}"), Result(), Recorder()
    with site(database) as place:
        hands = hands_of(place, rng, recorder)
        threads = [threading.Thread(target=hand.work, daemon=True) for hand in hands]
        for thread in threads:
            thread.start()
        try:
            for number, kind in enumerate(_kinds(rng, database, kills, bool(place.disk))):
                if not getting_on(hands, result, f"before kill {number + 1}"):
                    break
                time.sleep(rng.uniform(0, 0.2))
                recorder.add("nemesis", "info", "kill", what=kind)
                result.faults[kill(kind, place, rng)] += 1
                place.start()
        finally:
            hands[0].stop.set()
            for thread in threads:
                thread.join(PATIENCE)
        finish(place, hands, recorder, result)
        if keep_history:
            recorder.write(keep_history)
            shutil.copy(place.server.log, keep_history.with_suffix(".server.log"))
    return result


def hands_of(place: Site, rng: random.Random, recorder: Recorder) -> list[Hand]:
    key, stop, hands = public_key(HttpLink(place.server.port)), threading.Event(), list[Hand]()
    story = place.stories[0]
    people = [story.lead, story.a, story.b, story.a]  # the last has two phones
    for number in range(PHONES):
        user, own = people[number], random.Random(rng.random())
        device = Device(f"p{number}", user.id, HttpLink(place.server.port), partial(ids_of, own), recorder, key)
        device.sign_in(user.login, PASSWORD)
        hands.append(Hand(device, [device.carry(each.visit, each.chk) for each in place.stories], own, stop))
    return hands


def _kinds(rng: random.Random, database: str, kills: int, disk: bool) -> list[str]:
    """What to kill, in a random order; each kind comes up before any comes again."""
    points = [f"at {point}" for point in (*PUSH_POINTS, *PHOTO_POINTS)]
    rng.shuffle(points)
    always = ["server", *(["postgresql"] if database == "postgresql" else []), *(["power"] if disk else []), "worker"]
    kinds: list[str] = []
    while len(kinds) < kills:
        turn = [*always, *[points.pop() for _ in range(min(4, len(points)))]]
        rng.shuffle(turn)
        kinds += turn
        if not points:
            points = [f"at {point}" for point in (*PUSH_POINTS, *PHOTO_POINTS)]
            rng.shuffle(points)
    return kinds[:kills]


def kill(kind: str, place: Site, rng: random.Random) -> str:
    """Do it; returns its name for the table."""
    server = place.server
    if kind.startswith("at "):
        before = set(server.workers())
        server.order.write_text(f"{kind[3:]} {rng.randint(0, 2)}")
        deadline = time.monotonic() + PATIENCE / 2
        while server.order.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        if server.order.exists():
            server.order.unlink(missing_ok=True)
            return "crash point not reached"
        while before & set(server.workers()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return "kill -9 at crash points"
    if kind == "worker":
        for pid in server.workers():
            kill_now(pid)
        return "kill -9 of gunicorn's worker"
    if kind == "server":
        server.stop()
        return "kill -9 of gunicorn's group"
    if kind == "postgresql":
        assert place.cluster
        place.cluster.kill()
        return "kill -9 of PostgreSQL"
    assert place.disk
    place.disk.cut_power()
    server.stop()
    if place.cluster:
        place.cluster.kill()
    place.forget_connections()
    place.disk.remount()
    return "power cut"


def getting_on(hands: list[Hand], result: Result, when: str) -> bool:
    """Wait until every phone has delivered something since the last kill: a kill of an idle server shows nothing."""
    before, deadline = [hand.acknowledged for hand in hands], time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(hand.problems for hand in hands):
            return False
        if all(hand.acknowledged > was for hand, was in zip(hands, before, strict=True)):
            return True
        time.sleep(0.02)
    result.problems.append(f"some phone delivered nothing for {PATIENCE:.0f} s {when} (I17)")
    return False


def finish(place: Site, hands: list[Hand], recorder: Recorder, result: Result) -> None:
    place.server.order.unlink(missing_ok=True)
    begun = time.monotonic()
    draining = [threading.Thread(target=hand.drain, args=(begun + PATIENCE,), daemon=True) for hand in hands]
    for thread in draining:
        thread.start()
    for thread in draining:
        thread.join()
    result.drain = time.monotonic() - begun
    for hand in hands:
        if not hand.problems:
            hand.say_all_again()
    logs, photos, problems = final.logs(place.app, [story.visit for story in place.stories])
    result.entries = sum(len(log) for log in logs.values())
    result.problems += [problem for hand in hands for problem in hand.problems] + problems
    result.problems += sorted({refused for hand in hands for refused in hand.refused})
    result.problems += history.check(recorder.events, logs, photos)
    for hand in hands:
        result.faults.update({f"answers {status}": count for status, count in hand.said.items()})


def run(plan: Plan, progress: Progress) -> Outcome:
    """The long form: both databases in turn, KILLS_A_HISTORY kills each."""
    rows = []
    for database in ("sqlite", "postgresql"):
        histories = max(1, plan.kills // 2 // KILLS_A_HISTORY)
        seeds = [plan.seed] if plan.seed is not None else wanted("L4", plan.first, histories)
        total, violations = Result(), []
        for done, seed in enumerate(seeds):
            progress.at(done, len(seeds), database)
            one = run_history(seed, database, KILLS_A_HISTORY, plan.folder / f"L4-{database}-{seed}.ndjson")
            total.faults.update(one.faults)
            total.drain = max(total.drain, one.drain)
            total.entries += one.entries
            if one.problems:
                keep("L4", seed, one.problems[0])
                violations += [f"L4:{seed} {database}: {problem}" for problem in one.problems[:5]]
        progress.at(len(seeds), len(seeds), database)
        kills = sum(
            count for kind, count in total.faults.items() if not kind.startswith(("answers", "crash point not"))
        )
        rows.append(
            Row(f"L4 {database}", kills, total.faults, f"{seeds[0]}..{seeds[-1]}", violations, f"{total.drain:.1f} s",
                note=f"{total.entries} entries")
        )  # fmt: skip
    return Outcome(rows)

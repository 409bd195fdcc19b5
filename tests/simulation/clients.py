"""L3: the real client's engine on three to eight phones against the real server, over a network that does anything.

The phones (offline_client/tests/simulation/histories) are the product's store, rounds, loop, photos and writing on
fake-indexeddb, in Node; the server is `congvu serve` (tests/simulation/commanded.py). One history after the other, each
from a fresh copy of the same database, so a seed is a history whatever ran before it. Some are played once more with
other clocks on the phones (histories/clocks.ts): clocks inform and decide nothing, so the twin must go the same way.
"""

import base64
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image

from app.extensions import Clock, db
from app.sync.signing import signer
from tests.benchmarks.report import PROJECT
from tests.benchmarks.servers import ServerOn, postgresql
from tests.conftest import make_app
from tests.factories import API, MadeUser
from tests.features.sync.phones import begin_story
from tests.simulation.checklists import first
from tests.simulation.client_bugs import BUGS, changes
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Found, Row
from tests.simulation.seeds import keep, wanted

CLIENT = PROJECT / "offline_client"
BEGINNING = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SETUP = "setup.json"
CHUNK = 160  # histories of one run of Node: starting and warming up costs as much as four
NODE = ["node", "--max-semi-space-size=64"]  # megabytes; what a history leaves behind is collected all at once
PHONES_OF = {"lead": 2, "a": 3, "b": 3}
TWINS = 25  # one history of so many has a twin


class CommandedServer(ServerOn):
    """The server process that takes orders, perhaps with a fault put in."""

    bug = ""

    def environment(self) -> dict[str, str]:
        """Without the thread that reminds: it would move the clock that makes a seed a history."""
        alone = {"CONGVU_REMIND_EVERY_SECONDS": "0"}
        return super().environment() | alone | ({"PLANTED_BUG": self.bug} if self.bug else {})

    def command(self) -> list[str]:
        return ["tests.simulation.commanded", *super().command()[1:]]


@dataclass
class Stage:
    """A server with one planned visit, and where its setup is written for Node."""

    server: CommandedServer
    setup: Path


@contextmanager
def planned(database_url: str = "") -> Iterator[Path]:
    """A data folder with everything planned and its devices signed in. In memory where there is such a place: nobody
    pulls a plug here."""
    folder = Path(tempfile.mkdtemp(prefix="cvL3", dir="/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"))
    try:
        app = make_app(folder, database_url)
        (folder / SETUP).write_text(json.dumps(_plan(app)), encoding="utf-8")
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stage(plan: Path, database_url: str = "", bug: str = "") -> Iterator[Stage]:
    """A server on a copy of what was planned (a database of its own has one server), with its first backup."""
    with ExitStack() as leave:
        folder = Path(tempfile.mkdtemp(prefix="cvL3", dir=plan.parent))
        leave.callback(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(plan, folder, dirs_exist_ok=True)
        server = CommandedServer(folder, database_url)
        server.bug = bug
        leave.callback(server.stop)
        server.start()
        _order(server, "keep", name="beginning")
        yield Stage(server, folder / SETUP)


def _plan(app: Flask) -> dict[str, Any]:
    """One visit, its people and their phones."""
    real, Clock.source = Clock.source, staticmethod(lambda: BEGINNING)
    try:
        story = begin_story(app, first())
        places = [
            _place(app, getattr(story, name), lead=name == "lead")
            for name, count in PHONES_OF.items()
            for _ in range(count)
        ]
        with app.app_context():
            key = base64.urlsafe_b64encode(signer().public_key()).decode().rstrip("=")
    finally:
        Clock.source = real
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), (120, 60, 30)).save(picture, "JPEG")
    photo = base64.b64encode(picture.getvalue()).decode()
    surprise = {"unit": "Phường Kín", "time": "07:15", "code": "483915307766", "chk": story.chk}
    return {"visit": story.visit, "key": key, "places": places, "photo": photo, "surprise": surprise}


def _place(app: Flask, user: MadeUser, *, lead: bool) -> dict[str, Any]:
    client = app.test_client()
    claim = {"name": "Điện thoại thử", "app": "test", "ticket": False}
    body = {"login": user.login, "password": user.password, "device": claim}
    device = client.post("/api/session", json=body, headers=API).get_json()["device"]
    cookies = client._cookies or {}
    cookie = "; ".join(f"{each.key}={each.value}" for each in cookies.values())
    return {
        "user": user.id, "login": user.login, "lead": lead, "device": device["id"], "ticket": device["ticket"],
        "cookie": cookie,
    }  # fmt: skip


def _order(server: CommandedServer, what: str, **order: Any) -> Any:
    asked = urllib.request.Request(f"{server.url}/simulation/{what}", json.dumps(order).encode(), method="POST")
    with urllib.request.urlopen(asked, timeout=60) as reply:
        return json.load(reply)


def bundle(out: Path, changes: Sequence[dict[str, str]] = ()) -> Path:
    """The phones as one file for Node, with `changes` put into the product's source: (file, find, replace)."""
    command = ["node", str(CLIENT / "scripts" / "build-histories.mjs"), str(out)]
    if changes:
        out.mkdir(parents=True, exist_ok=True)
        told = out.with_suffix(".changes.json")
        told.write_text(json.dumps(list(changes)), encoding="utf-8")
        command.append(str(told))
    subprocess.run(command, check=True, cwd=CLIENT)
    return out / "histories.js"


@dataclass
class Result:
    """What some histories showed."""

    histories: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str]] = field(default_factory=list)
    rounds: int = 0
    requests: int = 0
    entries: int = 0
    traces: dict[int, str] = field(default_factory=dict)

    def take(self, told: dict[str, Any]) -> None:
        self.histories += 1
        self.faults.update(told["faults"])
        self.rounds = max(self.rounds, told["rounds"])
        self.requests += told["requests"]
        self.entries += told["entries"]
        if self.traces.setdefault(told["seed"], told["trace"]) != told["trace"]:
            told["problems"].append("with other clocks people have done and met something else (I15)")
        self.problems += [(told["seed"], problem) for problem in told["problems"]]


def with_twins(seeds: Sequence[int], every: int = TWINS) -> list[str]:
    """What to play: one of `every` histories is followed by its twin, which has other clocks."""
    return [play for k, seed in enumerate(seeds) for play in (f"{seed}", f"{seed}/clocks")[: 1 if k % every else 2]]


def run_histories(place: Stage, script: Path, plays: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Play these one after the other; what each showed, as soon as it is known."""
    for k in range(0, len(plays), CHUNK):
        yield from _run_chunk(place, script, plays[k : k + CHUNK])


def _run_chunk(place: Stage, script: Path, plays: Sequence[str]) -> Iterator[dict[str, Any]]:
    command = [*NODE, str(script), place.server.url, str(place.setup), *plays]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as node,
    ):
        done = 0
        try:
            for line in node.stdout or ():
                done += 1
                yield json.loads(line)
        finally:
            if done < len(plays):
                node.kill()
        node.wait()
        errors.seek(0)
        said = errors.read()
    if done < len(plays):
        raise RuntimeError(f"L3:{plays[done]} broke off: {said[-3000:]}")


def run_all(
    planned_in: Path,
    plays: Sequence[str],
    script: Path,
    database_url: str = "",
    *,
    workers: int = 2,
    told: Callable[[Result], None] = lambda _: None,
    bug: str = "",
) -> Result:
    """These histories, shared among servers of their own; a database of its own has only one."""
    result = Result()
    parts = [plays[k::workers] for k in range(workers) if plays[k::workers]] if not database_url else [plays]

    def work(part: Sequence[str]) -> None:
        with stage(planned_in, database_url, bug) as place:
            for each in run_histories(place, script, part):
                result.take(each)
                told(result)

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))
    return result


def find(bug: str, planned_in: Path, most: int, first: int = 1) -> Found:
    """How many histories, the kept seeds first, until something is wrong with this bug in client or server."""
    with tempfile.TemporaryDirectory(prefix="cvL3") as folder:
        script = bundle(Path(folder) / "out", changes(bug) if bug in BUGS else ())
        result = Result()
        with stage(planned_in, bug="" if bug in BUGS else bug) as place:
            for told in run_histories(place, script, with_twins(wanted("L3", first, most)[:most])):
                result.take(told)
                for seed, problem in result.problems:
                    return Found(bug, "L3", result.histories, f"L3:{seed} {problem}")
    return Found(bug, "L3", None)


def run(plan: Plan, progress: Progress) -> Outcome:
    """`plan.histories` on SQLite and a tenth of them on PostgreSQL, the kept seeds on both."""
    with tempfile.TemporaryDirectory(prefix="cvL3") as folder, postgresql() as url:
        script = bundle(Path(folder))
        rows = [
            _row("SQLite", plan, plan.histories, script, "", progress),
            _row("PostgreSQL", plan, max(10, plan.histories // 10), script, url, progress),
        ]
    return Outcome(rows)


def _row(name: str, plan: Plan, count: int, script: Path, url: str, progress: Progress) -> Row:
    seeds = [plan.seed] if plan.seed is not None else wanted("L3", plan.first, count)
    plays = with_twins(seeds)
    begun = time.monotonic()

    said = 0

    def told(result: Result) -> None:
        nonlocal said
        for seed, problem in result.problems[said:]:  # a long run that is ended early keeps nothing else
            print(f"VIOLATION L3:{seed} {problem}", file=sys.stderr, flush=True)
        said = len(result.problems)
        progress.at(result.histories, len(plays), f"{name}, {len(result.problems)} violations")

    with planned(url) as folder:
        result = run_all(folder, plays, script, url, workers=plan.workers, told=told)
    for seed, problem in result.problems:
        keep("L3", seed, problem)
    return Row(
        f"L3 {name}", result.histories, result.faults, f"{min(seeds)}..{max(seeds)}",
        [f"L3:{seed} {problem}" for seed, problem in result.problems], f"{result.rounds} rounds",
        seconds=time.monotonic() - begun,
    )  # fmt: skip

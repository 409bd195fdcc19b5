"""L5: kill -9 of a real Chromium between edit, IndexedDB's `complete`, push, commit and reply, and around photos.

The same profile is started again each time: every answer the screen had shown as saved must be on the screen, and in
the end in the server's log exactly once. Requests go through a route, so the moment of a kill is known and not guessed.
"""

import base64
import gzip
import json
import random
import re
import shutil
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Error, Playwright, Route, expect, sync_playwright
from sqlalchemy import select

from app.domain.wire import Common
from app.extensions import db
from app.sync.models import Blob, Entry
from app.sync.schemas import short_form
from tests.conftest import make_app
from tests.e2e.field import Phone
from tests.e2e.server import Server
from tests.factories import PASSWORD
from tests.features.sync.phones import Story, begin_story
from tests.simulation import final, history
from tests.simulation.chromium import Chromium
from tests.simulation.devices import results_of, sha256
from tests.simulation.disk_full import span
from tests.simulation.history import Recorder
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row
from tests.simulation.seeds import keep, wanted
from tests.simulation.server_kills import PATIENCE, picture

UNIT = "Phường Số"
KILLS_A_HISTORY = 10

# When to kill. The first three need no network; the others name a request and whether the server has answered it.
MOMENTS = (
    "typing", "tapped", "saved, not sent", "push: asked", "push: committed, no reply", "push: replied",
    "photo: saving", "photo: saved, not sent", "photo: begun", "photo: last byte, no reply", "pull: asked", "any time",
)  # fmt: skip


def sent_by(body: Mapping[str, Any], visit: str, database: Path) -> tuple[str, dict[str, bytes]]:
    """Who pushes, and the bytes of each operation; what came in the short form is lengthened as the server does it."""
    short = short_form(body)
    if short is None:
        return body["user"], {each["op"]: each["body"].encode() for each in body["ops"]}

    def whole(table: str, column: str, beginning: str) -> str:
        question = f"SELECT {column} FROM {table} WHERE substr({column}, 1, {len(beginning)}) = ?"
        with closing(sqlite3.connect(database, timeout=20)) as connection:
            [(found,)] = connection.execute(question, (beginning,)).fetchall()
        return str(found)

    chk, user = whole("checklist_versions", "chk", short.chk), whole("users", "id", short.user)
    common = Common(visit, chk, user, whole("devices", "id", short.device), short.app)
    return user, {each["op"]: each["body"].encode() for each in short.whole(common)}


@dataclass
class Watch:
    """Stands between browser and server: writes the history, and kills at the moment that was ordered."""

    recorder: Recorder
    kill: Callable[[], None]
    database: Path
    order: str = ""
    requests: int = 0
    uploads: dict[str, tuple[str, int]] = field(default_factory=dict)  # address → sha256, size
    bodies: dict[str, bytes] = field(default_factory=dict)  # op → bytes, of all that were ever sent

    def __call__(self, route: Route) -> None:
        request = route.request
        if request.url.endswith("/push"):
            self._push(route)
        elif "/blobs" in request.url and request.method in {"POST", "PATCH"}:
            self._photo(route)
        elif "/log" in request.url and self.order == "pull: asked":
            self._now("pull: asked")
        else:
            route.continue_()

    def _now(self, moment: str) -> bool:
        """Kill if this is the moment."""
        if self.order != moment:
            return False
        self.order = ""
        self.kill()
        return True

    def _push(self, route: Route) -> None:
        request, process = route.request, self._process()
        if self.order == "saved, not sent":
            return  # the network takes it and gives nothing back
        raw = request.post_data_buffer or b""
        body = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        visit = request.url.split("/visits/")[1].split("/")[0]
        user, sent = sent_by(body, visit, self.database)
        self.bodies.update(sent)
        digests = {op: sha256(content) for op, content in sent.items()}
        self.recorder.add(process, "invoke", "push", visit=visit, user=user, ops=digests)
        if sent and self._now("push: asked"):
            return
        reply = route.fetch()
        if sent and self._now("push: committed, no reply"):
            return
        if reply.status == 200:
            results = results_of(reply.json(), list(sent))
            self.recorder.add(process, "ok", "push", ops=[op for op, r in results.items() if r in {"ok", "dup"}])
        route.fulfill(response=reply)
        if sent:
            self._now("push: replied")

    def _photo(self, route: Route) -> None:
        request = route.request
        if self.order == "photo: saved, not sent":
            return
        reply = route.fetch()
        if request.method == "POST":
            metadata = dict(pair.split(" ") for pair in request.headers["upload-metadata"].split(","))
            digest = base64.b64decode(metadata["sha256"]).decode()
            place = reply.headers.get("location", "").split("/")[-1]
            self.uploads[place] = digest, int(request.headers["upload-length"])
            if self._now("photo: begun"):
                return
        digest, size = self.uploads.get(request.url.split("/")[-1], ("", -1))
        if reply.headers.get("upload-offset") == str(size):
            visit, process = request.url.split("/visits/")[1].split("/")[0], self._process()
            self.recorder.add(process, "invoke", "photo", visit=visit, sha256=digest)
            if self._now("photo: last byte, no reply"):
                return
            self.recorder.add(process, "ok", "photo", sha256=digest)
        route.fulfill(response=reply)

    def _process(self) -> str:
        self.requests += 1
        return f"request-{self.requests}"


@dataclass
class Notes:
    """What the person wrote, cell by cell, and what the screen said of it."""

    saved: dict[str, list[str]] = field(default_factory=dict)  # item → texts shown as saved
    tried: dict[str, list[str]] = field(default_factory=dict)  # item → texts typed since the last one saved
    photos: Counter[str] = field(default_factory=Counter)  # item → photos shown
    photos_tried: Counter[str] = field(default_factory=Counter)

    def typed(self, item: str, text: str) -> None:
        self.tried.setdefault(item, []).append(text)

    def kept(self, item: str, text: str) -> None:
        self.saved.setdefault(item, []).append(text)
        self.tried[item] = []

    def may_show(self, item: str) -> list[str]:
        """The last saved text, or a later one of which nobody was told that it was saved."""
        return self.saved.get(item, [""])[-1:] + self.tried.get(item, [])


@dataclass
class Result:
    """What one history showed."""

    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    drain: float = 0.0
    entries: int = 0


class Story5:
    """One person, one phone, one visit; the browser is killed again and again."""

    def __init__(self, seed: int, playwright: Playwright, executable: str, folder: Path, server: Server, story: Story):
        self.rng, self.result, self.recorder = random.Random(f"L5 {seed}"), Result(), Recorder()
        self.folder, self.server, self.story, self.notes = folder, server, story, Notes()
        self.browser = Chromium(playwright, executable, folder / "profile", lambda route: self.watch(route))
        self.watch = Watch(self.recorder, self.browser.kill, server.data_dir / "congvu.sqlite3")
        self.count = 0

    # --- what the person does -----------------------------------------------------------------------------

    def enrol(self) -> None:
        """Sign in once, the day before: Chromium writes its cookies down only now and then, and when it is closed."""
        self.phone = Phone(self._started(), self.server.url)
        self.phone.sign_in(self.story.a.login, PASSWORD)
        self.phone.ready_for(UNIT)
        self.phone.context.close()
        self.phone = Phone(self._started(), self.server.url)
        self.open()

    def open(self) -> None:
        self.phone.open(f"visits/{self.story.visit}/sections/chung")
        expect(self.phone.card("muc-1")).to_be_visible()

    def _started(self) -> Any:
        self.browser.start()
        return self.browser.context

    def item(self) -> str:
        return f"muc-{self.rng.randint(1, 5)}"

    def type(self, item: str) -> str:
        """Write a note that nobody wrote before; the field still has the cursor."""
        self.count += 1
        text = f"Ghi chú số {self.count}"
        card = self.phone.card(item)
        box = card.get_by_label("Ghi chú")
        if not box.count():
            card.get_by_role("button", name="Ghi chú").click()
        self.notes.typed(item, text)
        box.fill(text)
        return text

    def leave_field(self, item: str) -> None:
        self.phone.card(item).get_by_label("Ghi chú").blur()

    def write(self) -> None:
        """A note, and the screen says that it is saved."""
        item = self.item()
        text = self.type(item)
        self.leave_field(item)
        expect(self.phone.card(item).get_by_text(re.compile(r"^Đã lưu \d"))).to_be_visible()
        self.notes.kept(item, text)

    def photograph(self, *, wait: bool) -> None:
        item = self.item()
        file = self.folder / "photo.jpg"
        file.write_bytes(picture(self.rng))
        before = self._photos(item)
        self.notes.photos_tried[item] += 1
        self.phone.card(item).locator("input[type=file]").last.set_input_files(file)
        if wait:
            buttons = self.phone.card(item).get_by_role("button", name=re.compile("^Ảnh "))
            expect(buttons).to_have_count(before + 1)
            self.notes.photos[item] = before + 1

    def _photos(self, item: str) -> int:
        return self.phone.card(item).get_by_role("button", name=re.compile("^Ảnh ")).count()

    # --- kills --------------------------------------------------------------------------------------------

    def die(self, moment: str) -> None:
        """Work a little, be killed at this moment, start again and look whether all is there."""
        self.write()
        self.recorder.add("nemesis", "info", "kill", what=moment)
        try:
            self._until_killed(moment)
        except (Error, AssertionError):
            if not self.browser.gone(5):  # else it is what a person sees whose phone goes off
                raise
        if not self.browser.gone(PATIENCE):
            self.result.problems.append(f"the moment “{moment}” did not come")
            self.browser.kill()
            self.browser.gone(PATIENCE)
        self.watch.order = ""
        self.result.faults[f"kill -9, {moment}"] += 1
        self.phone = Phone(self._started(), self.server.url)
        self.open()
        self.look()

    def _until_killed(self, moment: str) -> None:
        if moment == "any time":
            timer = threading.Timer(self.rng.uniform(0.05, 1.0), self.browser.kill)
            timer.start()
            while self.browser.processes():
                self.write() if self.rng.random() < 0.7 else self.photograph(wait=True)
        elif moment == "typing":
            self.type(self.item())
            time.sleep(self.rng.choice([0, 0.3, 0.6]))  # before and after the draft is kept
            self.browser.kill()
        elif moment == "tapped":
            item = self.item()
            self.type(item)
            self.leave_field(item)
            self.browser.kill()
        elif moment == "photo: saving":
            self.photograph(wait=False)
            time.sleep(self.rng.uniform(0, 0.15))
            self.browser.kill()
        else:
            self._at_a_request(moment)

    def _at_a_request(self, moment: str) -> None:
        self.watch.order = moment
        if moment.startswith("photo"):
            self.photograph(wait=moment == "photo: saved, not sent")
        elif moment != "pull: asked":
            self.write()
        if moment.endswith("saved, not sent") or moment == "saved, not sent":
            self.browser.kill()
            return
        self.browser.gone(PATIENCE)  # the watch kills it

    def look(self) -> None:
        """Every answer the screen had shown as saved is there (I2)."""
        for item in sorted(self.notes.saved.keys() | self.notes.tried.keys()):
            box, allowed = self.phone.card(item).get_by_label("Ghi chú"), self.notes.may_show(item)
            if item in self.notes.saved:
                expect(box).to_have_value(re.compile("|".join(f"^{re.escape(text)}$" for text in allowed)))
            buttons = self.phone.card(item).get_by_role("button", name=re.compile("^Ảnh "))
            if self.notes.photos[item]:
                expect(buttons.nth(self.notes.photos[item] - 1)).to_be_visible()

    # --- the end ------------------------------------------------------------------------------------------

    def finish(self, app: Flask) -> Result:
        """With a fair network everything reaches the server; then history, log and screen must agree."""
        begun = time.monotonic()
        self.phone.synced()
        self._photos_arrived(app)
        self.result.drain = time.monotonic() - begun
        self.look()
        self.browser.kill()
        self.browser.gone(PATIENCE)
        logs, photos, problems = final.logs(app, [self.story.visit])
        self.result.entries = len(logs[self.story.visit])
        self._saves(app)
        self.result.problems += problems + history.check(self.recorder.events, logs, photos)
        return self.result

    def _photos_arrived(self, app: Flask) -> None:
        deadline = time.monotonic() + PATIENCE
        while missing := self._missing_photos(app):
            if time.monotonic() > deadline:
                self.result.problems.append(f"photos never arrived: {missing} (I17)")
                return
            self.phone.page.wait_for_timeout(200)

    def _missing_photos(self, app: Flask) -> list[str]:
        with app.app_context():
            present = set(db.session.scalars(select(Blob.sha256)))
            bodies = db.session.scalars(select(Entry.body).where(Entry.kind == "attach")).all()
            db.session.remove()
        return [
            json.loads(body)["val"]["sha256"] for body in bodies if json.loads(body)["val"]["sha256"] not in present
        ]

    def _saves(self, app: Flask) -> None:
        """Which operation each saved text became: none, or two of them, is what must not be."""
        with app.app_context():
            rows = db.session.execute(select(Entry.op, Entry.body)).all()
            db.session.remove()
        texts: dict[str, list[str]] = {}
        photos: Counter[str] = Counter()
        for op, body in rows:
            content = json.loads(body)
            if content["kind"] == "attach":
                photos[content["val"]["of"].removeprefix("item/")] += 1
            else:
                texts.setdefault(content["val"], []).append(op)
        for text, ops in texts.items():
            if len(ops) > 1:
                self.result.problems.append(f"“{text}” is in the log {len(ops)} times (I3)")
        for text in (text for texts_of in self.notes.saved.values() for text in texts_of):
            op = texts.get(text, [text])[0]
            self.recorder.add("person", "info", "save", ops={op: sha256(self.watch.bodies.get(op, b""))})
        for item, shown in self.notes.photos.items():
            if not shown <= photos[item] <= self.notes.photos_tried[item]:
                self.result.problems.append(f"{item}: {shown} photos were shown, {photos[item]} are in the log (I2)")


def run_history(
    seed: int, kills: int, playwright: Playwright, executable: str, keep_history: Path | None = None
) -> Result:
    """A fresh server and profile, and this many kills, each moment before any comes again."""
    with ExitStack() as leave:
        folder = Path(tempfile.mkdtemp(prefix="cvL5", dir="/tmp"))
        leave.callback(shutil.rmtree, folder, ignore_errors=True)
        app = make_app(folder / "data")
        story = begin_story(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        server = Server(folder / "data")
        leave.callback(server.stop)
        server.start()
        person = Story5(seed, playwright, executable, folder, server, story)
        leave.callback(person.browser.kill)
        try:
            person.enrol()
            for moment in moments(person.rng, kills):
                person.die(moment)
            return person.finish(app)
        finally:
            if keep_history:
                person.recorder.write(keep_history)


def moments(rng: random.Random, kills: int) -> list[str]:
    """In a random order, each once before any comes twice."""
    found: list[str] = []
    while len(found) < kills:
        found += rng.sample(MOMENTS, len(MOMENTS))
    return found[:kills]


def run(plan: Plan, progress: Progress) -> Outcome:
    """The long form: a fresh profile for every KILLS_A_HISTORY kills."""
    executable = shutil.which("chromium") or "chromium"
    histories = max(1, plan.kills // KILLS_A_HISTORY)
    seeds = [plan.seed] if plan.seed is not None else wanted("L5", plan.first, histories)
    total, violations = Result(), list[str]()
    with sync_playwright() as playwright:
        for done, seed in enumerate(seeds):
            progress.at(done, len(seeds))
            try:
                file = plan.folder / f"L5-{seed}.ndjson"
                one = run_history(seed, KILLS_A_HISTORY, playwright, executable, file)
            except (AssertionError, Error) as problem:
                one = Result(problems=[" ".join(str(problem).split())[:300]])
            total.faults.update(one.faults)
            total.drain = max(total.drain, one.drain)
            if one.problems:
                keep("L5", seed, one.problems[0])
                violations += [f"L5:{seed}: {problem}" for problem in one.problems[:5]]
    progress.at(len(seeds), len(seeds))
    kills = sum(total.faults.values())
    return Outcome([Row("L5 Chromium", kills, total.faults, span(seeds), violations, f"{total.drain:.1f} s")])

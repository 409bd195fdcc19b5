"""Phones for tests: they mint operations, push, pull and check the chain, as the protocol says and no more."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.campaigns.models import Campaign, Delegation, Member, Visit
from app.checklists.models import ChecklistVersion
from app.domain import checklist, operations, visits, wire
from app.domain.news import Record, chain, expand
from app.domain.permissions import Role
from app.extensions import db, new_id
from tests import factories
from tests.factories import MadeUser

CHECKLIST: dict[str, Any] = {
    "slug": "vi-du",
    "version": 1,
    "title": {"vi": "Ví dụ"},
    "effective_from": "2020-08-01",
    "sections": [
        {
            "key": "chung",
            "title": {"vi": "Chung"},
            "items": [
                {"key": f"muc-{n}", "text": {"vi": f"Mục {n}"}, "answer": {"type": "yes_no"}, "points": 100}
                for n in range(1, 6)
            ],
        }
    ],
}
AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
URL = "/api/sync/v1"


@dataclass
class Story:
    """A visit with its lead, two members and a stranger; `damaged` once a test has written past the product."""

    app: Flask
    visit: str
    delegation: str
    chk: str
    lead: MadeUser
    a: MadeUser
    b: MadeUser
    stranger: MadeUser
    damaged: bool = False


def begin_story(app: Flask, document: dict[str, Any] = CHECKLIST) -> Story:
    """Plan one visit with this checklist."""
    unit = factories.make_unit(app, "Phường Số 1")
    lead, a, b, stranger = (
        factories.make_user(app, f"{name}-{new_id()[:6]}", Role.INSPECTOR, unit)
        for name in ("truong-doan", "a", "b", "la")
    )
    body = checklist.canonical(checklist.parse(document))
    chk = checklist.chk(body)
    ids = {name: new_id() for name in ("version", "campaign", "delegation", "visit")}
    with factories.writing(app):
        facts: dict[str, Any] = {"slug": "vi-du", "version": 1, "title": "Ví dụ", "chk": chk, "body": body}
        db.session.add(ChecklistVersion(id=ids["version"], published_at=AT, published_by=lead.id, **facts))
        db.session.flush()
        _plan(ids, lead, unit)
        for user in (lead, a, b):
            place = {"delegation_id": ids["delegation"], "user_id": user.id, "is_lead": user is lead, "added_at": AT}
            db.session.add(Member(id=new_id(), **place))
    return Story(app, ids["visit"], ids["delegation"], chk, lead, a, b, stranger)


def _plan(ids: dict[str, str], lead: MadeUser, unit: factories.MadeUnit) -> None:
    day = date(2026, 11, 22)
    campaign = Campaign(
        id=ids["campaign"],
        title="Đợt kiểm tra",
        host_unit_id=unit.id,
        host_path=unit.path,
        checklist_version_id=ids["version"],
        starts_on=day,
        ends_on=day,
        created_by=lead.id,
        created_at=AT,
    )
    db.session.add(campaign)
    db.session.flush()
    db.session.add(Delegation(id=ids["delegation"], campaign_id=ids["campaign"], name="Đoàn 1"))
    db.session.flush()
    visit = Visit(
        id=ids["visit"],
        campaign_id=ids["campaign"],
        delegation_id=ids["delegation"],
        unit_id=unit.id,
        unit_name=unit.name,
        unit_kind="ward",
        unit_path=unit.path,
        checklist_version_id=ids["version"],
        planned_on=day,
        created_at=AT,
    )
    db.session.add(visit)
    db.session.flush()


def remove(story: Story, user: MadeUser) -> None:
    """The person leaves the delegation."""
    with factories.writing(story.app):
        place = db.session.query(Member).filter_by(delegation_id=story.delegation, user_id=user.id).one()
        place.removed_at = AT


@dataclass
class Phone:
    """One database instance on one phone."""

    story: Story
    user: MadeUser
    client: FlaskClient
    writer: str = field(default_factory=new_id)
    ws: int = 0
    outbox: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    def mint(self, path: str, value: Any, *parents: str, kind: str = "set", **changes: Any) -> str:
        """Write one cell; the op waits in the outbox. `raw` replaces the whole body."""
        op = new_id()
        body = {
            "v": 1,
            "op": op,
            "visit": self.story.visit,
            "chk": self.story.chk,
            "kind": kind,
            "path": path,
            "val": value,
            "par": list(parents),
            "user": self.user.id,
            "dev": "D",
            "t": {"wall": "2026-11-22T08:00:00.000+07:00"},
            "app": "test",
        }
        raw = changes.pop("raw", None)
        self.ws += 1
        text = raw if raw is not None else json.dumps(body | changes, ensure_ascii=False)
        self.outbox.append({"op": op, "ws": self.ws, "body": text})
        return op

    def send(self, ops: list[dict[str, Any]] | None = None, **envelope: Any) -> TestResponse:
        """Push the outbox (or just these) and keep it: an acknowledgement is only a hint."""
        body = {"proto": 1, "writer": self.writer, "ops": self.outbox if ops is None else ops} | envelope
        return self.client.post(f"{URL}/visits/{self.story.visit}/push", json=body, headers=factories.API)

    def push(self, ops: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        """Push, expect 200, and return what became of each operation, with its entry as the log shows it."""
        sent = self.outbox if ops is None else ops
        reply = self.send(ops, after=0, h="")
        assert reply.status_code == 200, reply.get_data(as_text=True)
        body = reply.get_json()
        unusual = {each["op"]: each for each in body["except"]}
        stored = [each for each in sent[: body["taken"]] if each["op"] not in unusual]
        news = body["news"]
        shown = news["own"] if "own" in news else self.read(news, stored)
        entries = {entry["op"]: entry for entry in shown}
        return [
            unusual.get(each["op"], {"op": each["op"], "r": "ok"}) | {"entry": entries.get(each["op"])}
            for each in sent[: body["taken"]]
        ]

    def read(self, news: dict[str, Any], stored: list[dict[str, Any]], prev: str = "0" * 64) -> list[dict[str, Any]]:
        """Work out the entries of news as the field client does; the last hash and its signature must be right."""
        raw = [dict(each) for each in news["entries"]]
        waiting = list(stored)
        full: list[Any] = []
        for each in raw:
            if "mine" not in each:
                said = each.get("op") or (json.loads(each["body"])["op"] if each.get("body") else "")
                waiting = [own for own in waiting if own["op"] != said]
                full.append(each)
            for _ in range(each.get("mine", 0)):
                own = waiting.pop(0)
                told = {"body": own["body"], "op": own["op"], "ws": own["ws"], "recv": each["recv"]}
                full.append(told | {"actor": self.user.id, "writer": self.writer})
        records = expand(news["after"], full)
        hashes = chain(self.story.visit, bytes.fromhex(prev), records)
        if records:
            assert hashes[-1].hex() == news["h"]
            self.key().verify(base64.urlsafe_b64decode(news["sig"] + "=="), hashes[-1])
        links = [prev, *(each.hex() for each in hashes)]
        return [self._shown(record, *links[at : at + 2]) for at, record in enumerate(records)]

    def _shown(self, record: Record, prev: str, h: str) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "n": record.n,
            "op": record.op,
            "actor": record.actor,
            "writer": record.writer,
            "ws": record.ws,
            "recv": record.received_ms,
            "st": record.status,
            "why": record.why,
            "epar": list(record.parents),
            "bh": record.body_hash.hex(),
            "prev": prev,
            "h": h,
            "body": None,
        }
        try:
            shown["body"] = record.body.decode() if record.body is not None else None
        except UnicodeDecodeError:
            shown["body_b64"] = base64.b64encode(record.body or b"").decode()
        return shown

    def head(self) -> dict[str, Any]:
        """Where the log stands now, as the server says."""
        told = self.client.get(f"{URL}/visits/{self.story.visit}/log?limit=1").get_json()
        head: dict[str, Any] = told["head"]
        return head

    def key(self) -> Ed25519PublicKey:
        """The server's key, as hello tells it."""
        hello = self.client.get(f"{URL}/hello").get_json()
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(hello["public_key"] + "="))

    def pull(self) -> list[dict[str, Any]]:
        """Fetch what is new, verify the chain, and empty the outbox of what the log proves."""
        more = True
        while more:
            h = self.log[-1]["h"] if self.log else ""
            reply = self.client.get(f"{URL}/visits/{self.story.visit}/log?after={len(self.log)}&h={h}&limit=500")
            assert reply.status_code == 200, reply.get_data(as_text=True)
            news = reply.get_json()["news"]
            self.log += self.read(news, [], h or "0" * 64)
            more = news["more"]
        self.verify()
        seen = {entry["op"] for entry in self.log}
        self.outbox = [each for each in self.outbox if each["op"] not in seen]
        return self.log

    def report(self) -> TestResponse:
        """Say that it holds nothing that this log lacks, as a phone does once in a recovery."""
        return self.send([], evidence=[], after=len(self.log), h=self.log[-1]["h"] if self.log else "")

    def verify(self) -> None:
        """Check every link from the first entry on."""
        prev = bytes(32)
        for n, entry in enumerate(self.log, 1):
            if entry["body"] is not None:
                assert hashlib.sha256(entry["body"].encode()).hexdigest() == entry["bh"]
            fields = wire.HashedFields(
                visit=self.story.visit,
                n=n,
                prev=prev,
                op=entry["op"],
                body_hash=bytes.fromhex(entry["bh"]),
                actor=entry["actor"],
                writer=entry["writer"],
                ws=entry["ws"],
                received_at=entry["recv"],
                status=entry["st"],
                why=entry["why"],
                parents=tuple(entry["epar"]),
            )
            assert (entry["n"], entry["prev"], entry["h"]) == (n, prev.hex(), wire.entry_hash(fields).hex())
            prev = bytes.fromhex(entry["h"])

    def domain(self) -> list[operations.Entry]:
        """The pulled log and the outbox as the domain folds them."""
        entries = [self._entry(each["body"], each) for each in self.log]
        return entries + [self._entry(each["body"], None) for each in self.outbox]

    def _entry(self, body: str | None, logged: dict[str, Any] | None) -> operations.Entry:
        try:
            operation = wire.decode((body or "").encode())
        except (wire.BodyError, UnicodeEncodeError):
            return operations.Entry("?", "", "", None, "", status=operations.HELD)
        if logged is None:
            return operations.entry_of(operation, actor=self.user.id, parents=operation.parents)
        facts = {"n": logged["n"], "status": logged["st"], "why": logged["why"]}
        facts |= {"writer": logged["writer"], "ws": logged["ws"]}
        return operations.entry_of(operation, actor=logged["actor"], parents=tuple(logged["epar"]), **facts)

    def close(self, *parents: str, **more: Any) -> str:
        """Freeze what this phone shows: the log as pulled and its own outbox; `more` goes into the close."""
        self.digest = visits.answers_digest(operations.fold(self.domain()))
        value = {
            "n": len(self.log),
            "h": self.log[-1]["h"] if self.log else visits.NO_HASH,
            "own": [each["op"] for each in self.outbox],
            "digest": self.digest,
            "upto": visits.counters(self.domain(), len(self.log)),
        }
        return self.mint("visit/closing", value | more, *parents, kind="close")

    def sign(self, party: str, close: str) -> str:
        """Sign as one of the parties, on this phone."""
        value = {
            "close": close,
            "digest": self.digest,
            "name": "Cán bộ A",
            "title": "Trưởng đoàn",
            "strokes": "M1 1 L2 2",
        }
        return self.mint(f"sign/{party}", value, kind="sign")

    digest: str = ""


def phone(story: Story, user: MadeUser) -> Phone:
    """A phone on which this person is signed in."""
    client = story.app.test_client()
    factories.sign_in_device(client, user)
    return Phone(story, user, client)


def sha(raw: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(raw).hexdigest()


def random_id() -> str:
    """Any id."""
    return secrets.token_urlsafe(16)

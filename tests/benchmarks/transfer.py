"""Bytes on the wire, headers included, with the headers Chromium sends; and what gzip would leave of the bodies."""

import gzip
import json
from typing import Any

from tests.benchmarks.phones import API, Exchange, Phone, signed_in
from tests.benchmarks.report import spread
from tests.benchmarks.servers import running


def measure() -> dict[str, list[dict[str, Any]]]:
    """One edit, a sync with nothing new, a whole visit of 200 answers, and fetching that visit on a second phone."""
    with running("", users=2, visits=2) as (server, planned):
        phone, second = signed_in(server.port, planned, 2)
        visit, other = planned.visits
        whole_push = phone.visit_push(visit, 200)
        whole = phone.ask("POST", f"{API}/visits/{visit}/push", whole_push)
        edit_push = phone.edit_push(visit, "Biển mờ chữ")
        edit = phone.ask("POST", f"{API}/visits/{visit}/push", edit_push)
        fetched = second.ask("GET", f"{API}/visits/{visit}/log?after=0&h=&limit=500")
        idle = _nothing_new(phone, visit)
        repeated = [_nothing_new(phone, visit) for _ in range(30)]
        rows = [
            _row("one edit: push", [edit], _gzipped(edit_push), _gzipped(edit.body)),
            _row("nothing new: manifest", idle[:1], 0, _gzipped(idle[0].body)),
            _row("nothing new: manifest and one log", idle, 0, sum(_gzipped(each.body) for each in idle)),
            _row("visit of 200 answers: push", [whole], _gzipped(whole_push), _gzipped(whole.body)),
            _row("the same fetched by a second phone", [fetched], 0, _gzipped(fetched.body)),
        ]
        times = [{"request": "manifest", **spread([each[0].ms for each in repeated])},
                 {"request": "log", **spread([each[1].ms for each in repeated])}]  # fmt: skip
        phone.ask("POST", f"{API}/visits/{other}/push", phone.visit_push(other, 1))
    return {"Bytes on the wire": rows, "Nothing new, ms a request (SQLite)": times}


def _nothing_new(phone: Phone, visit: str) -> list[Exchange]:
    whole = phone.ask("GET", f"{API}/manifest").body
    manifest = phone.ask("GET", f"{API}/manifest?known={whole['digest']}.{whole['heads_digest']}")
    if not manifest.body.get("unchanged"):
        raise RuntimeError("the manifest changed")
    head = phone.ask("GET", f"{API}/visits/{visit}/log?after=0&h=&limit=500").body["head"]
    log = phone.ask("GET", f"{API}/visits/{visit}/log?after={head['n']}&h={head['h']}&limit=500")
    if log.body["news"]["entries"]:
        raise RuntimeError("the log has something new")
    return [manifest, log]


def _row(what: str, exchanges: list[Exchange], gzip_up: int, gzip_down: int) -> dict[str, Any]:
    if any(each.status != 200 for each in exchanges):
        raise RuntimeError(f"{what}: {exchanges}")
    return {
        "what": what,
        "requests": len(exchanges),
        "up B": sum(each.up for each in exchanges),
        "down B": sum(each.down for each in exchanges),
        "bodies gzip up B": gzip_up,
        "bodies gzip down B": gzip_down,
    }


def _gzipped(body: Any) -> int:
    return len(gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 6))

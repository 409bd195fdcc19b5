"""A second phone follows the first: how soon it hears of an answer, what 10,000 entries cost it, what a long log costs.

All on SQLite, by the protocol alone; what a phone's screen adds is measured by `client`.
"""

import threading
import time
from typing import Any

from tests.benchmarks.phones import API, Exchange, Phone, signed_in
from tests.benchmarks.report import spread
from tests.benchmarks.servers import ServerOn, running

ANSWERS = 20
ENTRIES = 10_000
PAGE = 1_000
LENGTHS = (100, ENTRIES)
PUSHES = 20


def measure() -> dict[str, list[dict[str, Any]]]:
    """Three tables."""
    with running("", users=2, visits=3) as (server, planned):
        first, second = signed_in(server.port, planned, 2)
        live, grown, shorter = planned.visits
        heard = _until_heard(first, second, live)
        _lengthen(first, shorter, LENGTHS[0])
        short = _pushes_at(server, first, shorter, LENGTHS[0])
        _lengthen(first, grown, LENGTHS[1])
        caught_up = _catch_up(second, grown)
        long = _pushes_at(server, first, grown, LENGTHS[1])
    ratio = {"log length": "ratio", "n": ""} | {
        name: round(long[name] / short[name], 2) for name in short if name not in ("log length", "n")
    }
    return {
        "Until a waiting phone has another's answer, ms": [heard],
        f"A phone that has nothing catches up on {ENTRIES:,} entries": [caught_up],
        "A push of 50 answers by the length of the log": [short, long, ratio],
    }


def _push(phone: Phone, visit: str, envelope: dict[str, Any]) -> Exchange:
    said = phone.ask("POST", f"{API}/visits/{visit}/push", envelope)
    if said.status != 200 or said.body["except"]:
        raise RuntimeError(str(said.body))
    return said


def _until_heard(first: Phone, second: Phone, visit: str) -> dict[str, Any]:
    """From the moment one phone sends an answer until the other, which waits at the log, holds it."""
    head = _push(first, visit, first.edit_push(visit, "Lần đầu", whole=True)).body["head"]
    samples = []
    for number in range(ANSWERS):
        heard: list[tuple[float, Exchange]] = []
        request = second.request("GET", f"{API}/visits/{visit}/log?after={head['n']}&h={head['h']}&wait=25")

        def listen(request: bytes = request, heard: list[tuple[float, Exchange]] = heard) -> None:
            said = second.exchange(request)
            heard.append((time.perf_counter(), said))

        waiting = threading.Thread(target=listen)
        waiting.start()
        time.sleep(0.3)  # it has reached the server and waits
        begun = time.perf_counter()
        head = _push(first, visit, first.edit_push(visit, f"Lần {number}", whole=True)).body["head"]
        waiting.join()
        at, said = heard[0]
        if len(said.body["news"]["entries"]) != 1:
            raise RuntimeError(str(said.body))
        samples.append((at - begun) * 1000)
    return {"what": "push sent to reply read", **spread(samples)}


def _lengthen(phone: Phone, visit: str, length: int) -> None:
    """A log of this length, made by the product itself: the same answers over and over."""
    n = 0
    while n < length:
        n = _push(phone, visit, phone.rewrite_push(visit, min(200, length - n))).body["head"]["n"]


def _pushes_at(server: ServerOn, phone: Phone, visit: str, length: int) -> dict[str, Any]:
    requests = [
        phone.request("POST", f"{API}/visits/{visit}/push", phone.rewrite_push(visit, 50)) for _ in range(PUSHES)
    ]
    cpu = server.cpu_seconds()
    exchanges = [phone.exchange(request) for request in requests]
    cpu = server.cpu_seconds() - cpu
    latency = spread([each.ms for each in exchanges])
    if any(each.status != 200 or each.body["except"] for each in exchanges):
        raise RuntimeError("a push was refused or held")
    return {
        "log length": length,
        "n": PUSHES,
        "median ms": latency["median"],
        "min ms": latency["min"],
        "server CPU ms": round(cpu / PUSHES * 1000, 1),
    }


def _catch_up(phone: Phone, visit: str) -> dict[str, Any]:
    """Page after page, as the protocol gives them; the bytes are those of the wire."""
    pages: list[Exchange] = []
    after, h, begun = 0, "", time.perf_counter()
    while not pages or pages[-1].body["news"]["more"]:
        pages.append(phone.ask("GET", f"{API}/visits/{visit}/log?after={after}&h={h}&limit={PAGE}"))
        news = pages[-1].body["news"]
        h, after = news["h"], after + PAGE
    seconds = time.perf_counter() - begun
    return {
        "requests": len(pages),
        "up B": sum(each.up for each in pages),
        "down B": sum(each.down for each in pages),
        "seconds": round(seconds, 2),
    }

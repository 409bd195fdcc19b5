"""Pushes per second and their latency: whole visits of 200 answers and single edits, from 1, 4 and 16 phones."""

import threading
import time
from typing import Any

from tests.benchmarks.phones import API, Exchange, Phone, signed_in
from tests.benchmarks.report import spread
from tests.benchmarks.servers import Planned, ServerOn, postgresql, running

# clients → pushes of each of them
VISITS = {1: 24, 4: 12, 16: 6}
EDITS = {1: 60, 16: 20}


def _all_at_once(phones: list[Phone], requests: list[list[bytes]]) -> tuple[list[Exchange], float]:
    """Every phone sends its requests one after the other, all phones at the same time."""
    exchanges: list[Exchange] = []  # what is never answered is missing here
    starting = threading.Barrier(len(phones) + 1)

    def work(phone: Phone, own: list[bytes]) -> None:
        starting.wait()
        for request in own:
            try:
                exchanges.append(phone.exchange(request))
            except OSError:
                phone.hang_up()

    threads = [threading.Thread(target=work, args=pair) for pair in zip(phones, requests, strict=True)]
    for thread in threads:
        thread.start()
    starting.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return exchanges, time.perf_counter() - begun


def _measure(server: ServerOn, phones: list[Phone], requests: list[list[bytes]]) -> dict[str, Any]:
    cpu = server.cpu_seconds()
    exchanges, seconds = _all_at_once(phones, requests)
    cpu = server.cpu_seconds() - cpu
    expected = sum(map(len, requests))
    done = [each for each in exchanges if each.status == 200]
    if any(each.body.get("except") for each in done):
        raise RuntimeError("held operations are not what is to be measured")
    latency = spread([each.ms for each in done])
    return {
        "clients": len(phones),
        "n": expected,
        "refused": expected - len(done),
        "requests/s": round(len(done) / seconds, 1),
        "median ms": latency["median"],
        "p95 ms": latency["p95"],
        "min ms": latency["min"],
        "server CPU ms": round(cpu / expected * 1000, 1),
    }


def _on_one_database(name: str, url: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    needed = sum(clients * each for clients, each in VISITS.items()) + 1
    visit_rows, edit_rows = [], []
    with running(url, users=max(VISITS), visits=needed) as (server, planned):
        phones = signed_in(server.port, planned, max(VISITS))
        free = iter(planned.visits)
        _warm_up(phones, next(free))
        for clients, each in VISITS.items():
            some = phones[:clients]
            requests = [[_visit_request(phone, next(free)) for _ in range(each)] for phone in some]
            visit_rows.append({"database": name} | _measure(server, some, requests))
        for clients, each in EDITS.items():
            some = phones[:clients]
            requests = [_edit_requests(phone, planned, clients, each) for phone in some]
            edit_rows.append({"database": name} | _measure(server, some, requests))
        edit_rows[-1]["server memory MiB"] = server.memory_mib()
        edit_rows[-2]["server memory MiB"] = "-"
    return visit_rows, edit_rows


def _warm_up(phones: list[Phone], visit: str) -> None:
    for phone in phones:
        phone.ask("POST", f"{API}/visits/{visit}/push", phone.edit_push(visit, "Lần đầu"))


def _visit_request(phone: Phone, visit: str) -> bytes:
    return phone.request("POST", f"{API}/visits/{visit}/push", phone.visit_push(visit, 200))


def _edit_requests(phone: Phone, planned: Planned, clients: int, count: int) -> list[bytes]:
    """Each person edits in a visit of the own, as delegations do; one writer a visit."""
    visit = planned.visits[1 + clients + planned.users.index(phone.user)]
    return [
        phone.request("POST", f"{API}/visits/{visit}/push", phone.edit_push(visit, f"Lần {number}"))
        for number in range(count)
    ]


def measure() -> dict[str, list[dict[str, Any]]]:
    """Both databases, the same load."""
    visits, edits = _on_one_database("SQLite", "")
    with postgresql() as url:
        more_visits, more_edits = _on_one_database("PostgreSQL", url)
    return {
        "Push of 200 answers, one request each (the database's own processes are not in the CPU)": visits + more_visits,
        "Push of one edit": edits + more_edits,
    }

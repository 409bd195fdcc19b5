"""Faults put in on purpose, in the model, the server and the client: how many histories it takes to find each.

One that is not found is a violation: whatever the layers above say then proves less than they claim.
"""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context

from tests.simulation import client_bugs, clients, model_bugs, server_bugs, server_machine
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Found

# In so many walks of the model, machines of the server, histories of the phones.
WALKS, MACHINES, HISTORIES = 4_000, 400, 1_500


def run(plan: Plan, progress: Progress) -> Outcome:
    """All of them, each by the layer that should find it."""
    by_phones = [*client_bugs.BUGS, *server_bugs.FOUND_BY_PHONES]
    by_machine = [bug for bug in server_bugs.BUGS if bug not in by_phones]
    with ExitStack() as leave:
        folder = leave.enter_context(clients.planned())
        processes = leave.enter_context(ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")))
        threads = leave.enter_context(ThreadPoolExecutor(plan.workers))
        jobs: list[tuple[Executor, Callable[[], Found]]] = [
            *((processes, partial(model_bugs.find, bug, WALKS)) for bug in model_bugs.BUGS),
            *((processes, partial(server_machine.find, bug, MACHINES)) for bug in by_machine),
            *((threads, partial(clients.find, bug, folder, HISTORIES)) for bug in by_phones),
        ]
        waiting = [executor.submit(job) for executor, job in jobs]
        for done, _ in enumerate(as_completed(waiting), 1):
            progress.at(done, len(waiting))
        return Outcome([], [each.result() for each in waiting])

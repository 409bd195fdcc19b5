"""Server processes that begin with the product's modules already read.

Reading them takes more than a second of processor time, and the tests start some fifty servers. One process reads them,
does nothing else (it has no thread, no connection, no setting), and becomes each server by a fork: in a session of its
own, with the environment, the arguments and the log of a new process.
"""

import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
ONE_AT_A_TIME = Lock()
BESIDE = ("gunicorn.app.base", "gunicorn.workers.gthread")


class Forked:
    """`python -m MODULE ARGUMENTS` by a fork; as much of `subprocess.Popen` as a server needs."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        order = {"arguments": list(arguments), "env": dict(env), "log": str(log)}
        with ONE_AT_A_TIME:
            origin = _origin()
            assert origin.stdin
            assert origin.stdout
            origin.stdin.write(json.dumps(order) + "\n")
            origin.stdin.flush()
            self.pid = int(origin.stdout.readline())
        self._ended = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """None while it runs; its exit code is its origin's to know."""
        return self.wait(0)

    def wait(self, timeout: float) -> int | None:
        """As `poll`, after at most these seconds."""
        return 0 if select.select([self._ended], [], [], timeout)[0] else None

    def __del__(self) -> None:
        os.close(self._ended)


@cache
def _origin() -> "subprocess.Popen[str]":
    """The process that all others are forked from; it ends with this one."""
    command = [sys.executable, "-m", __name__]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _read_modules() -> None:
    import app

    for each in pkgutil.walk_packages(app.__path__, "app."):
        if not each.name.endswith("__main__"):
            import_module(each.name)
    for name in BESIDE:
        import_module(name)
    gc.freeze()


def _become(order: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, log = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644),
    )
    for descriptor, file in enumerate((nothing, log, log)):
        os.dup2(file, descriptor)
    os.environ.clear()
    os.environ.update(order["env"])
    module, *sys.argv[1:] = order["arguments"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork for each line of orders and say the child's number."""
    _read_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here asks how they ended
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        print(child, flush=True)


if __name__ == "__main__":
    main()

"""A real server process on a port of its own. Nothing is mocked.

A story that is offline stops it: `navigator.onLine` stays true then, which is the harder case.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config import Settings
from tests.forked import Forked

PROJECT = Path(__file__).resolve().parents[2]


def today() -> date:
    """Which day it is where the units are: from 17:00 UTC on it is their next one."""
    return datetime.now(ZoneInfo(Settings().time_zone)).date()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """`congvu serve` as a process: it can be stopped, killed and started again on the same port and data."""

    forked = True  # else a new process, as an operator starts it

    def __init__(self, data_dir: Path, *, demo: bool = False) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.demo = demo
        self.process: Forked | subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CONGVU_DATA_DIR": str(self.data_dir),
            "CONGVU_ARGON2_TIME_COST": "1",
            "CONGVU_ARGON2_MEMORY_KIB": "1024",
            "CONGVU_RATE_LIMITS": "false",
            "CONGVU_OPS_PER_DAY": "10000000",  # phones here send in minutes what others do in weeks
            "CONGVU_PHOTOS_PER_DAY": "1000000",
            "PYTHONPATH": str(PROJECT),
        }

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    def command(self) -> list[str]:
        """The module and its arguments."""
        return ["app", "serve", "--port", str(self.port), *(["--demo"] if self.demo else [])]

    def start(self) -> None:
        self.process = self.begin()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-4000:])
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as reply:
                    if reply.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise RuntimeError("the server did not start: " + self.log.read_text()[-4000:])

    def begin(self) -> Forked | subprocess.Popen[bytes]:
        """The process, which serves in a moment."""
        if self.forked:
            return Forked(self.command(), self.environment(), self.log)
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", *self.command()]
            return subprocess.Popen(
                command, env=self.environment(), cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process and its worker at once; nothing is flushed for it."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=20)
        self.process = None

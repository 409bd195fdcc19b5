"""Databases that can be killed: a PostgreSQL cluster with full durability, and a disk of our own for either database.

The disk is a small ext4 image on a loop device. It can be filled, and its power can be cut: the kernel drops everything
that was not flushed (EXT4_IOC_SHUTDOWN without flushing the journal), which is what a kill -9 alone cannot show.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

import psycopg

DURABLE = "-c listen_addresses= -c fsync=on -c synchronous_commit=on -c full_page_writes=on -c shared_buffers=16MB"
_SHUTDOWN, _NO_FLUSH = 0x8004587D, 2


def _as_postgres() -> list[str]:
    root = os.geteuid() == 0
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []


@dataclass
class Cluster:
    """A PostgreSQL server whose processes we own. `folder` holds socket and log, `data` the cluster."""

    folder: Path
    data: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    @classmethod
    def made(cls, disk: Path | None = None) -> "Cluster":
        """A new cluster, not started; its data on `disk` if one is given."""
        folder = Path(tempfile.mkdtemp(prefix="cvkill", dir="/tmp"))
        data = (disk or folder) / "pg"
        data.mkdir()
        if os.geteuid() == 0:
            for each in (folder, data):
                shutil.chown(each, "postgres", "postgres")
        # --no-sync: the settings that matter are the server's; mkfs-fresh files are flushed once below.
        _run(_tool("initdb"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
             "--wal-segsize=1", str(data))  # fmt: skip
        os.sync()
        return cls(folder, data)

    def start(self) -> None:
        """Start it, after a crash too; returns when it takes connections."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # every process of the one before is dead
        log = (self.folder / "log").open("ab")
        command = [*_as_postgres(), _tool("postgres"), "-D", str(self.data), "-k", str(self.folder), *DURABLE.split()]
        self.process = subprocess.Popen(command, cwd="/tmp", stdout=log, stderr=log, start_new_session=True)
        log.close()
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-3000:]) from None
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """kill -9 of the postmaster and of every process it started, at once."""
        if self.process is None:
            return
        family = [self.process.pid, *children(self.process.pid)]
        for pid in family:
            kill_now(pid)
        self.process.wait(20)
        for pid in family[1:]:
            _wait_gone(pid)
        self.process = None

    def remove(self) -> None:
        """Stop it and take everything away."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Disk:
    """A file system of our own, mounted at `path`. Needs root and loop devices."""

    image: Path
    path: Path

    @classmethod
    def made(cls, mebibytes: int) -> "Disk":
        """A fresh ext4 of this size. Raises Unmountable where this machine does not allow it."""
        home = Path(tempfile.mkdtemp(prefix="cvdisk", dir="/tmp"))
        home.chmod(0o755)  # the database's own user must get through
        disk = cls(home / "image", home / "disk")
        disk.path.mkdir()
        with disk.image.open("wb") as file:
            file.truncate(mebibytes * 2**20)
        try:
            _run_plain("mkfs.ext4", "-q", "-m", "0", str(disk.image))
            disk.mount()
        except (OSError, subprocess.CalledProcessError) as problem:
            shutil.rmtree(home)
            raise Unmountable(str(problem)) from None
        return disk

    def mount(self) -> None:
        _run_plain("mount", "-o", "loop", str(self.image), str(self.path))
        self.path.chmod(0o755)

    def cut_power(self) -> None:
        """Everything not flushed is gone, this instant; the disk must be mounted again."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", _NO_FLUSH))
        finally:
            os.close(handle)

    def remount(self) -> None:
        """Put it back after a power cut, once nobody holds it: the journal is replayed."""
        self._unmount()
        self.mount()

    def fill(self, leave: int = 0) -> Path:
        """Write until no more than `leave` bytes are free; returns the ballast, whose removal makes room again."""
        ballast = self.path / "ballast"
        with ballast.open("wb") as file:
            free = os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize - leave
            os.posix_fallocate(file.fileno(), 0, max(free - 64 * 1024, 4096))
            for block in (4096, 512):
                try:
                    while os.statvfs(self.path).f_bavail * os.statvfs(self.path).f_frsize > leave:
                        os.write(file.fileno(), bytes(block))
                        file.seek(0, os.SEEK_END)
                except OSError:
                    continue
        return ballast

    def remove(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], capture_output=True)  # after a failure somebody may hold it
        shutil.rmtree(self.image.parent, ignore_errors=True)

    def _unmount(self) -> None:
        deadline = time.monotonic() + 20
        while subprocess.run(["umount", str(self.path)], capture_output=True).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.path} is still in use")
            time.sleep(0.05)


class Unmountable(Exception):
    """This machine lets nobody mount a file system (no root, or no loop devices)."""


def _tool(name: str) -> str:
    return str(Path(sorted(glob("/usr/lib/postgresql/*/bin"))[-1]) / name)


def _run(*command: str) -> None:
    subprocess.run([*_as_postgres(), *command], check=True, cwd="/tmp", stdout=subprocess.DEVNULL)


def _run_plain(*command: str) -> None:
    subprocess.run(command, check=True, cwd="/tmp", capture_output=True, env={**os.environ, "PATH": _with_sbin()})


def _with_sbin() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def kill_now(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.01)

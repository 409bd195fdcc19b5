"""Where evidence lies: a folder per visit under the data folder, each file named by its SHA-256.

Bytes are written in blocks as they arrive, never held whole in memory, and are on the disk before anybody is told
that they are. `<sha256>` are the bytes as sent, sealed: written once, read-only, never touched again.
`<sha256>-1600.jpg`, `-800.jpg` and `-320.jpg` were drawn from them, without metadata, and can be at any time again.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from flask import current_app

from app.extensions import flush_folder
from config import Settings

BLOCK = 64 * 1024
SEALED = 0o400
logger = structlog.get_logger(__name__)


class Busy(Exception):
    """Another request is writing to this upload."""


def _folder(visit_id: str) -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    folder = settings.data_dir / "blobs" / visit_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def stored(visit_id: str, sha256: str) -> Path:
    """The bytes as they were sent."""
    return _folder(visit_id) / sha256


def drawn(visit_id: str, sha256: str, edge: int) -> Path:
    """What people are shown: drawn anew, at most `edge` pixels, without metadata."""
    return _folder(visit_id) / f"{sha256}-{edge}.jpg"


def partial(visit_id: str, upload_id: str) -> Path:
    """The bytes of an upload that have arrived so far."""
    return _folder(visit_id) / f"{upload_id}.part"


def offset(visit_id: str, upload_id: str) -> int:
    """How many bytes of an upload have arrived."""
    try:
        return partial(visit_id, upload_id).stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def writing(visit_id: str, upload_id: str) -> Iterator[int]:
    """Hold an upload alone; yields a file descriptor to append to. Raises Busy."""
    path = partial(visit_id, upload_id)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between the two it may have been sealed under its hash, where nothing is written any more.
            still = os.path.samestat(os.fstat(handle), path.stat())
        except (BlockingIOError, FileNotFoundError):
            still = False
        if not still:
            raise Busy
        yield handle
    finally:
        os.close(handle)


def append(handle: int, blocks: Iterable[bytes], room: int) -> bool:
    """Write what arrives, at most `room` bytes, and flush it. Returns False if more came than fits."""
    fits = True
    for block in blocks:
        fits = len(block) <= room
        part = block[:room]
        while part:
            part = part[os.write(handle, part) :]
        room -= min(room, len(block))
        if not fits:
            break
    os.fsync(handle)
    return fits


def cut(handle: int, length: int) -> None:
    """Take away what stands beyond `length`."""
    if os.fstat(handle).st_size > length:
        os.ftruncate(handle, length)


def sha256_of(path: Path) -> str:
    """The SHA-256 (hex) of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_there(visit_id: str, sha256: str, size: int) -> bool:
    """Whether an original lies there with its full length: a look at the file, which is not read."""
    try:
        return stored(visit_id, sha256).stat().st_size == size
    except FileNotFoundError:
        return False


def names(visit_id: str) -> frozenset[str]:
    """What lies in a visit's folder: one look at the folder, however many photos it holds, and none at the files."""
    return frozenset(os.listdir(_folder(visit_id)))


def is_whole(visit_id: str, sha256: str) -> bool:
    """Whether an original is there and still what its name says: all of it is read."""
    try:
        return sha256_of(stored(visit_id, sha256)) == sha256
    except FileNotFoundError:
        return False


def keep(source: Path, target: Path) -> None:
    """Give a complete file its name, durably."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    source.replace(target)
    for folder in (target.parent, target.parent.parent):  # the visit's folder may be new
        flush_folder(folder)


def seal(source: Path, target: Path) -> None:
    """Give complete, verified bytes the name of their hash for ever. What already lies there is left alone.

    Only a file that is no longer what its name says gives way, and is set aside for people to look at.
    """
    with _alone(target.parent):
        if target.exists() and sha256_of(target) == target.name:
            source.unlink()
        else:
            if target.exists():
                target.rename(target.with_name(f"{target.name}.damaged-{time.time_ns()}"))
                logger.error("evidence_damaged", file=str(target))
            keep(source, target)
        handle = os.open(target, os.O_RDONLY)
        try:
            if os.fstat(handle).st_mode & 0o777 != SEALED:  # also one whose server stopped before it was sealed
                os.fchmod(handle, SEALED)
                os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else gives names in this folder: of two who finish one photo, the second finds the first one's file."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def forget(visit_id: str, upload_id: str) -> None:
    """Delete the partial bytes of an upload."""
    partial(visit_id, upload_id).unlink(missing_ok=True)


def partials() -> Iterator[Path]:
    """Every partial file of every visit."""
    settings: Settings = current_app.config["SETTINGS"]
    yield from (settings.data_dir / "blobs").glob("*/*.part")


def is_old(path: Path, seconds: float = 24 * 3600) -> bool:
    """Whether a file was last written more than a day ago: nothing under way is touched."""
    try:
        return path.stat().st_mtime < time.time() - seconds
    except FileNotFoundError:
        return False

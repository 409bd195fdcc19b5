"""The off-site folder: pieces of chain and photos, each written whole, read back, and only then counted on.

    DIR/<epoch>/visits/<visit>/<first>-<last>.json    a piece: {visit, after, prev, entries, h, sig}
    DIR/<epoch>/visits/<visit>/blobs/<sha256>         a photo as it was sent, and <sha256>.json what is known of it
    DIR/<epoch>/heads/<moment>.json                   the heads of all logs, signed
    DIR/checklists/<chk>.json                         a published checklist under the hash of its bytes

A piece is a run of complete entries whose last hash the server signed. It proves itself, by the hash it goes on from,
whatever became of its neighbours; two may overlap. The folder knows no database. Every epoch has a folder of its own,
for a restored log is another log.
"""

import base64
import fcntl
import hashlib
import heapq
import json
import os
import re
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.wire import HashedFields, base64url, canonical, entry_hash, from_base64url, is_id
from app.sync.queries import LogEntry

_BLOCK = 1024 * 1024
_PIECE_NAME = re.compile(r"[0-9]{8,}-[0-9]{8,}\.json")
_HEADS_MAGIC = b"VSPH"
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error)


class BrokenArchive(Exception):
    """What lies in the folder is not what was written."""


class OtherKey(BrokenArchive):
    """A piece is whole in itself, up to its `hash`, but its signature is none of this server's key."""

    def __init__(self, path: Path, digest: bytes) -> None:
        super().__init__(f"{path}: không có chữ ký của máy chủ này")
        self.hash = digest


class BeingWritten(Exception):
    """Another run is writing to the folder."""


@dataclass(frozen=True)
class Piece:
    """A run of entries after number `after`, whose hash is `prev`; `hash` is the last one's, signed."""

    visit_id: str
    after: int
    prev: bytes
    entries: tuple[LogEntry, ...]
    hash: bytes
    signature: bytes

    @property
    def last(self) -> int:
        return self.after + len(self.entries)


# --- folders ----------------------------------------------------------------------------------------------------


def visit_folder(root: Path, epoch: str, visit_id: str) -> Path:
    """Where the pieces of a visit lie."""
    if not is_id(visit_id) or not is_id(epoch):
        raise BrokenArchive(f"{visit_id}: no id")
    return root / epoch / "visits" / visit_id


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the folder for one run: two at once would write pieces that overlap. Raises BeingWritten."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingWritten from None
        except OSError:
            pass  # a mount that knows no locks: what overlaps is whole all the same
        yield


def epochs(root: Path) -> list[str]:
    """The epochs of the folder, the oldest written first."""
    found = [each for each in root.iterdir() if (each / "visits").is_dir()] if root.is_dir() else []
    return [each.name for each in sorted(found, key=lambda each: (each.stat().st_mtime, each.name))]


def visits(root: Path, epoch: str) -> list[str]:
    """The visits of an epoch."""
    return sorted(each.name for each in (root / epoch / "visits").iterdir() if each.is_dir())


def pieces(folder: Path) -> list[Path]:
    """The pieces of a visit in order."""
    found = folder.glob("*-*.json") if folder.is_dir() else iter(())
    return sorted(each for each in found if _PIECE_NAME.fullmatch(each.name) and each.is_file())


def piece_bounds(path: Path) -> tuple[int, int]:
    """The numbers of the first and the last entry of a piece, as its name says."""
    first, _, last = path.stem.partition("-")
    return int(first), int(last)


def gaps(folder: Path, size: int) -> Iterator[tuple[int, int]]:
    """The numbers that no piece holds though a later one goes on behind them: first and last, of at most `size`."""
    reached = 0
    for first, last in map(piece_bounds, pieces(folder)):
        for start in range(reached + 1, first, size):
            yield start, min(start + size, first) - 1
        reached = max(reached, last)


def read_longest_ago(root: Path, epoch: str, number: int) -> list[Path]:
    """So many pieces of an epoch that nobody has read for the longest time."""
    found = (piece for folder in (root / epoch / "visits").glob("*") for piece in pieces(folder))
    return heapq.nsmallest(number, found, key=lambda piece: piece.stat().st_mtime)


def note_read(path: Path) -> None:
    """A piece had its turn, whatever was found: its file, if there is one still, bears the moment."""
    with suppress(FileNotFoundError):
        os.utime(path)


def set_aside(path: Path) -> None:
    """Take what is rotten out of the way of what will be written in its place; people may look at it."""
    path.rename(path.with_name(f"{path.name}.damaged-{time.time_ns()}"))


def photos(folder: Path) -> list[str]:
    """The hashes of the photos of a visit."""
    found = (folder / "blobs").glob("*.json") if (folder / "blobs").is_dir() else iter(())
    return sorted(each.stem for each in found)


def checklist_path(root: Path, chk: str) -> Path:
    """Where a published checklist lies; a visit may have been moved to it after the backup."""
    return root / "checklists" / f"{chk}.json"


def checklist(root: Path, chk: str) -> bytes | None:
    """The bytes of a published checklist, if they lie there as their name promises."""
    try:
        body = checklist_path(root, chk).read_bytes()
    except FileNotFoundError:
        return None
    return body if hashlib.sha256(body).hexdigest() == chk else None


def has_photo(folder: Path, sha256: str) -> bool:
    """Whether a photo lies there with the bytes its name promises."""
    try:
        with (folder / "blobs" / sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


# --- writing ----------------------------------------------------------------------------------------------------


def write(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all, durably, and read it back. Raises BrokenArchive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)
    if path.read_bytes() != content:
        raise BrokenArchive(f"{path}: đọc lại không đúng như đã ghi")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_photo(source: Path, folder: Path, sha256: str, about: dict[str, Any]) -> None:
    """Copy a photo in blocks and check its hash in its new place. Raises BrokenArchive."""
    target = folder / "blobs" / sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{sha256}.{os.getpid()}.part")
    try:
        with source.open("rb") as read, partial.open("wb") as file:
            while block := read.read(_BLOCK):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        with partial.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise BrokenArchive(f"{source}: ảnh đã bị hỏng")
        partial.replace(target)
        _sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    write(target.with_name(f"{sha256}.json"), canonical(about) + b"\n")


def piece_bytes(piece: Piece) -> bytes:
    """A piece as it is written."""
    value = {
        "format": "congvu-piece",
        "version": 1,
        "visit": piece.visit_id,
        "after": piece.after,
        "prev": piece.prev.hex(),
        "entries": [_entry_value(entry) for entry in piece.entries],
        "h": piece.hash.hex(),
        "sig": base64url(piece.signature),
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry_value(entry: LogEntry) -> dict[str, Any]:
    value: dict[str, Any] = {
        "op": entry.op,
        "actor": entry.actor_id,
        "writer": entry.writer,
        "ws": entry.ws,
        "recv": entry.received_ms,
        "st": entry.status,
        "why": entry.why,
        "epar": list(entry.parents),
    }
    try:
        return value | {"body": entry.body.decode()}
    except UnicodeDecodeError:
        return value | {"body_b64": base64.b64encode(entry.body).decode()}


def piece_path(folder: Path, piece: Piece) -> Path:
    """The name of a piece says which entries it holds."""
    return folder / f"{piece.after + 1:08d}-{piece.last:08d}.json"


# --- reading and proving ----------------------------------------------------------------------------------------


def read_piece(path: Path, key: bytes) -> Piece:
    """Read a piece and prove it by itself: it is of this visit, every link holds, and the server signed its end.

    Raises BrokenArchive, and OSError for one that cannot be read now: it may be whole.
    """
    try:
        value = json.loads(path.read_bytes())
        piece = Piece(
            value["visit"],
            value["after"],
            bytes.fromhex(value["prev"]),
            tuple(_links(value)),
            bytes.fromhex(value["h"]),
            from_base64url(value["sig"]),
        )
    except _UNREADABLE as error:
        raise BrokenArchive(f"{path}: không đọc được") from error
    if piece.visit_id != path.parent.name or not piece.entries or piece.entries[-1].hash != piece.hash:
        raise BrokenArchive(f"{path}: chuỗi băm bị đứt")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(piece.signature, piece.hash)
    except InvalidSignature:
        raise OtherKey(path, piece.hash) from None
    return piece


def _links(value: dict[str, Any]) -> Iterator[LogEntry]:
    """The entries with their hashes worked out anew."""
    prev, n = bytes.fromhex(value["prev"]), value["after"]
    for each in value["entries"]:
        n += 1
        body = each["body"].encode() if "body" in each else base64.b64decode(each["body_b64"], validate=True)
        entry = LogEntry(
            n=n,
            op=each["op"],
            body=body,
            kind="",
            path="",
            actor_id=each["actor"],
            writer=each["writer"],
            ws=each["ws"],
            received_ms=each["recv"],
            status=each["st"],
            why=each["why"],
            parents=tuple(each["epar"]),
            body_hash=hashlib.sha256(body).digest(),
            prev=prev,
            hash=link(value["visit"], n, prev, each, hashlib.sha256(body).digest()),
            signature=b"",
        )
        prev = entry.hash
        yield entry


def link(visit_id: str, n: int, prev: bytes, each: dict[str, Any], body_hash: bytes) -> bytes:
    """The hash of an entry as the protocol defines it."""
    return entry_hash(
        HashedFields(
            visit=visit_id,
            n=n,
            prev=prev,
            op=each["op"],
            body_hash=body_hash,
            actor=each["actor"],
            writer=each["writer"],
            ws=each["ws"],
            received_at=each["recv"],
            status=each["st"],
            why=each["why"],
            parents=tuple(each["epar"]),
        )
    )


def is_continued(visit_id: str, prev: bytes, entries: Sequence[LogEntry]) -> bool:
    """Whether entries of the database are a sound run after `prev`: what is damaged is not archived."""
    for entry in entries:
        right = link(visit_id, entry.n, prev, _entry_value(entry), hashlib.sha256(entry.body).digest())
        if entry.prev != prev or entry.hash != right:
            return False
        prev = entry.hash
    return True


def heads_digest(value: dict[str, Any]) -> bytes:
    """What is signed of the list of heads."""
    return hashlib.sha256(_HEADS_MAGIC + canonical(value)).digest()

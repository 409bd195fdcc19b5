"""`congvu archive`: copy what is new to an off-site folder, prove it there, and only then call it safe."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import select, update

from app.accounts.queries.directory import names_of_people
from app.checklists import actions as publishing
from app.checklists import queries as checklists
from app.domain.errors import DomainError, Invalid
from app.domain.wire import base64url
from app.extensions import db, now
from app.sync import archives, blobs, queries
from app.sync.actions import evidence, returning
from app.sync.actions.returning import ProvenEntry
from app.sync.archives import BrokenArchive, OtherKey, Piece
from app.sync.models import Blob, VisitHead
from app.sync.signing import signer
from app.transactions import own_transaction

logger = structlog.get_logger(__name__)

PIECE = 1000
WRITTEN_AGAIN = "đã ghi lại từ nhật ký của máy chủ"
ASIDE = "tệp hỏng để bên cạnh"
PROVEN_AGAIN = 20  # old pieces that a run reads once more
STRAY = "lần chuyển sang phiếu {}… không nhập lại: phiếu ấy chưa công bố ở đây, hoặc không nối tiếp phiếu đang dùng"


class UnknownSender(Exception):
    """Whoever sent a photo has no account in this database."""


@dataclass
class Archived:
    """What a run did. `problems` are sentences for the operator; the visits they name were left as they were."""

    visits: int = 0
    entries: int = 0
    photos: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Restored:
    """What an archive gave back."""

    taken: int = 0
    known: int = 0
    photos: int = 0
    problems: list[str] = field(default_factory=list)


def archive(root: Path, epoch: str) -> Archived:
    """Copy every visit's new entries and photos; write the signed list of all heads. Raises BeingWritten."""
    with archives.alone(root):
        return _archive(root, epoch)


def _archive(root: Path, epoch: str) -> Archived:
    done, heads = Archived(), {}
    _keep_checklists(root, done)
    ids = db.session.scalars(select(VisitHead.visit_id).order_by(VisitHead.visit_id)).all()
    for visit_id in ids:
        with _named(done, f"{visit_id}: "):
            n, digest = _archive_visit(root, epoch, visit_id, done)
            heads[visit_id] = [n, digest.hex()]
    with _named(done):
        _write_heads(root, epoch, heads)
    _prove_again(root, epoch, done)
    return done


@contextmanager
def _named(done: Archived, where: str = "") -> Iterator[None]:
    """What goes wrong here is told, and costs only itself."""
    try:
        yield
    except (BrokenArchive, OSError) as problem:
        done.problems.append(f"{where}{problem}")


def _keep_checklists(root: Path, done: Archived) -> None:
    """Every published checklist: a re-pin that comes back needs the one it leads to."""
    for version in checklists.all_versions():
        with _named(done, f"phiếu {version.chk[:12]}…: "):
            if archives.checklist(root, version.chk) is None:
                archives.write(archives.checklist_path(root, version.chk), checklists.body_by_chk(version.chk))


def _archive_visit(root: Path, epoch: str, visit_id: str, done: Archived) -> tuple[int, bytes]:
    """Entries first, photos after; the mark moves when both were read back. Returns the archived head."""
    folder = archives.visit_folder(root, epoch, visit_id)
    n, digest = _position(folder, done)
    if n and queries.hash_at(visit_id, n) != digest:
        raise BrokenArchive("kho lưu trữ không khớp với nhật ký của máy chủ")
    before = n
    while entries := queries.log_page(visit_id, after=n, limit=PIECE):
        if not archives.is_continued(visit_id, digest, entries):
            raise BrokenArchive(f"chuỗi băm trong cơ sở dữ liệu hỏng sau số {n}")
        last = entries[-1].hash
        piece = Piece(visit_id, n, digest, entries, last, signer().sign(last))
        path = archives.piece_path(folder, piece)
        archives.write(path, archives.piece_bytes(piece))
        proven = archives.read_piece(path, signer().public_key())
        n, digest = proven.last, proven.hash
    _fill_gaps(folder, visit_id, done)
    copied, proven_photos = _copy_photos(folder, visit_id, done)
    _mark_safe(visit_id, n, proven_photos)
    done.visits += bool(copied) or n > before
    done.entries += n - before
    done.photos += copied
    return n, digest


def _position(folder: Path, done: Archived) -> tuple[int, bytes]:
    """Where the folder ends: its last piece that is whole. Rotten ones behind it are named and written again.

    Raises OSError for a piece that cannot be read, and BrokenArchive for a rotten one that the log cannot replace: in
    its place would be written what goes on otherwise.
    """
    rotten: dict[Path, BrokenArchive] = {}
    end = 0, bytes(32)
    for path in reversed(archives.pieces(folder)):
        try:
            piece = archives.read_piece(path, signer().public_key())
        except BrokenArchive as rot:
            _anew(path, rot)
            rotten[path] = rot
        else:
            end = piece.last, piece.hash
            break
    for path, problem in rotten.items():
        archives.set_aside(path)
        done.problems.append(f"{problem}; {WRITTEN_AGAIN}, {ASIDE}")
    return end


def _fill_gaps(folder: Path, visit_id: str, done: Archived) -> None:
    """A piece may have got lost, or a run was stopped after it had set one aside: what no piece holds is written."""
    for first, last in archives.gaps(folder, PIECE):
        piece = _piece_of_log(visit_id, first, last)
        gap = f"{visit_id}: kho thiếu các mục {first}–{last}"
        if piece is not None:
            archives.write(archives.piece_path(folder, piece), archives.piece_bytes(piece))
        done.problems.append(gap if piece is None else f"{gap}; {WRITTEN_AGAIN}")


def _prove_again(root: Path, epoch: str, done: Archived) -> None:
    """What was proven when it was written may rot: the pieces read longest ago are read once more."""
    for path in archives.read_longest_ago(root, epoch, PROVEN_AGAIN):
        with _named(done):
            _prove_or_write_again(path, done)


def _prove_or_write_again(path: Path, done: Archived) -> None:
    """Raises BrokenArchive for a piece that the log cannot replace, and OSError for one that cannot be read."""
    try:
        archives.read_piece(path, signer().public_key())
    except BrokenArchive as rot:
        piece = _anew(path, rot)
        archives.set_aside(path)
        archives.write(path, archives.piece_bytes(piece))
        done.problems.append(f"{rot}; {WRITTEN_AGAIN}, {ASIDE}")
    finally:  # what stays broken takes nobody else's turn
        archives.note_read(path)


def _anew(path: Path, rot: BrokenArchive) -> Piece:
    """What the log has in place of a rotten piece. Raises the rot if it has not all of it, or if another key than this
    server's signed the log too: then only the key is another one."""
    piece = _piece_of_log(path.parent.name, *archives.piece_bounds(path))
    if piece is None or (isinstance(rot, OtherKey) and not (rot.hash == piece.hash and _is_signed_here(piece))):
        raise rot
    return piece


def _is_signed_here(piece: Piece) -> bool:
    """Whether this server's key has signed the newest push of these entries."""
    signed = [entry for entry in piece.entries if entry.signature]
    return bool(signed) and signer().has_signed(signed[-1].hash, signed[-1].signature)


def _piece_of_log(visit_id: str, first: int, last: int) -> Piece | None:
    """These entries as a piece, if the log has them all and they are sound."""
    prev = queries.hash_at(visit_id, first - 1)
    entries = queries.log_page(visit_id, after=first - 1, limit=last - first + 1)
    if prev is None or len(entries) <= last - first or not archives.is_continued(visit_id, prev, entries):
        return None
    return Piece(visit_id, first - 1, prev, entries, entries[-1].hash, signer().sign(entries[-1].hash))


def _copy_photos(folder: Path, visit_id: str, done: Archived) -> tuple[int, list[str]]:
    """Copy what the folder lacks; returns how many, and which photos that are not yet safe were read back whole.

    One whose file is gone or damaged is named, and costs only itself.
    """
    there, copied, proven = set(archives.photos(folder)), 0, []
    kept = db.session.scalars(select(Blob).where(Blob.visit_id == visit_id).order_by(Blob.sha256)).all()
    for blob in kept:
        if blob.sha256 not in there or not (blob.safe or archives.has_photo(folder, blob.sha256)):
            about = {"mime": blob.mime, "size": blob.size, "uploaded_by": blob.uploaded_by,
                     "received_at": blob.received_at.isoformat()}  # fmt: skip
            try:
                archives.copy_photo(blobs.stored(visit_id, blob.sha256), folder, blob.sha256, about)
            except (BrokenArchive, OSError) as problem:
                logger.warning("photo_not_archived", visit=visit_id, sha256=blob.sha256, error=str(problem))
                done.problems.append(f"{visit_id}: ảnh {blob.sha256[:12]}: thiếu, đã bị hỏng hoặc chưa chép được")
                continue
            copied += 1
        if not blob.safe:
            proven.append(blob.sha256)
    return copied, proven


def _mark_safe(visit_id: str, n: int, photos: list[str]) -> None:
    """The marks move forward only, and only over what was read back from the folder: more may have come meanwhile."""
    behind = (VisitHead.visit_id == visit_id) & (VisitHead.safe_n < n)
    if not photos and not db.session.scalar(select(VisitHead.visit_id).where(behind)):
        return
    with own_transaction():
        db.session.execute(update(VisitHead).where(behind).values(safe_n=n))
        db.session.execute(update(Blob).where(Blob.visit_id == visit_id, Blob.sha256.in_(photos)).values(safe=True))


def _write_heads(root: Path, epoch: str, heads: dict[str, list[object]]) -> None:
    """The anchor: whoever keeps this list elsewhere can prove later that no log was rebuilt or cut."""
    at = now()
    value: dict[str, object] = {
        "format": "congvu-heads",
        "version": 1,
        "at": at.isoformat(timespec="seconds"),
        "epoch": epoch,
        "public_key": base64url(signer().public_key()),
        "visits": heads,
    }
    signed = value | {"sig": base64url(signer().sign(archives.heads_digest(value)))}
    name = at.strftime("%Y%m%dT%H%M%SZ.json")
    content = json.dumps(signed, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    archives.write(root / epoch / "heads" / name, content)


# --- giving back ----------------------------------------------------------------------------------------------


def give_back(root: Path) -> Restored:
    """Append what this database has forgotten of everything the folder proves, of every epoch."""
    done = Restored()
    for epoch in archives.epochs(root):
        for visit_id in archives.visits(root, epoch):
            try:
                _give_back_visit(root, epoch, visit_id, done)
            except (BrokenArchive, DomainError, OSError, ValueError) as problem:
                done.problems.append(f"{visit_id}: {problem}")
    return done


def _give_back_visit(root: Path, epoch: str, visit_id: str, done: Restored) -> None:
    folder = archives.visit_folder(root, epoch, visit_id)
    if not returning.must_exist(visit_id):
        held = len({entry.op for piece in _proven(folder, done) for entry in piece.entries})
        done.problems.append(f"{visit_id}: cuộc kiểm tra không có trong cơ sở dữ liệu; kho giữ {held} mục")
        return
    try:
        _give_back_entries(root, folder, visit_id, done)
    finally:
        _give_back_photos(folder, visit_id, done)


def _give_back_entries(root: Path, folder: Path, visit_id: str, done: Restored) -> None:
    strangers = 0
    for piece in _proven(folder, done):
        with own_transaction():
            proven = returning.of_known_authors([_proven_entry(entry) for entry in piece.entries])
            _publish_again(root, returning.forgotten_checklists(proven))
            back = returning.take_back(visit_id, proven)
        done.taken += back.taken
        done.known += back.known
        strangers += len(piece.entries) - len(proven)
        for chk in back.strays:
            done.problems.append(f"{visit_id}: {STRAY.format(chk[:12])}")
    if strangers:
        done.problems.append(f"{visit_id}: {strangers} mục của người không có tài khoản trong cơ sở dữ liệu")


def _give_back_photos(folder: Path, visit_id: str, done: Restored) -> None:
    for sha256 in archives.photos(folder):
        try:
            done.photos += _give_back_photo(folder, visit_id, sha256)
        except UnknownSender:
            done.problems.append(f"{visit_id}: ảnh {sha256[:12]}: người gửi không có tài khoản trong cơ sở dữ liệu")
        except (Invalid, OSError, ValueError, KeyError, TypeError) as problem:
            logger.warning("photo_not_given_back", visit=visit_id, sha256=sha256, error=str(problem))
            done.problems.append(
                f"{visit_id}: ảnh {sha256[:12]}: không đọc được, không còn nguyên vẹn hoặc chưa ghi được"
            )


def _publish_again(root: Path, forgotten: Iterable[str]) -> None:
    """What a proven re-pin leads to was published: its bytes are proven by their hash."""
    for chk in forgotten:
        body = archives.checklist(root, chk)
        if body is not None:
            publishing.publish_again(body)


def _give_back_photo(folder: Path, visit_id: str, sha256: str) -> bool:
    """Whether it was missing and is there again. Raises UnknownSender, or Invalid for one that is not what it says."""
    about = json.loads((folder / "blobs" / f"{sha256}.json").read_bytes())
    content = (folder / "blobs" / sha256).read_bytes()
    uploader, mime = str(about["uploaded_by"]), str(about["mime"])
    if uploader not in names_of_people({uploader}):
        raise UnknownSender
    with own_transaction():
        return evidence.keep_photo(uploader, visit_id, sha256=sha256, mime=mime, content=content)


def _proven(folder: Path, done: Restored) -> Iterator[Piece]:
    """The pieces that are whole; any other one is named and costs only what no other piece holds."""
    for path in archives.pieces(folder):
        try:
            yield archives.read_piece(path, signer().public_key())
        except (BrokenArchive, OSError) as problem:
            done.problems.append(str(problem))


def _proven_entry(entry: queries.LogEntry) -> ProvenEntry:
    return ProvenEntry(
        entry.op,
        entry.body,
        entry.actor_id,
        entry.writer,
        entry.ws,
        entry.received_ms,
        entry.why,
        entry.parents,
    )

"""Reading the log: pages for devices, entries and answers for the features above. Never writes.

`entries` is the truth; everything here is read from it or from the caches that are kept beside it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, func, select, text

from app.domain import starting
from app.domain.evidence import caption_of, veiled
from app.domain.operations import ACCEPTED, Cells, Entry, Head, cell_value, entry_of, head_of, is_answer, is_contested
from app.domain.repinning import CHECKLIST, Repins
from app.domain.starting import Start
from app.domain.visits import VisitState, answer_cells, is_confirmed, open_held, visit_state
from app.domain.wire import BodyError, decode
from app.extensions import db, run
from app.sync import blobs, models
from app.sync.signing import signer


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of the log, as it is stored, hashed and sent."""

    n: int
    op: str
    body: bytes
    kind: str
    path: str
    actor_id: str
    writer: str
    ws: int
    received_ms: int
    status: str
    why: str
    parents: tuple[str, ...]
    body_hash: bytes
    prev: bytes
    hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest number and hash of a visit's log; `held` and `contested` count what waits for the lead."""

    n: int = 0
    hash: bytes = bytes(32)
    safe_n: int = 0
    held: int = 0
    contested: int = 0


@dataclass(frozen=True, slots=True)
class Photo:
    """A standing photo: `of` is the path of its item or row; `present` once the server holds its verified bytes.

    `place` as it was recorded, None without consent or a fix; `made_from` the hash of the photo it was drawn on,
    `masked` if something was covered; `veiled`: another was made from it by covering something, so few may see it.
    """

    id: str
    op: str
    of: str
    sha256: str
    mime: str
    size: int
    taken_at: str | None
    author: str
    present: bool
    caption: str = ""
    place: Mapping[str, int] | None = None
    made_from: str = ""
    masked: bool = False
    veiled: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A device that has opened a visit: how far it had read and what it owed when it was last heard of."""

    device_id: str
    user_id: str
    opened_at: datetime
    last_at: datetime
    n: int
    pending_ops: int
    pending_blobs: int


_COLUMNS = tuple(getattr(models.Entry, name) for name in LogEntry.__slots__)
_PARENTS = LogEntry.__slots__.index("parents")
_OF_VISIT = select(*_COLUMNS).where(models.Entry.visit_id == bindparam("visit_id")).order_by(models.Entry.n)
_UNSORTED = _OF_VISIT.order_by(None)  # asked for in order, SQLite walks the whole log instead of using an index
_OF_OPS = _UNSORTED.where(models.Entry.op.in_(bindparam("ops", expanding=True)))
_OF_PATHS = _UNSORTED.where(models.Entry.path.in_(bindparam("paths", expanding=True)))
# A range is found through the index of paths, which a LIKE whose text is bound is not; "0" comes next after "/".
_OF_PHOTOS = (models.Entry.path > "photo/") & (models.Entry.path < "photo0")
_PHOTO_STANDS = (
    (models.Head.visit_id == models.Entry.visit_id)
    & (models.Head.op == models.Entry.op)
    & models.Head.path.startswith("photo/")
)
_PAGE = _OF_VISIT.where(models.Entry.n > bindparam("after")).limit(bindparam("limit", type_=Integer))
_HASH_AT = select(models.Entry.hash).where(
    models.Entry.visit_id == bindparam("visit_id"), models.Entry.n == bindparam("n")
)
_INSTALLATION = select(models.Installation.epoch, models.Installation.recovering)
_LOG_HEADS = select(models.VisitHead.visit_id, *(getattr(models.VisitHead, name) for name in LogHead.__slots__)).where(
    models.VisitHead.visit_id.in_(bindparam("visit_ids", expanding=True))
)


def installation() -> tuple[str, bool] | None:
    """The epoch of this database's lineage and whether it is recovering; None before the first request."""
    row = run(_INSTALLATION).first()
    return (row.epoch, row.recovering) if row else None


def log_heads(visit_ids: Collection[str]) -> Mapping[str, LogHead]:
    """The heads of many logs in one statement; a visit without entries has number 0."""
    rows = run(_LOG_HEADS, visit_ids=list(set(visit_ids)))
    found = {row[0]: LogHead(*row[1:]) for row in rows}
    return {visit_id: found.get(visit_id, LogHead()) for visit_id in visit_ids}


def log_head(visit_id: str) -> LogHead:
    """The head of one log."""
    return log_heads([visit_id])[visit_id]


def hash_at(visit_id: str, n: int) -> bytes | None:
    """The hash of entry n (32 zero bytes for n = 0), None if there is no such entry."""
    if n == 0:
        return bytes(32)
    return run(_HASH_AT, visit_id=visit_id, n=n).scalar()


def log_page(visit_id: str, *, after: int = 0, limit: int = 500) -> tuple[LogEntry, ...]:
    """At most `limit` entries with numbers above `after`, in order."""
    rows = run(_PAGE, visit_id=visit_id, after=after, limit=limit)
    return tuple(_log_entry(row) for row in rows)


def whole_log(visit_id: str) -> tuple[LogEntry, ...]:
    """Every entry of a visit, in order."""
    return tuple(_log_entry(row) for row in run(_OF_VISIT, visit_id=visit_id))


def log_of_author(visit_id: str, user_id: str, *, after: int = 0, limit: int = 1000) -> tuple[LogEntry, ...]:
    """A person's own entries above `after`: the proof of delivery for somebody who may no longer read the rest."""
    mine = (models.Entry.visit_id == visit_id) & (models.Entry.actor_id == user_id) & (models.Entry.n > after)
    rows = db.session.execute(select(*_COLUMNS).where(mine).order_by(models.Entry.n).limit(limit))
    return tuple(_log_entry(row) for row in rows)


def log_of_ops(visit_id: str, ops: Collection[str]) -> Mapping[str, LogEntry]:
    """The entries of these operations, by op id, in one statement."""
    rows = run(_OF_OPS, visit_id=visit_id, ops=list(set(ops))) if ops else ()
    return {entry.op: entry for entry in _in_order(rows)}


def log_of_paths(visit_id: str, paths: Collection[str]) -> tuple[LogEntry, ...]:
    """Every entry of these paths, in order, in one statement: the history of cells."""
    rows = run(_OF_PATHS, visit_id=visit_id, paths=list(set(paths))) if paths else ()
    return _in_order(rows)


def _in_order(rows: Iterable[Row[Any]]) -> tuple[LogEntry, ...]:
    return tuple(sorted(map(_log_entry, rows), key=lambda entry: entry.n))


def _where(visit_id: str, condition: ColumnElement[bool]) -> tuple[LogEntry, ...]:
    rows = db.session.execute(
        select(*_COLUMNS).where(models.Entry.visit_id == visit_id, condition).order_by(models.Entry.n)
    )
    return tuple(_log_entry(row) for row in rows)


def decisions_of(visit_id: str) -> tuple[Entry, ...]:
    """Every adoption and dismissal of a visit, in order."""
    about_held = and_(text(models.DECIDES), models.Entry.kind != "resolve")
    return tuple(map(as_domain, _where(visit_id, about_held)))


def entries_where(condition: ColumnElement[bool]) -> tuple[tuple[str, LogEntry], ...]:
    """Entries of any visits, each with its visit, in order: for readers that look over many logs at once."""
    rows = db.session.execute(
        select(*_COLUMNS, models.Entry.visit_id).where(condition).order_by(models.Entry.visit_id, models.Entry.n)
    )
    return tuple((row[-1], _log_entry(row[:-1])) for row in rows)


def _log_entry(row: Row[Any] | tuple[Any, ...]) -> LogEntry:
    fields = list(row)
    fields[_PARENTS] = tuple(fields[_PARENTS])
    return LogEntry(*fields)


def as_domain(entry: LogEntry) -> Entry:
    """What the fold reads; a body that could not be read is held and has the value None."""
    recorded: dict[str, Any] = {
        "n": entry.n,
        "received_at": entry.received_ms,
        "status": entry.status,
        "why": entry.why,
        "writer": entry.writer,
        "ws": entry.ws,
    }
    try:
        return entry_of(decode(entry.body), actor=entry.actor_id, parents=entry.parents, **recorded)
    except BodyError:
        return Entry(entry.op, entry.kind, entry.path, None, entry.actor_id, entry.parents, **recorded)


# --- answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VisitLog:
    """A visit as its whole log tells it: entries, state, and the answers as cells (frozen ones once signed)."""

    entries: tuple[Entry, ...]
    state: VisitState
    cells: Cells

    @property
    def accepted(self) -> tuple[Entry, ...]:
        """The entries that count."""
        return tuple(entry for entry in self.entries if entry.status == ACCEPTED)

    @property
    def held(self) -> tuple[Entry, ...]:
        """Held entries that nobody has adopted or dismissed."""
        return tuple(open_held(self.entries))

    @property
    def confirmed(self) -> bool:
        """Whether what was closed or signed is all here: not so after a restore, until phones gave it back."""
        return is_confirmed(self.entries, self.state)

    @property
    def contested(self) -> Mapping[str, tuple[Head, ...]]:
        """The heads of every contested answer, by path."""
        return {path: heads for path, heads in sorted(self.cells.items()) if _is_contested_answer(path, heads)}


def _is_contested_answer(path: str, heads: tuple[Head, ...]) -> bool:
    return is_answer(path) and is_contested(heads)


def entries_of(visit_id: str, *, upto: int | None = None) -> tuple[Entry, ...]:
    """The entries of a visit as the domain folds them, up to number `upto` if it is given."""
    condition = models.Entry.n <= upto if upto is not None else models.Entry.n > 0
    return tuple(as_domain(entry) for entry in _where(visit_id, condition))


def visit_log(visit_id: str, *, upto: int | None = None) -> VisitLog:
    """A visit's entries, state and answers, read from its log up to number `upto`."""
    return log_told_by(entries_of(visit_id, upto=upto))


def log_told_by(entries: Iterable[Entry]) -> VisitLog:
    """A visit as entries tell it that were read already."""
    entries = tuple(entries)
    return VisitLog(entries, visit_state(entries), answer_cells(entries))


def start_of(entries: Iterable[Entry]) -> Start | None:
    """When a visit was started by its lead, with the lower bound only if this server signed it."""
    return starting.start_of(entries, signer().has_signed_text)


def visit_logs(visit_ids: Collection[str]) -> Mapping[str, VisitLog]:
    """The logs of a few visits, by visit, in one statement."""
    found: dict[str, list[Entry]] = {visit_id: [] for visit_id in visit_ids}
    for visit_id, entry in entries_where(models.Entry.visit_id.in_(set(visit_ids))) if visit_ids else ():
        found[visit_id].append(as_domain(entry))
    return {each: log_told_by(log) for each, log in found.items()}


def cells_of(visit_id: str, *, upto: int | None = None) -> Cells:
    """The answers of a visit as cells: the fold of its log, or of the frozen set once it is signed."""
    return visit_log(visit_id, upto=upto).cells


def history_of(visit_id: str, path: str) -> tuple[Entry, ...]:
    """Everything that was ever written to a cell, in order, held or not, under whatever checklist."""
    repins = repins_of(visit_id)
    entries = (repins.carried(as_domain(entry)) for entry in log_of_paths(visit_id, repins.sources(path)))
    return tuple(entry for entry in entries if entry.path == path)


def repins_of(visit_id: str) -> Repins:
    """The accepted re-pins of a visit."""
    entries = (as_domain(entry) for entry in log_of_paths(visit_id, [CHECKLIST]))
    return Repins(entry for entry in entries if entry.status == ACCEPTED)


# --- evidence, devices ---------------------------------------------------------------------------------------


def photos_of(visit_id: str, cells: Cells, of: str | None = None) -> tuple[Photo, ...]:
    """The photos that stand in these cells, by path; only those of one item or row path if `of` is given."""
    present = photos_there([visit_id])[visit_id]
    heads = [
        (path, head)
        for path, standing in sorted(cells.items())
        if path.startswith("photo/")
        for head in standing
        if isinstance(head.value, Mapping) and (of is None or head.value["of"] == of)
    ]
    few = veiled_photos(visit_id)
    return tuple(
        Photo(
            id=path.removeprefix("photo/"),
            op=head.op,
            of=head.value["of"],
            sha256=head.value["sha256"],
            mime=head.value["mime"],
            size=head.value["size"],
            taken_at=head.value["taken_at"],
            author=head.actor,
            present=head.value["sha256"] in present,
            caption=caption_of(cells, path),
            place=head.value.get("place"),
            made_from=head.value.get("made_from", {}).get("sha256", ""),
            masked=head.value.get("made_from", {}).get("masked", False),
            veiled=head.value["sha256"] in few,
        )
        for path, head in heads
    )


def veiled_photos(visit_id: str) -> frozenset[str]:
    """The hashes of photos that are shown to few (`evidence.veiled`), as everything accepted says, in one statement."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(models.Head, _PHOTO_STANDS)
        .where(models.Head.visit_id == visit_id, models.Entry.status == ACCEPTED)
    )
    return _veiled_by(as_domain(_log_entry(row)) for row in rows)


def _veiled_by(standing: Iterable[Entry]) -> frozenset[str]:
    cells: dict[str, tuple[Head, ...]] = {}
    for entry in standing:
        cells[entry.path] = (*cells.get(entry.path, ()), head_of(entry))
    return veiled(cells)


def blob(visit_id: str, sha256: str) -> models.Blob | None:
    """The verified evidence of this hash in this visit, if the server holds it."""
    return db.session.get(models.Blob, (visit_id, sha256))


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo the server holds and has verified; `safe` once a verified archive holds it too. `size` in bytes."""

    sha256: str
    size: int
    received_at: datetime
    safe: bool


def blobs_of(visit_id: str) -> tuple[Kept, ...]:
    """The photos the server holds of a visit, by hash."""
    columns = (models.Blob.sha256, models.Blob.size, models.Blob.received_at, models.Blob.safe)
    rows = db.session.execute(select(*columns).where(models.Blob.visit_id == visit_id).order_by(models.Blob.sha256))
    return tuple(Kept(*row) for row in rows)


def blobs_there(visit_id: str) -> tuple[Kept, ...]:
    """The photos the server holds of a visit, without those whose file is gone or cut short; one look at each file."""
    return tuple(each for each in blobs_of(visit_id) if blobs.is_there(visit_id, each.sha256, each.size))


def photos_there(visit_ids: Collection[str]) -> Mapping[str, Collection[str]]:
    """The hashes of the photos the server holds of each visit, row and file: one statement and one look at each folder.

    Only receipts look at the length of every file, `congvu check-logs` at what is in it.
    """
    found: dict[str, set[str]] = {visit_id: set() for visit_id in visit_ids}
    rows = select(models.Blob.visit_id, models.Blob.sha256).where(models.Blob.visit_id.in_(found))
    for visit_id, sha256 in db.session.execute(rows):
        found[visit_id].add(sha256)
    return {visit_id: told and told & blobs.names(visit_id) for visit_id, told in found.items()}


def blob_there(visit_id: str, sha256: str) -> models.Blob | None:
    """The verified evidence of this hash in this visit, if the server holds it and its file is there."""
    found = blob(visit_id, sha256)
    return found if found is not None and blobs.is_there(visit_id, sha256, found.size) else None


def photos_accepted(visit_id: str) -> frozenset[str]:
    """The hashes of the photos that accepted operations name, standing or not; photos of held ones are as hidden as
    their bodies."""
    return _named_by(_photo_entries(visit_id, models.Entry.status == ACCEPTED))


def photos_told_by(visit_id: str, user_id: str) -> frozenset[str]:
    """The hashes of the photos that a person's own operations name, held ones too, and of those he sent."""
    sent = (models.Blob.visit_id == visit_id) & (models.Blob.uploaded_by == user_id)
    hashes = frozenset(db.session.scalars(select(models.Blob.sha256).where(sent)))
    return hashes | _named_by(_photo_entries(visit_id, _attached_by(user_id)))


def is_photo_told(visit_id: str, sha256: str, user_id: str) -> bool:
    """Whether accepted operations or a person's own name a photo that is not veiled, in one statement."""
    told = (models.Entry.status == ACCEPTED) | _attached_by(user_id)
    rows = db.session.execute(
        select(*_COLUMNS, models.Head.op)
        .outerjoin(models.Head, _PHOTO_STANDS)
        .where(models.Entry.visit_id == visit_id, _OF_PHOTOS, told)
    )
    entries = [(as_domain(_log_entry(row[:-1])), row[-1]) for row in rows]
    if sha256 not in _named_by(entry for entry, _ in entries):
        return False
    return sha256 not in _veiled_by(entry for entry, head in entries if head is not None and entry.status == ACCEPTED)


def _attached_by(user_id: str) -> ColumnElement[bool]:
    return (models.Entry.actor_id == user_id) & (models.Entry.kind == "attach")


def _photo_entries(visit_id: str, condition: ColumnElement[bool]) -> Iterable[Entry]:
    """Entries of photos, in no order: asked for in order, SQLite walks the whole log instead of using an index."""
    rows = run(_UNSORTED.where(_OF_PHOTOS, condition), visit_id=visit_id)
    return (as_domain(_log_entry(row)) for row in rows)


def _named_by(entries: Iterable[Entry]) -> frozenset[str]:
    values = (cell_value(entry.kind, entry.value) for entry in entries)
    return frozenset(str(each["sha256"]) for each in values if isinstance(each, Mapping) and "sha256" in each)


def upload(visit_id: str, upload_id: str) -> models.Upload | None:
    """An upload under way."""
    return db.session.scalar(
        select(models.Upload).where(models.Upload.id == upload_id, models.Upload.visit_id == visit_id)
    )


def contacts_of(visit_id: str) -> tuple[Contact, ...]:
    """Every device that has opened a visit, the latest heard of first."""
    rows = db.session.execute(
        select(*(getattr(models.VisitContact, name) for name in Contact.__slots__))
        .where(models.VisitContact.visit_id == visit_id)
        .order_by(models.VisitContact.last_at.desc(), models.VisitContact.device_id)
    )
    return tuple(Contact(*row) for row in rows)


def writers_of(visit_id: str) -> Mapping[str, tuple[str, ...]]:
    """The writers of a visit by the device that pushed under them; those that came without a device are left out."""
    found: dict[str, list[str]] = {}
    named = (models.Writer.visit_id == visit_id) & (models.Writer.device_id != "")
    columns = (models.Writer.device_id, models.Writer.writer)
    for device_id, writer in db.session.execute(select(*columns).where(named).order_by(*columns)):
        found.setdefault(device_id, []).append(writer)
    return {device_id: tuple(writers) for device_id, writers in found.items()}


def open_uploads(visit_id: str, user_id: str) -> int:
    """How many uploads of a person are under way in a visit."""
    mine = (models.Upload.visit_id == visit_id) & (models.Upload.user_id == user_id)
    return db.session.scalar(select(func.count()).select_from(models.Upload).where(mine)) or 0

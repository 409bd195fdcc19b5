"""An administrator imports the file a phone exported: looked at first, then held for people to decide.

Every operation is held DROPPED_OFF: under the owner of the device whose ticket the file carries, if the body says that
he wrote it, else under the administrator with the claimed author shown. What the log has already is known by its id, so
importing twice, or going on after a break, stores nothing twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select

from app.accounts.actions.trace import record
from app.accounts.queries import sessions as accounts
from app.accounts.queries.sessions import TicketHolder
from app.campaigns import queries as campaigns
from app.domain.errors import DomainError, NotFound
from app.domain.permissions import Actor, may
from app.domain.wire import BodyError, decode
from app.extensions import db, new_id, now
from app.sync import outbox_files, queries
from app.sync.actions import evidence
from app.sync.actions.drop import server_writer
from app.sync.actions.push import Sender, Sent, push
from app.sync.models import OutboxImport
from app.sync.outbox_files import BadLine, DraftLine, EndLine, FileHead, Line, OpLine, PhotoLine

KEPT_FOR = timedelta(days=7)
AT_ONCE = 200
DRAFTS_SHOWN = 100

OK, MISSING, NOT_YOURS, NOT_THEIRS = "ok", "missing", "not_yours", "not_theirs"


@dataclass
class Part:
    """What a file holds of one visit and one claimed author: `known` the log has, `other` has other bytes there."""

    visit_id: str
    author: str
    new: int = 0
    known: int = 0
    other: int = 0


@dataclass
class Plan:
    """What importing a file would do. `standing` says which visits may be imported; `told` is the file's last line."""

    head: FileHead
    owner: TicketHolder | None
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)
    photos_new: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    photos_known: int = 0
    drafts: list[DraftLine] = field(default_factory=list)
    drafts_total: int = 0
    bad: int = 0
    ops: int = 0
    photos: int = 0
    told: EndLine | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the file breaks off, or holds less than its last line says."""
        return self.told is None or self.ops < self.told.ops or self.photos < self.told.photos

    @property
    def new(self) -> int:
        return sum(part.new for part in self.parts.values() if self.standing[part.visit_id] == OK)

    @property
    def new_photos(self) -> int:
        return sum(number for visit, number in self.photos_new.items() if self.standing[visit] == OK)


@dataclass
class Done:
    """What an import did."""

    ops: int = 0
    photos: int = 0
    refused_photos: int = 0


def keep_import(actor: Actor, import_id: str, file_name: str, sha256: str, size: int) -> None:
    """Remember an uploaded file. The actor's own old files that were never confirmed go."""
    old = select(OutboxImport.id).where(
        OutboxImport.user_id == actor.user_id,
        OutboxImport.applied_at.is_(None),
        OutboxImport.created_at < now() - KEPT_FOR,
    )
    for stale in db.session.scalars(old).all():
        outbox_files.place(stale).unlink(missing_ok=True)
        db.session.execute(delete(OutboxImport).where(OutboxImport.id == stale))
    db.session.add(
        OutboxImport(
            id=import_id,
            user_id=actor.user_id,
            created_at=now(),
            file_name=file_name[:200],
            sha256=sha256,
            size=size,
            result={},
        )
    )
    db.session.flush()


def own_import(actor: Actor, import_id: str) -> OutboxImport:
    """An import of the actor's own. Raises NotFound."""
    found = db.session.get(OutboxImport, import_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound("not_found")
    return found


def plan(actor: Actor, import_id: str) -> Plan:
    """Look through a file without storing anything. Raises NotFound, Refused."""
    path = outbox_files.place(own_import(actor, import_id).id)
    if not path.exists():
        raise NotFound("not_found")
    with path.open("rb") as file:
        head = outbox_files.head_of(file)
    made = Plan(head, _owner(head))
    waiting: list[OpLine] = []
    for line in outbox_files.lines(path):
        if isinstance(line, OpLine):
            waiting.append(line)
            if len(waiting) >= AT_ONCE:
                _count(actor, made, waiting)
                waiting = []
        else:
            _note(actor, made, line)
    _count(actor, made, waiting)
    return made


def _owner(head: FileHead) -> TicketHolder | None:
    """The owner of the device that made the file, if its ticket proves it."""
    found = accounts.ticket_holder(head.ticket) if head.ticket else None
    return found if found is not None and not found.device_revoked else None


def _note(actor: Actor, made: Plan, line: Line) -> None:
    if isinstance(line, PhotoLine):
        made.photos += 1
        if _stands(actor, made, line.visit) == OK and queries.blob(line.visit, line.sha256) is not None:
            made.photos_known += 1
        else:
            made.photos_new[line.visit] += 1
    elif isinstance(line, DraftLine):
        made.drafts_total += 1
        if len(made.drafts) < DRAFTS_SHOWN:
            made.drafts.append(line)
    elif isinstance(line, EndLine):
        made.told = line
    elif isinstance(line, BadLine):
        made.bad += 1


def _count(actor: Actor, made: Plan, ops: Sequence[OpLine]) -> None:
    for visit_id, lines in _by_visit(ops).items():
        standing = _stands(actor, made, visit_id)
        stored = queries.log_of_ops(visit_id, [line.op for line in lines]) if standing == OK else {}
        for line in lines:
            made.ops += not line.evidence
            author = _author(line)
            part = made.parts.setdefault((visit_id, author), Part(visit_id, author))
            entry = stored.get(line.op)
            if entry is None:
                part.new += 1
            elif entry.body == line.body:
                part.known += 1
            else:
                part.other += 1


def _by_visit(ops: Iterable[OpLine]) -> dict[str, list[OpLine]]:
    found: dict[str, list[OpLine]] = defaultdict(list)
    for each in ops:
        found[each.visit].append(each)
    return found


def _author(line: OpLine) -> str:
    """Whom the body names; empty if it cannot be read."""
    try:
        return decode(line.body).user
    except BodyError:
        return ""


def _stands(actor: Actor, made: Plan, visit_id: str) -> str:
    """Whether a visit of the file exists, is within the administrator's reach, and was ever the ticket's owner's."""
    if visit_id not in made.standing:
        made.standing[visit_id] = _judge_visit(actor, made.owner, visit_id)
    return made.standing[visit_id]


def _judge_visit(actor: Actor, owner: TicketHolder | None, visit_id: str) -> str:
    visit = campaigns.planned_visits([visit_id]).get(visit_id)
    if visit is None:
        return MISSING
    subject = visit.subject
    if not may(actor, "campaign.manage", subject):
        return NOT_YOURS
    if owner is not None and owner.user_id not in subject.member_ids | subject.former_ids:
        return NOT_THEIRS
    return OK


# --- importing ------------------------------------------------------------------------------------------------


def batches(actor: Actor, made: Plan, import_id: str) -> Iterator[list[OpLine] | PhotoLine]:
    """What of a file may be imported, in portions that are each stored in a transaction of their own."""
    waiting: dict[tuple[str, bool], list[OpLine]] = defaultdict(list)
    for line in outbox_files.lines(outbox_files.place(import_id)):
        if isinstance(line, PhotoLine) and _stands(actor, made, line.visit) == OK:
            yield line
        elif isinstance(line, OpLine) and _stands(actor, made, line.visit) == OK:
            portion = waiting[line.visit, _is_owners(made, line)]
            portion.append(line)
            if len(portion) >= AT_ONCE:
                yield list(portion)
                portion.clear()
    yield from (portion for portion in waiting.values() if portion)


def _is_owners(made: Plan, line: OpLine) -> bool:
    return made.owner is not None and _author(line) in ("", made.owner.user_id)


def store_ops(actor: Actor, made: Plan, lines: Sequence[OpLine]) -> int:
    """Hold a portion of one visit and one sender; returns how many were new."""
    if made.owner is not None and _is_owners(made, lines[0]):
        owner = Actor(made.owner.user_id, made.owner.name)
        sender = Sender(owner, device_id=made.owner.device_id, dropped=True, counted=False)
        writer = server_writer("drop", made.owner.device_id)
    else:
        sender = Sender(actor, dropped=True, imported=True, counted=False)
        writer = server_writer("import", actor.user_id)
    pushed = push(sender, lines[0].visit, writer, [Sent(line.op, 1, line.body) for line in lines])
    return [each.outcome for each in pushed.results].count("ok")


def store_photo(actor: Actor, made: Plan, line: PhotoLine) -> bool | None:
    """Keep a photo; False if the visit has it, None if it is no photo that we take."""
    uploader = made.owner.user_id if made.owner is not None else actor.user_id
    try:
        return evidence.keep_photo(uploader, line.visit, sha256=line.sha256, mime=line.mime, content=line.content)
    except DomainError:
        return None


def finish(actor: Actor, import_id: str, made: Plan, done: Done) -> None:
    """Write down that the file was imported; the file itself goes, for its work is in the log."""
    kept = own_import(actor, import_id)
    kept.applied_at = now()
    kept.result = {"ops": done.ops, "photos": done.photos, "refused_photos": done.refused_photos}
    whose = made.owner.user_id if made.owner is not None else actor.user_id
    told = f"Nhập tệp dự phòng “{kept.file_name}”: {done.ops} thay đổi được giữ lại chờ quyết định, {done.photos} ảnh"
    record(actor, "outbox_imported", f"user/{whose}", told)
    outbox_files.place(import_id).unlink(missing_ok=True)


def fresh_id() -> str:
    """The id of a file that is about to be uploaded."""
    return new_id()

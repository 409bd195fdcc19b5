"""`congvu check-logs`: is every log still what was signed, every cache what its log folds to, every photo whole?

Nothing is repaired here and nothing is written: what is wrong is said, for people to look at.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from app.domain.operations import Fold
from app.domain.visits import open_held
from app.domain.wire import canonical
from app.extensions import db
from app.sync import archives, blobs, queries
from app.sync.actions.ledger import ABSENT
from app.sync.models import Head, VisitHead
from app.sync.queries import LogEntry
from app.sync.signing import signer


@dataclass
class Checked:
    """What was looked at, and what is wrong, each as a sentence for the operator."""

    visits: int = 0
    entries: int = 0
    photos: int = 0
    problems: list[str] = field(default_factory=list)


def check_logs() -> Checked:
    """Check one visit after the other; only one log is in memory at a time."""
    done = Checked()
    for visit_id in db.session.scalars(select(VisitHead.visit_id).order_by(VisitHead.visit_id)).all():
        done.visits += 1
        done.problems += [f"{visit_id}: {problem}" for problem in _problems(visit_id, done)]
        db.session.expire_all()
    return done


def _problems(visit_id: str, done: Checked) -> Iterator[str]:
    log = queries.whole_log(visit_id)
    done.entries += len(log)
    broken = _broken_at(visit_id, log)
    if broken is not None:
        yield f"chuỗi băm hỏng từ mục {broken}: nội dung, người ghi hoặc thứ tự đã bị sửa"
        return  # what stands on it cannot be judged
    for entry in log:
        if entry.signature and not signer().has_signed(entry.hash, entry.signature):
            yield f"mục {entry.n}: chữ ký của máy chủ không đúng"
    head = queries.log_head(visit_id)
    last = log[-1] if log else None
    if (head.n, head.hash) != ((last.n, last.hash) if last else (0, bytes(32))):
        yield f"nhật ký có {len(log)} mục, đầu nhật ký ghi {head.n}: bị cắt đuôi hoặc ghi thêm"
    if last is not None and not last.signature:
        yield f"mục cuối ({last.n}) không có chữ ký của máy chủ"
    yield from _wrong_caches(visit_id, log, head)
    for photo in queries.blobs_of(visit_id):
        done.photos += 1
        if not blobs.is_whole(visit_id, photo.sha256):
            yield f"ảnh {photo.sha256[:12]}… thiếu hoặc đã bị sửa"


def _broken_at(visit_id: str, log: tuple[LogEntry, ...]) -> int | None:
    """The number of the first entry that does not continue the chain."""
    prev = bytes(32)
    for n, entry in enumerate(log, start=1):
        if entry.n != n or not archives.is_continued(visit_id, prev, [entry]):
            return entry.n
        prev = entry.hash
    return None


def _wrong_caches(visit_id: str, log: tuple[LogEntry, ...], head: queries.LogHead) -> Iterator[str]:
    entries = [queries.as_domain(entry) for entry in log]
    folded = Fold(entries)
    wanted = {
        (path, each.op): hashlib.sha256(canonical(each.value)).digest()
        for path, standing in folded.cells.items()
        for each in standing
    }
    rows = db.session.execute(
        select(Head.path, Head.op, Head.value_hash).where(Head.visit_id == visit_id, Head.n != ABSENT)
    )
    if {(path, op): digest for path, op, digest in rows} != wanted:
        yield "bảng câu trả lời hiện hành không khớp với nhật ký"
    counted = (len(open_held(entries)), len(folded.contested))
    if (head.held, head.contested) != counted:
        yield f"số mục bị giữ và ô có câu trả lời khác nhau là {counted}, bảng ghi {(head.held, head.contested)}"

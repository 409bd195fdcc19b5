"""What somebody who may not read a visit's log any more is told of his own entries in it, and of nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, case, func, select

from app.extensions import run
from app.sync import queries
from app.sync.models import Entry, VisitHead

_Key = tuple[str, bytes, int]  # person, hash of the log's head (it names the visit), safe mark
_KEPT = 4096  # marks a process remembers


@dataclass(frozen=True, slots=True)
class OwnMark:
    """Numbers of a person's last entry and of the last one that the off-site backup holds; 0: there is none."""

    n: int = 0
    safe_n: int = 0


_BACKED_UP = case((Entry.n <= VisitHead.safe_n, Entry.n), else_=0)
_MARKS = (
    select(Entry.visit_id, func.max(Entry.n), func.max(_BACKED_UP))
    .join(VisitHead, VisitHead.visit_id == Entry.visit_id)
    .where(Entry.visit_id.in_(bindparam("visit_ids", expanding=True)), Entry.actor_id == bindparam("user_id"))
    .group_by(Entry.visit_id)
)
# A hash stands for the whole log before it, so what was once worked out for it stays true: a manifest that is asked
# for three times a minute does not read old logs again.
_marks: dict[_Key, OwnMark] = {}


def own_marks(user_id: str, visit_ids: Collection[str]) -> Mapping[str, OwnMark]:
    """The person's marks, by visit; none of visits in which he has no entry. One or two statements."""
    heads = queries.log_heads(visit_ids) if visit_ids else {}
    keys = {visit_id: (user_id, head.hash, head.safe_n) for visit_id, head in heads.items() if head.n}
    known = {visit_id: _marks.get(key) for visit_id, key in keys.items()}
    unread = [visit_id for visit_id, mark in known.items() if mark is None]
    marks = {visit_id: mark for visit_id, mark in known.items() if mark} | _read(user_id, unread)
    if len(_marks) > _KEPT:
        _marks.clear()
    _marks.update({keys[visit_id]: marks[visit_id] for visit_id in unread})
    return {visit_id: mark for visit_id, mark in sorted(marks.items()) if mark.n}


def _read(user_id: str, visit_ids: Collection[str]) -> dict[str, OwnMark]:
    marks = dict.fromkeys(visit_ids, OwnMark())
    rows = run(_MARKS, user_id=user_id, visit_ids=list(visit_ids)) if visit_ids else ()
    return marks | {visit_id: OwnMark(n, safe_n) for visit_id, n, safe_n in rows}

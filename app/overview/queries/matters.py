"""What waits for a decision, over all visits a person oversees, and what was decided.

A page holds a few visits; of these only the held and the deciding entries, the standing heads and what they name are
read, in a fixed number of statements however long the logs are.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, text

from app.accounts.models import Unit
from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.campaigns.models import Campaign, Member, Visit
from app.campaigns.queries import PlannedVisit
from app.campaigns.queries.visits import SEALED
from app.checklists import queries as checklists
from app.domain.checklist import Item
from app.domain.evidence import veiled
from app.domain.matters import HELD, Matter, matters
from app.domain.operation_text import (
    checklist_items,
    details_text,
    entry_value,
    item_key_of,
    moment_of,
    place_text,
    reason_text,
    received_moment,
    value_text,
)
from app.domain.operations import ACCEPTED, Cells, Entry, fold
from app.domain.permissions import Actor, Role, may
from app.domain.vietnamese import search_key
from app.domain.wire import BodyError, decode
from app.extensions import db
from app.sync import queries as sync
from app.sync.models import DECIDES, IS_HELD, Head, VisitHead
from app.sync.models import Entry as EntryRow

VISITS_A_PAGE = 10
SHOWN = 20  # matters of one visit among others; alone, it is shown in pages with all of them


@dataclass(frozen=True)
class MatterSearch:
    """What is looked for: `decided` or what waits; `kind` contested, held or empty; a visit; words of a unit's name."""

    decided: bool = False
    kind: str = ""
    visit_id: str = ""
    text: str = ""


@dataclass(frozen=True)
class Side:
    """One of the answers that stand against each other, or a held one. `hidden`: its content is not for this reader."""

    text: str
    details: str
    who: str
    claimed_author: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    n: int | None
    hidden: bool
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """What was decided, by whom and why."""

    kind: str
    text: str
    who: str
    reason: str
    wall: str
    device_time: datetime | None
    received_at: datetime | None
    n: int | None


@dataclass(frozen=True)
class MatterView:
    kind: str
    path: str
    item_key: str
    item_text: str
    place: str
    why_held: str
    sides: tuple[Side, ...]
    decision: Decision | None


@dataclass(frozen=True)
class VisitMatters:
    """A visit with what waits or was decided in it; `leads`: the reader decides, on the phone."""

    visit: PlannedVisit
    matters: tuple[MatterView, ...]
    hidden: int
    leads: bool


@dataclass
class _Page:
    """What was read of the visits of a page."""

    actor: Actor
    visits: Mapping[str, PlannedVisit]
    entries: dict[str, dict[str, Entry]] = field(default_factory=lambda: defaultdict(dict))
    claimed: dict[str, str] = field(default_factory=dict)
    heads: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: Mapping[str, str] = field(default_factory=dict)
    present: Mapping[str, Collection[str]] = field(default_factory=dict)
    items: Mapping[str, Mapping[str, Item]] = field(default_factory=dict)


def number_of_visits(actor: Actor, search: MatterSearch) -> int:
    """How many visits have something of what is looked for."""
    counted = select(func.count()).select_from(Visit).join(Campaign, Campaign.id == Visit.campaign_id)
    return db.session.scalar(counted.where(*_conditions(actor, search))) or 0


def matters_found(actor: Actor, search: MatterSearch, *, limit: int, offset: int = 0) -> Sequence[VisitMatters]:
    """One page of visits with their matters, the latest planned first."""
    ids = db.session.scalars(
        select(Visit.id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .where(*_conditions(actor, search))
        .order_by(Visit.planned_on.desc(), Visit.unit_name, Visit.id)
        .limit(limit)
        .offset(offset)
    ).all()
    page = _read(actor, ids)
    return [_queue(page, visit_id, search).part(limit=SHOWN) for visit_id in ids]


def queue_of_visit(actor: Actor, search: MatterSearch) -> "VisitQueue | None":
    """The matters of the visit that is looked for, to be shown in pages; None if it has none of them."""
    found = db.session.scalars(
        select(Visit.id).join(Campaign, Campaign.id == Visit.campaign_id).where(*_conditions(actor, search))
    ).all()
    return _queue(_read(actor, found), found[0], search) if found else None


def _conditions(actor: Actor, search: MatterSearch) -> list[ColumnElement[bool]]:
    mine = select(Member.delegation_id).where(Member.user_id == actor.user_id, Member.removed_at.is_(None))
    reach = {grant.unit_path for grant in actor.grants if grant.role in {Role.ADMINISTRATOR, Role.VICE_CHAIR}}
    hosted = [Campaign.host_path.startswith(path, autoescape=True) for path in sorted(reach)]
    conditions: list[ColumnElement[bool]] = [or_(Visit.delegation_id.in_(mine), *hosted), not_(SEALED)]
    if search.decided:
        decided = select(EntryRow.n).where(EntryRow.visit_id == Visit.id, text(DECIDES)).correlate(Visit)
        conditions.append(decided.exists())
    else:
        wanted = {"contested": VisitHead.contested > 0, "held": VisitHead.held > 0}
        some = wanted.get(search.kind, or_(*wanted.values()))
        waiting = select(VisitHead.n).where(VisitHead.visit_id == Visit.id, some).correlate(Visit)
        conditions.append(waiting.exists())
    if search.visit_id:
        conditions.append(Visit.id == search.visit_id)
    if search.text:
        named = Unit.search_key.contains(search_key(search.text), autoescape=True)
        conditions.append(Visit.unit_id.in_(select(Unit.id).where(named)))
    return conditions


# --- reading --------------------------------------------------------------------------------------------------


def _read(actor: Actor, ids: Collection[str]) -> _Page:
    page = _Page(actor, campaigns.planned_visits(ids) if ids else {})
    if not ids:
        return page
    within = EntryRow.visit_id.in_(ids)
    _take(page, and_(within, text(IS_HELD)))
    _take(page, and_(within, text(DECIDES)))
    several = (
        select(Head.visit_id, Head.path)
        .where(Head.visit_id.in_(ids))
        .group_by(Head.visit_id, Head.path)
        .having(func.count() > 1)
        .subquery()
    )
    paths = {entry.path for entries in page.entries.values() for entry in entries.values()}
    standing = select(Head.visit_id, Head.path, Head.op).where(Head.visit_id.in_(ids))
    rivals = standing.join(several, and_(several.c.visit_id == Head.visit_id, several.c.path == Head.path))
    for visit_id, _, op in [*db.session.execute(standing.where(_beside(paths))), *db.session.execute(rivals)]:
        page.heads[visit_id].add(op)
    named = set().union(*page.heads.values()) if page.heads else set()
    named |= {parent for entries in page.entries.values() for entry in entries.values() for parent in entry.parents}
    named -= {op for entries in page.entries.values() for op in entries}
    if named:
        _take(page, and_(within, EntryRow.op.in_(named)))
    _name(page)
    return page


def _beside(paths: Collection[str]) -> ColumnElement[bool]:
    """Heads of these cells, of the names of rows, and the photos, which are shown beside answers."""
    return or_(Head.path.in_(paths), Head.path.endswith("/label"), Head.path.startswith("photo/"))


def _take(page: _Page, condition: ColumnElement[bool]) -> None:
    for visit_id, entry in sync.entries_where(condition):
        page.entries[visit_id][entry.op] = sync.as_domain(entry)
        if entry.status != ACCEPTED and entry.why == "DROPPED_OFF":
            page.claimed[entry.op] = _claimed(entry.body)


def _claimed(body: bytes) -> str:
    """Whom the body itself names as its author: what an administrator imports was written by others."""
    try:
        return decode(body).user
    except BodyError:
        return ""


def _name(page: _Page) -> None:
    people = {entry.actor for entries in page.entries.values() for entry in entries.values()}
    people |= {str(entry.value["author"]) for entries in page.entries.values() for entry in entries.values()
               if entry.kind == "adopt" and isinstance(entry.value, Mapping) and "author" in entry.value}  # fmt: skip
    page.names = directory.names_of_people(people | set(page.claimed.values()) - {""})
    page.present = sync.photos_there(page.visits)
    versions = checklists.versions({visit.checklist_version_id for visit in page.visits.values()})
    page.items = {
        visit.id: checklist_items(checklists.checklist_by_chk(versions[visit.checklist_version_id].chk))
        for visit in page.visits.values()
    }


# --- showing --------------------------------------------------------------------------------------------------


class VisitQueue:
    """What was looked for in one visit, put into words as far as it is shown."""

    def __init__(self, found: Sequence[Matter], show: "_Shower") -> None:
        self._found, self._show = found, show

    @property
    def total(self) -> int:
        return len(self._found)

    def part(self, *, limit: int, offset: int = 0) -> VisitMatters:
        """Some of it, with how many are behind."""
        views = tuple(self._show.matter(each) for each in self._found[offset : offset + limit])
        visit, reader = self._show.visit, self._show.page.actor.user_id
        return VisitMatters(visit, views, self.total - offset - len(views), reader in visit.subject.lead_ids)


def _queue(page: _Page, visit_id: str, search: MatterSearch) -> VisitQueue:
    entries = page.entries[visit_id]
    standing = page.heads[visit_id]
    cells = fold([entries[op] for op in standing if op in entries])
    found = [
        each
        for each in matters(entries.values(), cells)
        if (each.decision is not None) == search.decided and search.kind in ("", each.kind)
    ]
    return VisitQueue(found, _Shower(page, page.visits[visit_id], cells))


class _Shower:
    """Puts the matters of one visit into words."""

    def __init__(self, page: _Page, visit: PlannedVisit, cells: Cells) -> None:
        self.page, self.visit, self.cells = page, visit, cells
        self.items = page.items[visit.id]
        self.directs = may(page.actor, "overview.see", visit.subject)
        self.labels = {
            path.split("/")[3]: str(heads[0].value)
            for path, heads in cells.items()
            if path.endswith("/label") and path.count("/") == 4 and heads[0].value
        }
        self.veiled = frozenset() if self.directs else veiled(cells)
        arrived = _photos(cells, page.present[visit.id])
        self.photos = [each for each in arrived if self.may_see(each[0], each[2])]

    def may_see(self, sha256: str, author: str) -> bool:
        """A photo somebody covered a face or paper of is shown to its author and to those who direct the visit."""
        return sha256 not in self.veiled or author == self.page.actor.user_id

    def matter(self, matter: Matter) -> MatterView:
        value = entry_value(matter.subject)
        if matter.path.endswith("/caption"):
            value = self.photo_of(matter.path)
        of = value.get("of") if isinstance(value, Mapping) and isinstance(value.get("of"), str) else None
        key = item_key_of(matter.path, {matter.path.removesuffix("/caption"): of} if of else {}) or ""
        item = self.items.get(key)
        return MatterView(
            kind=matter.kind,
            path=matter.path,
            item_key=key if item else "",
            item_text=item.text.vi if item else "",
            place=place_text(item, matter.path, self.labels),
            why_held=matter.subject.why if matter.kind == HELD else "",
            sides=tuple(self.side(item, entry) for entry in matter.sides),
            decision=self.decision(item, matter.decision) if matter.decision else None,
        )

    def side(self, item: Item | None, entry: Entry) -> Side:
        hidden = entry.status != ACCEPTED and not self.directs and entry.actor != self.page.actor.user_id
        value = entry_value(entry)
        claimed = self.page.claimed.get(entry.op, "")
        return Side(
            text="" if hidden else value_text(item, entry.path, value),
            details="" if hidden else details_text(value),
            who=self.who(entry),
            claimed_author=self.page.names.get(claimed, claimed) if claimed and claimed != entry.actor else "",
            wall=entry.wall,
            device_time=moment_of(entry.wall),
            received_at=received_moment(entry.received_at),
            n=entry.n,
            hidden=hidden,
            photos=() if hidden else self._photos_of(entry),
        )

    def who(self, entry: Entry) -> str:
        author = entry.actor
        if entry.kind == "adopt" and isinstance(entry.value, Mapping):
            author = str(entry.value.get("author") or author)
        return self.page.names.get(author, "–")

    def decision(self, item: Item | None, entry: Entry) -> Decision:
        return Decision(
            kind=entry.kind,
            text="" if entry.kind == "dismiss" else value_text(item, entry.path, entry_value(entry)),
            who=self.page.names.get(entry.actor, "–"),
            reason=reason_text(entry),
            wall=entry.wall,
            device_time=moment_of(entry.wall),
            received_at=received_moment(entry.received_at),
            n=entry.n,
        )

    def photo_of(self, caption_path: str) -> Any:
        """The photo that stands under a caption; None if it was taken away."""
        heads = self.cells.get(caption_path.removesuffix("/caption"), ())
        return heads[0].value if heads else None

    def _photos_of(self, entry: Entry) -> tuple[str, ...]:
        """The photo that the operation itself is about, or those that were put beside the cell it writes."""
        value = self.photo_of(entry.path) if entry.path.endswith("/caption") else entry_value(entry)
        if entry.path.startswith("photo/"):
            sha256 = str(value.get("sha256")) if isinstance(value, Mapping) else ""
            shown = sha256 in self.page.present[self.visit.id] and self.may_see(sha256, entry.actor)
            return (sha256,) if shown else ()
        parts = entry.path.split("/")
        places = {"/".join(parts[:2]), "/".join(parts[:4])} if parts[0] == "item" else set()
        return tuple(sha256 for sha256, of, who in self.photos if of in places and who == entry.actor)[:6]


def _photos(cells: Cells, present: Collection[str]) -> list[tuple[str, str, str]]:
    """(hash, of which path, whose) of every standing photo that has arrived."""
    return [
        (head.value["sha256"], head.value["of"], head.actor)
        for path, heads in sorted(cells.items())
        if path.startswith("photo/")
        for head in heads
        if isinstance(head.value, Mapping) and head.value.get("sha256") in present
    ]

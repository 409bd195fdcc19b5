"""Reading drafts and their saves. Names of people come with them, in one statement however many."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app.accounts.queries import directory
from app.checklists.models import ChecklistDraft, DraftSave
from app.domain.errors import NotFound
from app.extensions import db


@dataclass(frozen=True)
class DraftEntry:
    """A draft without its text."""

    id: str
    slug: str
    title: str
    revision: int
    based_on: str | None
    saved_at: datetime
    saved_by: str
    saver: str  # the name of who saved last


@dataclass(frozen=True)
class Draft(DraftEntry):
    """An open draft with its text."""

    text: str


@dataclass(frozen=True)
class Save:
    """One save in a draft's history."""

    revision: int
    what: str
    saved_at: datetime
    saver: str


_COLUMNS = (
    ChecklistDraft.id,
    ChecklistDraft.slug,
    ChecklistDraft.title,
    ChecklistDraft.revision,
    ChecklistDraft.based_on,
    ChecklistDraft.saved_at,
    ChecklistDraft.saved_by,
)


def _open() -> Select[int]:
    return select(func.count()).where(ChecklistDraft.published_as.is_(None), ChecklistDraft.discarded_at.is_(None))


def number_of_drafts() -> int:
    """How many drafts are open."""
    return db.session.scalar(_open()) or 0


def open_drafts(*, limit: int, offset: int = 0) -> tuple[DraftEntry, ...]:
    """The open drafts, the one saved last first."""
    rows = db.session.execute(
        _open()
        .with_only_columns(*_COLUMNS)
        .order_by(ChecklistDraft.saved_at.desc(), ChecklistDraft.id)
        .limit(limit)
        .offset(offset)
    ).all()
    names = directory.names_of_people({row.saved_by for row in rows})
    return tuple(DraftEntry(*row, saver=names.get(row.saved_by, "")) for row in rows)


def draft(draft_id: str) -> Draft:
    """One open draft; raises NotFound, also for one that was published or discarded."""
    row = db.session.execute(
        _open().with_only_columns(*_COLUMNS, ChecklistDraft.text).where(ChecklistDraft.id == draft_id)
    ).first()
    if row is None:
        raise NotFound("not_found")
    saver = directory.names_of_people({row.saved_by}).get(row.saved_by, "")
    based_on, at, by = row.based_on, row.saved_at, row.saved_by
    return Draft(row.id, row.slug, row.title, row.revision, based_on, at, by, saver, row.text)


def published_as(draft_id: str) -> str | None:
    """The version a draft has become, if it was published."""
    return db.session.scalar(select(ChecklistDraft.published_as).where(ChecklistDraft.id == draft_id))


def number_of_saves(draft_id: str) -> int:
    """How often a draft was saved."""
    return db.session.scalar(select(func.count()).where(DraftSave.draft_id == draft_id)) or 0


def saves(draft_id: str, *, limit: int, offset: int = 0) -> tuple[Save, ...]:
    """The saves of a draft, the last one first."""
    rows = db.session.execute(
        select(DraftSave.revision, DraftSave.what, DraftSave.saved_at, DraftSave.saved_by)
        .where(DraftSave.draft_id == draft_id)
        .order_by(DraftSave.revision.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    names = directory.names_of_people({row.saved_by for row in rows})
    return tuple(Save(row.revision, row.what, row.saved_at, names.get(row.saved_by, "")) for row in rows)


def text_at(draft_id: str, revision: int) -> str:
    """The text as it was saved then; raises NotFound."""
    packed = db.session.scalar(
        select(DraftSave.packed).where(DraftSave.draft_id == draft_id, DraftSave.revision == revision)
    )
    if packed is None:
        raise NotFound("not_found")
    return zlib.decompress(packed).decode()

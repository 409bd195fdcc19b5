"""Reading published checklist versions. A version's bytes never change, so what was parsed may be kept."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from app.checklists import library
from app.checklists.editing.yaml_text import authored, write
from app.checklists.models import ChecklistVersion, ItemCode
from app.domain.checklist import Checklist, parse
from app.domain.errors import NotFound
from app.extensions import db, run


@dataclass(frozen=True)
class Version:
    """A published version without its bytes."""

    id: str
    slug: str
    version: int
    title: str
    chk: str
    published_at: datetime
    published_by: str | None
    change_note: str
    withdrawn_at: datetime | None
    withdrawn_reason: str

    @property
    def withdrawn(self) -> bool:
        return self.withdrawn_at is not None


_COLUMNS = (
    ChecklistVersion.id,
    ChecklistVersion.slug,
    ChecklistVersion.version,
    ChecklistVersion.title,
    ChecklistVersion.chk,
    ChecklistVersion.published_at,
    ChecklistVersion.published_by,
    ChecklistVersion.change_note,
    ChecklistVersion.withdrawn_at,
    ChecklistVersion.withdrawn_reason,
)

_BY_ID = select(*_COLUMNS).where(ChecklistVersion.id.in_(bindparam("ids", expanding=True)))
_USABLE_OF_SLUGS = (
    select(*_COLUMNS)
    .where(ChecklistVersion.slug.in_(bindparam("slugs", expanding=True)), ChecklistVersion.withdrawn_at.is_(None))
    .order_by(ChecklistVersion.version)
)


def _version(row: Any) -> Version:
    return Version(*row)


def all_versions() -> tuple[Version, ...]:
    """Every published version, by slug, newest version first; not those cut for short visits."""
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(ChecklistVersion.cut_of.is_(None))
        .order_by(ChecklistVersion.slug, ChecklistVersion.version.desc())
    )
    return tuple(_version(row) for row in rows)


def usable_versions() -> tuple[Version, ...]:
    """The versions a new campaign may choose: all that were not withdrawn."""
    return tuple(version for version in all_versions() if not version.withdrawn)


def versions(version_ids: Collection[str]) -> Mapping[str, Version]:
    """The versions named, by id; one query however many."""
    return {row.id: _version(row) for row in run(_BY_ID, ids=list(set(version_ids)))}


def version(version_id: str) -> Version:
    """One version; raises NotFound."""
    found = versions([version_id]).get(version_id)
    if found is None:
        raise NotFound("not_found")
    return found


@lru_cache(maxsize=256)
def chk_of(version_id: str) -> str:
    """The hash of a version, which never changes; raises NotFound."""
    return version(version_id).chk


@lru_cache(maxsize=256)
def chk_beginning(beginning: str) -> str:
    """The hash of the one published version whose hash begins with these hexadecimal digits; raises NotFound."""
    begins = ChecklistVersion.chk.startswith(beginning)
    found = db.session.scalars(select(ChecklistVersion.chk).where(begins).limit(2)).all()
    if len(found) != 1:
        raise NotFound("not_found")
    return found[0]


def version_by_chk(chk: str) -> Version:
    """The version with these bytes; raises NotFound."""
    row = db.session.execute(select(*_COLUMNS).where(ChecklistVersion.chk == chk)).first()
    if row is None:
        raise NotFound("not_found")
    return _version(row)


def is_published(chk: str) -> bool:
    """Whether a version with these bytes was published here, withdrawn or not."""
    return db.session.scalar(select(ChecklistVersion.id).where(ChecklistVersion.chk == chk)) is not None


def versions_of(slug: str) -> tuple[Version, ...]:
    """Every version of a slug, newest first."""
    rows = db.session.execute(
        select(*_COLUMNS).where(ChecklistVersion.slug == slug).order_by(ChecklistVersion.version.desc())
    )
    return tuple(_version(row) for row in rows)


def newest_versions(slugs: Collection[str]) -> Mapping[str, Version]:
    """The newest usable version of each of these slugs, in one statement."""
    return {row.slug: _version(row) for row in run(_USABLE_OF_SLUGS, slugs=list(set(slugs)))}


def version_of(slug: str, number: int) -> Version | None:
    """The version of a slug with this number, if it was published."""
    row = db.session.execute(
        select(*_COLUMNS).where(ChecklistVersion.slug == slug, ChecklistVersion.version == number)
    ).first()
    return _version(row) if row else None


def body_by_chk(chk: str) -> bytes:
    """The canonical JSON of a published version, withdrawn or not; raises NotFound."""
    body = db.session.scalar(select(ChecklistVersion.body).where(ChecklistVersion.chk == chk))
    if body is None:
        raise NotFound("not_found")
    return body


def checklist_of_version(version_id: str) -> Checklist:
    """The parsed checklist of a version; raises NotFound."""
    return checklist_by_chk(version(version_id).chk)


def checklists_of_versions(version_ids: Collection[str]) -> Mapping[str, Checklist]:
    """The parsed checklists of versions, by version id."""
    return {each.id: checklist_by_chk(each.chk) for each in versions(version_ids).values()}


@lru_cache(maxsize=64)
def checklist_by_chk(chk: str) -> Checklist:
    """The parsed checklist under its hash: the same hash is the same document for ever; raises NotFound."""
    return parse(json.loads(body_by_chk(chk)))


@dataclass(frozen=True)
class Use:
    """A version that asks a library entry, and under which key."""

    version: Version
    item_key: str


def checklists_using(codes: Collection[str]) -> Mapping[str, int]:
    """How many checklists ask each of these entries, in any version; one statement."""
    counted = (
        select(ItemCode.code, func.count(func.distinct(ChecklistVersion.slug)).label("checklists"))
        .join(ChecklistVersion, ChecklistVersion.id == ItemCode.version_id)
        .where(ItemCode.code.in_(sorted(codes)), ChecklistVersion.cut_of.is_(None))
        .group_by(ItemCode.code)
    )
    return {row.code: row.checklists for row in db.session.execute(counted)}


def number_of_uses(code: str) -> int:
    """In how many published versions an entry is asked."""
    return db.session.scalar(select(func.count()).select_from(_uses(code).subquery())) or 0


def uses(code: str, *, limit: int, offset: int = 0) -> tuple[Use, ...]:
    """The published versions that ask an entry, by slug, newest version first; one statement."""
    ordered = _uses(code).order_by(ChecklistVersion.slug, ChecklistVersion.version.desc())
    rows = db.session.execute(ordered.limit(limit).offset(offset))
    return tuple(Use(Version(*row[:-1]), row[-1]) for row in rows)


def _uses(code: str) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS, ItemCode.item_key)
        .join(ItemCode, ItemCode.version_id == ChecklistVersion.id)
        .where(ItemCode.code == code, ChecklistVersion.cut_of.is_(None))
    )


def lasting_names(checklist: Checklist) -> Mapping[str, str]:
    """A name for each item, by key, that joins it to the same item of other checklists, if the library knows it."""
    codes = library.codes_of(checklist)
    return {item.key: codes.get(item.key, f"{checklist.slug}/{item.key}") for item in checklist.items()}


def as_yaml(checklist: Checklist) -> str:
    """Write the checklist as YAML that the loader reads back to the same document, in document order."""
    return write(authored(checklist))


def yaml_of(version: Version) -> str:
    """The YAML a version was published from, comments included; written out where there was none."""
    source = db.session.scalar(select(ChecklistVersion.source).where(ChecklistVersion.id == version.id))
    return source or as_yaml(checklist_by_chk(version.chk))

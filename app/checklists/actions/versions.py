"""Publishing and withdrawing checklist versions. What is published never changes."""

import json
from collections.abc import Collection, Mapping

from app.checklists import library, linting, queries
from app.checklists.models import ChecklistVersion, ItemCode
from app.checklists.queries import Version
from app.domain.checklist import Checklist, canonical, chk, parse
from app.domain.errors import Invalid, NotAllowed, OutOfDate
from app.domain.permissions import Actor, Subject, may
from app.domain.rechecking import cut
from app.extensions import db, new_id, now

LONGEST_TITLE = 300
GIVEN_BACK = "Lấy lại từ kho lưu trữ sau khi khôi phục"


def publish(actor: Actor | None, checklist: Checklist, *, note: str = "", source: str = "") -> Version:
    """Freeze a version: its canonical bytes under their hash. The same bytes again give the same version.

    `note` says what changed since the version before; `source` is the YAML the checklist was read from.

    `actor` is None for the command line. Raises NotAllowed; Invalid("version_published") when the number is taken
    by other bytes; Invalid("checklist_invalid") when a key of an earlier version has come to mean something else, or
    an item disagrees with the library's entry whose code it carries.
    """
    if actor is not None and not may(actor, "checklist.publish", Subject()):
        raise NotAllowed("not_allowed")
    body = canonical(checklist)
    name = chk(body)
    existing = queries.version_of(checklist.slug, checklist.version)
    if existing is not None:
        if existing.chk != name:
            raise Invalid("version_published", slug=checklist.slug, version=checklist.version)
        return existing
    earlier = [queries.checklist_by_chk(each.chk) for each in queries.versions_of(checklist.slug)]
    problems = linting.against_earlier(checklist, earlier)
    if problems:
        raise Invalid("checklist_invalid", problems=problems)
    row = ChecklistVersion(
        id=new_id(),
        slug=checklist.slug,
        version=checklist.version,
        title=checklist.title.vi[:LONGEST_TITLE],
        chk=name,
        body=body,
        source=source,
        published_at=now(),
        change_note=note,
        published_by=actor.user_id if actor else None,
    )
    _add(row, library.codes_of(checklist))
    return queries.version(row.id)


def publish_again(body: bytes) -> Version | None:
    """Publish a version that a restored database has forgotten, from its bytes; None if others took its number.

    Whoever calls has proven that it was published: nothing is judged a second time.
    """
    checklist = parse(json.loads(body))
    if queries.version_of(checklist.slug, checklist.version) is not None:
        return None
    row = ChecklistVersion(
        id=new_id(),
        slug=checklist.slug,
        version=checklist.version,
        title=checklist.title.vi[:LONGEST_TITLE],
        chk=chk(body),
        body=body,
        published_at=now(),
        change_note=GIVEN_BACK,
    )
    _add(row, library.codes_of(checklist))
    return queries.version(row.id)


def keep_cut(parent: Version, keys: Collection[str]) -> Version:
    """Keep the checklist of a short visit, cut from a published one; the same items give the same version.

    Whoever asks has checked that the actor may plan the visit. Raises `Invalid("recheck_items")`.
    """
    short = cut(queries.checklist_by_chk(parent.chk), keys)
    body = canonical(short)
    name = chk(body)
    existing = queries.version_of(short.slug, short.version)
    if existing is not None:
        return existing
    row = ChecklistVersion(
        id=new_id(),
        slug=short.slug,
        version=short.version,
        title=short.title.vi[:LONGEST_TITLE],
        chk=name,
        body=body,
        published_at=now(),
        cut_of=parent.id,
    )
    _add(row, library.codes_of(short, parent.slug))
    return queries.version(row.id)


def _add(row: ChecklistVersion, codes: Mapping[str, str]) -> None:
    db.session.add(row)
    db.session.flush()
    db.session.add_all(ItemCode(version_id=row.id, item_key=key, code=code) for key, code in codes.items())
    db.session.flush()


def withdraw(actor: Actor, version_id: str, reason: str) -> None:
    """Keep a version from new campaigns; visits that use it keep it.

    Raises NotFound, NotAllowed, Invalid("reason_missing"), OutOfDate("already_done") when it was withdrawn before.
    """
    if not may(actor, "checklist.publish", Subject()):
        raise NotAllowed("not_allowed")
    version = queries.version(version_id)
    if not reason.strip():
        raise Invalid("reason_missing")
    if version.withdrawn:
        raise OutOfDate("already_done")
    row = db.session.get_one(ChecklistVersion, version_id)
    row.withdrawn_at = now()
    row.withdrawn_by = actor.user_id
    row.withdrawn_reason = reason.strip()
    db.session.flush()

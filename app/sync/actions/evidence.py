"""Evidence: uploads that begin, go on where they broke off, and end verified, or are given up or expire (tus 1.0.0)."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.campaigns import queries as campaigns
from app.domain.acceptance import PHOTO_LIMIT
from app.domain.errors import Invalid, NotFound, OutOfDate
from app.domain.permissions import Actor
from app.extensions import db, new_id, now
from app.sync import blobs, images, queries
from app.sync.actions import limits
from app.sync.models import Blob, Upload

LIFE = timedelta(days=30)
ALGORITHMS = ("sha1", "sha256")  # of a chunk's checksum (tus); what is kept is named by SHA-256 in any case
TOTAL_OPEN = 400  # uploads under way per person and visit; nobody needs more


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one chunk must hash to; a chunk that does not leaves nothing."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is, in bytes; `expires_at` is None for what is complete."""

    offset: int
    size: int
    expires_at: datetime | None


def check_sender(actor: Actor, visit_id: str) -> None:
    """Raise NotFound unless the person belongs or belonged to the visit's delegation.

    A former member may still send: his phone may hold the only copy of what a held operation refers to.
    """
    subject = campaigns.planned_visit(visit_id).subject
    if actor.user_id not in subject.member_ids | subject.former_ids:
        raise NotFound("NO_SUCH_VISIT")


def begin_upload(actor: Actor, visit_id: str, *, sha256: str, size: int, mime: str, device_id: str = "") -> str | None:
    """Begin an upload and return its id, or None if the visit already has these bytes, and not only a row of them.

    `size` in bytes. Raises NotFound, Invalid("TOO_BIG"), Invalid("IMAGE_REFUSED"), TooMuch.
    """
    check_sender(actor, visit_id)
    if not 1 <= size <= PHOTO_LIMIT:
        raise Invalid("TOO_BIG", max=PHOTO_LIMIT)
    if mime not in images.FORMATS:
        raise Invalid("IMAGE_REFUSED")
    if queries.blob_there(visit_id, sha256) is not None:
        return None
    sweep(visit_id)
    if queries.open_uploads(visit_id, actor.user_id) >= TOTAL_OPEN:
        _forget_oldest(visit_id, actor.user_id)
    limits.count_photo(device_id or actor.user_id)
    at = now()
    upload = Upload(
        id=new_id(),
        visit_id=visit_id,
        user_id=actor.user_id,
        sha256=sha256,
        size=size,
        mime=mime,
        created_at=at,
        expires_at=at + LIFE,
    )
    db.session.add(upload)
    db.session.flush()
    return upload.id


def continue_upload(
    actor: Actor,
    visit_id: str,
    upload_id: str,
    *,
    at: int,
    blocks: Iterable[bytes],
    checksum: Checksum | None = None,
) -> int:
    """Add what arrives to an upload that has `at` bytes; returns its new length.

    With a checksum all of the chunk stays or nothing. With the last byte the whole is verified: it must have the
    promised hash and be the image it says it is, else it is dropped and the upload starts again at 0. No transaction is
    open while bytes arrive. Raises NotFound, OutOfDate("OFFSET"), Invalid("TOO_BIG" | "CHECKSUM" | "BLOB_HASH" |
    "IMAGE_REFUSED").
    """
    upload = upload_of(actor, visit_id, upload_id)
    sha256, size, mime = upload.sha256, upload.size, upload.mime
    db.session.commit()
    try:
        with blobs.writing(visit_id, upload_id) as handle:
            if blobs.offset(visit_id, upload_id) != at:
                raise OutOfDate("OFFSET", offset=blobs.offset(visit_id, upload_id))
            _append(handle, blocks, at, size, checksum)
            length = blobs.offset(visit_id, upload_id)
            if length == size:
                width, height = _verify(visit_id, upload_id, sha256, mime)
    except blobs.Busy:
        raise OutOfDate("OFFSET", offset=blobs.offset(visit_id, upload_id)) from None
    if length == size:
        _complete(
            Blob(
                visit_id=visit_id,
                sha256=sha256,
                size=size,
                mime=mime,
                width=width,
                height=height,
                uploaded_by=actor.user_id,
                received_at=now(),
            ),
            upload_id,
        )
    return length


def _append(handle: int, blocks: Iterable[bytes], at: int, size: int, checksum: Checksum | None) -> None:
    """Write a chunk; one that is too long or not what its checksum says is taken away again, however it ends."""
    found = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    kept = checksum is None  # without a checksum what arrived before a break is worth keeping
    try:
        if not blobs.append(handle, _hashed(blocks, found), size - at):
            kept = False
            raise Invalid("TOO_BIG", max=size)
        if checksum is not None and found is not None:
            if not hmac.compare_digest(found.digest(), checksum.digest):
                raise Invalid("CHECKSUM")
            kept = True
    finally:
        if not kept:
            blobs.cut(handle, at)


def _hashed(blocks: Iterable[bytes], into: Any) -> Iterator[bytes]:
    for block in blocks:
        if into is not None:
            into.update(block)
        yield block


def end_upload(actor: Actor, visit_id: str, upload_id: str) -> None:
    """Give up an upload that is under way, and forget its bytes. Raises NotFound, also for one that is complete."""
    upload = upload_of(actor, visit_id, upload_id)
    db.session.delete(upload)
    db.session.flush()
    blobs.forget(visit_id, upload_id)


def _forget_oldest(visit_id: str, user_id: str) -> None:
    """Each lost reply to a creation leaves an upload that nobody goes on with; whoever does, begins it again."""
    mine = select(Upload).where(Upload.visit_id == visit_id, Upload.user_id == user_id)
    oldest = db.session.scalars(mine.order_by(Upload.created_at, Upload.id).limit(1)).one()
    db.session.delete(oldest)
    blobs.forget(visit_id, oldest.id)


def sweep(visit_id: str | None = None) -> int:
    """Forget uploads that have expired, of one visit or of all; returns how many."""
    over = Upload.expires_at <= now()
    if visit_id is not None:
        over &= Upload.visit_id == visit_id
    expired = db.session.execute(select(Upload.visit_id, Upload.id).where(over)).all()
    if expired:
        db.session.execute(delete(Upload).where(Upload.id.in_([each.id for each in expired])))
    for each in expired:
        blobs.forget(each.visit_id, each.id)
    return len(expired)


def sweep_orphans() -> int:
    """Forget partial files that belong to no upload (the server stopped between two steps); returns how many."""
    known = set(db.session.scalars(select(Upload.id)))
    lost = [each for each in blobs.partials() if each.stem not in known and blobs.is_old(each)]
    for each in lost:
        each.unlink(missing_ok=True)
    return len(lost)


def keep_photo(uploader_id: str, visit_id: str, *, sha256: str, mime: str, content: bytes) -> bool:
    """Keep a photo that came whole, in a file; False if the visit has it whole. Raises Invalid as an upload does."""
    if queries.blob(visit_id, sha256) is not None and blobs.is_whole(visit_id, sha256):
        return False
    if not 1 <= len(content) <= PHOTO_LIMIT or mime not in images.FORMATS:
        raise Invalid("IMAGE_REFUSED")
    part_id = new_id()
    with blobs.writing(visit_id, part_id) as handle:
        blobs.append(handle, [content], len(content))
        width, height = _verify(visit_id, part_id, sha256, mime)
    blob = Blob(
        visit_id=visit_id,
        sha256=sha256,
        size=len(content),
        mime=mime,
        width=width,
        height=height,
        uploaded_by=uploader_id,
        received_at=now(),
    )
    _complete(blob, part_id)
    return True


def upload_of(actor: Actor, visit_id: str, upload_id: str) -> Upload:
    """The actor's own upload. Raises NotFound."""
    check_sender(actor, visit_id)
    upload = queries.upload(visit_id, upload_id)
    if upload is None or upload.user_id != actor.user_id or upload.expires_at <= now():
        raise NotFound("not_found")
    return upload


def progress(actor: Actor, visit_id: str, upload_id: str) -> Progress:
    """How many bytes of an upload have arrived, and how many it has. Raises NotFound.

    If the last byte arrived but the server stopped before the whole was verified, that byte is asked for again: an
    upload is over only when its bytes are named by their hash.
    """
    upload = upload_of(actor, visit_id, upload_id)
    offset = blobs.offset(visit_id, upload_id)
    if offset >= upload.size:
        offset = upload.size - 1
        try:
            with blobs.writing(visit_id, upload_id) as handle:
                blobs.cut(handle, offset)
        except blobs.Busy:
            pass  # it is being verified at this moment
    return Progress(offset, upload.size, upload.expires_at)


def _verify(visit_id: str, upload_id: str, sha256: str, mime: str) -> tuple[int, int]:
    """Check hash and image, draw what people are shown, seal the bytes. What is refused is dropped.

    What the machine could not do now (a full disk) leaves the bytes where they are, and the phone goes on from there.
    """
    part = blobs.partial(visit_id, upload_id)
    if blobs.sha256_of(part) != sha256:
        part.unlink()
        raise Invalid("BLOB_HASH")
    try:
        size = _draw(part, visit_id, sha256, mime, images.VIEW, images.PRINT, images.THUMBNAIL)
    except images.RefusedImage:
        part.unlink()
        raise Invalid("IMAGE_REFUSED") from None
    blobs.seal(part, blobs.stored(visit_id, sha256))
    return size


def _draw(source: Path, visit_id: str, sha256: str, mime: str, *edges: int) -> tuple[int, int]:
    """Examine a photo and put what is drawn from it beside the original. Returns width and height."""
    drafts = {edge: blobs.partial(visit_id, f"{new_id()}-{edge}") for edge in edges}
    try:
        size = images.examine(source, mime, drafts)
        for edge, draft in drafts.items():
            blobs.keep(draft, blobs.drawn(visit_id, sha256, edge))
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return size


def drawn(visit_id: str, sha256: str, edge: int) -> Path:
    """A photo as people are shown it, drawn anew if its file is gone (backups need not hold it). Raises NotFound."""
    blob = queries.blob(visit_id, sha256)
    if blob is None:
        raise NotFound("not_found")
    shown = blobs.drawn(visit_id, sha256, edge)
    if not shown.is_file():
        try:
            _draw(blobs.stored(visit_id, sha256), visit_id, sha256, blob.mime, edge)
        except (FileNotFoundError, images.RefusedImage):
            raise NotFound("not_found") from None
    return shown


def _complete(blob: Blob, upload_id: str) -> None:
    """The blob is present and the upload over; of two phones with one photo, both succeed."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    named = (column.name for column in Blob.__table__.columns)
    columns = {name: getattr(blob, name) for name in named if name != "safe"}  # that is the archive's to say
    db.session.execute(dialect.insert(Blob).values(**columns).on_conflict_do_nothing())
    db.session.execute(delete(Upload).where(Upload.id == upload_id))

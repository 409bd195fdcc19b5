"""Giving and taking away the pictures of signatures and seals (Decree 30/2020/NĐ-CP, appendix I).

A picture is hostile until it was decoded apart, and what is kept is drawn anew from its pixels. Documents that were
issued hold their own copy and never change.
"""

import hashlib
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import update

from app.accounts.actions.trace import record
from app.domain.errors import Invalid, NotFound, OutOfDate
from app.domain.permissions import Actor
from app.extensions import db, new_id, now
from app.findings.models import SigningPicture
from app.findings.queries import pictures as queries
from app.findings.queries.pictures import SEAL, Holder
from app.sync.images import Cutout, RefusedImage, cut_out

LEAST_WIDTH, LEAST_HEIGHT = 300, 60  # pixels: what is printed over a few centimetres
LEAST_CLEAR = 25  # per cent of the rectangle that is drawn in
LEAST_HUE = 30  # of 255: by how much the decree's colour stands out
NARROWEST, WIDEST = 20, 50  # millimetres of a seal


def give(actor: Actor, unit_id: int, whose: str, content: bytes, today: date, *, width_mm: int | None = None) -> None:
    """Use a picture from now on: the unit's seal with its true width, or the signature of somebody who signs for it.

    Raises NotFound, and `Invalid`: "picture_refused" (no whole PNG), "picture_opaque", "picture_small",
    "picture_colour", "seal_width".
    """
    holder = _holder(actor, unit_id, whose, today)
    if whose == SEAL and (width_mm is None or not NARROWEST <= width_mm <= WIDEST):
        raise Invalid("seal_width", least=NARROWEST, most=WIDEST)
    png = _checked(content, seal=whose == SEAL)
    _end(unit_id, whose)
    digest = hashlib.sha256(png).hexdigest()
    db.session.add(
        SigningPicture(
            id=new_id(),
            unit_id=unit_id,
            user_id=None if whose == SEAL else whose,
            png=png,
            sha256=digest,
            width_mm=width_mm if whose == SEAL else None,
            given_by=actor.user_id,
            given_at=now(),
        )
    )
    size = f", rộng {width_mm} mm" if whose == SEAL else ""
    record(actor, "picture_given", f"unit/{unit_id}", f"{_told(holder)}: đặt ảnh {digest[:12]}…{size}")


def take_away(actor: Actor, unit_id: int, whose: str, today: date, *, reason: str) -> None:
    """Use no picture any more. Raises NotFound, Invalid("reason_required"), OutOfDate("already_done")."""
    holder = _holder(actor, unit_id, whose, today)
    if not reason.strip():
        raise Invalid("reason_required")
    if not holder.picture_id:
        raise OutOfDate("already_done")
    _end(unit_id, whose)
    record(actor, "picture_removed", f"unit/{unit_id}", f"{_told(holder)}: bỏ ảnh. Lý do: {reason.strip()}")


def _holder(actor: Actor, unit_id: int, whose: str, today: date) -> Holder:
    found = next((each for each in queries.holders(actor, unit_id, today) if each.whose == whose), None)
    if found is None:
        raise NotFound("not_found")
    return found


def _told(holder: Holder) -> str:
    return holder.name if holder.whose == SEAL else f"Chữ ký của {holder.name}"


def _end(unit_id: int, whose: str) -> None:
    own = SigningPicture.user_id.is_(None) if whose == SEAL else SigningPicture.user_id == whose
    statement = update(SigningPicture).where(SigningPicture.unit_id == unit_id, own, SigningPicture.ended_at.is_(None))
    db.session.execute(statement.values(ended_at=now()))


def _checked(content: bytes, *, seal: bool) -> bytes:
    """The picture drawn anew, if it is what the decree asks for."""
    with TemporaryDirectory(prefix="congvu-picture-") as folder:
        source, target = Path(folder) / "sent", Path(folder) / "clean.png"
        source.write_bytes(content)
        try:
            found = cut_out(source, target)
        except RefusedImage as refused:
            raise Invalid("picture_refused") from refused
        png = target.read_bytes()
    _judge(found, seal=seal)
    return png


def _judge(found: Cutout, *, seal: bool) -> None:
    if found.clear < LEAST_CLEAR:
        raise Invalid("picture_opaque")
    wanted, others = (found.red, (found.green, found.blue)) if seal else (found.blue, (found.red,))
    if any(wanted < other + LEAST_HUE for other in others):
        raise Invalid("seal_colour" if seal else "picture_colour")
    if found.width < LEAST_WIDTH or found.height < (LEAST_WIDTH if seal else LEAST_HEIGHT):
        raise Invalid("picture_small", least=LEAST_WIDTH)

"""How much one device may send in a day. Beyond it the whole push is undone: nothing is stored and nothing is lost.

One row per device, begun anew each day, counted in the same statement that checks it.
"""

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, bindparam, case
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.calendar import VIET_NAM
from app.domain.errors import TooMuch
from app.extensions import is_postgresql, now, run
from app.sync import allowances
from app.sync.models import DailyUse

ASK_AGAIN = 3600  # seconds; a phone may ask before the day is over, in case its clock or its day is another


def count_ops(sender_id: str, number: int) -> None:
    """Count new operations of a device (or of a person without one). Raises TooMuch."""
    if number:
        _count(sender_id, ops=number)


def count_photo(sender_id: str) -> None:
    """Count one more photo. Raises TooMuch."""
    _count(sender_id, photos=1)


def _count(sender_id: str, *, ops: int = 0, photos: int = 0) -> None:
    at, most = now().astimezone(VIET_NAM), allowances.daily()
    facts = {"sender_id": sender_id, "day": at.date(), "ops": ops, "photos": photos}
    counting = _counting(postgresql if is_postgresql() else sqlite)
    if run(counting, **facts, most_ops=most.ops, most_photos=most.photos).first() is None:
        raise TooMuch("BUSY", retry_in=_until_tomorrow(at), ops=most.ops, photos=most.photos)


@cache
def _counting(dialect: Any) -> Executable:
    """Add to the day's row, or begin it anew; returns nothing if that would be too much."""
    fresh = dialect.insert(DailyUse).values({name: bindparam(name) for name in ("sender_id", "day", "ops", "photos")})
    same_day = DailyUse.day == fresh.excluded.day
    sums = {
        name: case((same_day, getattr(DailyUse, name) + fresh.excluded[name]), else_=fresh.excluded[name])
        for name in ("ops", "photos")
    }
    counted: Executable = fresh.on_conflict_do_update(
        index_elements=["sender_id"],
        set_={"day": fresh.excluded.day, **sums},
        where=(sums["ops"] <= bindparam("most_ops")) & (sums["photos"] <= bindparam("most_photos")),
    ).returning(DailyUse.day)
    return counted


def _until_tomorrow(at: datetime) -> int:
    tomorrow = datetime.combine(at.date() + timedelta(days=1), time(), VIET_NAM)
    return max(1, min(ASK_AGAIN, int((tomorrow - at).total_seconds()) + 1))

"""The photos of a conclusion as its reviewers see them: what was recorded with each, and who may look at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.operation_text import location_text, moment_of, origin_text
from app.findings.queries.outcomes import Arrivals


@dataclass(frozen=True)
class Photo:
    """A photo of an item; its bytes are found by visit and hash. `veiled`: shown to few (`evidence.veiled`)."""

    sha256: str
    taken_at: datetime | None
    author: str
    present: bool
    caption: str
    place: str
    origin: str
    veiled: bool
    shown: bool


@dataclass(frozen=True)
class Seeing:
    """Who looks: an author sees the own photos; `originals`: all of them."""

    user_id: str
    originals: bool


def photos_of(
    computed: dict[str, Any], item_key: str, names: Mapping[str, str], arrived: Arrivals, seeing: Seeing
) -> tuple[Photo, ...]:
    """The photos of an item and of its rows, as they were when the conclusion was computed."""
    found = (computed["evidence"].get(uuid) for uuid in computed["photos"].get(item_key, []))
    return tuple(_photo(each, names, arrived, seeing) for each in found if each)


def _photo(each: Mapping[str, Any], names: Mapping[str, str], arrived: Arrivals, seeing: Seeing) -> Photo:
    """A photo in words; what was computed before captions and places were recorded has none."""
    sha256, source = each["sha256"], each.get("made_from") or {}
    present, few = sha256 in arrived.photos, sha256 in arrived.veiled
    return Photo(
        sha256=sha256,
        taken_at=moment_of(each["taken_at"] or ""),
        author=names.get(each["author"], ""),
        present=present,
        caption=each.get("caption") or "",
        place=location_text(each.get("place")),
        origin=origin_text(made_from=source.get("sha256", ""), masked=source.get("masked", False)),
        veiled=few,
        shown=present and (not few or seeing.originals or each["author"] == seeing.user_id),
    )

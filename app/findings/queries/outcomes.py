"""The computed outcome of a signed visit: the fold of its log at the signed position, judged by its checklist."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.acceptance import CLOSE_REASONS
from app.domain.answers import read
from app.domain.conclusions import conclude
from app.domain.errors import OutOfDate
from app.domain.evidence import caption_of
from app.domain.findings import Finding
from app.domain.operation_text import entry_value
from app.domain.operations import Cells, Entry
from app.domain.teamwork import Comment, comments
from app.domain.visits import VisitState
from app.domain.wire import canonical
from app.sync import queries as sync

MINUTES = ("place", "started_at", "ended_at", "unit_attendees", "unit_recommendations", "remarks")


@dataclass(frozen=True)
class Outcome:
    """What is stored with a conclusion: the document, and what lists and filters need of it."""

    chk: str
    document: dict[str, Any]
    basis_points: int | None
    grade: str
    findings: tuple[Finding, ...]
    basis: Mapping[str, str]  # for the item of each finding: a hash of the answers it was computed from


@dataclass(frozen=True)
class Outsider:
    """An operation that reached the server but not the signed answers, and why."""

    n: int | None
    path: str
    value: Any
    actor_id: str
    why: str  # a hold reason, or LATE for one that was accepted after the freeze


@dataclass(frozen=True)
class Arrivals:
    """What came late or is still held, without any effect on the score; and the photos whose bytes are here.

    `veiled` are those shown to few; `rows` names the rows of rosters, by uuid; `comments` are what the delegation told
    each other.
    """

    outsiders: tuple[Outsider, ...]
    photos: frozenset[str]
    veiled: frozenset[str]
    rows: Mapping[str, str]
    comments: tuple[Comment, ...]


def compute(visit: PlannedVisit) -> Outcome:
    """Conclude from the answers that both parties signed. Raises `OutOfDate("visit_unconfirmed")` (I12)."""
    version = checklists.version(visit.checklist_version_id)
    checklist = checklists.checklist_by_chk(version.chk)
    log = confirmed_log(visit.id)
    state, cells = log.state, log.cells
    concluded = conclude(checklist, read(checklist, cells))
    closing = state.closing.value if state.closing else {}
    document = concluded.to_json() | {
        "evidence": _evidence(cells),
        "minutes": _minutes(cells),
        "signatures": _signatures(state),
        **{reason: closing.get(reason, "") for reason in CLOSE_REASONS},
    }
    score = concluded.score
    basis = {finding.item_key: _basis(finding, cells) for finding in concluded.findings}
    return Outcome(version.chk, document, score.basis_points, score.grade or "", concluded.findings, basis)


def confirmed_log(visit_id: str) -> sync.VisitLog:
    """A visit's log, once everything its signatures stand for is here. Raises `OutOfDate("visit_unconfirmed")`."""
    log = sync.visit_log(visit_id)
    if not log.confirmed:
        raise OutOfDate("visit_unconfirmed")
    return log


def arrivals(visit_id: str) -> Arrivals:
    """What has reached the server by now, read from the log in one go."""
    log = sync.visit_log(visit_id)
    late = set(log.state.late)
    found = [_outsider(entry, "LATE") for entry in log.entries if entry.op in late]
    found += [_outsider(entry, entry.why) for entry in log.held]
    photos = sync.photos_of(visit_id, log.cells)
    present = frozenset(photo.sha256 for photo in photos if photo.present)
    few = frozenset(photo.sha256 for photo in photos if photo.veiled)
    outsiders = tuple(sorted(found, key=lambda each: each.n or 0))
    return Arrivals(outsiders, present, few, _rows(log.cells), comments(log.entries))


def _outsider(entry: Entry, why: str) -> Outsider:
    return Outsider(entry.n, entry.path, entry_value(entry), entry.actor, why)


def _basis(finding: Finding, cells: Cells) -> str:
    """SHA-256 (hex) of what stands in the cells that the finding was computed from."""
    standing = [
        [path, *sorted(canonical(head.value).decode() for head in cells.get(path, ()))] for path in finding.paths
    ]
    return sha256(canonical(standing)).hexdigest()


def _rows(cells: Cells) -> dict[str, str]:
    paths = {path: path.split("/") for path in cells}
    labels = {parts[3]: cells[path] for path, parts in paths.items() if len(parts) == 5 and parts[4] == "label"}
    return {uuid: str(heads[0].value) for uuid, heads in labels.items() if heads and heads[0].value}


def _evidence(cells: Cells) -> dict[str, dict[str, Any]]:
    """Photos that stand, by uuid: which item they show, under which hash the bytes are kept, what was recorded."""
    found = {}
    for path, heads in cells.items():
        for head in heads:
            if path.startswith("photo/") and isinstance(head.value, dict):
                value = head.value
                found[path.removeprefix("photo/")] = {
                    "of": value.get("of"),
                    "sha256": value.get("sha256"),
                    "mime": value.get("mime"),
                    "taken_at": value.get("taken_at"),
                    "author": head.actor,
                    "caption": caption_of(cells, path),
                    "place": value.get("place"),
                    "made_from": value.get("made_from"),
                }
    return found


def _minutes(cells: Cells) -> dict[str, str]:
    found = {}
    for field in MINUTES:
        heads = cells.get(f"visit/{field}", ())
        if heads and isinstance(heads[0].value, str):
            found[field] = heads[0].value
    return found


def _signatures(state: VisitState) -> dict[str, Any]:
    """Who signed for each party, what the unit objected to, and a refusal; without the strokes."""
    kept = ("name", "title", "objections", "refused")
    return {
        party: {key: head.value[key] for key in kept if key in head.value}
        | {"wall": head.wall, "received_at": head.received_at}
        for party, head in (state.signatures or {}).items()
    }

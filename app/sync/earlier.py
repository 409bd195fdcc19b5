"""What the unit answered when it was last visited: shown on the phone beside the same item, taken over only by a tap.

Only what both parties signed is told, each item with its latest answer among the last few visits.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.accounts.queries.directory import names_of_people
from app.campaigns import queries as campaigns
from app.checklists import queries as checklists
from app.domain.answer_types import Roster
from app.domain.answers import ItemAnswer, check_value, read
from app.domain.checklist import Checklist, Item
from app.domain.operations import Cells
from app.domain.scoring import Trace, score
from app.sync import queries

VISITS = 4  # how many signed visits back an answer is looked for
ROWS = 300  # names of rows told of one roster


@dataclass(frozen=True)
class Was:
    """One item as an earlier visit left it."""

    item: Item
    answer: ItemAnswer
    trace: Trace
    actor_id: str  # who wrote last


def told(visit: campaigns.PlannedVisit, known: str = "") -> dict[str, Any]:
    """What a member's phone is told: `items` by key of this visit's checklist, with the day and the person.

    `known` is the digest of an earlier telling: if it still holds nothing is read and nothing told.
    """
    earlier = campaigns.earlier_visits(visit, at_most=VISITS)
    digest = _digest(visit, earlier)
    if known == digest:
        return {"digest": digest, "unchanged": True}
    logs = queries.visit_logs([each.id for each in earlier])
    sound = [each for each in earlier if logs[each.id].state.state == "signed" and logs[each.id].confirmed]
    if len(sound) < len(earlier):
        digest = "unconfirmed"  # after a restore, until phones gave everything back: to be asked for again
    return {"digest": digest, "items": _items(visit, [(each, logs[each.id].cells) for each in sound])}


def _digest(visit: campaigns.PlannedVisit, earlier: Sequence[campaigns.Earlier]) -> str:
    """Signed minutes change only by being amended, and then they are signed at another number."""
    named = [visit.checklist_version_id, [[each.id, each.signed_n] for each in earlier]]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:32]


def _items(
    visit: campaigns.PlannedVisit, earlier: Sequence[tuple[campaigns.Earlier, Cells]]
) -> Mapping[str, dict[str, Any]]:
    if not earlier:
        return {}
    version_ids = {visit.checklist_version_id, *(each.checklist_version_id for each, _ in earlier)}
    documents = checklists.checklists_of_versions(version_ids)
    found: dict[str, tuple[campaigns.Earlier, Was]] = {}
    for each, cells in earlier:
        for name, was in _answered(documents[each.checklist_version_id], cells).items():
            found.setdefault(name, (each, was))
    names = names_of_people({was.actor_id for _, was in found.values()})
    now = documents[visit.checklist_version_id]
    lasting = checklists.lasting_names(now)
    items: dict[str, dict[str, Any]] = {}
    for item in now.items():
        before = found.get(lasting[item.key])
        if before is None:
            continue
        each, was = before
        if was.item.answer.type == item.answer.type:
            when = {"on": each.planned_on.isoformat(), "by": names.get(was.actor_id, "")}
            items[item.key] = _told(item, was) | when
    return items


def _answered(checklist: Checklist, cells: Cells) -> Mapping[str, Was]:
    """The items that were asked and answered, or said not to apply, by their lasting names."""
    answers = read(checklist, cells)
    traces = {trace.key: trace for trace in score(checklist, answers).items}
    authors = _authors(cells)
    lasting = checklists.lasting_names(checklist)
    return {
        lasting[item.key]: Was(item, answers.items[item.key], traces[item.key], authors[item.key])
        for item in checklist.items()
        if item.key in authors and _says_something(answers.items[item.key], traces[item.key])
    }


def _says_something(answer: ItemAnswer, trace: Trace) -> bool:
    if trace.state == "not_asked":
        return False
    return answer.value.value is not None or answer.na.value is not None or bool(answer.rows)


def _authors(cells: Cells) -> Mapping[str, str]:
    """Who wrote last into each item: its answer, its rows, that it does not apply; not its note."""
    latest: dict[str, tuple[int, str]] = {}
    for path, heads in cells.items():
        area, _, rest = path.partition("/")
        key, _, part = rest.partition("/")
        if area != "item" or not (part in {"", "na"} or part.startswith("row/")):
            continue
        for head in heads:
            latest[key] = max(latest.get(key, (0, "")), (head.n or 0, head.actor))
    return {key: actor for key, (_, actor) in latest.items()}


def _told(item: Item, was: Was) -> dict[str, Any]:
    """What stood there; a value only if it may stand here as well."""
    answer, inputs = was.answer, was.trace.inputs
    na = answer.na.value
    value = answer.value.value if na is None else None
    shown: dict[str, Any] = {"fails": was.trace.fails}
    if value is not None and check_value(item, value) is None:
        shown["value"] = value
    if na is not None:
        shown["na"] = na["reason"]
    if answer.note.value is not None:
        shown["note"] = answer.note.value
    if isinstance(item.answer, Roster) and na is None:
        if {"observed", "total"} <= inputs.keys():
            shown["counted"] = {"observed": inputs["observed"], "total": inputs["total"]}
        if item.answer.sample is None:  # drawn dossiers are other ones each time
            shown["rows"] = [str(row.label.value) for row in answer.rows[:ROWS] if row.label.value]
    return shown

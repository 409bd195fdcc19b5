"""A visit read once from its log and judged by its checklist: what the pages of a visit and of its items start from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.checklists.queries import Version
from app.domain.answers import Answers, read
from app.domain.checklist import Checklist
from app.domain.conclusions import Conclusion, conclude
from app.domain.operation_text import entry_value, item_key_of
from app.domain.operations import ACCEPTED, Entry
from app.domain.permissions import Actor, may
from app.domain.repinning import RECORDS
from app.domain.scoring import Trace
from app.domain.teamwork import Comment, comments
from app.sync import queries as sync
from app.sync.queries import VisitLog


@dataclass(frozen=True)
class Record:
    """A visit read once from its log, for its page and for the pages of its items."""

    visit: PlannedVisit
    version: Version
    checklist: Checklist
    log: VisitLog
    answers: Answers
    concluded: Conclusion

    @property
    def traces(self) -> Mapping[str, Trace]:
        return {trace.key: trace for trace in self.concluded.score.items}

    @property
    def objections(self) -> Mapping[str, str]:
        """What the unit objected to, by item."""
        unit = (self.log.state.signatures or {}).get("unit")
        told: dict[str, str] = {}
        for each in (unit.value.get("objections") or ()) if unit else ():
            told[each["item"]] = f"{told[each['item']]} {each['text']}" if each["item"] in told else each["text"]
        return told


def record_of(visit: PlannedVisit) -> Record:
    """Read a visit's log and judge its answers: two statements, and one for a checklist not read before."""
    version = checklists.version(visit.checklist_version_id)
    checklist = checklists.checklist_by_chk(version.chk)
    log = sync.visit_log(visit.id)
    answers = read(checklist, log.cells)
    return Record(visit, version, checklist, log, answers, conclude(checklist, answers))


def attached_to(entries: Iterable[Entry]) -> dict[str, str]:
    """Of which item or row each photo, note or comment of the log is, also those that were taken away or held."""
    found: dict[str, str] = {}
    for entry in entries:
        value = entry_value(entry)
        if entry.path.startswith(RECORDS) and isinstance(value, Mapping):
            of = value.get("of")
            if isinstance(of, str):
                found.setdefault(entry.path, of)
    return found


def row_labels(record: Record) -> dict[str, str]:
    """The names of all rows that were ever named: what stands, else the last one given."""
    told: dict[str, str] = {}
    for entry in record.log.entries:
        parts = entry.path.split("/")
        if len(parts) == 5 and parts[4] == "label" and entry.status == ACCEPTED:
            value = entry_value(entry)
            if isinstance(value, str):
                told[parts[3]] = value
    standing = {row.uuid: row.label.value for answer in record.answers.items.values() for row in answer.rows}
    return told | {uuid: label for uuid, label in standing.items() if label}


def comments_on(record: Record) -> dict[str, tuple[Comment, ...]]:
    """What the delegation told each other of each item, also after the answers were frozen; it is no part of them."""
    found: dict[str, tuple[Comment, ...]] = {}
    for comment in comments(record.log.entries):
        key = item_key_of(comment.of, {}) or ""
        found[key] = (*found.get(key, ()), comment)
    return found


def is_content_shown(actor: Actor, record: Record, entry: Entry) -> bool:
    """A held operation's content is shown to its author and to those who direct the visit (docs/sync.md 7)."""
    return entry.status == ACCEPTED or entry.actor == actor.user_id or may(actor, "overview.see", record.visit.subject)

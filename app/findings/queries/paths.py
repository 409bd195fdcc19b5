"""A conclusion's way from the lead's report to the signature: what was done, by whom, and whose turn it is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.accounts.queries import directory
from app.campaigns import queries as campaigns
from app.domain.conclusions import ConclusionState
from app.findings.models import Conclusion, ConclusionEvent
from app.findings.queries import records

REPORT, APPROVE, ISSUE = "Báo cáo, trình", "Duyệt", "Ký ban hành"
CHAIR = "Phó Chủ tịch"
MOVES = frozenset({"begin", "begin_replacement", "submit", "forward", "approve", "return", "issue"})
HELD_BY_THE_LEAD = (ConclusionState.DRAFT, ConclusionState.RETURNED)


@dataclass(frozen=True)
class PathStep:
    """A step: `standing` is done, now or ahead; who took it and when, or who may take it and since when it waits."""

    name: str
    standing: str
    people: tuple[str, ...]
    who: str = ""
    who_id: str = ""
    at: datetime | None = None
    since: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Path:
    """`shared` names people who took several of the steps: shown, never silent."""

    steps: tuple[PathStep, ...]
    shared: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def now(self) -> PathStep | None:
        return next((each for each in self.steps if each.standing == "now"), None)


def path_of(
    conclusion: Conclusion, events: Sequence[ConclusionEvent], names: Mapping[str, str], leads: Sequence[str]
) -> Path:
    """The path of a conclusion; one with the lead shows the chain it would go through if it were submitted today.

    `names` are those of everybody in the events; the people of the chain are looked up in one statement more.
    """
    state = ConclusionState(conclusion.state)
    chain = _chain(conclusion, state)
    known = directory.names_of_people({person for _, people in chain for person in people}) if chain else {}
    people = [tuple(leads), *(tuple(known[each] for each in those) for _, those in chain), (CHAIR,), (CHAIR,)]
    titles = (REPORT, *(name for name, _ in chain), APPROVE, ISSUE)
    taken, since = _taken(events, state)
    current = _current(conclusion, state, len(chain))
    steps = []
    for number, (title, key) in enumerate(zip(titles, _keys(len(chain)), strict=True)):
        standing = "done" if number < current else "now" if number == current else "ahead"
        event = taken.get(key) if standing == "done" else None
        steps.append(
            PathStep(
                name=title,
                standing=standing,
                people=people[number],
                who=names[event.actor_id] if event else "",
                who_id=event.actor_id if event else "",
                at=event.at if event else None,
                since=since if standing == "now" else None,
                note=event.reason if event else "",
            )
        )
    return Path(tuple(steps), _shared(steps[:-1]))


def _chain(conclusion: Conclusion, state: ConclusionState) -> Sequence[tuple[str, Sequence[str]]]:
    if state in HELD_BY_THE_LEAD:
        return [(each.name, each.people) for each in campaigns.review_chain(conclusion.campaign_id)]
    if not conclusion.chain:
        return []
    people = records.checkers_of(conclusion.id)
    return [(name, sorted(people[number])) for number, name in enumerate(conclusion.chain)]


def _current(conclusion: Conclusion, state: ConclusionState, length: int) -> int:
    """The number of the step whose turn it is; one past the last when all are done."""
    places = {
        ConclusionState.CHECKING: 1 + conclusion.chain_step,
        ConclusionState.IN_REVIEW: 1 + length,
        ConclusionState.APPROVED: 2 + length,
        ConclusionState.ISSUED: 3 + length,
    }
    return places.get(state, 0)


def _keys(length: int) -> list[tuple[str, int | None]]:
    """The act that takes each step: its name in the history, and which step of the chain it was."""
    return [("submit", None), *(("forward", number) for number in range(length)), ("approve", None), ("issue", None)]


def _taken(
    events: Sequence[ConclusionEvent], state: ConclusionState
) -> tuple[Mapping[tuple[str, int | None], ConclusionEvent], datetime | None]:
    """The last act of each step since the last submission, and when the last move of all was made."""
    moves = [each for each in events if each.action in MOVES]
    since = max((each.at for each in moves), default=None)
    if state in HELD_BY_THE_LEAD:
        return {}, since
    begun = max((each.at for each in moves if each.action == "submit"), default=since)
    return {(each.action, each.detail.get("step")): each for each in moves if begun is None or each.at >= begun}, since


def _shared(steps: Sequence[PathStep]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who reported, checked or approved more than once. Whoever approves also signs: that is no second role."""
    found: dict[str, list[PathStep]] = defaultdict(list)
    for each in steps:
        if each.who_id:
            found[each.who_id].append(each)
    return tuple((those[0].who, tuple(each.name for each in those)) for those in found.values() if len(those) > 1)

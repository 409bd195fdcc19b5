"""Moving a visit to a corrected checklist: where each cell goes (docs/sync.md 4, Re-pinning).

Twin of offline_client/src/domain/repinning.ts; both are held to tests/vectors/operations/repinning.json. A `repin`
maps old items to new ones. What was written with an older checklist is carried through the maps; what no map carries
is retired: readable for ever, and no answer any more. Where an operation's cell lies depends only on the operation
and on the set of accepted re-pins, so the fold stays a set operation (I7).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from app.domain.answer_types import Answer, Bounds, Length, Options, Ratio, Roster, RosterField
from app.domain.checklist import Checklist, Item
from app.domain.wire import Json, Operation

if TYPE_CHECKING:
    from app.domain.operations import Entry

REPIN = "repin"
CHECKLIST = "visit/checklist"
CARRIES = frozenset({"resolve", "adopt"})  # their value holds the cell's value, and a reason
RETIRED = "retired"
RECORDS = ("photo/", "note/", "comment/")  # their value names the item they are `of`


Written = TypeVar("Written", Operation, "Entry")


class Repins:
    """The accepted re-pins of a visit, a chain from the checklist it began with to the one in force."""

    def __init__(self, accepted: Iterable["Entry"] = ()) -> None:
        self._steps: dict[str, Mapping[str, Json]] = {
            each.value["from"]: each.value for each in accepted if each.kind == REPIN
        }
        self._reached = frozenset(step["chk"] for step in self._steps.values())

    def __len__(self) -> int:
        return len(self._steps)

    def knows(self, chk: str) -> bool:
        """Whether the visit used this checklist before or after a re-pin."""
        return chk in self._steps or chk in self._reached

    @property
    def checklists(self) -> frozenset[str]:
        """Every checklist the visit was moved from or to."""
        return self._reached | self._steps.keys()

    @property
    def last(self) -> str | None:
        """The checklist in force, None if the visit was never re-pinned."""
        return next((chk for chk in sorted(self._reached) if chk not in self._steps), None)

    def _way(self, chk: str) -> Iterator[Mapping[str, Json]]:
        """The re-pins from a checklist on. No log has a circle, but an exported file may have been given one."""
        for _ in self._steps:
            step = self._steps.get(chk)
            if step is None:
                return
            yield step
            chk = step["chk"]

    def carried(self, written: Written) -> Written:
        """Return an operation or entry as it stands under the checklist in force, with that checklist's name."""
        if not self._steps:  # nearly always, and asked for every entry
            return written
        chk, path, value = written.chk, written.path, written.value
        for step in self._way(written.chk):
            chk, path, value = step["chk"], _moved(step, path), _shown_under(step, path, written.kind, value)
        return written if chk == written.chk else replace(written, chk=chk, path=path, value=value)

    def sources(self, path: str) -> frozenset[str]:
        """Every path under which something may have been written that stands at `path` now (or elsewhere by now)."""
        found = {path}
        for _ in self._steps:
            found |= {old for step in self._steps.values() for each in found for old in _came_from(step, each)}
        return frozenset(found)


def is_carriable(old: Item, new: Item) -> bool:
    """Whether everything that may be written to the old item may be written to the new one."""
    kept = (not old.not_applicable or new.not_applicable) and (not old.answer.claimed or new.answer.claimed)
    return kept and _takes(old.answer, new.answer)


def is_map(old: Checklist, new: Checklist, items: Mapping[str, str]) -> bool:
    """Whether a map names items of both checklists, no new one twice, and each can take what the old one holds."""
    before, after = ({item.key: item for item in each.items()} for each in (old, new))
    if len(set(items.values())) != len(items):
        return False
    pairs = [(before.get(key), after.get(target)) for key, target in items.items()]
    return all(one is not None and other is not None and is_carriable(one, other) for one, other in pairs)


def _moved(step: Mapping[str, Json], path: str) -> str:
    """Where a re-pin moves a path (of a cell, or of the item a photo shows)."""
    area, _, rest = path.partition("/")
    if area != "item":
        return path
    key, slash, inside = rest.partition("/")
    target = step["map"].get(key)
    return f"{RETIRED}/{step['chk']}/{path}" if target is None else f"item/{target}{slash}{inside}"


def _shown_under(step: Mapping[str, Json], path: str, kind: str, value: Json) -> Json:
    """A photo, note or comment follows its item: its own path stays."""
    if not path.startswith(RECORDS) or not isinstance(value, Mapping):
        return value
    if kind in CARRIES:
        return {**value, "value": _shown_under(step, path, "set", value.get("value"))}
    return {**value, "of": _moved(step, value["of"])} if isinstance(value.get("of"), str) else value


def _came_from(step: Mapping[str, Json], path: str) -> Iterable[str]:
    if path.startswith(f"{RETIRED}/{step['chk']}/"):
        yield path.split("/", 2)[2]
    key, slash, inside = path.removeprefix("item/").partition("/")
    if path.startswith("item/"):
        yield from (f"item/{old}{slash}{inside}" for old, new in step["map"].items() if new == key)


def _takes(old: Answer | RosterField, new: Answer | RosterField) -> bool:
    """Whether every value that fits the old answer fits the new one."""
    if old.type != new.type:
        return False
    if isinstance(old, Options) and isinstance(new, Options):
        return {each.key for each in old.choices} <= {each.key for each in new.choices}
    if isinstance(old, Bounds) and isinstance(new, Bounds):
        return old.unit.vi == new.unit.vi and (old.whole or not new.whole) and _is_within(old, new)
    if isinstance(old, Length) and isinstance(new, Length):
        return old.max_length <= new.max_length
    if isinstance(old, Ratio) and isinstance(new, Ratio):
        return (old.period, old.source) == (new.period, new.source)
    if isinstance(old, Roster) and isinstance(new, Roster):
        if not _draws_alike(old, new):
            return False
        fields = {each.key: each for each in new.fields}
        return all(each.key in fields and _takes(each, fields[each.key]) for each in old.fields)
    return True


def _draws_alike(old: Roster, new: Roster) -> bool:
    """Whether rows mean the same in both: added by hand, or drawn with the same things said of the frame."""
    before, after = old.sample, new.sample
    if before is None or after is None:
        return before is after
    return (before.period, before.source) == (after.period, after.source)


def _is_within(old: Bounds, new: Bounds) -> bool:
    """Whether every number between the old bounds lies between the new ones."""
    low = new.min is None or (old.min is not None and new.min <= old.min)
    return low and (new.max is None or (old.max is not None and old.max <= new.max))


@dataclass(frozen=True)
class Move:
    """What moving a visit to another version of its checklist means: the three kinds, by item key.

    `asked` are items of the new version that begin empty, `dropped` those of the old one whose answers stay readable
    and count no more; an item that asks for something else now is both. `answered` are the dropped ones with an answer.
    """

    kept: tuple[str, ...]
    asked: tuple[str, ...]
    dropped: tuple[str, ...]
    answered: tuple[str, ...]


def move_of(old: Checklist, new: Checklist, answered: frozenset[str]) -> Move:
    """Tell what a move would do to a visit in which these items are answered; the map is the phone's (`mapByKey`)."""
    after = {item.key: item for item in new.items()}
    kept = {item.key for item in old.items() if item.key in after and is_carriable(item, after[item.key])}
    dropped = tuple(item.key for item in old.items() if item.key not in kept)
    return Move(
        kept=tuple(key for key in after if key in kept),
        asked=tuple(key for key in after if key not in kept),
        dropped=dropped,
        answered=tuple(key for key in dropped if key in answered),
    )

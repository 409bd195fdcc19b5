"""What a replacing notice orders anew, and what of the notice it replaces goes on as it is.

Work is the same when it is asked for the same item with the same remedy and limit, or is the same instruction with the
same limit: its task goes on with its date, its history and its evidence. What is asked for the same item otherwise is
changed, and becomes a task of its own; what is asked no longer is withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Ordered:
    """What a notice orders: `key` is the finding's or instruction's id, `item` that of a finding, "" otherwise."""

    key: str
    item: str
    remedy: str
    due_working_days: int

    @property
    def what(self) -> tuple[str, str]:
        """What tells a piece of work from another: the item, or the words of an instruction."""
        return (self.item, "") if self.item else ("", _words(self.remedy))


@dataclass(frozen=True)
class Kept:
    """Work of the replaced notice that goes on: the notice that ordered it, and its date once its task is known.

    `done` when the repair was verified already.
    """

    source: str
    due_on: date | None = None
    done: bool = False


@dataclass(frozen=True)
class Comparison:
    """`kept` and `changed` lead from the new notice's keys to the old one's; `vanished` are old keys."""

    kept: Mapping[str, str]
    changed: Mapping[str, str]
    vanished: tuple[str, ...]


def compare(old: Sequence[Ordered], new: Sequence[Ordered]) -> Comparison:
    """Match what two notices order, each piece once, the first that fits first."""
    left = list(old)
    kept: dict[str, str] = {}
    changed: dict[str, str] = {}
    for each in new:
        same = next((before for before in left if _same(before, each)), None)
        if same is not None:
            kept[each.key] = same.key
            left.remove(same)
    for each in new:
        other = next((before for before in left if before.what == each.what), None)
        if each.key not in kept and other is not None:
            changed[each.key] = other.key
            left.remove(other)
    return Comparison(kept, changed, tuple(before.key for before in left))


def _same(before: Ordered, after: Ordered) -> bool:
    limits = before.due_working_days == after.due_working_days
    return before.what == after.what and limits and _words(before.remedy) == _words(after.remedy)


def _words(text: str) -> str:
    """A text without what only its layout differs in."""
    return " ".join(text.split()).rstrip(" .;")

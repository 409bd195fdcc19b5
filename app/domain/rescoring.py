"""The score of a visit whose cells change one after the other, without scoring again what a change does not touch.

What comes out equals `score(checklist, read(checklist, cells))`: sums are exact, so taking an item's old share out and
putting its new one in leaves no trace. An item is read again when one of its cells is another object than before (a
fold replaces the heads of a cell, and never changes them), and scored again when it was read again or when its
conditions name one that was. What grows with the checklist is comparing and copying references, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.domain.answer_types import Roster
from app.domain.answers import Answers, Cells, Head, ItemAnswer, contested_paths, item_of, read_item
from app.domain.checklist import Checklist, Item
from app.domain.conditions import items_named
from app.domain.scoring import Counts, Score, Scored, SectionScore, counts_of, lookup_in, score_item, summed


@dataclass
class Work:
    """How many items were read and scored so far: what tests and benchmarks count instead of time."""

    read: int = 0
    scored: int = 0


class Rescorer:
    """Answers and score of one visit with one checklist; another version of the checklist needs another."""

    def __init__(self, checklist: Checklist) -> None:
        self.work = Work()
        self._checklist, self._items = checklist, checklist.items()
        self._place = {item.key: place for place, item in enumerate(self._items)}
        self._section = [place for place, section in enumerate(checklist.sections) for _ in section.items]
        self._sections = [SectionScore(each.key, each.weight, Fraction(0), 0) for each in checklist.sections]
        self._hanging: dict[str, list[str]] = {}  # the items whose conditions name this one
        for item in self._items:
            for key in sources_of(item):
                self._hanging.setdefault(key, []).append(item.key)
        self._seen: dict[str, Sequence[Head]] = {}
        self._own: dict[str, dict[str, Sequence[Head]]] = {item.key: {} for item in self._items}
        self._answers: dict[str, ItemAnswer] = {}
        self._contested: dict[str, list[str]] = {}
        self._scored: dict[str, Scored] = {}
        self._counts = Counts()
        for item in self._items:
            self._read(item.key)
        for item in self._items:
            self._score(item.key)

    def update(self, cells: Cells) -> tuple[Answers, Score]:
        """Take in the cells as they are now; return what `read` and `score` would."""
        read = self._moved(cells)
        for key in read:
            self._read(key)
        for key in self._touched(read):
            self._score(key)
        contested = tuple(sorted(path for paths in self._contested.values() for path in paths))
        scored = [self._scored[item.key] for item in self._items]
        answers = Answers(dict(self._answers), contested)
        return answers, summed(self._checklist, scored, tuple(self._sections), self._counts)

    def _moved(self, cells: Cells) -> set[str]:
        """Give each cell that is not as it was to its item; return the keys of the items that lost or got one."""
        moved = set()
        for path, heads in [each for each in self._seen.items() if cells.get(each[0]) is not each[1]]:
            del self._seen[path]
            if (key := item_of(path, heads) or "") in self._own:
                del self._own[key][path]
                moved.add(key)
        for path, heads in [each for each in cells.items() if each[0] not in self._seen]:
            self._seen[path] = heads
            if (key := item_of(path, heads) or "") in self._own:
                self._own[key][path] = heads
                moved.add(key)
        return moved

    def _touched(self, read: set[str]) -> list[str]:
        """The items that were read and those that hang on them, in document order: conditions name earlier ones."""
        touched, waiting = set(read), list(read)
        while waiting:
            more = [key for key in self._hanging.get(waiting.pop(), ()) if key not in touched]
            touched.update(more)
            waiting += more
        return sorted(touched, key=self._place.__getitem__)

    def _read(self, key: str) -> None:
        self.work.read += 1
        answer = self._answers[key] = read_item(self._items[self._place[key]], self._own[key])
        if paths := contested_paths(answer):
            self._contested[key] = paths
        else:
            self._contested.pop(key, None)

    def _score(self, key: str) -> None:
        self.work.scored += 1
        place = self._place[key]
        before = self._scored.get(key)
        after = score_item(self._items[place], self._answers[key], lookup_in(self._scored))
        self._scored[key] = after
        for each, sign in ((before, -1), (after, 1)):
            if each is not None:
                self._count(self._section[place], each, sign)

    def _count(self, section: int, scored: Scored, sign: int) -> None:
        trace, sums = scored.trace, self._sections[section]
        counts = counts_of(trace)
        self._counts = self._counts + counts if sign > 0 else self._counts - counts
        if trace.possible is not None and trace.earned is not None:
            self._sections[section] = replace(
                sums, earned=sums.earned + sign * trace.earned, possible=sums.possible + sign * trace.possible
            )


def sources_of(item: Item) -> frozenset[str]:
    """The other items on which the score of this one hangs: those that its conditions name."""
    fields = item.answer.fields if isinstance(item.answer, Roster) else ()
    conditions = [item.when, item.fails_when, *(field.when for field in fields)]
    return frozenset[str]().union(*map(items_named, conditions)) - {item.key}

"""What the log says of the team: who answers for a section, whether it is done, what they told each other.

Twin of offline_client/src/domain/teamwork.ts; both are held to tests/vectors/teamwork/. None of it is an answer: it is
in no digest, on no minutes, and forbids nobody anything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.operations import ACCEPTED, Entry, Fold, Head
from app.domain.repinning import RECORDS, REPIN

COMMENTS = "comment/"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that nobody took back: `of` is the path of its item or row; `n` None while it is in an outbox."""

    path: str
    of: str
    text: str
    head: Head


@dataclass(frozen=True, slots=True)
class DoneMark:
    """The newest standing mark of a section, and how many changes of its answers stand after it in the log."""

    head: Head
    since: int


def assignees(heads: Iterable[Head]) -> tuple[str, ...]:
    """Who answers for a section, sorted: everybody any head names, for two assignments do not contradict each other."""
    return tuple(sorted({person for head in heads for person in head.value}))


def comments(entries: Iterable[Entry]) -> tuple[Comment, ...]:
    """The comments of a visit in log order, those of the outbox last. `entries` in that order."""
    relevant = [each for each in entries if each.path.startswith(COMMENTS) or each.kind == REPIN]
    place = {each.op: at for at, each in enumerate(relevant)}
    found = [
        Comment(path, head.value["of"], head.value["text"], head)
        for path, heads in Fold(relevant).cells.items()
        if path.startswith(COMMENTS)
        for head in heads
        if isinstance(head.value, Mapping)
    ]
    return tuple(sorted(found, key=lambda each: place[each.head.op]))


def done_marks(entries: Iterable[Entry], sections: Mapping[str, Collection[str]]) -> Mapping[str, DoneMark]:
    """The sections that are done, by key; `sections` names the items of each. `entries` in log order, outbox last."""
    entries = [each for each in entries if each.status == ACCEPTED]
    fold = Fold(each for each in entries if each.path.startswith("done/") or each.kind == REPIN)
    place = {each.op: at for at, each in enumerate(entries)}
    section_of = {item: key for key, items in sections.items() for item in items}
    last: dict[str, tuple[int, Head]] = {}
    for key in sections:
        standing = [head for head in fold.cells.get(f"done/{key}", ()) if head.value is True]
        if standing:
            head = max(standing, key=lambda each: place[each.op])
            last[key] = (place[head.op], head)
    since = dict.fromkeys(last, 0)
    for entry, item in written_items(fold.repins.carried(each) for each in entries):
        key = section_of.get(item, "")
        if key in last and place[entry.op] > last[key][0]:
            since[key] += 1
    return {key: DoneMark(head, since[key]) for key, (_, head) in last.items()}


def written_items(entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
    """Which item each entry writes something of: its cells, rows, photos and notes; comments are no answers.

    `entries` as they stand under the checklist in force, in log order: a photo says of what it is when it is attached.
    """
    of: dict[str, str] = {}
    for entry in entries:
        path = entry.path
        if path.startswith(COMMENTS):
            continue
        if path.startswith(RECORDS):
            inner = entry.value.get("value", entry.value) if isinstance(entry.value, Mapping) else None
            if isinstance(inner, Mapping) and isinstance(inner.get("of"), str):
                of[path] = inner["of"]
            path = of.get(path.removesuffix("/caption"), path)
        parts = path.split("/")
        if parts[0] == "item":
            yield entry, parts[1]

"""L0: the protocol as an executable model, a few hundred lines that can be read in one go.

Sets, counters and messages; no bytes, no database, no browser. A server, phones, and a network in which everything that
can happen to a message happens (walks.py). docs/sync.md says in words what stands here as code. The other layers use
its parts: L2 expects of the server what `Slots` says; every final look compares the log's fold with `heads_of`.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, NamedTuple

PATHS = ("a", "b", "c")
LEAD, PEOPLE = "u0", ("u0", "u1", "u2")
CLOSING = "closing"
BATCH, PAGE, OFFERED = 4, 5, 8


class Op(NamedTuple):
    """What a phone minted. `value` of a close: (writer → counter, own ops, digest); of a sign: (close, digest)."""

    id: int
    user: str
    kind: str  # set, resolve, close, sign, amend
    path: str
    value: Any
    parents: tuple[int, ...]


class Entry(NamedTuple):
    """The server's record of it; `why` is empty if it counts."""

    n: int
    op: Op
    writer: int
    ws: int
    why: str
    parents: tuple[int, ...]
    prev: str
    h: str


def hashed(*parts: Any) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]


# --- the fold ---------------------------------------------------------------------------------------------


def heads_of(entries: Iterable[tuple[str, int | str, Sequence[int | str]]]) -> dict[str, set[Any]]:
    """Path → the accepted operations that no accepted operation of the same path replaces: (path, op, parents)."""
    written: dict[str, set[Any]] = defaultdict(set)
    replaced: dict[str, set[Any]] = defaultdict(set)
    for path, op, parents in entries:
        written[path].add(op)
        replaced[path].update(parents)
    return {path: ops - replaced[path] for path, ops in written.items()}


def accepted(entries: Iterable[Entry]) -> list[Entry]:
    return [each for each in entries if not each.why]


def shown(entries: Iterable[Entry]) -> dict[str, frozenset[tuple[int, Any]]]:
    """The cells as people see them: path → heads with their values."""
    counting = {each.op.id: each for each in accepted(entries)}
    heads = heads_of((each.op.path, each.op.id, each.parents) for each in counting.values())
    return {path: frozenset((op, counting[op].op.value) for op in ops) for path, ops in heads.items()}


def contested(cells: Mapping[str, frozenset[tuple[int, Any]]]) -> list[str]:
    return [path for path in PATHS if len({value for _, value in cells.get(path, ())}) > 1]


def digest(entries: Iterable[Entry]) -> str:
    return hashed(sorted((path, sorted(heads)) for path, heads in shown(entries).items() if path in PATHS))


def frozen(entries: Sequence[Entry], close: Op) -> list[Entry]:
    """What a close covers: each writer up to its counter, and the lead's own operations beyond."""
    upto, own, _ = close.value
    counters = dict(upto)
    return [each for each in accepted(entries) if each.ws <= counters.get(each.writer, 0) or each.op.id in own]


def signed_close(entries: Sequence[Entry]) -> Op | None:
    """The close in force, if both have signed it; an amendment ends that."""
    heads = heads_of((each.op.path, each.op.id, each.parents) for each in accepted(entries))
    closes = [e.op for e in accepted(entries) if e.op.kind == "close" and e.op.id in heads[CLOSING]]
    for close in closes:
        signers = {
            e.op.path for e in accepted(entries) if e.op.kind == "sign" and e.op.value == (close.id, close.value[2])
        }
        if len(signers) == 2:
            return close
    return None


# --- the server -------------------------------------------------------------------------------------------


@dataclass
class Slots:
    """One (writer, number) for one operation, one operation for one id: what a push is answered, and nothing else."""

    bytes_of: dict[Any, Any] = field(default_factory=dict)
    writers: dict[Any, tuple[str, int]] = field(default_factory=dict)  # writer → its person, its counter

    def take(self, user: str, writer: Any, ws: int, op: Any, body: Any) -> str:
        """ok, dup, idreuse, forked or `gap N`; an `ok` is taken in."""
        owner, at = self.writers.get(writer, (user, 0))
        own = owner == user
        if op in self.bytes_of:
            if own and ws == at + 1:
                self.writers[writer] = user, ws  # a re-wrapped duplicate uses its number up
            return "dup" if self.bytes_of[op] == body else "idreuse"
        if not own or ws <= at:
            return "forked"
        if ws > at + 1:
            return f"gap {at + 1}"
        self.writers[writer] = user, ws
        self.bytes_of[op] = body
        return "ok"

    def refill(self, user: str, writer: Any, ws: int, op: Any, body: Any) -> None:
        self.bytes_of[op] = body
        self.writers[writer] = user, max(ws, self.writers.get(writer, (user, 0))[1])

    def copy(self) -> "Slots":
        return Slots(dict(self.bytes_of), dict(self.writers))


@dataclass
class Server:
    log: list[Entry] = field(default_factory=list)
    slots: Slots = field(default_factory=Slots)
    members: set[str] = field(default_factory=lambda: set(PEOPLE))

    def copy(self) -> "Server":
        return replace(self, log=list(self.log), slots=self.slots.copy(), members=set(self.members))

    def at(self, n: int) -> str:
        return self.log[n - 1].h if n else ""

    def push(
        self, user: str, writer: int, ops: Sequence[tuple[int, Op]], evidence: Sequence[Entry]
    ) -> list[tuple[int, str]]:
        """Each operation is answered, stored once, and judged; nothing is refused."""
        for old in evidence:
            self.take_back(old)
        said: list[tuple[int, str]] = []
        for ws, op in ops:
            said.append((op.id, self.slots.take(user, writer, ws, op.id, op)))
            if said[-1][1] == "ok":
                why = self.judge(user, op)
                self.append(op, writer, ws, why, () if why else self.effective(op))
            elif said[-1][1].startswith(("forked", "gap")):
                break
        return said

    def append(self, op: Op, writer: int, ws: int, why: str, parents: tuple[int, ...]) -> None:
        n, prev = len(self.log) + 1, self.at(len(self.log))
        self.log.append(Entry(n, op, writer, ws, why, parents, prev, hashed(n, op, writer, ws, why, parents, prev)))

    def take_back(self, old: Entry) -> None:
        """A signed entry that this log lacks: appended as it once stood, whatever the rights are today."""
        if old.op.id not in self.slots.bytes_of:
            self.slots.refill(old.op.user, old.writer, old.ws, old.op.id, old.op)
            self.append(old.op, old.writer, old.ws, old.why, old.parents)

    def judge(self, user: str, op: Op) -> str:
        if user not in self.members:
            return "NOT_MEMBER"
        signed = signed_close(self.log)
        if signed and not (op.kind == "amend" and signed.id in op.parents):
            return "LATE_AFTER_SIGN"
        if op.kind in {"set", "resolve"} and op.path not in PATHS:
            return "UNKNOWN_ITEM"
        if op.kind != "set" and user != LEAD:
            return "ROLE"
        if op.kind == "close":
            covered = frozen(self.log, op)
            if digest(covered) != op.value[2] or not op.value[1] <= {each.op.id for each in covered}:
                return "DIGEST_MISMATCH"
            return "CONTESTED" if contested(shown(covered)) else ""
        if op.kind == "sign":
            closes = {e.op.id: e.op.value[2] for e in accepted(self.log) if e.op.kind == "close"}
            return "" if closes.get(op.value[0]) == op.value[1] else "DIGEST_MISMATCH"
        return "" if op.kind != "amend" or signed else "BAD_VALUE"

    def effective(self, op: Op) -> tuple[int, ...]:
        """An ordinary edit replaces the head it began from, or several that are equal; a resolution all it names."""
        if op.kind != "set" or len(op.parents) < 2:
            return op.parents
        values = {e.op.id: e.op.value for e in accepted(self.log) if e.op.path == op.path}
        same = {values.get(parent, object()) for parent in op.parents}
        return op.parents if len(same) == 1 else op.parents[:1]

    def pull(self, user: str, n: int, h: str) -> tuple[str, Any]:
        if user not in self.members:
            return "own", [each for each in self.log if each.op.user == user]
        if n > len(self.log) or self.at(n) != h:
            return "diverged", None
        return "page", self.log[n : n + PAGE]


# --- the phone --------------------------------------------------------------------------------------------


@dataclass
class Mine:
    op: Op
    writer: int
    ws: int


@dataclass(eq=False)  # a clone holds the same and is another phone
class Phone:
    """A phone's store. The outbox is a difference of sets; an acknowledgement is only a hint."""

    user: str
    rng: random.Random
    writer: int = 0
    ws: int = 0
    mine: list[Mine] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    evidence: dict[int, Entry] = field(default_factory=dict)
    own_view: set[int] = field(default_factory=set)
    editors: dict[str, tuple[int, ...]] = field(default_factory=dict)
    fill: tuple[int, int] | None = None  # (writer, number) the server misses
    turn: int = 0

    def __post_init__(self) -> None:
        self.writer = self.writer or self.rng.getrandbits(48)

    def seen(self) -> set[int]:
        return {each.op.id for each in self.log} | self.own_view

    def outbox(self) -> list[Mine]:
        seen = self.seen()
        return [each for each in self.mine if each.op.id not in seen]

    def entries(self) -> list[Entry]:
        """The log and the outbox, as the screen folds them."""
        waiting = [Entry(0, each.op, each.writer, each.ws, "", each.op.parents, "", "") for each in self.outbox()]
        return self.log + waiting

    def look(self, path: str) -> tuple[int, ...]:
        """An editor opens: what it shows now is what its edit will replace."""
        self.editors[path] = tuple(sorted(op for op, _ in shown(self.entries()).get(path, ())))
        return self.editors[path]

    def save(self, kind: str, path: str, value: Any, parents: tuple[int, ...]) -> Op:
        op = Op(self.rng.getrandbits(64), self.user, kind, path, value, parents)
        self.ws += 1
        self.mine.append(Mine(op, self.writer, self.ws))
        return op

    def close(self) -> list[Op]:
        """The lead freezes what this phone shows and both sign on it, with or without a network."""
        entries, beyond = self.log, [each.op.id for each in self.outbox()]
        if contested(shown(self.entries())) or signed_close(self.entries()):
            return []
        upto: dict[int, int] = {}
        for each in entries:
            upto[each.writer] = max(each.ws, upto.get(each.writer, 0))
        said = digest(self.entries())
        parents = tuple(sorted(op for op, _ in shown(self.entries()).get(CLOSING, ())))
        close = self.save("close", CLOSING, (tuple(sorted(upto.items())), frozenset(beyond), said), parents)
        return [close, *(self.save("sign", party, (close.id, said), ()) for party in ("sign-lead", "sign-unit"))]

    def request(self) -> tuple[int, list[tuple[int, Op]], list[Entry]] | None:
        """What to push now: a gap that can be filled, the outbox of one writer in order, evidence the log lacks."""
        if self.fill:
            writer, ws = self.fill
            self.fill = None
            again = sorted((each.ws, each.op) for each in self.mine if each.writer == writer and each.ws >= ws)
            return writer, again[:BATCH], []
        waiting = self.outbox()
        writer = waiting[0].writer if waiting else self.writer
        ops = [(each.ws, each.op) for each in waiting if each.writer == writer][:BATCH]
        offered = self.offered()
        return (writer, ops, offered) if ops or offered else None

    def offered(self) -> list[Entry]:
        seen = self.seen()
        lacking = sorted((each for each in self.evidence.values() if each.op.id not in seen), key=lambda each: each.n)
        at = (self.turn * OFFERED) % max(1, len(lacking))
        self.turn += bool(lacking)
        return (lacking[at:] + lacking[:at])[:OFFERED]

    def pushed(self, writer: int, said: Sequence[tuple[int, str]]) -> None:
        for _, outcome in said:
            if outcome == "forked":
                self.rewrap()
            elif outcome.startswith("gap"):
                missing = int(outcome.split()[1])
                held = {each.ws for each in self.mine if each.writer == writer}
                self.fill = (writer, missing) if missing in held else None
                if self.fill is None:
                    self.rewrap()

    def rewrap(self) -> None:
        """A new writer for everything that waits; ids and bytes stay."""
        self.writer, self.ws = self.rng.getrandbits(48), 0
        for each in self.outbox():
            self.ws += 1
            each.writer, each.ws = self.writer, self.ws

    def pulled(self, n: int, answer: tuple[str, Any]) -> None:
        kind, told = answer
        if kind == "own":
            self.own_view = {each.op.id for each in told}
        elif kind == "diverged":
            self.log = []
        elif n == len(self.log):  # a late answer to an older question is ignored
            self.own_view = set()
            prev = self.log[-1].h if self.log else ""
            if all(a == b.prev for a, b in zip([prev, *(each.h for each in told)], told, strict=False)):
                self.log = self.log + told
                self.evidence |= {each.op.id: each for each in told}

    def copy(self) -> "Phone":
        mine = [replace(each) for each in self.mine]
        return replace(self, mine=mine, log=list(self.log), evidence=dict(self.evidence), editors=dict(self.editors))

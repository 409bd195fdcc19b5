"""Faults of the model: its oracles must find each, or they prove nothing. All are of the table in the design."""

from collections.abc import Sequence
from typing import Any

from tests.simulation.model import Entry, Op, Phone, Server, Slots, shown
from tests.simulation.report import Found
from tests.simulation.walks import walk


class _Acknowledged(Phone):
    def pushed(self, writer: int, said: Sequence[tuple[int, str]]) -> None:
        super().pushed(writer, said)
        known = {op for op, outcome in said if outcome in {"ok", "dup"}}
        self.mine = [each for each in self.mine if each.op.id not in known]


class _Sent(Phone):
    def request(self) -> tuple[int, list[tuple[int, Op]], list[Entry]] | None:
        request = super().request()
        sent = {op.id for _, op in request[1]} if request else set()
        self.mine = [each for each in self.mine if each.op.id not in sent]
        return request


class _AtSaving(Phone):
    def save(self, kind: str, path: str, value: Any, parents: tuple[int, ...]) -> Op:
        now = tuple(sorted(op for op, _ in shown(self.entries()).get(path, ())))
        return super().save(kind, path, value, now if kind == "set" else parents)


class _NoGapRepair(Phone):
    def pushed(self, writer: int, said: Sequence[tuple[int, str]]) -> None:
        super().pushed(writer, [each for each in said if not each[1].startswith("gap")])


class _NoOwnView(Phone):
    def pulled(self, n: int, answer: tuple[str, Any]) -> None:
        super().pulled(n, ("own", []) if answer[0] == "own" else answer)


class _Blind(Phone):
    def pulled(self, n: int, answer: tuple[str, Any]) -> None:
        if answer[0] != "diverged":
            super().pulled(n, answer)


class _LosesEvidence(Phone):
    def pulled(self, n: int, answer: tuple[str, Any]) -> None:
        super().pulled(n, answer)
        if answer[0] == "diverged":
            self.evidence = {}


class _OffersNothing(Phone):
    def offered(self) -> list[Entry]:
        return []


class _NoIds(Slots):
    def take(self, user: str, writer: Any, ws: int, op: Any, body: Any) -> str:
        self.bytes_of.pop(op, None)
        return super().take(user, writer, ws, op, body)


class _KeepsTheNumber(Slots):
    def take(self, user: str, writer: Any, ws: int, op: Any, body: Any) -> str:
        before = self.writers.get(writer)
        said = super().take(user, writer, ws, op, body)
        if said == "dup" and before:
            self.writers[writer] = before
        elif said == "dup":
            self.writers.pop(writer, None)
        return said

    def copy(self) -> Slots:
        return _KeepsTheNumber(dict(self.bytes_of), dict(self.writers))


class _ByNumber(Slots):
    def take(self, user: str, writer: Any, ws: int, op: Any, body: Any) -> str:
        said = super().take(user, writer, ws, op, body)
        return "dup" if said == "forked" else said

    def copy(self) -> Slots:
        return _ByNumber(dict(self.bytes_of), dict(self.writers))


class _DropsHeld(Server):
    def append(self, op: Op, writer: int, ws: int, why: str, parents: tuple[int, ...]) -> None:
        if not why:
            super().append(op, writer, ws, why, parents)


class _WantsNoHoles(Server):
    def take_back(self, old: Entry) -> None:
        _, at = self.slots.writers.get(old.writer, ("", 0))
        if old.ws == at + 1:
            super().take_back(old)


class _TakesNothingBack(Server):
    def take_back(self, old: Entry) -> None:
        return


BUGS: dict[str, dict[str, Any]] = {
    "takes an operation for sent when it sends it": {"phone_kind": _Sent},
    "forgets an operation when it is acknowledged": {"phone_kind": _Acknowledged},
    "names the answers of the moment of saving as replaced": {"phone_kind": _AtSaving},
    "does not repair a gap": {"phone_kind": _NoGapRepair},
    "a former member's own view proves nothing": {"phone_kind": _NoOwnView},
    "does not notice that the server was restored": {"phone_kind": _Blind},
    "a second restore takes the evidence of the first": {"phone_kind": _LosesEvidence},
    "offers nothing back of other people's entries": {"phone_kind": _OffersNothing},
    "does not know an operation by its id": {"server_kind": lambda: Server(slots=_NoIds())},
    "a re-wrapped duplicate does not use its number up": {"server_kind": lambda: Server(slots=_KeepsTheNumber())},
    "calls a twin's operation known": {"server_kind": lambda: Server(slots=_ByNumber())},
    "answers ok and drops what it should hold": {"server_kind": _DropsHeld},
    "wants offered entries without holes": {"server_kind": _WantsNoHoles},
    "takes nothing back": {"server_kind": _TakesNothingBack},
}


def find(bug: str, most: int) -> Found:
    """How many walks it takes to see this fault."""
    for seed in range(1, most + 1):
        problems = walk(seed, **BUGS[bug]).problems
        if problems:
            return Found(bug, "L0", seed, f"L0:{seed} {problems[0]}")
    return Found(bug, "L0", None)

"""Histories of the model (L0): chance moves phones, messages and backups; then all heals, and the oracles look."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.simulation.model import (
    CLOSING,
    LEAD,
    PATHS,
    PEOPLE,
    Entry,
    Op,
    Phone,
    Server,
    accepted,
    digest,
    frozen,
    shown,
    signed_close,
)
from tests.simulation.plan import Outcome, Plan, Progress
from tests.simulation.report import Row
from tests.simulation.seeds import keep, wanted


@dataclass
class World:
    """One history: phones, a server, messages under way, and what the oracles must know."""

    seed: int
    server_kind: Callable[[], Server] = Server
    phone_kind: Callable[[str, random.Random], Phone] = Phone
    saved: dict[int, tuple[Op, tuple[int, ...]]] = field(default_factory=dict)
    holders: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    told_signed: set[int] = field(default_factory=set)
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    rounds: int = 0  # fair ones until every outbox was empty; 0: never

    def __post_init__(self) -> None:
        self.rng = random.Random(f"L0 {self.seed}")
        self.server = self.server_kind()
        self.phones = [self.phone_kind(user, self.rng) for user in PEOPLE]
        self.air: list[tuple[Phone, tuple[Any, ...]]] = []
        self.backups: list[Server] = []
        self.loss = self.rng.choice([0.05, 0.2, 0.4])
        kinds = ("restored", "cloned", "store lost", "power lost", "member", "sign", "unknown")
        self.may = {kind: self.rng.random() < 0.5 for kind in kinds}

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.act(self.rng.choice(self.phones), self.rng.random())
        self.rounds = self.heal()
        self.look(self.rounds)

    # --- chance

    def act(self, phone: Phone, x: float) -> None:
        rng = self.rng
        if x < 0.18:
            phone.look(rng.choice(PATHS))
        elif x < 0.42:
            self.edit(phone)
        elif x < 0.60:
            self.send(phone, pushing=True)
        elif x < 0.76:
            self.send(phone, pushing=False)
        elif x < 0.93 and self.air:
            at = rng.randrange(len(self.air))
            to, message = self.air[at]
            if rng.random() < self.loss / 2:
                self.faults["message repeated"] += 1
            else:
                del self.air[at]
            self.deliver(to, message)
        elif x < 0.95:
            self.backups.append(self.server.copy())
        else:
            self.trouble(phone)

    def trouble(self, phone: Phone) -> None:
        kind = self.rng.choice([each for each, may in self.may.items() if may and each != "unknown"] or ["none"])
        if kind == "restored" and self.backups:
            members = set(self.server.members)
            self.server = self.rng.choice(self.backups).copy()
            self.server.members = members
            self.give_up()
        elif kind == "cloned" and len(self.phones) < 5:
            twin = phone.copy()
            self.phones.append(twin)
            for held in self.holders.values():
                if id(phone) in held:
                    held.add(id(twin))
        elif kind == "store lost":
            self.phones[self.phones.index(phone)] = self.phone_kind(phone.user, self.rng)
            self.forget(phone, set(self.holders))
        elif kind == "power lost" and phone.mine and phone.mine[-1].ws == phone.ws:
            lost = phone.mine.pop()
            phone.ws -= 1
            self.forget(phone, {lost.op.id} - {each.op.id for each in phone.log})
        elif kind == "member":
            self.server.members ^= {self.rng.choice(PEOPLE[1:])}
        elif kind == "sign":
            self.close(next(each for each in self.phones if each.user == LEAD))
        else:
            return
        self.faults[kind] += 1

    def forget(self, phone: Phone, ops: set[int]) -> None:
        """This store does not hold them any more."""
        for op in ops:
            self.holders[op].discard(id(phone))
        self.give_up()

    def give_up(self) -> None:
        """What neither the server nor any phone can have is gone, by physics."""
        for op in [op for op in self.saved if not self.holders[op] and op not in self.server.slots.bytes_of]:
            del self.saved[op]

    def edit(self, phone: Phone) -> None:
        rng = self.rng
        path = rng.choice(list(phone.editors) or list(PATHS))
        if self.may["unknown"] and rng.random() < 0.08:
            path = "elsewhere"
        seen = phone.editors.get(path, ())
        kind = "resolve" if phone.user == LEAD and len(seen) > 1 else "set"
        self.saw(phone, phone.save(kind, path, rng.randrange(3), seen), seen)
        if path in PATHS:
            phone.look(path)

    def close(self, phone: Phone) -> None:
        signed = signed_close(phone.entries())
        if signed:
            if self.rng.random() < 0.3:
                self.saw(phone, phone.save("amend", CLOSING, "reason", (signed.id,)), (signed.id,))
            return
        for op in phone.close():
            self.saw(phone, op, op.parents)

    def saw(self, phone: Phone, op: Op, seen: tuple[int, ...]) -> None:
        self.saved[op.id] = op, seen
        self.holders[op.id].add(id(phone))

    # --- messages

    def send(self, phone: Phone, *, pushing: bool) -> None:
        request = phone.request() if pushing else None
        if request:
            self.air.append((phone, ("push", *request)))
        elif not pushing:
            self.air.append((phone, ("pull", len(phone.log), phone.log[-1].h if phone.log else "")))

    def deliver(self, phone: Phone, message: tuple[Any, ...], *, fair: bool = False) -> None:
        if not fair and self.rng.random() < self.loss:
            self.faults["request lost"] += 1
            return
        kind, *rest = message
        answer: Any = getattr(self.server, kind)(phone.user, *rest)
        if (not fair and self.rng.random() < self.loss) or all(each is not phone for each in self.phones):
            self.faults["reply lost"] += 1
            return
        if kind == "push":
            phone.pushed(rest[0], answer)
        else:
            phone.pulled(rest[0], answer)
            for each in phone.log:
                self.holders[each.op.id].add(id(phone))
        if signed := signed_close(phone.log):
            self.told_signed.add(signed.id)

    def heal(self) -> int:
        for phone, message in self.air:
            self.deliver(phone, message, fair=True)
        self.server.members |= {user for user in PEOPLE if self.rng.random() < 0.7}
        for rounds in range(1, 60):
            for phone in self.phones:
                for _ in range(4):
                    self.air = []
                    self.send(phone, pushing=False)
                    self.send(phone, pushing=True)
                    for to, message in self.air:
                        self.deliver(to, message, fair=True)
            if all(self.is_done(phone) for phone in self.phones):
                return rounds
        return 0

    def is_done(self, phone: Phone) -> bool:
        current = phone.user not in self.server.members or len(phone.log) == len(self.server.log)
        return not phone.outbox() and current and not phone.offered()

    # --- oracles

    def look(self, rounds: int) -> None:
        log, say = self.server.log, self.problems.append
        if not rounds:
            say("some outbox does not drain (I17)")
        ids = Counter(each.op.id for each in log)
        if ids and max(ids.values()) > 1:
            say("an operation stands twice in the log (I3)")
        if any(b.prev != a.h for a, b in pairwise(log)) or [each.n for each in log] != list(range(1, len(log) + 1)):
            say("the chain breaks (I4, I5)")
        if self.saved.keys() - ids.keys():
            say("what was saved is neither in the log nor lost by physics (I1, I2)")
        slots = Counter((each.writer, each.ws) for each in log)
        # A phone that lost its last step uses the number again; a restored server may have forgotten the first use.
        if slots and max(slots.values()) > 1 and not self.faults["restored"]:
            say("a writer used a number twice (I16)")
        self.look_at_entries(log)
        members = [phone for phone in self.phones if phone.user in self.server.members]
        if rounds and any(shown(phone.entries()) != shown(log) for phone in members):
            say("a phone shows other answers than the server (I7)")
        self.look_at_closes(log)

    def look_at_entries(self, log: list[Entry]) -> None:
        named = {parent for each in accepted(log) for parent in each.parents}
        heads = {op for cell in shown(log).values() for op, _ in cell}
        for each in log:
            saved = self.saved.get(each.op.id)
            if saved and saved[0] != each.op:
                self.problems.append("other content than was saved (I1)")
            if saved and not set(each.parents) <= set(saved[1]):
                self.problems.append("replaced what its author's screen did not show (I9)")
            if not each.why and each.op.id not in heads | named:
                self.problems.append("accepted and hidden (I8)")

    def look_at_closes(self, log: list[Entry]) -> None:
        for close in [each.op for each in accepted(log) if each.op.kind == "close"]:
            if close.id in self.told_signed and digest(frozen(log, close)) != close.value[2]:
                # Entries a restored server cannot get back leave a set that is shown as unconfirmed, never as signed.
                self.faults["signed set unconfirmed"] += 1
                if not self.faults["restored"]:
                    self.problems.append("a signed set of answers has changed (I12)")


def walk(seed: int, steps: int = 70, **kinds: Any) -> World:
    """One history from a seed."""
    world = World(seed, **kinds)
    world.run(steps)
    return world


def run(plan: Plan, progress: Progress) -> Outcome:
    """Ten walks for each history of the other layers."""
    seeds = [plan.seed] if plan.seed is not None else wanted("L0", plan.first, plan.histories * 10)
    faults, violations, slowest = Counter[str](), list[str](), 0
    for done, seed in enumerate(seeds, 1):
        world = walk(seed)
        faults.update(world.faults)
        slowest = max(slowest, world.rounds)
        violations += [f"L0:{seed} {problem}" for problem in world.problems]
        for problem in world.problems:
            keep("L0", seed, problem)
        progress.at(done, len(seeds), f"{len(violations)} violations")
    row = Row("L0 model", len(seeds), faults, f"{min(seeds)}..{max(seeds)}", violations, f"{slowest} rounds")
    return Outcome([row])

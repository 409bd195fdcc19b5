"""The state of a visit, read from its log: planned, open, closed, signed, and what was frozen.

Twin of offline_client/src/domain/visits.ts. A signed answer set never changes (I12): the answers of a signed visit
are the fold of the frozen set, and accepted operations outside it are late (docs/sync.md 5).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.domain.operations import ACCEPTED, Cells, Entry, Fold, Head, fold, head_of, is_answer
from app.domain.repinning import REPIN
from app.domain.wire import Json, canonical

State = Literal["planned", "open", "closed", "signed"]
PARTIES = ("lead", "unit")
CLOSING = "visit/closing"
NO_HASH = "0" * 64  # the hash of "entry 0": nothing had reached the log when the visit was closed


@dataclass(frozen=True, slots=True)
class SignedSet:
    """A close that both parties signed. Its answers are for ever the fold of what it froze, amended or not.

    `n` is the number of the entry that completed the signatures, None while that is in an outbox.
    """

    closing: Head
    signatures: Mapping[str, Head]
    n: int | None


@dataclass(frozen=True, slots=True)
class VisitState:
    """`closing` is the close in force; `signatures` those that name it and its digest, by party.

    `frozen` holds the op ids of the frozen set while closed or signed; `late` the accepted answers outside it, in log
    order; `signed_n` the number of the entry that completed the signatures (None while that is in an outbox);
    `signed_sets` everything that was ever signed by both, in order, the one in force last if the visit is signed.
    """

    state: State
    closing: Head | None = None
    signatures: Mapping[str, Head] | None = None
    frozen: frozenset[str] | None = None
    late: tuple[str, ...] = ()
    signed_n: int | None = None
    signed_sets: tuple[SignedSet, ...] = ()


def visit_state(entries: Iterable[Entry]) -> VisitState:
    """Read the state of a visit from its entries (the client adds its outbox)."""
    accepted = [entry for entry in entries if entry.status == ACCEPTED]
    if not accepted:
        return VisitState("planned")
    cells = fold(entry for entry in accepted if entry.path == CLOSING)
    signs = _signs(accepted)
    closes = [head for head in cells.get(CLOSING, ()) if head.kind == "close"]
    signed_sets = _signed_sets(accepted, signs)
    if not closes:
        return VisitState("open", signed_sets=signed_sets)
    closing = max(
        closes, key=lambda close: (*_completeness(close, _signatures(close, signs)), *_position(close.n), close.op)
    )
    signatures = _signatures(closing, signs)
    frozen = frozenset(entry.op for entry in frozen_entries(accepted, closing.value))
    late = [entry for entry in accepted if is_answer(entry.path) and entry.op not in frozen]
    signed = _is_whole(closing, signatures)
    return VisitState(
        state="signed" if signed else "closed",
        closing=closing,
        signatures=signatures,
        frozen=frozen,
        late=tuple(entry.op for entry in sorted(late, key=lambda entry: (*_position(entry.n), entry.op))),
        signed_n=_completed(signatures) if signed else None,
        signed_sets=signed_sets,
    )


def is_confirmed(entries: Iterable[Entry], state: VisitState) -> bool:
    """Whether the close in force gives the digest it was made with: after a restore entries may be missing (I12)."""
    if state.closing is None or state.frozen is None:
        return True
    frozen = fold(entry for entry in entries if entry.op in state.frozen)
    return bool(answers_digest(frozen) == state.closing.value["digest"])


def counters(entries: Iterable[Entry], n: int) -> dict[str, int]:
    """How far each writer had come by entry `n`, held entries included: what a close names as `upto`."""
    reached: dict[str, int] = {}
    for entry in entries:
        if entry.n is not None and entry.n <= n:
            reached[entry.writer] = max(entry.ws, reached.get(entry.writer, 0))
    return reached


def frozen_entries(entries: Iterable[Entry], close: Mapping[str, Json]) -> list[Entry]:
    """Return the accepted entries a close covers: 1…n of the log and the lead's own ones beyond it.

    Numbers may change when a restored server is refilled, writers' counters do not: `upto` is believed before `n`.
    """
    own, upto, n = frozenset(close["own"]), close.get("upto"), close["n"]

    def covers(entry: Entry) -> bool:
        if upto is not None:
            return bool(entry.ws <= upto.get(entry.writer, 0))
        return entry.n is not None and bool(entry.n <= n)

    return [entry for entry in entries if entry.status == ACCEPTED and (covers(entry) or entry.op in own)]


def frozen_cells(entries: Iterable[Entry], signed: SignedSet) -> Cells:
    """The answers of one signed set, whatever was amended since."""
    return fold(frozen_entries(entries, signed.closing.value))


def standing_entries(entries: Sequence[Entry], state: VisitState) -> list[Entry]:
    """Return the accepted entries whose fold is the answers now: the frozen set once signed, else all."""
    if state.state != "signed" or state.frozen is None:
        return [entry for entry in entries if entry.status == ACCEPTED]
    return [entry for entry in entries if entry.op in state.frozen]


def answer_cells(entries: Sequence[Entry]) -> Cells:
    """Return the answers of a visit as cells, frozen ones if it is signed."""
    return fold(standing_entries(entries, visit_state(entries)))


def answers_bytes(cells: Cells) -> bytes:
    """Return the canonical JSON of the answers, without closing, signatures, done marks and handled held ops."""
    heads = {
        path: [{"op": head.op, "value": head.value} for head in standing]
        for path, standing in cells.items()
        if is_answer(path)
    }
    return canonical(heads)


def answers_digest(cells: Cells) -> str:
    """Return the SHA-256 (hex) of `answers_bytes`: what a close freezes and both signatures name."""
    return hashlib.sha256(answers_bytes(cells)).hexdigest()


def minutes_digest(close: Head, signatures: Mapping[str, Head]) -> str:
    """Return the SHA-256 (hex) of everything that was signed: the answers' digest, names, strokes, what the unit
    objected to or why it refused.

    `v` 2: papers made before it carry the answers' digest alone, which is still printed and still verifies.
    """
    signed = {party: head.value for party, head in signatures.items()}
    covered = {"v": 2, "close": close.op, "answers": close.value["digest"], "signatures": signed}
    return hashlib.sha256(canonical(covered)).hexdigest()


def close_problem(close: Mapping[str, Json], entries: Sequence[Entry], hash_at_n: str | None) -> str | None:
    """Say why a close must be held: it is not what the log says, or it freezes a contested answer (docs/sync.md 5).

    `entries` are the whole log; `hash_at_n` is the hash of entry n in hex, None if there is no such entry.
    """
    if close["h"] != hash_at_n or close.get("upto") not in (None, counters(entries, close["n"])):
        return "DIGEST_MISMATCH"
    frozen = frozen_entries(entries, close)
    folded = Fold(frozen)
    if not frozenset(close["own"]) <= {entry.op for entry in frozen}:
        return "DIGEST_MISMATCH"
    if answers_digest(folded.cells) != close["digest"]:
        return "DIGEST_MISMATCH"
    # What is signed is judged by the checklist in force: a re-pin the close did not know of would be another one.
    repins = {entry.op for entry in entries if entry.status == ACCEPTED and entry.kind == REPIN}
    if not repins <= {entry.op for entry in frozen}:
        return "DIGEST_MISMATCH"
    return "CONTESTED" if folded.contested else None


def open_held(entries: Iterable[Entry]) -> list[Entry]:
    """Return the held entries that nobody has adopted or dismissed yet, in the order given."""
    entries = list(entries)
    decided = decided_ops(entries)
    return [entry for entry in entries if entry.status != ACCEPTED and entry.op not in decided]


def decided_ops(entries: Iterable[Entry]) -> set[str]:
    """Return the held operations that accepted adoptions and dismissals name, whether or not they have come."""
    accepted = [entry for entry in entries if entry.status == ACCEPTED]
    adopted = {entry.value["of"] for entry in accepted if entry.kind == "adopt"}
    return adopted | {entry.path.removeprefix("held/") for entry in accepted if entry.kind == "dismiss"}


def _signs(accepted: Iterable[Entry]) -> list[tuple[str, Head]]:
    """Every accepted signature with its party, in log order; a later one never voids an earlier one."""
    signs = [entry for entry in accepted if entry.kind == "sign"]
    signs.sort(key=lambda entry: (*_position(entry.n), entry.op))
    return [(entry.path.removeprefix("sign/"), head_of(entry)) for entry in signs]


def _signatures(close: Head, signs: Iterable[tuple[str, Head]]) -> dict[str, Head]:
    """The first signature of each party that names this close and its digest."""
    found: dict[str, Head] = {}
    for party, sign in signs:
        if sign.value["close"] == close.op and sign.value["digest"] == close.value["digest"]:
            found.setdefault(party, sign)
    return found


def _signed_sets(accepted: Iterable[Entry], signs: Sequence[tuple[str, Head]]) -> tuple[SignedSet, ...]:
    closes = [head_of(entry) for entry in accepted if entry.kind == "close"]
    signed = [(close, signatures) for close in closes if _is_whole(close, signatures := _signatures(close, signs))]
    found = [SignedSet(close, signatures, _completed(signatures)) for close, signatures in signed]
    return tuple(sorted(found, key=lambda each: (*_position(each.n), each.closing.op)))


def _is_whole(close: Head, signatures: Mapping[str, Head]) -> bool:
    """Whether everybody has signed: of a unit that checks itself only who leads it."""
    return "lead" in signatures if close.value.get("alone") else len(signatures) == len(PARTIES)


def _completeness(close: Head, signatures: Mapping[str, Head]) -> tuple[bool, int]:
    return _is_whole(close, signatures), len(signatures)


def _completed(signatures: Mapping[str, Head]) -> int | None:
    """The number of the last of these signatures, None while one is in an outbox."""
    numbers = [head.n for head in signatures.values()]
    known = [number for number in numbers if number is not None]
    return max(known) if len(known) == len(numbers) else None


def _position(n: int | None) -> tuple[bool, int]:
    """Log order; what is still in the outbox comes after all numbers."""
    return (n is None, n or 0)

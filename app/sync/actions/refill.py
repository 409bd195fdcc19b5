"""Pieces of an older chain that phones offer to a restored server: read, proven, and taken back (docs/sync.md 7).

A piece counts only if its hashes lead to one that this installation's key has signed.
"""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.news import Record, chain, expand
from app.domain.operations import ACCEPTED
from app.domain.wire import SAFE_INTEGER, SHA256, BodyError, Json, decode, from_base64url
from app.sync.actions.returning import ProvenEntry, of_known_authors, take_back
from app.sync.signing import Signer


@dataclass(frozen=True, slots=True)
class Offered:
    """What the pieces prove, and how many entries prove nothing."""

    proven: tuple[ProvenEntry, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Refilled:
    """What became of the offered entries: appended, known already, refused (not proven, of an unknown author, or a
    re-pin that the visit cannot follow)."""

    taken: int = 0
    known: int = 0
    refused: int = 0


NOTHING_REFILLED = Refilled()


def prove(visit_id: str, pieces: Sequence[Json], signer: Signer) -> Offered:
    """Read pieces and check what they prove. One that proves nothing, or is no piece at all, blocks nothing."""
    found: list[ProvenEntry] = []
    refused = 0
    for piece in pieces:
        try:
            records, prev, signature = _read(piece)
            hashes = chain(visit_id, prev, records)
            if not hashes or not signer.has_signed(hashes[-1], signature):
                refused += len(records)
                continue
            # Without its body an entry is only a link: the person who offers it may never have seen it.
            found += [_proven(record) for record in records if record.body is not None]
        except Invalid:
            refused += 1
    return Offered(tuple(found), refused)


def refill(visit_id: str, offered: Offered) -> Refilled:
    """Append what the log lacks. Entries of people this database does not know are refused, and stray re-pins."""
    if not offered.proven:
        return Refilled(refused=offered.refused)
    proven = of_known_authors(offered.proven)
    taken = take_back(visit_id, proven)
    refused = offered.refused + len(offered.proven) - len(proven) + len(taken.strays)
    return Refilled(taken.taken, taken.known, refused)


def _read(piece: Json) -> tuple[list[Record], bytes, bytes]:
    if not isinstance(piece, dict) or not isinstance(piece.get("entries"), list):
        raise Invalid("BAD_ENVELOPE")
    after, prev, sig = piece.get("after"), piece.get("prev"), piece.get("sig")
    if type(after) is not int or not 0 <= after < SAFE_INTEGER or not isinstance(sig, str):
        raise Invalid("BAD_ENVELOPE")
    if not isinstance(prev, str) or not SHA256.fullmatch(prev):
        raise Invalid("BAD_ENVELOPE")
    try:
        signature = from_base64url(sig)
    except (binascii.Error, ValueError):
        raise Invalid("BAD_ENVELOPE") from None
    return expand(after, piece["entries"]), bytes.fromhex(prev), signature


def _proven(record: Record) -> ProvenEntry:
    body = record.body or b""
    if record.status == ACCEPTED:
        try:
            decode(body)
        except BodyError:
            raise Invalid("BAD_ENVELOPE") from None
    return ProvenEntry(
        op=record.op,
        body=body,
        actor_id=record.actor,
        writer=record.writer,
        ws=record.ws,
        received_ms=record.received_ms,
        why=record.why,
        parents=record.parents,
    )

"""Faults that are put into the server on purpose: each must be found by L2 or L3, or they prove nothing.

They replace one function of the product for the length of a run, in the tests' process only; the product has no switch.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from app.domain import visits
from app.domain.errors import Invalid
from app.extensions import now
from app.sync import news
from app.sync.actions import ledger as ledgers
from app.sync.actions import push as pushing
from app.sync.actions import refill, storing
from app.sync.actions.push import Result
from app.sync.api import manifest

Wrap = Callable[..., Any]  # (original, *arguments) → what the faulty one does

BATCH, LEDGER = pushing._Batch, ledgers.Ledger


def _refuses(original: Any, batch: Any, operation: Any, parents: Any) -> Any:
    why = original(batch, operation, parents)
    if why:
        raise Invalid(why)
    return why


def _believes_clocks(original: Any, batch: Any, operation: Any, parents: Any) -> Any:
    why = original(batch, operation, parents)
    tomorrow = f"{now() + timedelta(days=1):%F}"
    return why or ("BAD_VALUE" if operation and operation.wall > tomorrow else "")


def _any_role(original: Any, *arguments: Any) -> Any:
    standing = original(*arguments)
    standing.role = standing.role or "member"
    return standing


def _ignores_signature(original: Any, *arguments: Any) -> Any:
    standing = original(*arguments)
    standing.state = "open" if standing.state == "signed" else standing.state
    return standing


def _takes(outcome: str) -> Wrap:
    def take(original: Any, batch: Any, each: Any) -> Any:
        result = original(batch, each)
        if result.outcome != outcome:
            return result
        batch.ws = max(batch.ws, each.sent.ws)
        return Result(each.sent.op, "ok", batch._append(each))

    return take


def _stores_again(original: Any, batch: Any, each: Any) -> Any:
    result = original(batch, each)
    return Result(result.op, "ok", batch._append(each)) if result.outcome == "dup" else result


def _known(original: Any, batch: Any, each: Any) -> Any:
    result = original(batch, each)
    return Result(result.op, "dup", None) if result.outcome == "forked" else result


def _leaves_one_out(original: Any, entries: Any, *arguments: Any, **named: Any) -> Any:
    return original(entries[1:] if len(entries) > 1 else entries, *arguments, **named)


def _takes_nothing_back(original: Any, visit_id: str, _proven: Any) -> Any:
    return original(visit_id, [])


def _wants_no_holes(original: Any, visit_id: str, proven: Any) -> Any:
    return original(visit_id, [each for each in proven if each.ws == 1])


def _any_bytes(original: Any, batch: Any, each: Any) -> Any:
    result = original(batch, each)
    return Result(result.op, "dup", batch.ledger.entry(result.op)) if result.outcome == "idreuse" else result


def _keeps_the_slot(original: Any, batch: Any, each: Any) -> Any:
    before = batch.ws
    result = original(batch, each)
    if result.outcome in {"dup", "idreuse"}:
        batch.ws = before
    return result


def _trusts_the_body(original: Any, ledger: Any, draft: Any, operation: Any) -> Any:
    return original(ledger, replace(draft, actor_id=operation.user) if operation else draft, operation)


def _drops_held(original: Any, batch: Any, each: Any) -> Any:
    before = len(batch.ledger.added), batch.ledger.n, batch.ledger.hash
    entry = original(batch, each)
    if entry.why:
        del batch.ledger.added[before[0] :]
        batch.ledger.n, batch.ledger.hash = before[1:]
    return entry


def _leaves_old_heads(original: Any, ledger: Any) -> Any:
    _, new = original(ledger)
    known = {(path, op) for path, op in ledger._heads_before}
    return [], [each for each in new if (each[0], each[1]) not in known]


def _does_not_find(code: str) -> Wrap:
    def problem(original: Any, *arguments: Any) -> Any:
        found = original(*arguments)
        return None if found == code else found

    return problem


def _tells_all(original: Any, user_id: str, sealed: Any) -> Any:
    return original(user_id, [replace(each, role="lead") for each in sealed])


def _does_nothing(_original: Any, *_: Any) -> None:
    return


def _handles_nothing(_original: Any, *_: Any) -> Any:
    return iter(())


# name → what is replaced, and by what
BUGS: dict[str, tuple[Any, str, Wrap]] = {
    "refuses what it should hold": (BATCH, "_judge", _refuses),
    "answers ok and drops what it should hold": (BATCH, "_append", _drops_held),
    "accepts what a former member sends": (pushing, "_standing", _any_role),
    "accepts edits after the signatures": (pushing, "_standing", _ignores_signature),
    "lets a twin use a number twice": (BATCH, "_take", _takes("forked")),
    "does not notice a gap": (BATCH, "_take", _takes("gap")),
    "calls other bytes under a known id a duplicate": (BATCH, "_take", _any_bytes),
    "a re-wrapped duplicate does not use its number up": (BATCH, "_take", _keeps_the_slot),
    "believes the author's name in the body": (LEDGER, "append", _trusts_the_body),
    "leaves replaced heads in the cache": (LEDGER, "head_changes", _leaves_old_heads),
    "closes over contested answers": (visits, "close_problem", _does_not_find("CONTESTED")),
    "does not check what a close freezes": (visits, "close_problem", _does_not_find("DIGEST_MISMATCH")),
    "forgets that a held operation was handled": (ledgers, "handled_by", _handles_nothing),
    "does not know an operation by its id": (BATCH, "_take", _stores_again),
    "calls a twin's operation known": (BATCH, "_take", _known),
    "leaves a row out of what it shows": (news, "written", _leaves_one_out),
    "does not write down when a visit began": (storing, "_mirror_start", _does_nothing),
    "holds what a phone dates in the future": (BATCH, "_judge", _believes_clocks),
    "tells members of a surprise before it starts": (manifest, "_uncovered_for_lead", _tells_all),
    "takes nothing back": (refill, "take_back", _takes_nothing_back),
    "wants offered entries without holes": (refill, "take_back", _wants_no_holes),
}
# Only phones that have seen more than the server holds, or must not see all of it, can find these.
FOUND_BY_PHONES = (
    "holds what a phone dates in the future",
    "takes nothing back",
    "wants offered entries without holes",
    "tells members of a surprise before it starts",
)


@contextmanager
def planted(bug: str) -> Iterator[None]:
    """The server with this fault."""
    owner, name, wrap = BUGS[bug]
    original = getattr(owner, name)
    with ExitStack() as leave:
        leave.enter_context(patch.object(owner, name, lambda *arguments, **named: wrap(original, *arguments, **named)))
        yield

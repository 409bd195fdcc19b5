"""The closed table: which kind may write which path with which value, and who may; else why it is held.

Twin of offline_client/src/domain/acceptance.ts; both are held to tests/vectors/operations/hold_reason.json.
Everything an authenticated device sends is stored; what does not fit here is held without effect (docs/sync.md 3).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain import answers
from app.domain.answer_types import Roster
from app.domain.checklist import Checklist, Item
from app.domain.operations import HEADS_LIMIT, cell_value
from app.domain.repinning import CHECKLIST, REPIN, RETIRED, is_map
from app.domain.starting import START
from app.domain.wire import SHA256, Json, Operation, canonical, is_id

Role = Literal["lead", "member"]
Check = Callable[[Json], bool]
Rules = Mapping[str, Check]  # of one path: what each permitted kind may carry

PHOTO_LIMIT = 12 * 1024 * 1024
CLOSE_REASONS = ("unanswered_reason", "no_evidence_reason", "held_reason", "missing_photos_reason", "silent_reason")
_WRITERS_LIMIT = 500
_ASSIGNEES_LIMIT = 50
_MAP_LIMIT = 2000
_MIMES = frozenset({"image/jpeg", "image/png", "image/webp"})
_LEAD_KINDS = frozenset({"resolve", "adopt", "dismiss", "close", "reopen", "amend", "repin", "sign", "assign", "start"})
_KINDS = _LEAD_KINDS | {"set", "clear", "attach", "detach", "done", "comment"}
_NEEDS_PARENT = frozenset({"resolve", "detach", "reopen", "amend"})

_KEY = re.compile(r"[a-z0-9-]{1,64}")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ITEM = re.compile(rf"item/(?P<item>[a-z0-9-]+)(?:/row/{_UUID}/(?P<field>[a-z0-9_-]+)|/(?P<aspect>[a-z_]+))?")
_OF = re.compile(rf"item/(?P<item>[a-z0-9-]+)(?P<row>/row/{_UUID})?")
_RECORD = re.compile(rf"(photo|note|comment)/{_UUID}")
_CAPTION = re.compile(rf"photo/{_UUID}/caption")
_LOCAL_TIME = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]")
_ORDER = re.compile(r"[0-9A-Za-z]{1,64}")
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
_STROKES = re.compile(r"[MLHVCSQTAZmlhvcsqtaz0-9 ,.\-]{1,12000}")


@dataclass(frozen=True, slots=True)
class HeldOperation:
    """A held entry that an `adopt` or `dismiss` may name: whose it was and what it would have put where."""

    author: str
    path: str
    value: Json


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the server knows, under the visit's lock, when it judges an operation.

    `role` is None for somebody who has left the delegation; `dropped`: it came without its author's session;
    `may_reopen`: the visit is signed and accepted operations stand outside the frozen set;
    `self_check`: a unit checks itself, so one signature is enough (a close that says `alone`);
    `closes` maps each accepted close to its digest; `beside` is the number of heads
    that would stand beside the operation; `target` is the checklist a `repin` names, None unless it is a published
    version of this checklist that the visit never had.
    """

    visit: str
    chk: str
    actor: str
    role: Role | None
    signed: bool = False
    dropped: bool = False
    may_reopen: bool = False
    self_check: bool = False
    beside: int = 0
    closes: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, HeldOperation] = field(default_factory=dict)
    target: Checklist | None = None


def hold_reason(operation: Operation, checklist: Checklist, given: Circumstances) -> str | None:
    """Say why an operation must be held, or None to accept it: the first reason that fits, in the documented order.

    The operation is judged where the visit's re-pins carry it (`Repins.carried`).

    Whether a `close` freezes what the log says is judged by `visits.close_problem`, for it needs the log.
    """
    return _standing(operation, given) or _content(operation, checklist, given) or _limits(operation, given)


def _standing(operation: Operation, given: Circumstances) -> str | None:
    """Judge who sent it, when, and for what."""
    undoes = operation.kind == "amend" or (operation.kind == "reopen" and given.may_reopen)
    reasons = (
        ("BAD_VALUE", operation.visit != given.visit),
        ("ACTOR_MISMATCH", operation.user != given.actor),
        ("NOT_MEMBER", given.role is None),
        ("UNKNOWN_KIND", operation.version != 1 or operation.kind not in _KINDS),
        ("DROPPED_OFF", given.dropped),
        ("CHECKLIST_MISMATCH", operation.chk != given.chk or _aims_wrong(operation, given)),
        ("LATE_AFTER_SIGN", given.signed and not undoes and not _is_talk(operation)),
    )
    return next((reason for reason, fits in reasons if fits), None)


def _is_talk(operation: Operation) -> bool:
    """A comment: in no digest and no minutes, so it may come after what was signed. What was read then stays told."""
    return operation.path.startswith("comment/") and operation.kind == "comment"


def _aims_wrong(operation: Operation, given: Circumstances) -> bool:
    """Whether a re-pin begins from another checklist than the one in force, or leads to none."""
    if operation.kind != REPIN or not _is_repin(operation.value):
        return False  # a malformed one is told as such
    return operation.value["from"] != given.chk or given.target is None


def _limits(operation: Operation, given: Circumstances) -> str | None:
    if operation.kind in _LEAD_KINDS and given.role != "lead":
        return "ROLE"
    if operation.kind == "sign" and given.closes.get(operation.value["close"]) != operation.value["digest"]:
        return "DIGEST_MISMATCH"
    return "TOO_MANY_HEADS" if given.beside >= HEADS_LIMIT else None


def _content(operation: Operation, checklist: Checklist, given: Circumstances) -> str | None:
    """Judge kind, path and value against the table."""
    kind, value = operation.kind, operation.value
    if kind in _NEEDS_PARENT and not operation.parents:
        return "BAD_VALUE"
    if kind == "amend" and not given.signed:
        return "BAD_VALUE"
    if kind == "dismiss" and operation.path.removeprefix("held/") not in given.held:
        return "BAD_VALUE"
    if kind in {"resolve", "adopt"}:
        if not (_is_resolution(value) if kind == "resolve" else _is_adoption(operation, given)):
            return "BAD_VALUE"
        value = cell_value(kind, value)
    rules = _rules(operation.path, checklist)
    if rules is None:
        return "UNKNOWN_ITEM"
    if kind not in rules or not rules[kind](value):
        return "BAD_VALUE"
    if kind == "close" and "alone" in value and not given.self_check:
        return "BAD_VALUE"
    if kind == REPIN and given.target is not None and not is_map(checklist, given.target, value["map"]):
        return "BAD_VALUE"
    named = value.get("of") if _RECORD.fullmatch(operation.path) and isinstance(value, Mapping) else None
    return None if named is None or _is_known(named, checklist) else "UNKNOWN_ITEM"


def _rules(path: str, checklist: Checklist) -> Rules | None:
    """Return what may be written to a path: nothing if it is malformed, None if the checklist does not know it."""
    area, _, rest = path.partition("/")
    if area == "item":
        return _item_rules(path, checklist)
    if area in _OF_A_SECTION:
        known = any(section.key == rest for section in checklist.sections)
        return _OF_A_SECTION[area] if known else None
    if area == RETIRED:
        return None
    if path == CHECKLIST:
        return {REPIN: _is_repin}
    if path == START:
        return {"start": _is_start}
    if path == "visit/closing":
        return {"close": _is_close, "reopen": _is_reason, "amend": _is_reason}
    if area == "visit" and rest in _MINUTES:
        return _edits(_MINUTES[rest])
    if path in {"sign/lead", "sign/unit"}:
        return {"sign": _is_lead_signature if rest == "lead" else _is_unit_signature}
    if area == "held" and is_id(rest):
        return {"dismiss": _is_reason}
    return _record_rules(path)


def _record_rules(path: str) -> Rules:
    """What may be written to a photo, to its caption, to a note or to a comment."""
    if _CAPTION.fullmatch(path):
        return _edits(lambda value: _is_text(value, 300))
    if not _RECORD.fullmatch(path):
        return {}
    return _RECORDS[path.partition("/")[0]]


def _item_rules(path: str, checklist: Checklist) -> Rules | None:
    match = _ITEM.fullmatch(path)
    if match is None:
        return {}
    item = checklist.by_key.get(match["item"])
    if item is None:
        return None
    if match["field"]:
        check = _field_check(item, match["field"])
        return _edits(check) if check else None
    check = _aspect_check(item, match["aspect"])
    return _edits(check) if check else {}


def _edits(check: Check) -> Rules:
    """The kinds that write an answer: a `clear` writes null, a `set` something, the lead's either."""

    def either(value: Json) -> bool:
        return value is None or check(value)

    return {
        "set": lambda value: value is not None and check(value),
        "clear": _is_null,
        "resolve": either,
        "adopt": either,
    }


def _aspect_check(item: Item, aspect: str | None) -> Check | None:
    checks: dict[str | None, Check] = {
        None: lambda value: answers.check_value(item, value) is None,
        "note": lambda value: _is_text(value, 2000),
        "na": lambda value: item.not_applicable and _is_reason(value),
        "claimed": lambda value: answers.check_claim(item, value) is None,
        "observed_at": _is_local_time,
        "sample": lambda value: answers.check_sample(item, value) is None,
    }
    return checks.get(aspect)


def _field_check(item: Item, name: str) -> Check | None:
    if not isinstance(item.answer, Roster):
        return None
    own = next((each for each in item.answer.fields if each.key == name), None)
    if own is not None:
        return lambda value: answers.check_field(own, value) is None
    checks: dict[str, Check] = {
        "label": lambda value: _is_text(value, 200),
        "order": lambda value: isinstance(value, str) and _ORDER.fullmatch(value) is not None,
        "deleted": lambda value: _has(value, {"seen": _is_ids}),
    }
    return checks.get(name)


def _is_known(path: str, checklist: Checklist) -> bool:
    """Whether a photo, note or comment may be of this item, or of a row of this roster."""
    match = _OF.fullmatch(path)
    item = checklist.by_key.get(match["item"]) if match else None
    return bool(match and item and (not match["row"] or isinstance(item.answer, Roster)))


def _is_resolution(value: Json) -> bool:
    return _has(value, {"value": _is_anything, "reason": _is_reason_text})


def _is_adoption(operation: Operation, given: Circumstances) -> bool:
    """Whether what an `adopt` carries is really the content of the held entry it names, for the same cell."""
    value = operation.value
    if not _has(value, {"of": is_id, "author": _is_anything, "value": _is_anything, "reason": _is_reason_text}):
        return False
    held = given.held.get(value["of"])
    return (
        held is not None
        and (held.path, held.author) == (operation.path, value["author"])
        and canonical(held.value) == canonical(value["value"])
    )


def _has(value: Json, required: Rules, optional: Rules | None = None) -> bool:
    """Whether a table has exactly these keys (and perhaps the optional ones), each with a value that fits."""
    if not isinstance(value, Mapping):
        return False
    rules = {**required, **(optional or {})}
    return required.keys() <= value.keys() <= rules.keys() and all(rules[key](value[key]) for key in value)


def _is_null(value: Json) -> bool:
    return value is None


def _is_anything(_value: Json) -> bool:
    return True


def _is_text(value: Json, limit: int) -> bool:
    """Whether it is text of 1 to `limit` characters (code points), without control characters, not only spaces."""
    return answers.check_text(value, limit) is None and value.strip(" \t\n\r\u00a0") != ""


def _is_reason_text(value: Json) -> bool:
    return _is_text(value, 1000)


def _is_reason(value: Json) -> bool:
    return _has(value, {"reason": _is_reason_text})


def _is_line(value: Json) -> bool:
    return _is_text(value, 200)


def _is_long_text(value: Json) -> bool:
    return _is_text(value, 2000)


def _is_local_time(value: Json) -> bool:
    return isinstance(value, str) and _LOCAL_TIME.fullmatch(value) is not None


def _is_hash(value: Json) -> bool:
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def _is_ids(value: Json) -> bool:
    return isinstance(value, list) and all(is_id(member) for member in value) and len(set(value)) == len(value)


def _is_count(value: Json) -> bool:
    return type(value) is int and value >= 0


def _is_whole(value: Json) -> bool:
    return type(value) is int


def _is_note(value: Json) -> bool:
    return _has(value, {"text": _is_long_text}, {"of": lambda path: isinstance(path, str)})


def _is_comment(value: Json) -> bool:
    return _has(value, {"of": lambda path: isinstance(path, str), "text": _is_long_text})


def _is_people(value: Json) -> bool:
    """Who answers for a section; the empty list: nobody any more. Whether they are members is not judged."""
    return (
        isinstance(value, list)
        and len(value) <= _ASSIGNEES_LIMIT
        and all(isinstance(person, str) and 1 <= len(person) <= 64 for person in value)
        and len(set(value)) == len(value)
    )


def _is_photo(value: Json) -> bool:
    place: Rules = {"lat_e6": _is_whole, "lon_e6": _is_whole, "accuracy_m": _is_count}
    source: Rules = {"sha256": _is_hash, "masked": lambda masked: isinstance(masked, bool)}
    return _has(
        value,
        {
            "of": lambda path: isinstance(path, str),
            "sha256": _is_hash,
            "size": lambda size: type(size) is int and 1 <= size <= PHOTO_LIMIT,
            "mime": lambda mime: isinstance(mime, str) and mime in _MIMES,
            "taken_at": lambda moment: moment is None or _is_text(moment, 40),
        },
        {"place": lambda each: _has(each, place), "made_from": lambda each: _has(each, source)},
    )


def _is_moment(value: Json) -> bool:
    """Milliseconds since 1970, before the year 9999."""
    return _is_count(value) and value < 253_000_000_000_000


def _is_start(value: Json) -> bool:
    """When the phone says the visit began, and the server's signed time that it had heard last (domain/starting)."""
    heard: Rules = {
        "at": _is_moment,
        "sig": lambda text: isinstance(text, str) and _SIGNATURE.fullmatch(text) is not None,
    }
    return _has(
        value, {"at": _is_moment}, {"off": _is_whole, "unc": _is_count, "after": lambda each: _has(each, heard)}
    )


def _is_close(value: Json) -> bool:
    required: Rules = {"n": _is_count, "h": _is_hash, "own": _is_ids, "digest": _is_hash}
    reasons = dict.fromkeys(CLOSE_REASONS, _is_reason_text)
    return _has(value, required, {"upto": _is_counters, "alone": lambda alone: alone is True, **reasons})


def _is_repin(value: Json) -> bool:
    return _has(value, {"from": _is_hash, "chk": _is_hash, "map": _is_item_map, "reason": _is_reason_text})


def _is_item_map(value: Json) -> bool:
    """`{old item key: new item key}`; whether these items exist is judged with both checklists."""
    return (
        isinstance(value, Mapping)
        and len(value) <= _MAP_LIMIT
        and all(
            isinstance(target, str) and _KEY.fullmatch(key) and _KEY.fullmatch(target) for key, target in value.items()
        )
    )


def _is_counters(value: Json) -> bool:
    """How far each writer had come: `{writer: ws}`."""
    return (
        isinstance(value, Mapping)
        and len(value) <= _WRITERS_LIMIT
        and all(1 <= len(writer) <= 64 and _is_count(ws) and ws > 0 for writer, ws in value.items())
    )


_SIGNED: Rules = {"close": is_id, "digest": _is_hash, "name": _is_line, "title": _is_line}


def _is_strokes(value: Json) -> bool:
    return isinstance(value, str) and _STROKES.fullmatch(value) is not None


def _is_lead_signature(value: Json) -> bool:
    return _has(value, {**_SIGNED, "strokes": _is_strokes})


def _is_refusal(value: Json) -> bool:
    """Why, and who saw it; older apps did not ask the witness to sign."""
    return _has(value, {"reason": _is_reason_text, "witness": _is_line}, {"strokes": _is_strokes})


def _is_unit_signature(value: Json) -> bool:
    """The unit signs, perhaps with objections, or refuses before a witness, who signs instead."""
    if isinstance(value, Mapping) and "refused" in value:
        required = {**_SIGNED, "strokes": lambda strokes: strokes == "", "refused": _is_refusal}
    else:
        required = {**_SIGNED, "strokes": _is_strokes}
    return _has(value, required, {"objections": _is_objections})


def _is_objections(value: Json) -> bool:
    rules: Rules = {"item": _is_line, "text": _is_long_text}
    return isinstance(value, list) and len(value) <= 200 and all(_has(each, rules) for each in value)


_RECORDS: Mapping[str, Rules] = {
    "photo": {"attach": _is_photo, "detach": _is_null, "adopt": lambda value: value is None or _is_photo(value)},
    "note": _edits(_is_note),
    "comment": {"comment": _is_comment, "clear": _is_null},
}
_OF_A_SECTION: Mapping[str, Rules] = {
    "done": {"done": lambda value: value is True, "clear": _is_null},
    "assign": {"assign": _is_people},
}

_MINUTES: Rules = {
    "place": _is_line,
    "started_at": _is_local_time,
    "ended_at": _is_local_time,
    "unit_attendees": _is_long_text,
    "unit_recommendations": _is_long_text,
    "remarks": _is_long_text,
}

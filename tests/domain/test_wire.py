"""The wire vectors, read by both runtimes: offline_client/src/domain/wire.test.ts is the other reader."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import wire

FOLDER = Path(__file__).parents[1] / "vectors" / "wire"
GROUPS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [
    pytest.param(topic, case["given"], case["expect"], id=f"{topic}: {case['description']}")
    for topic, groups in GROUPS.items()
    for group in groups
    for case in group["cases"]
]


def raw_body(given: dict[str, Any]) -> bytes:
    if "hex" in given:
        return bytes.fromhex(given["hex"])
    body: str = given["body"]
    return body.replace("%PAD%", "x" * given.get("pad", 0)).encode()


def decoded(given: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    try:
        operation = wire.decode(raw_body(given))
    except wire.BodyError as problem:
        return {"hold": problem.code}
    if "kind" in expect:
        return {"kind": operation.kind}
    names = {"value": "val", "parents": "par", "version": "v"}
    shown = {names.get(name, name): getattr(operation, name) for name in wire.Operation.__slots__}
    return {"operation": shown | {"par": list(operation.parents)}}


def hashed(given: dict[str, Any]) -> dict[str, Any]:
    fields = wire.HashedFields(
        visit=given["visit"],
        n=given["n"],
        prev=bytes.fromhex(given["prev"]),
        op=given["op"],
        body_hash=bytes.fromhex(given["bh"]),
        actor=given["actor"],
        writer=given["writer"],
        ws=given["ws"],
        received_at=given["recv"],
        status=given["st"],
        why=given["why"],
        parents=tuple(given["epar"]),
    )
    return {"bytes": wire.entry_bytes(fields).hex(), "hash": wire.entry_hash(fields).hex()}


@pytest.mark.parametrize(("topic", "given_", "expect"), CASES)
def test_wire_vector(topic: str, given_: dict[str, Any], expect: dict[str, Any]) -> None:
    if topic == "decode":
        assert decoded(given_, expect) == expect
    elif topic == "canonical":
        assert wire.canonical(given_["value"]).decode() == expect["canonical"]
    elif topic == "receipt_hash":
        photo = bytes.fromhex(given_["sha256"])
        signed = wire.receipt_hash(given_["visit"], photo, given_["size"], safe=given_["safe"])
        assert signed.hex() == expect["hash"]
    elif topic == "short":
        common = wire.Common(**given_["common"])
        # A server only lengthens: what a phone must send whole is for the phone to see.
        assert expect["short"] is None or wire.lengthen(expect["short"], common) == given_["body"]
    else:
        assert hashed(given_) == expect


def test_every_wire_vector_is_read() -> None:
    assert sorted(GROUPS) == ["canonical", "decode", "entry_hash", "receipt_hash", "short"]
    assert len(CASES) == 92


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_the_canonical_form_of_a_canonical_form_is_itself(value: Any) -> None:
    once = wire.canonical(value)
    assert wire.canonical(json.loads(once)) == once


def outcome(raw: bytes) -> wire.Operation | str:
    try:
        return wire.decode(raw)
    except wire.BodyError as problem:
        return problem.code


@given(st.binary(max_size=300))
def test_bytes_that_are_no_operation_name_their_hold_reason(raw: bytes) -> None:
    assert outcome(raw) in {"BAD_TEXT", "BAD_VALUE"}


@given(json_values)
def test_a_good_value_survives_decoding_unchanged(value: Any) -> None:
    raw = raw_body({"body": GROUPS["decode"][0]["cases"][0]["given"]["body"]})
    result = outcome(json.dumps(json.loads(raw) | {"val": value}, ensure_ascii=False).encode())
    if "\\u0000" in json.dumps(value):
        assert result == "BAD_TEXT"
    else:
        assert isinstance(result, wire.Operation)
        assert result.value == value

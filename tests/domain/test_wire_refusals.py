"""A refused body names the field, limits hold at their edge, and a receipt signs exactly its bytes."""

import hashlib
import json
from typing import Any

import pytest

from app.domain import wire

GOOD: dict[str, Any] = {
    "v": 1,
    "op": "A" * 22,
    "visit": "V",
    "chk": "c" * 64,
    "kind": "set",
    "path": "item/muc-1",
    "val": "yes",
    "par": [],
    "user": "U",
    "dev": "D",
    "t": {"wall": "w"},
    "app": "0.1.0",
}


def decode(**changes: Any) -> wire.Operation:
    return wire.decode(json.dumps(GOOD | changes).encode())


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"op": "short"}, "v, op or val"),
        ({"app": ""}, "app"),
        ({"path": "x" * 201}, "path"),
        ({"par": ["x"]}, "par"),
        ({"val": 1.5}, "val"),
        ({"val": nested(17)}, "val"),
    ],
)
def test_a_refusal_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(wire.BodyError) as refused:
        decode(**changes)
    assert (refused.value.code, refused.value.details) == ("BAD_VALUE", {"field": field})


def test_limits_hold_at_their_edge() -> None:
    assert decode(path="x" * 200).path == "x" * 200
    assert decode(val=nested(16)).value == nested(16)


def test_a_receipt_signs_exactly_its_bytes() -> None:
    raw = b"VSPB" + b"\x00\x01V" + b"\x07" * 32 + (12).to_bytes(8, "big")
    assert wire.receipt_hash("V", b"\x07" * 32, 12, safe=True) == hashlib.sha256(raw + b"\x01").digest()
    assert wire.receipt_hash("V", b"\x07" * 32, 12, safe=False) == hashlib.sha256(raw + b"\x00").digest()

"""The news vectors, read by both runtimes: offline_client/src/domain/news.test.ts is the other reader."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import news
from app.domain.errors import Invalid
from app.domain.news import Record

FOLDER = Path(__file__).parents[1] / "vectors" / "news"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [pytest.param(case, id=case["description"]) for groups in FILES.values() for g in groups for case in g["cases"]]


def record(entry: dict[str, Any]) -> Record:
    body = None if entry["body"] is None else entry["body"].encode()
    if entry["body_b64"] is not None:
        body = base64.b64decode(entry["body_b64"])
    return Record(
        n=entry["n"],
        op=entry["op"],
        body=body,
        body_hash=bytes.fromhex(entry["bh"]),
        actor=entry["actor"],
        writer=entry["writer"],
        ws=entry["ws"],
        received_ms=entry["recv"],
        status=entry["st"],
        why=entry["why"],
        parents=tuple(entry["epar"]),
    )


@pytest.mark.parametrize("case", CASES)
def test_news_vector(case: dict[str, Any]) -> None:
    given_, expect = case["given"], case["expect"]
    records = [record(each) for each in expect["entries"]]
    assert news.lean(records, {each["op"] for each in given_["mine"]}) == given_["entries"]
    assert [h.hex() for h in news.chain(given_["visit"], bytes.fromhex(given_["prev"]), records)] == expect["h"]
    if not given_["mine"]:
        assert news.expand(given_["after"], given_["entries"]) == records


def test_every_news_vector_is_read() -> None:
    assert list(FILES) == ["lean"]
    assert len(CASES) == 22


ids = st.integers(0, 4).map(lambda number: f"{number:021d}A")
bodies = st.builds(
    lambda op, par, cut, text: json.dumps({"op": op, "par": par, "val": text}, ensure_ascii=False).encode()[cut:],
    ids, st.lists(ids, max_size=3), st.sampled_from([0, 0, 0, 1]), st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip


@st.composite
def pieces(draw: st.DrawFn) -> list[Record]:
    found = []
    for n in range(1, draw(st.integers(0, 6)) + 1):
        body = draw(bodies | st.binary(min_size=1, max_size=9))
        why = draw(st.sampled_from(["", "", "ROLE"]))
        hidden = draw(st.booleans()) and why != ""
        found.append(
            Record(
                n=n,
                op=draw(ids),
                body=None if hidden else body,
                body_hash=hashlib.sha256(body).digest(),
                actor=draw(st.sampled_from(["a", "b"])),
                writer=draw(st.sampled_from(["w", "x"])),
                ws=draw(st.integers(1, 3)),
                received_ms=draw(st.integers(0, 2)),
                status="held" if why else "acc",
                why=why,
                parents=tuple(draw(st.lists(ids, max_size=2))) if not why else (),
            )
        )
    return found


@given(pieces())
def test_whatever_is_written_is_read_back(records: list[Record]) -> None:
    assert news.expand(0, json.loads(json.dumps(news.lean(records)))) == records


FULL = {"body": "{}", "op": "A" * 22, "actor": "a", "writer": "w", "ws": 1, "recv": 1, "epar": []}
WRONG: list[Any] = [
    5, {}, FULL | {"op": None}, FULL | {"ws": -1}, FULL | {"ws": True}, FULL | {"recv": "x"}, FULL | {"epar": ["x"]},
    FULL | {"epar": None, "body": "[]"}, FULL | {"why": ""}, FULL | {"why": "ä"}, FULL | {"body": None, "bh": "0"},
    FULL | {"body": None, "body_b64": "*"}, FULL | {"body": None, "body_b64": "đá"},
    FULL | {"actor": "x" * 65}, {k: v for k, v in FULL.items() if k != "actor"},
]  # fmt: skip


@pytest.mark.parametrize("entry", WRONG)
def test_a_piece_that_lacks_something_is_refused(entry: Any) -> None:
    with pytest.raises(Invalid, match="BAD_ENVELOPE"):
        news.expand(0, [entry])

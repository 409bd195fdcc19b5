"""The checklist of the phones' visit, and the corrected version to which its lead may move it."""

import copy
from typing import Any

from tests.features.sync.phones import CHECKLIST

ROSTER: dict[str, Any] = {
    "key": "ban",
    "text": {"vi": "Bàn làm việc có biển"},
    "answer": {
        "type": "roster",
        "row": {"label": {"vi": "Vị trí bàn"}},
        "fields": [{"key": "co-bien", "type": "yes_no", "text": {"vi": "Có biển"}}],
        "ratio": {"counts": {"field": "co-bien", "is": "yes"}},
    },
    "zero_total": "not_applicable",
    "points": 100,
    "score": "proportional",
}


def first() -> dict[str, Any]:
    """Items with one answer, and a roster."""
    document = copy.deepcopy(CHECKLIST)
    document["sections"][0]["items"].append(copy.deepcopy(ROSTER))
    return document


def corrected() -> dict[str, Any]:
    """One item under another key, one that is gone, one that asks for something else; the rest as it was."""
    document = first() | {"version": 2}
    items = document["sections"][0]["items"]
    items[1]["key"] = "muc-2b"
    items[3] = {"key": "muc-4", "text": {"vi": "Mục 4"}, "answer": {"type": "text"}}
    del items[2]
    return document

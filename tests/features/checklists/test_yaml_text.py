"""The author's text: what is not edited keeps every byte, and whatever is written reads back to the same document."""

import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app.checklists.editing.yaml_text import authored, rewrite, write
from app.checklists.loader import load, read_yaml
from app.domain.checklist import canonical, parse

ROOT = Path(__file__).parents[3]
SHIPPED = [*sorted((ROOT / "checklists").glob("*/v*.yaml")), ROOT / "tests/fixtures/example-checklist.yaml"]

COMMENTED = """\
# Vì sao có phiếu này.
slug: nho   # mã
version: 1
title: {vi: "Phiếu nhỏ"}

effective_from: 2020-08-01
sections:
  # ------ Phần một
  - key: mot
    title: {vi: "Một"}
    items:
      # về a
      - key: a
        text: {vi: "Có biển"}     # đọc từ cổng
        answer: {type: yes_no}
        points: 10   # theo kế hoạch

      # về b
      - key: b
        text:
          vi: >
            Câu dài
            nhiều dòng
          en: 'Long'
        answer:
          type: choice
          choices:
            - {key: tot, text: {vi: "Tốt"}, points: 5}
            # ít khi gặp
            - key: kem
              text: {vi: "Kém"}
              points: 0
        points: 5
  # ------ Phần hai
  - key: hai
    title: {vi: "Hai"}
    items:
      - key: c
        text: {vi: "Số"}
        answer: {type: text}
# hết
"""


def document(text: str = COMMENTED) -> dict[str, Any]:
    read: dict[str, Any] = read_yaml(text)[0]
    return read


def changed(text: str, new: dict[str, Any]) -> str:
    result = rewrite(text, new)
    assert read_yaml(result)[0] == new
    return result


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_what_is_not_changed_keeps_every_byte_and_the_written_form_means_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    assert rewrite(text, document(text)) == text
    checklist = load(text)
    assert canonical(load(write(authored(checklist)))) == canonical(checklist)
    assert canonical(parse(read_yaml(write(document(text)))[0])) == canonical(checklist)


def test_a_changed_value_leaves_everything_else_as_written() -> None:
    new = document()
    new["sections"][0]["items"][0]["points"] = "12"
    assert changed(COMMENTED, new) == COMMENTED.replace("points: 10   # theo", "points: 12   # theo")


def test_a_new_key_comes_after_the_key_before_it() -> None:
    new = document()
    item = new["sections"][0]["items"][0]
    new["sections"][0]["items"][0] = {"key": "a", "text": item["text"], "guidance": {"vi": "Nhìn"}, **item}
    expected = COMMENTED.replace("# đọc từ cổng\n", '# đọc từ cổng\n        guidance: {vi: "Nhìn"}\n')
    assert changed(COMMENTED, new) == expected


def test_items_move_with_their_comments_also_to_another_section() -> None:
    new = document()
    first, second = new["sections"][0]["items"], new["sections"][1]["items"]
    first.reverse()
    swapped = changed(COMMENTED, new)
    assert swapped.index("# về b") < swapped.index("key: b") < swapped.index("# về a") < swapped.index("key: a")
    assert "points: 10   # theo kế hoạch" in swapped
    second.append(first.pop())
    moved = changed(swapped, new)
    assert moved.index("# ------ Phần hai") < moved.index("key: a\n")
    assert "# đọc từ cổng" in moved


def test_what_is_removed_takes_its_own_comment_along_and_no_other() -> None:
    new = document()
    new["sections"][0]["items"].pop(0)
    text = changed(COMMENTED, new)
    assert "# về a" not in text
    assert all(kept in text for kept in ("# Vì sao", "# mã", "# ------ Phần một", "# về b", "# ít khi gặp", "# hết"))


def test_a_layout_that_cannot_be_changed_in_parts_is_written_anew() -> None:
    text = '{slug: nho, version: 1, sections: [{key: s, title: {vi: "S"}, items: []}]}'
    new = document(text)
    new["sections"][0]["key"] = "t"
    assert changed(text, new) == write(new)


@pytest.mark.parametrize(
    "awkward",
    [
        "",
        " ",
        "true",
        "Null",
        "~",
        "- a",
        "a: b",
        "#x",
        "10",
        "01",
        "'",
        '"',
        "\\",
        "a\nb",
        "\t",
        "é\u2028\x85\x9f\ufeff",
        "{",
        "yes",
    ],
)
def test_any_text_is_read_back_as_it_was(awkward: str) -> None:
    written = {"slug": awkward, "title": {"vi": awkward}, "list": [awkward, {"in": [awkward]}, {"in": [awkward, "b"]}]}
    assert read_yaml(write(written))[0] == written
    assert changed("slug: x\ntitle:\n  vi: y\n", written)


def mutate(rng: random.Random, value: Any) -> None:
    """One small change somewhere in a document."""
    if isinstance(value, list) and value and rng.random() < 0.5:
        place = rng.randrange(len(value))
        action = rng.randrange(4)
        if action == 0:
            value.insert(rng.randrange(len(value) + 1), value.pop(place))
        elif action == 1:
            value.insert(place, deepcopy(value[place]))
        elif action == 2:
            value.append({"key": f"moi-{rng.randrange(99)}", "text": {"vi": "Mới: a # b"}})
        elif len(value) > 1:
            value.pop(place)
        return
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = rng.choice(keys) if keys else None
    if key is not None and isinstance(value[key], dict | list) and value[key] and rng.random() < 0.8:
        mutate(rng, value[key])
    elif isinstance(value, dict) and keys and rng.random() < 0.3:
        value.pop(key)
    elif isinstance(value, dict):
        value[rng.choice([*keys, "them"])] = rng.choice(["7.5", True, ["a", "b"], {"vi": "“Đổi”"}, [], {}, "dòng\nhai"])


@pytest.mark.parametrize("seed", range(60))
def test_any_run_of_changes_reads_back_to_the_document_it_was_made_for(seed: int) -> None:
    rng = random.Random(seed)
    text, new = COMMENTED, document()
    for _ in range(8):
        mutate(rng, new)
        text = changed(text, new)
    assert seed % 10 or "# hết" in text


def test_hundredths_and_counts_of_the_same_name_are_told_apart() -> None:
    """`at_most` of a band is a decimal, that of a sample a whole number."""
    new = document()
    roster = {
        "type": "roster",
        "row": {"label": {"vi": "Hồ sơ"}},
        "fields": [{"key": "dung", "type": "yes_no", "text": {"vi": "Đúng"}}],
    }
    roster |= {"ratio": {"counts": {"field": "dung", "is": "yes"}}}
    roster |= {"sample": {"frame": {"vi": "Hồ sơ trong kỳ"}, "confidence": "99", "margin": "7.5", "at_most": "40"}}
    bands = [{"at_most": "12.5", "points": "10"}, {"at_most": "40", "points": "0"}]
    item = new["sections"][0]["items"][0]
    item |= {"answer": roster, "score": {"bands": bands}, "zero_total": "full"}
    checklist = parse(new)
    again = authored(checklist)["sections"][0]["items"][0]
    assert (again["answer"], again["score"]) == (roster, {"bands": bands})
    assert parse(authored(checklist)) == checklist

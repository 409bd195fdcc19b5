"""Reading the vectors of answers, scoring, findings and the score in words, and writing their golden traces.

A case says in `expect` what a person worked out by hand; `trace` is the whole result, written by
`python -m tests.domain.vector_files` and to be read before it is committed. Both runtimes must match both.
Cells may be written short: `"item/a": "yes"` is one head whose op is the path.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain import answers, findings, scoring
from app.domain.checklist import Checklist, parse
from app.domain.sums import sums_of
from app.domain.trace_text import earned_text, exact_text, why_texts

FOLDER = Path(__file__).parents[1] / "vectors"
TOPICS = ("scoring", "findings", "explained")


@dataclass(frozen=True)
class Head:
    op: str
    value: Any


def groups(topic: str) -> dict[str, list[dict[str, Any]]]:
    """All files of a topic, by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((FOLDER / topic).glob("*.json"))}


def cells(given: Mapping[str, Any]) -> dict[str, tuple[Head, ...]]:
    """Write out the short form of cells."""
    return {path: _heads(path, value) for path, value in given.items()}


def _heads(path: str, value: Any) -> tuple[Head, ...]:
    if isinstance(value, dict) and "heads" in value:
        return tuple(Head(head["op"], head["value"]) for head in value["heads"])
    return (Head(path, value),)


def trace(topic: str, checklist: Checklist, given: Mapping[str, Any]) -> Any:
    """The whole result of a case as JSON."""
    read = answers.read(checklist, cells(given["cells"]))
    score = scoring.score(checklist, read)
    if topic == "scoring":
        return score.to_json()
    if topic == "explained":
        return explained(checklist, read, score)
    return [finding.to_json() for finding in findings.derive_findings(checklist, read, score)]


def explained(checklist: Checklist, read: answers.Answers, score: scoring.Score) -> dict[str, Any]:
    """The score in words: why each item has its points, the points as shown and exact, and how they add up."""
    return {
        "why": why_texts(checklist, read.items, score),
        "points": {trace.key: [earned_text(trace), exact_text(trace.earned)] for trace in score.items},
        "sums": sums_of(checklist, score).to_json(),
    }


def agrees(wanted: Any, found: Any) -> bool:
    """Whether everything that is wanted is found; `items` of a score may be named by key."""
    if isinstance(wanted, dict) and isinstance(found, list):
        by_key = {each["key"]: each for each in found}
        return all(key in by_key and agrees(value, by_key[key]) for key, value in wanted.items())
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(k in found and agrees(v, found[k]) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(agrees, wanted, found))
    return bool(wanted == found) and type(wanted) is type(found)


def text(content: list[dict[str, Any]]) -> str:
    """Write a file so that it can be read: one line for each part of a case."""
    return "[\n" + ",\n".join(map(_group_text, content)) + "\n]\n"


def _group_text(group: dict[str, Any]) -> str:
    head = [f'    "{name}": {_line(value)},' for name, value in group.items() if name != "cases"]
    cases = ",\n".join(map(_case_text, group["cases"]))
    return "\n".join(["  {", *head, '    "cases": [', cases, "    ]", "  }"])


def _case_text(case: dict[str, Any]) -> str:
    parts = ",\n".join(f'        "{name}": {_line(value)}' for name, value in case.items())
    return f"      {{\n{parts}\n      }}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def refresh() -> int:
    """Rewrite every golden trace; return how many cases disagree with what was worked out by hand."""
    wrong = 0
    for topic in TOPICS:
        for name, content in groups(topic).items():
            for group in content:
                checklist = parse(group["checklist"])
                for case in group["cases"]:
                    case["trace"] = trace(topic, checklist, case["given"])
                    if not agrees(case["expect"], case["trace"]):
                        wrong += 1
                        sys.stderr.write(f"{topic}/{name}: {case['description']}\n  {_line(case['expect'])}\n")
                        sys.stderr.write(f"  {_line(case['trace'])}\n")
            (FOLDER / topic / f"{name}.json").write_text(text(content), "utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(refresh())

"""What failing items become: findings with their counts, in Vietnamese, each traceable to cells."""

from dataclasses import dataclass
from typing import Any, Literal

from app.domain.answers import Answers
from app.domain.checklist import Checklist
from app.domain.scoring import Score


@dataclass(frozen=True)
class Finding:
    """A breach worth recording, as computed; what a person edits is kept apart."""

    item_key: str
    severity: Literal["minor", "major", "critical"]
    text: str
    remedy: str
    due_working_days: int | None
    counts: dict[str, int]  # observed, total, missing, rows, value: those the item has
    exceptions: tuple[str, ...]  # labels of the rows that miss, in row order
    paths: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Write the finding as JSON; identical in both runtimes."""
        raise NotImplementedError


def derive_findings(checklist: Checklist, answers: Answers, score: Score) -> tuple[Finding, ...]:
    """Derive one finding from each failing item that has a `finding`, in document order."""
    raise NotImplementedError

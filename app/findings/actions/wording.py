"""What people write beside the computed text: findings, remedies, limits, instructions, blocks of the notice."""

from dataclasses import asdict, dataclass

from app.domain.errors import Invalid, NotFound, OutOfDate
from app.domain.permissions import Actor
from app.extensions import db, new_id
from app.findings.actions.trace import open_for_editing, record
from app.findings.models import Conclusion, Finding, Instruction
from app.findings.queries import records

TEXTS = ("causes", "assessment", "follow_up")
MOST_INSTRUCTIONS = 50


@dataclass(frozen=True)
class FindingWords:
    """What a person makes of a computed finding."""

    text: str
    remedy: str
    due_working_days: int


def edit_finding(
    actor: Actor, conclusion_id: str, finding_id: str, *, revision: int, words: FindingWords
) -> Conclusion:
    """Word a finding, its remedy and its limit anew; the computed text stays beside it."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    finding = _finding(conclusion, finding_id)
    before = FindingWords(finding.text, finding.remedy, finding.due_working_days)
    if before != words or finding.stale_from is not None:
        finding.stale_from = None  # whoever writes now has the computed text of today beside it
        finding.text, finding.remedy, finding.due_working_days = words.text, words.remedy, words.due_working_days
        detail = {"item": finding.item_key, "before": asdict(before), "after": asdict(words)}
        record(conclusion, actor, "edit_finding", detail=detail)
    return conclusion


def keep_words(actor: Actor, conclusion_id: str, finding_id: str, *, revision: int, reason: str) -> Conclusion:
    """Let stale words stand, with a reason. Raises `OutOfDate("not_stale")` when they are not, `Invalid`."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    finding = _finding(conclusion, finding_id)
    _check_stale(finding.stale_from is not None, reason)
    was, finding.stale_from = finding.stale_from, None
    detail = {"item": finding.item_key, "was": was, "computed": finding.computed_text, "kept": finding.text}
    record(conclusion, actor, "keep_words", reason=reason, detail=detail)
    return conclusion


def recompose(actor: Actor, conclusion_id: str, finding_id: str, *, revision: int) -> Conclusion:
    """Take the words that are computed today instead of what a person wrote."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    finding = _finding(conclusion, finding_id)
    before = FindingWords(finding.text, finding.remedy, finding.due_working_days)
    days = finding.sources.get("due_working_days") or finding.due_working_days
    after = FindingWords(finding.computed_text, finding.computed_remedy, days)
    finding.text, finding.remedy, finding.due_working_days = after.text, after.remedy, after.due_working_days
    finding.stale_from = None
    detail = {"item": finding.item_key, "before": asdict(before), "after": asdict(after)}
    record(conclusion, actor, "recompose", detail=detail)
    return conclusion


def keep_texts(actor: Actor, conclusion_id: str, *, revision: int, reason: str) -> Conclusion:
    """Let people's own blocks stand although the outcome they speak of has changed."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    _check_stale(bool(conclusion.stale_texts), reason)
    kept, conclusion.stale_texts = conclusion.stale_texts, []
    record(conclusion, actor, "keep_texts", reason=reason, detail={"texts": kept})
    return conclusion


def _check_stale(stale: bool, reason: str) -> None:
    if not stale:
        raise OutOfDate("not_stale")
    if not reason.strip():
        raise Invalid("reason_required", act="keep")


def exclude_finding(actor: Actor, conclusion_id: str, finding_id: str, *, revision: int, reason: str) -> Conclusion:
    """Leave a finding out of the notice. Raises `Invalid("reason_required")`; the finding itself is kept."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    finding = _finding(conclusion, finding_id)
    if not reason.strip():
        raise Invalid("reason_required", act="exclude")
    finding.excluded_reason = reason.strip()
    record(conclusion, actor, "exclude_finding", reason=reason, detail={"item": finding.item_key})
    return conclusion


def include_finding(actor: Actor, conclusion_id: str, finding_id: str, *, revision: int) -> Conclusion:
    """Take a finding that was left out back into the notice."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    finding = _finding(conclusion, finding_id)
    before, finding.excluded_reason = finding.excluded_reason, None
    record(conclusion, actor, "include_finding", detail={"item": finding.item_key, "excluded_before": before})
    return conclusion


def add_instruction(
    actor: Actor, conclusion_id: str, *, revision: int, text: str, due_working_days: int
) -> Instruction:
    """Order something beyond the remedies of the findings. Raises `Invalid("too_many_instructions")`."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    existing = records.instructions_of(conclusion.id)
    if len(existing) >= MOST_INSTRUCTIONS:
        raise Invalid("too_many_instructions", most=MOST_INSTRUCTIONS)
    instruction = Instruction(
        id=new_id(),
        conclusion_id=conclusion.id,
        position=max((each.position for each in existing), default=-1) + 1,
        text=text,
        due_working_days=due_working_days,
        author_id=actor.user_id,
    )
    db.session.add(instruction)
    detail = {"instruction": instruction.id, "text": text, "due_working_days": due_working_days}
    record(conclusion, actor, "add_instruction", detail=detail)
    return instruction


def remove_instruction(actor: Actor, conclusion_id: str, instruction_id: str, *, revision: int) -> Conclusion:
    """Take an instruction out again; its text stays in the history."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    found = next((each for each in records.instructions_of(conclusion.id) if each.id == instruction_id), None)
    if found is None:
        raise NotFound("not_found")
    db.session.delete(found)
    record(conclusion, actor, "remove_instruction", detail={"instruction": found.id, "text": found.text})
    return conclusion


def write_texts(actor: Actor, conclusion_id: str, *, revision: int, texts: dict[str, str]) -> Conclusion:
    """Write the blocks that are people's own: causes, assessment, follow-up. Empty means the default sentence."""
    conclusion = open_for_editing(actor, conclusion_id, revision)
    before = {key: conclusion.texts.get(key, "") for key in TEXTS}
    after = {key: texts.get(key, "").strip() for key in TEXTS}
    if before != after:
        conclusion.texts = after
        conclusion.stale_texts = [key for key in conclusion.stale_texts if before[key] == after[key]]
        record(conclusion, actor, "write_texts", detail={"before": before, "after": after})
    return conclusion


def _finding(conclusion: Conclusion, finding_id: str) -> Finding:
    finding = db.session.get(Finding, finding_id)
    if finding is None or finding.conclusion_id != conclusion.id:
        raise NotFound("not_found")
    return finding

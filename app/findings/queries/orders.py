"""What a conclusion orders of its unit, and how that compares with the notice it replaces."""

from app.domain.carrying import Comparison, Kept, Ordered, compare
from app.domain.conclusions import document_number
from app.findings.models import Conclusion
from app.findings.queries import records


def ordered_by(conclusion_id: str) -> tuple[Ordered, ...]:
    """Remedies in document order, then instructions in the order they were given."""
    work = [
        Ordered(each.id, each.item_key, each.remedy, each.due_working_days)
        for each in records.findings_of(conclusion_id)
        if each.excluded_reason is None and each.remedy
    ]
    work += [Ordered(each.id, "", each.text, each.due_working_days) for each in records.instructions_of(conclusion_id)]
    return tuple(work)


def compared(conclusion: Conclusion) -> Comparison:
    """What goes on, changes and ends when a conclusion replaces another; nothing of it for a first one."""
    if conclusion.replaces_id is None:
        return Comparison({}, {}, ())
    return compare(ordered_by(conclusion.replaces_id), ordered_by(conclusion.id))


def kept_in_draft(conclusion: Conclusion) -> dict[str, Kept]:
    """What a draft would leave as it is; its dates are known when it is issued."""
    comparison = compared(conclusion)
    return {key: Kept(replaced_number(conclusion)) for key in comparison.kept}


def replaced_number(conclusion: Conclusion) -> str:
    """`05/TB-UBND`, of the notice that this one replaces; empty for a first one."""
    if conclusion.replaces_id is None:
        return ""
    number, symbol, _ = records.numbers_of([conclusion.replaces_id])[conclusion.replaces_id]
    return document_number(number, symbol) if number else ""


def replacement_reason(conclusion: Conclusion) -> str:
    """Why a notice is replaced, as whoever began the new one wrote; it is printed."""
    begun = records.latest_event(conclusion.id, "begin_replacement") if conclusion.replaces_id else None
    return begun.reason if begun else ""

"""A self-check beside the inspection of the same unit, item by item."""

from dataclasses import dataclass

from app.campaigns.queries import PlannedVisit
from app.domain.permissions import Actor
from app.overview.queries.visits import ItemLine, VisitView, visit_view


@dataclass(frozen=True)
class Beside:
    """One item. `differs`: one of the two says that it falls short and the other that it does not."""

    text: str
    own: ItemLine
    found: ItemLine | None

    @property
    def both(self) -> bool:
        """Both have answered it."""
        return self.found is not None and self.own.state == "answered" and self.found.state == "answered"

    @property
    def differs(self) -> bool:
        return self.both and self.found is not None and self.own.fails != self.found.fails


@dataclass(frozen=True)
class SelfCheckView:
    own: VisitView
    inspection: VisitView | None
    sections: tuple[tuple[str, tuple[Beside, ...]], ...]

    @property
    def compared(self) -> int:
        return sum(each.both for _, lines in self.sections for each in lines)

    @property
    def differing(self) -> int:
        return sum(each.differs for _, lines in self.sections for each in lines)


def self_check_view(actor: Actor, visit: PlannedVisit, inspection: PlannedVisit | None) -> SelfCheckView:
    """What the unit said of itself and, where the actor may read it, what the delegation found."""
    own = visit_view(actor, visit)
    other = visit_view(actor, inspection) if inspection else None
    found = {line.item.key: line for part in (other.sections if other else ()) for line in part.items}
    sections = tuple(
        (part.title, tuple(Beside(line.item.text.vi, line, found.get(line.item.key)) for line in part.items))
        for part in own.sections
    )
    return SelfCheckView(own, other, sections)

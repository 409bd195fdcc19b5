"""A campaign summed up from its issued conclusions: what the summary page and the summary report both read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.campaigns import queries as campaigns
from app.campaigns.queries import CampaignEntry
from app.checklists import queries as checklists
from app.domain.checklist import Checklist
from app.domain.permissions import Actor
from app.domain.vietnamese import unit_sort_key
from app.overview.queries import failings, wards
from app.overview.queries.failings import CommonFailing, RepeatedFinding, Scope
from app.overview.queries.wards import WardRow
from app.remediation.queries import Tally

MOST_FAILINGS = 20  # of the items that fail in common
MOST_REPEATED = 100  # of the findings that came back, in the report; the page leafs through all


@dataclass(frozen=True)
class GradeCount:
    label: str
    units: int


@dataclass(frozen=True)
class Summary:
    """`concluded` are the rows with an issued conclusion, the best first; `others` the rest, by name."""

    campaign: CampaignEntry
    scope: Scope
    hidden: int
    concluded: tuple[WardRow, ...]
    others: tuple[WardRow, ...]
    checklists: Mapping[str, Checklist]  # by hash, those the conclusions were made with
    failing: tuple[CommonFailing, ...]
    failing_total: int
    repeated: tuple[RepeatedFinding, ...]
    repeated_total: int

    @property
    def planned(self) -> int:
        return len(self.concluded) + len(self.others)

    @property
    def visited(self) -> int:
        """Visits that both parties have signed."""
        return sum(row.visit.state == "signed" for row in (*self.concluded, *self.others))

    @property
    def drafts(self) -> int:
        """Visits with a conclusion that is not issued yet: none of its figures counts."""
        return sum(bool(row.conclusion_id) for row in self.others)

    @property
    def mixed(self) -> bool:
        """Whether the units were judged by different checklist versions, so that scores do not compare."""
        return len(self.checklists) > 1

    @property
    def average(self) -> int | None:
        """The mean score in basis points half up; None without a score, or over different versions."""
        scores = [row.basis_points for row in self.concluded if row.basis_points is not None]
        if not scores or self.mixed:
            return None
        return (2 * sum(scores) + len(scores)) // (2 * len(scores))

    @property
    def found(self) -> Mapping[str, int]:
        """Findings by severity."""
        each = ("critical", "major", "minor")
        return {key: sum((row.findings or {}).get(key, 0) for row in self.concluded) for key in each}

    @property
    def tasks(self) -> Tally:
        rows = self.concluded
        return Tally(
            sum(row.tasks for row in rows),
            sum(row.verified for row in rows),
            sum(row.overdue for row in rows),
            sum(row.waiting for row in rows),
        )

    @property
    def grades(self) -> tuple[GradeCount, ...]:
        """How many units are in each class, the best class first; classes that nobody is in as well."""
        at_least: dict[str, int] = {}
        for checklist in self.checklists.values():
            for grade in checklist.grades:
                at_least[grade.label.vi] = max(grade.at_least, at_least.get(grade.label.vi, 0))
        labels = [self.grade_of(row) for row in self.concluded]
        ordered = sorted(at_least, key=lambda label: (-at_least[label], label))
        return tuple(GradeCount(label, labels.count(label)) for label in ordered)

    def grade_of(self, row: WardRow) -> str:
        """The class of a unit in the words of its own checklist; empty without one."""
        return next((each.label.vi for each in self.checklists[row.chk].grades if each.key == row.grade), "")

    def version_of(self, row: WardRow) -> str:
        """The checklist version of a unit as it is named where several are in use."""
        checklist = self.checklists[row.chk]
        slugs = {each.slug for each in self.checklists.values()}
        return f"phiếu bản {checklist.version}" if len(slugs) < 2 else f"{checklist.title.vi}, bản {checklist.version}"


def summary(actor: Actor, campaign_id: str, today: date, *, most_repeated: int = MOST_REPEATED) -> Summary:
    """Sum up what the actor may compare of a campaign; raises NotFound. The statements never grow with the units."""
    campaign = campaigns.campaign(actor, campaign_id)
    compared = wards.compare(actor, campaign_id, today)
    scope = scope_of(compared, campaign_id)
    concluded = [row for row in compared.rows if row.conclusion_state == "issued"]
    concluded.sort(key=_best_first)
    others = [row for row in compared.rows if row.conclusion_state != "issued"]
    others.sort(key=lambda row: (unit_sort_key(row.visit.unit_name), row.visit.id))
    failing, failing_total = failings.common(scope, limit=MOST_FAILINGS)
    return Summary(
        campaign=campaign,
        scope=scope,
        hidden=compared.hidden,
        concluded=tuple(concluded),
        others=tuple(others),
        checklists={chk: checklists.checklist_by_chk(chk) for chk in sorted({row.chk for row in concluded})},
        failing=failing,
        failing_total=failing_total,
        repeated=failings.repeated(scope, today, limit=most_repeated),
        repeated_total=failings.number_repeated(scope),
    )


def _best_first(row: WardRow) -> tuple[int, str, str]:
    score = -1 if row.basis_points is None else row.basis_points  # what was not scored stands last
    return (-score, unit_sort_key(row.visit.unit_name), row.visit.id)


def scope_of(compared: wards.Comparison, campaign_id: str) -> Scope:
    """What the actor may compare: everything, or the visits of the delegations whose visits are among the rows."""
    if not compared.hidden:
        return Scope(campaign_id)
    return Scope(campaign_id, frozenset(row.visit.delegation_id for row in compared.rows))

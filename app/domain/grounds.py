"""What an inspection rests on: the decision that sets up the delegation, the plan, and the period inspected.

Documents cite them word for word from here; what is missing is left out of the text and told to whoever reviews it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.errors import Invalid
from app.domain.notice import committee_of, long_date, lower_first


@dataclass(frozen=True)
class Grounds:
    """As the campaign says; without an issuer or subject of the decision the usual words stand for them."""

    decision_number: str = ""  # 215/QĐ-UBND
    decision_date: date | None = None
    decision_issuer: str = ""  # Chủ tịch UBND thị xã Sơn Tây
    decision_subject: str = ""  # thành lập Đoàn kiểm tra công vụ năm 2020
    plan_number: str = ""  # 89/KH-UBND
    plan_date: date | None = None
    inspected_from: date | None = None
    inspected_to: date | None = None

    @property
    def period(self) -> str:
        """`từ ngày 01 tháng 01 năm 2020 đến ngày 31 tháng 7 năm 2020`; empty if it is not known."""
        if self.inspected_from is None or self.inspected_to is None:
            return ""
        return f"từ {long_date(self.inspected_from)} đến {long_date(self.inspected_to)}"

    def cited(self, host_name: str, campaign_title: str) -> Iterator[str]:
        """The decision, then the plan, each without the mark at its end; what has no number is not cited."""
        host, title = committee_of(host_name), lower_first(campaign_title)
        if self.decision_number:
            about = lower_first(self.decision_subject) or f"thành lập Đoàn {title}"
            yield (
                f"Căn cứ Quyết định số {self.decision_number}{_on(self.decision_date)} "
                f"của {self.decision_issuer or host} về việc {about.removeprefix('về việc ').rstrip(' .;')}"
            )
        if self.plan_number:
            yield f"Căn cứ Kế hoạch số {self.plan_number}{_on(self.plan_date)} của {host} về {title}"

    def missing(self) -> tuple[str, ...]:
        """What documents leave out because the campaign does not say it, for people."""
        asked = (
            ("số quyết định kiểm tra", self.decision_number),
            ("số kế hoạch kiểm tra", self.plan_number),
            ("ngày của kế hoạch kiểm tra", self.plan_date if self.plan_number else "-"),
            ("thời kỳ kiểm tra", self.period),
        )
        return tuple(name for name, found in asked if not found)


def check_grounds(grounds: Grounds) -> None:
    """Raise unless what is said is whole.

    A decision is named by number and day: `Invalid("decision_number_missing")`, `Invalid("decision_date_missing")`;
    a period has two ends: `Invalid("period_incomplete")`, `Invalid("period_reversed")`.
    """
    if grounds.decision_number and grounds.decision_date is None:
        raise Invalid("decision_date_missing")
    if not grounds.decision_number and any((grounds.decision_date, grounds.decision_issuer, grounds.decision_subject)):
        raise Invalid("decision_number_missing")
    if (grounds.inspected_from is None) != (grounds.inspected_to is None):
        raise Invalid("period_incomplete")
    if grounds.inspected_from and grounds.inspected_to and grounds.inspected_to < grounds.inspected_from:
        raise Invalid("period_reversed")


def _on(day: date | None) -> str:
    return f" {long_date(day)}" if day else ""

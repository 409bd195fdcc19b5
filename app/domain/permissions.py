"""Who may do what, to what: the one place that decides.

A person holds *grants*: a role at a unit, which reaches that unit and everything below it. A subject is
described by the unit it belongs to and by the people named in it. Rights are asked for by action name;
an action missing from `RULES` is refused for everybody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    VICE_CHAIR = "vice_chair"
    INSPECTOR = "inspector"
    OFFICE = "office"
    WARD_HEAD = "ward_head"
    WARD_OFFICER = "ward_officer"


@dataclass(frozen=True)
class Grant:
    """A role at a unit. `unit_path` is the unit's place in the tree, such as `/1/7/`."""

    role: Role
    unit_id: int
    unit_path: str


@dataclass(frozen=True)
class Actor:
    """The signed-in person, as the session and the appointments of today say, never as a request says."""

    user_id: str
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def reaches(self, unit_path: str, *roles: Role) -> bool:
        """Whether one of `roles` (any role if none is named) is held at the unit or above it."""
        return any(unit_path.startswith(grant.unit_path) for grant in self.grants if not roles or grant.role in roles)


@dataclass(frozen=True)
class Subject:
    """What an action is done to: its unit and the people it names.

    `unit_path` is the inspected (or owned) unit; `host_path` the unit that runs the campaign;
    `lead_ids` and `member_ids` are the delegation's people, today's and former ones apart; `checker_ids` the people
    named for the step of the chain at which a conclusion stands.
    """

    unit_path: str = "/"
    host_path: str = "/"
    lead_ids: frozenset[str] = field(default_factory=frozenset)
    member_ids: frozenset[str] = field(default_factory=frozenset)
    former_ids: frozenset[str] = field(default_factory=frozenset)
    checker_ids: frozenset[str] = field(default_factory=frozenset)
    issued: bool = False
    sealed: bool = False  # a surprise visit that has not started: see WHILE_SEALED


def _administers(actor: Actor, subject: Subject) -> bool:
    return actor.reaches(subject.host_path, Role.ADMINISTRATOR)


def _leads(actor: Actor, subject: Subject) -> bool:
    return actor.user_id in subject.lead_ids


def _inspects(actor: Actor, subject: Subject) -> bool:
    return actor.user_id in subject.member_ids or _leads(actor, subject)


def _presides(actor: Actor, subject: Subject) -> bool:
    """A vice-chair at the unit that runs the campaign, or above it."""
    return actor.reaches(subject.host_path, Role.VICE_CHAIR)


def _belongs(actor: Actor, subject: Subject) -> bool:
    return actor.reaches(subject.unit_path, Role.WARD_HEAD, Role.WARD_OFFICER)


def _oversees(actor: Actor, subject: Subject) -> bool:
    return _administers(actor, subject) or _presides(actor, subject) or _inspects(actor, subject)


def _serves(actor: Actor, subject: Subject) -> bool:
    """Somebody of the office that works for the unit that runs the campaign."""
    return actor.reaches(subject.host_path, Role.OFFICE)


def _checks(actor: Actor, subject: Subject) -> bool:
    """Named for the step, and still in office: a name alone gives nothing to who has left."""
    return actor.user_id in subject.checker_ids and (_serves(actor, subject) or _presides(actor, subject))


def _reads(actor: Actor, subject: Subject) -> bool:
    return _oversees(actor, subject) or _serves(actor, subject)


def _directs(actor: Actor, subject: Subject) -> bool:
    return _administers(actor, subject) or _presides(actor, subject) or _leads(actor, subject)


Rule = Callable[[Actor, Subject], bool]

RULES: Mapping[str, Rule] = {
    "unit.manage": _administers,
    "account.manage": _administers,
    "checklist.publish": lambda actor, subject: Role.ADMINISTRATOR in actor.roles,
    "campaign.manage": _administers,
    "campaign.see": _oversees,
    "visit.see": _reads,
    "photo.original": _directs,
    "visit.see_sealed": _directs,
    "visit.inspect": _inspects,
    "visit.lead": _leads,
    "conclusion.prepare": lambda actor, subject: _leads(actor, subject) or _presides(actor, subject),
    # The delegation's own report; whoever concludes from it does not write it.
    "report.issue": _leads,
    "minutes.issue": _leads,
    "conclusion.check": _checks,
    "conclusion.send_back": lambda actor, subject: _checks(actor, subject) or _presides(actor, subject),
    "conclusion.review": _presides,
    "conclusion.issue": _presides,
    # It speaks of every unit; a lead compares those of the own delegation only.
    "summary.see": lambda actor, subject: _administers(actor, subject) or _presides(actor, subject),
    "summary.issue": _presides,
    # Issued documents are put right by whoever may sign for the agency that issued them.
    "document.correct": _presides,
    "document.replace": _presides,
    "conclusion.comment": lambda actor, subject: (
        _inspects(actor, subject) or _presides(actor, subject) or _serves(actor, subject)
    ),
    "conclusion.see": lambda actor, subject: _reads(actor, subject) or (subject.issued and _belongs(actor, subject)),
    # A unit's check of itself: its own people, and whoever oversees the campaign that ordered it.
    "self_check.begin": _belongs,
    "self_check.see": lambda actor, subject: _oversees(actor, subject) or _belongs(actor, subject),
    "task.see": lambda actor, subject: _oversees(actor, subject) or _belongs(actor, subject),
    "task.report": _belongs,
    "task.verify": lambda actor, subject: _leads(actor, subject) or _presides(actor, subject),
    "task.delegate": lambda actor, subject: actor.reaches(subject.unit_path, Role.WARD_HEAD),
    "task.extend": _presides,
    "register.import": _administers,
    "calendar.manage": lambda actor, subject: Role.ADMINISTRATOR in actor.roles,
    "overview.see": _directs,
    "workbook.export": _directs,
}


# All that anybody may do to a surprise visit before it starts; of its members only the lead is named in it.
WHILE_SEALED = frozenset({"campaign.manage", "visit.see_sealed", "visit.inspect", "visit.lead"})


def may(actor: Actor, action: str, subject: Subject) -> bool:
    """Whether `actor` may do `action` to `subject`; an unknown action is refused."""
    rule = RULES.get(action)
    if subject.sealed and action not in WHILE_SEALED:
        return False
    return rule is not None and rule(actor, subject)

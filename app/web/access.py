"""Every route declares who may use it. A route without a declaration is refused.

`public` needs nobody, `signed_in` anybody with a session, `roles(...)` one of the roles anywhere. That is the
gate of the house; which room a person may enter is asked of the object, with `require`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import NotAllowed, NotFound
from app.domain.permissions import Actor, Role, Subject, may

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class AccessRule:
    """`roles` is None for a public route, empty for any signed-in person.

    `tickets`: a device's ticket in `Authorization` counts as well as its person's session.
    """

    name: str
    roles: frozenset[Role] | None
    tickets: bool = False


PUBLIC = AccessRule("public", None)
SIGNED_IN = AccessRule("signed_in", frozenset())
TICKET = AccessRule("ticket", frozenset(), tickets=True)
SIGNED_IN_OR_TICKET = AccessRule("signed_in_or_ticket", frozenset(), tickets=True)


def declare(view: View, rule: AccessRule) -> View:
    """Give a view its rule; what the decorators below do."""
    view.access_rule = rule  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """No sign-in needed."""
    return declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Any person with a session."""
    return declare(view, SIGNED_IN)


def ticket(view: View) -> View:
    """A device that shows its ticket, whether or not its person may still sign in."""
    return declare(view, TICKET)


def signed_in_or_ticket(view: View) -> View:
    """Any person with a session, or a device that shows its ticket."""
    return declare(view, SIGNED_IN_OR_TICKET)


def roles(*needed: Role) -> Callable[[View], View]:
    """A person who holds one of the roles at some unit."""
    rule = AccessRule("roles:" + ",".join(sorted(needed)), frozenset(needed))
    return lambda view: declare(view, rule)


def rule_of(app: Flask, endpoint: str) -> AccessRule | None:
    """The declared rule of an endpoint, None if it forgot to declare one."""
    return getattr(app.view_functions[endpoint], "access_rule", None)


def actor() -> Actor:
    """The signed-in person. Only for routes that are not public."""
    who: Actor | None = g.get("actor")
    if who is None:
        abort(401)
    return who


def require(action: str, subject: Subject, *, see: str | None = None) -> None:
    """Raise unless the actor may do `action` to `subject`.

    With `see`, a person who may not even see the subject gets the NotFound of a missing one.
    """
    who = actor()
    if see is not None and not may(who, see, subject):
        raise NotFound("not_found")
    if not may(who, action, subject):
        raise NotAllowed("not_allowed") if see is not None else NotFound("not_found")


def guard(app: Flask) -> None:
    """Check the declared rule before every view. Runs after the session was loaded."""

    @app.before_request
    def _check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        rule = rule_of(app, request.endpoint)
        if rule is None:
            abort(403)
        if rule.roles is None:
            return None
        who: Actor | None = g.get("actor")
        if who is None or (rule is TICKET and not g.by_ticket):
            if request.path.startswith("/api/") or request.method != "GET":
                abort(401)
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
        if rule.roles and not rule.roles & who.roles:
            abort(403)
        return None

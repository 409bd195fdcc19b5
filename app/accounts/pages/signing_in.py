"""Signing in and out on the desk."""

from urllib.parse import urlsplit

from flask import Response, abort, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from app.accounts import passwords
from app.accounts.actions import sessions as actions
from app.accounts.pages.blueprint import blueprint
from app.accounts.schemas import SignInForm
from app.domain.errors import Invalid
from app.errors import seconds_to_wait
from app.transactions import take_back
from app.web import session_cookie
from app.web.access import public
from app.web.labels import label
from app.web.signing_in import per_account, per_address, session_length


def _local(target: str) -> str:
    """A path of our own, whatever was asked for: nobody is sent elsewhere from here."""
    parts = urlsplit(target)
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if safe and "\\" not in target and target.isprintable() else "/"


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    target = _local(request.args.get("next", "/"))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # A link in a mail: the browser kept the strict cookie back. One step from our own page brings it.
        return render_template("accounts/arriving.html", again=url_for("accounts.sign_in", next=target))
    if g.actor is not None:
        return redirect(target)
    return render_template("accounts/sign_in.html", next=target, login="", problem=None)


@blueprint.post("/sign-in")
@public
@per_address
@per_account
def sign_in_now() -> ResponseReturnValue:
    form = SignInForm().load(request.form.to_dict())
    target = _local(form["next"])
    try:
        account = actions.check_password(form["login"], form["password"])
        begun = actions.sign_in(
            account,
            form["password"],
            lasts=session_length(shared=form["shared"]),
            user_agent=request.user_agent.string,
            replaces=session_cookie.token(),
        )
    except passwords.Busy:
        abort(503)
    except Invalid as error:
        take_back()
        return _again(form["login"], target, error.code, 401)
    session.clear()  # form tokens of whoever sat here before
    response = make_response(redirect(url_for("accounts.password") if begun.must_change_password else target, 303))
    lasts = None if form["shared"] else int(session_length(shared=False).total_seconds())
    session_cookie.keep(response, begun.token, seconds=lasts)
    return response


def _again(login: str, target: str, code: str, status: int) -> tuple[str, int]:
    page = render_template("accounts/sign_in.html", next=target, login=login, problem=label("error", code))
    return page, status


@blueprint.errorhandler(429)
def too_many(error: TooManyRequests) -> ResponseReturnValue:
    """The sign-in page again, with what was typed."""
    login, target = request.form.get("login", "")[:80], _local(request.form.get("next", "/"))
    page, status = _again(login, target, "sign_in_too_often", 429)
    return page, status, {"Retry-After": str(seconds_to_wait())}


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    token = session_cookie.token()
    if token is not None:
        actions.end_by_token(token)
    session.clear()
    flash("Bạn đã đăng xuất.", "good")
    response = make_response(redirect(url_for("accounts.sign_in"), 303))
    session_cookie.forget(response)
    return response

"""One's own page: roles, password, sessions and devices."""

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import passwords
from app.accounts.actions import devices
from app.accounts.actions import sessions as actions
from app.accounts.pages.blueprint import blueprint
from app.accounts.pages.session import idle_limit
from app.accounts.queries import people, sessions
from app.accounts.queries.enrolments import enrolments_of
from app.accounts.schemas import PasswordForm
from app.domain.errors import Invalid, NotAllowed
from app.extensions import now
from app.transactions import take_back
from app.web.access import actor, signed_in
from app.web.clock import today
from app.web.labels import label


@blueprint.get("/profile")
@signed_in
def profile() -> ResponseReturnValue:
    me = actor().user_id
    return render_template(
        "accounts/profile.html",
        account=sessions.account_by_id(me),
        appointments=people.appointments_of([me], today())[me],
        sessions=sessions.sessions_of(me, now(), idle_limit()),
        devices=sessions.devices_of(me),
        enrolments=enrolments_of(me),
        at=now(),
        this_session=g.session_id,
    )


@blueprint.get("/profile/password")
@signed_in
def password() -> ResponseReturnValue:
    return _password_page(None, 200)


def _password_page(code: str | None, status: int) -> tuple[str, int]:
    account = sessions.account_by_id(actor().user_id)
    page = render_template(
        "accounts/password.html",
        problem=label("error", code) if code else None,
        temporary=account is not None and account.must_change_password,
        shortest=passwords.SHORTEST,
    )
    return page, status


@blueprint.post("/profile/password")
@signed_in
def change_password() -> ResponseReturnValue:
    form = PasswordForm().load(request.form.to_dict())
    if form["chosen"] != form["again"]:
        return _password_page("passwords_differ", 422)
    try:
        actions.change_password(actor(), g.session_id, form["current"], form["chosen"])
    except (Invalid, NotAllowed) as error:
        take_back()
        return _password_page(error.code, 422)
    except passwords.Busy:
        abort(503)
    flash("Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.", "good")
    return redirect(url_for("accounts.profile"), 303)


@blueprint.post("/profile/sessions/<session_id>/end")
@signed_in
def end_own_session(session_id: str) -> ResponseReturnValue:
    actions.end_session(actor(), actor().user_id, session_id)
    flash("Đã kết thúc phiên đăng nhập.", "good")
    return redirect(url_for("accounts.profile"), 303)


@blueprint.post("/profile/devices/<device_id>/revoke")
@signed_in
def revoke_own_device(device_id: str) -> ResponseReturnValue:
    devices.revoke_device(actor(), actor().user_id, device_id)
    flash("Đã thu hồi thiết bị. Dữ liệu chưa gửi trên máy đó vẫn nằm ở máy đó.", "good")
    return redirect(url_for("accounts.profile"), 303)

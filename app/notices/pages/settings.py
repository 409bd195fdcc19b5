"""How one wants to be reached: address, kinds by channel, quiet hours, browsers; and how an administrator helps."""

import base64

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.queries import people
from app.domain.errors import Invalid, OutOfDate, TooMuch
from app.domain.permissions import Role
from app.domain.reminders import CHOSEN, Channel
from app.extensions import limiter
from app.notices import push
from app.notices.actions import contacts as actions
from app.notices.pages.blueprint import blueprint, settings
from app.notices.queries import contacts as queries
from app.notices.schemas import AddressForm, BrowserForm, CodeForm, WishesForm
from app.notices.signing import push_signer
from app.transactions import take_back
from app.web import session_cookie
from app.web.access import actor, roles, signed_in
from app.web.clock import today
from app.web.labels import label


@blueprint.get("/notices/settings")
@signed_in
def wishes() -> ResponseReturnValue:
    return _page("", 200)


def _page(problem: str, status: int) -> tuple[str, int]:
    me = actor().user_id
    page = render_template(
        "notices/settings.html",
        contact=queries.contact_of(me),
        browsers=queries.subscriptions_of(me),
        kinds=CHOSEN,
        channels=list(Channel),
        office=(settings().quiet_from, settings().quiet_to),
        mail_ready=bool(settings().smtp_host),
        push_key=base64.urlsafe_b64encode(push_signer().public_key()).rstrip(b"=").decode(),
        problem=problem,
    )
    return page, status


def _refused(error: Invalid | OutOfDate | TooMuch) -> tuple[str, int]:
    take_back()
    return _page(label("error", error.code), 422)


def _back(said: str) -> ResponseReturnValue:
    flash(said, "good")
    return redirect(url_for("notices.wishes"), 303)


@blueprint.post("/notices/settings")
@signed_in
def choose() -> ResponseReturnValue:
    form = WishesForm().load(request.form.to_dict())
    try:
        actions.choose(actor(), request.form.getlist("chosen"), form["quiet_from"], form["quiet_to"])
    except Invalid as error:
        return _refused(error)
    return _back("Đã lưu cách nhận thông báo.")


@blueprint.post("/notices/address")
@signed_in
def ask_for_address() -> ResponseReturnValue:
    try:
        actions.ask_for_address(actor(), AddressForm().load(request.form.to_dict())["email"])
    except (Invalid, TooMuch) as error:
        return _refused(error)
    return _back("Đã ghi địa chỉ. Thư có mã xác nhận sẽ đến trong vài phút; hãy điền mã vào trang này.")


@blueprint.post("/notices/address/confirm")
@signed_in
@limiter.limit("10/hour", key_func=lambda: session_cookie.token() or "")
def confirm_address() -> ResponseReturnValue:
    code = CodeForm().load(request.form.to_dict())["code"]
    try:
        contact = actions.confirm_address(actor(), code, current_app.config["SECRET_KEY"])
    except (Invalid, OutOfDate) as error:
        return _refused(error)
    return _back(f"Đã xác nhận {contact.email}. Từ nay thông báo cũng đến địa chỉ này.")


@blueprint.post("/notices/address/forget")
@signed_in
def forget_address() -> ResponseReturnValue:
    actions.forget_address(actor())
    return _back("Đã bỏ địa chỉ thư. Thông báo vẫn có trong danh sách trên bàn điều hành.")


@blueprint.post("/notices/browsers")
@signed_in
def add_browser() -> ResponseReturnValue:
    """A subscription that the page's script made; the endpoint is a client's word and is judged as such."""
    form = BrowserForm().load(request.form.to_dict())
    try:
        browser = push.read_browser(form["endpoint"], form["p256dh"], form["auth"], settings().push_trusted)
        actions.add_browser(actor(), browser, request.user_agent.string)
    except (Invalid, TooMuch) as error:
        return _refused(error)
    return _back("Đã bật thông báo trên máy này.")


@blueprint.post("/notices/browsers/<subscription_id>/drop")
@signed_in
def drop_browser(subscription_id: str) -> ResponseReturnValue:
    actions.drop_browser(actor(), subscription_id)
    return _back("Đã tắt thông báo trên máy đó.")


@blueprint.get("/people/<user_id>/contact")
@roles(Role.ADMINISTRATOR)
def contact(user_id: str) -> ResponseReturnValue:
    """Somebody's address, for an administrator who fills it in for them."""
    return _contact_page(user_id, "", 200)


def _contact_page(user_id: str, problem: str, status: int) -> tuple[str, int]:
    person = people.person(actor(), user_id, today())
    contact = queries.contact_of(user_id) if person.managed else None
    return render_template("notices/contact.html", person=person, contact=contact, problem=problem), status


@blueprint.post("/people/<user_id>/contact")
@roles(Role.ADMINISTRATOR)
def give_address(user_id: str) -> ResponseReturnValue:
    try:
        actions.give_address(actor(), user_id, AddressForm().load({"email": request.form.get("email", "")})["email"])
    except (Invalid, TooMuch) as error:
        take_back()
        return _contact_page(user_id, label("error", error.code), 422)
    flash("Đã ghi địa chỉ. Người này phải xác nhận bằng mã trong thư trước khi địa chỉ được dùng.", "good")
    return redirect(url_for("notices.contact", user_id=user_id), 303)

"""Adding a phone: the page with the QR code, for oneself and for a person one administers."""

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.accounts.actions import enrolling as actions
from app.accounts.pages.blueprint import blueprint
from app.documents.qr import qr_svg
from app.domain.errors import Invalid
from app.domain.permissions import Role
from app.transactions import take_back
from app.web.access import actor, roles, signed_in
from app.web.clock import today
from app.web.labels import label
from app.web.public_url import public_url


@blueprint.post("/profile/phones")
@signed_in
def offer_own_phone() -> ResponseReturnValue:
    return _offered(actor().user_id, url_for("accounts.profile"))


@blueprint.post("/people/<user_id>/phones")
@roles(Role.ADMINISTRATOR)
def offer_phone(user_id: str) -> ResponseReturnValue:
    return _offered(user_id, url_for("accounts.person", user_id=user_id))


def _offered(user_id: str, back: str) -> ResponseReturnValue:
    """The link stands in this reply and nowhere else. Behind `#` it reaches no server, log or referrer."""
    try:
        offer = actions.offer_phone(actor(), user_id, today())
    except Invalid as error:
        take_back()
        flash(label("error", error.code), "bad")
        return redirect(back, 303)
    link = f"{public_url()}/field/enrol#{offer.token}"
    page = render_template(
        "accounts/phone_offer.html",
        offer=offer,
        link=link,
        code=Markup(qr_svg(link, scalable=True).decode()),  # noqa: S704 - segno's own drawing: numbers and fixed words
        back=back,
        own=user_id == actor().user_id,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/profile/phones/<enrolment_id>/end")
@signed_in
def end_own_offer(enrolment_id: str) -> ResponseReturnValue:
    actions.end_offer(actor(), actor().user_id, enrolment_id)
    flash("Đã hủy mã. Mã đó không dùng được nữa.", "good")
    return redirect(url_for("accounts.profile"), 303)


@blueprint.post("/people/<user_id>/phones/<enrolment_id>/end")
@roles(Role.ADMINISTRATOR)
def end_offer(user_id: str, enrolment_id: str) -> ResponseReturnValue:
    actions.end_offer_of(actor(), user_id, enrolment_id, today())
    flash("Đã hủy mã. Mã đó không dùng được nữa.", "good")
    return redirect(url_for("accounts.person", user_id=user_id), 303)

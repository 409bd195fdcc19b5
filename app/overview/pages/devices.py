"""The desk's page of devices, and the page of one."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.queries import people
from app.domain.errors import NotFound
from app.domain.permissions import Role
from app.extensions import now
from app.overview.queries import devices as queries
from app.overview.queries.missing_photos import missing_from_device
from app.sync import queries as sync
from app.web.access import actor, roles
from app.web.clock import today
from app.web.paging import asked_page, asked_text

blueprint = Blueprint("devices", __name__, url_prefix="/devices")

OVERSEERS = (Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)


@blueprint.get("")
@roles(*OVERSEERS)
def index() -> ResponseReturnValue:
    state = request.args.get("state", "")
    search = queries.DeviceSearch(text=asked_text("q"), state=state if state in queries.STATES else "")
    at = now()
    page = asked_page(queries.number_of_devices(actor(), search, at))
    installed = sync.installation()
    return render_template(
        "overview/devices.html",
        devices=queries.devices_found(actor(), search, at, limit=page.size, offset=page.offset),
        page=page,
        search=search,
        at=at,
        may_import=Role.ADMINISTRATOR in actor().roles,
        recovering=installed is not None and installed[1],
    )


@blueprint.get("/<device_id>")
@roles(*OVERSEERS)
def show(device_id: str) -> ResponseReturnValue:
    at = now()
    device = queries.device_row(actor(), device_id, at)
    visits = queries.visits_of(actor(), device_id, at)
    return render_template(
        "overview/device.html",
        device=device,
        visits=visits,
        missing=missing_from_device(device_id, [each.id for each in visits]),
        incidents=queries.incidents_of(device_id),
        at=at,
        may_revoke=device.revoked_at is None and _manages(device.user_id),
        own=device.user_id == actor().user_id,
    )


def _manages(user_id: str) -> bool:
    if Role.ADMINISTRATOR not in actor().roles:
        return False
    try:
        return people.person(actor(), user_id, today()).managed
    except NotFound:
        return False

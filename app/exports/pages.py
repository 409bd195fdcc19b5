"""The workbook of a campaign, for those who direct it, and the record of a visit that anybody can check."""

import tempfile
from collections.abc import Callable
from typing import IO

from flask import Blueprint, Response, current_app, send_file
from flask.typing import ResponseReturnValue

from app.campaigns import queries as campaigns
from app.domain.permissions import Role, may
from app.exports import packages
from app.extensions import now
from app.web.access import actor, require, roles
from app.web.clock import today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("exports", __name__)


@blueprint.get("/campaigns/<campaign_id>/workbook.xlsx")
@roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
def workbook(campaign_id: str) -> ResponseReturnValue:
    """The outcome of a campaign, visit by visit and cell by cell."""
    from app.exports import workbooks  # what writes Excel files is loaded with the first one

    who, day = actor(), today()
    campaign = campaigns.campaign(who, campaign_id)
    require("workbook.export", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    visits = campaigns.visits_of_campaign(campaign_id)
    export = workbooks.Export(
        campaign=campaign,
        visits=tuple(visit for visit in visits if may(who, "workbook.export", visit.subject)),
        by=who.name,
        at=now(),
        today=day,
    )
    return _made(lambda file: workbooks.write(export, file), XLSX, f"ket-qua-kiem-tra-{day.isoformat()}.xlsx")


@blueprint.get("/visits/<visit_id>/record.zip")
@roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
def record(visit_id: str) -> ResponseReturnValue:
    """A visit's whole log with what stands on it, to be checked anywhere (`congvu verify`)."""
    who = actor()
    visit = campaigns.visit(who, visit_id)
    sees_held = None if may(who, "overview.see", visit.subject) else frozenset({who.user_id})
    return _made(
        lambda file: packages.write(
            visit,
            file,
            sees_held=sees_held,
            originals=may(who, "photo.original", visit.subject),
            by=who.name,
            at=now(),
        ),
        "application/zip",
        f"ho-so-kiem-tra-{visit.planned_on.isoformat()}.zip",
    )


def _made(write: Callable[[IO[bytes]], None], mime: str, name: str) -> Response:
    """A file written under no name and sent; it is gone when the last byte was sent or the reader hung up."""
    file = tempfile.TemporaryFile(dir=current_app.config["SETTINGS"].data_dir)  # noqa: SIM115 - the reply closes it
    try:
        write(file)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    response = send_file(file, mimetype=mime, as_attachment=True, download_name=name, max_age=0)
    response.content_length = size
    response.headers["Cache-Control"] = "no-store"
    return response

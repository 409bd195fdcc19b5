"""The workbook of a campaign, for those who direct it."""

import tempfile

from flask import Blueprint, current_app, send_file
from flask.typing import ResponseReturnValue

from app.campaigns import queries as campaigns
from app.domain.permissions import Role, may
from app.exports import workbooks
from app.exports.workbooks import Export
from app.extensions import now
from app.web.access import actor, require, roles
from app.web.clock import today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("exports", __name__)


@blueprint.get("/campaigns/<campaign_id>/workbook.xlsx")
@roles(Role.ADMINISTRATOR, Role.VICE_CHAIR, Role.INSPECTOR)
def workbook(campaign_id: str) -> ResponseReturnValue:
    """Written to a file without a name, which is gone when the last byte was sent or the reader hung up."""
    who, day = actor(), today()
    campaign = campaigns.campaign(who, campaign_id)
    require("workbook.export", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    visits = campaigns.visits_of_campaign(campaign_id)
    export = Export(
        campaign=campaign,
        visits=tuple(visit for visit in visits if may(who, "workbook.export", visit.subject)),
        by=who.name,
        at=now(),
        today=day,
    )
    file = tempfile.TemporaryFile(dir=current_app.config["SETTINGS"].data_dir)  # noqa: SIM115 - the reply closes it
    try:
        workbooks.write(export, file)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    name = f"ket-qua-kiem-tra-{day.isoformat()}.xlsx"
    response = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name, max_age=0)
    response.content_length = size
    response.headers["Cache-Control"] = "no-store"
    return response

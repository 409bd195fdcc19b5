"""A campaign summed up: its page with charts, what came back from earlier campaigns, and the report as PDF and Word."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.accounts.queries import authorities
from app.campaigns import queries as campaigns
from app.documents.docx import render_docx
from app.documents.official import Chart
from app.documents.papers import summary_charts as charts
from app.documents.pdf import render_pdf
from app.domain.authority import for_collective
from app.domain.errors import NotFound
from app.domain.permissions import Role, may
from app.findings.actions import correcting, summarising
from app.findings.actions.documents import Numbering
from app.findings.queries import issued, records
from app.findings.signing import is_trial
from app.overview import papers
from app.overview.pages.boards import OVERSEERS, blueprint
from app.overview.queries import failings, summaries
from app.overview.queries import wards as comparing
from app.overview.queries.summaries import Summary
from app.overview.schemas import ProposalsForm, SummaryForm
from app.web.access import actor, require, roles
from app.web.clock import today
from app.web.downloads import download
from app.web.paging import asked_page
from app.web.public_url import public_url
from config import Settings

PAGE = 100
FIRST_REPEATED = 10  # on the summary; the rest have pages of their own


@blueprint.get("/campaigns/<campaign_id>/summary")
@roles(*OVERSEERS)
def summary(campaign_id: str) -> ResponseReturnValue:
    """What issued conclusions say of the campaign as it stands now."""
    found = _summary(campaign_id, FIRST_REPEATED)
    subject = campaigns.subject_of_campaign(campaign_id)
    record = papers.record_of(found)
    page = asked_page(len(found.concluded), PAGE)
    return render_template(
        "overview/summary.html",
        found=found,
        record=record,
        campaign=found.campaign,
        page=page,
        wards=list(zip(found.concluded, record.wards, strict=True))[page.offset : page.offset + page.size],
        repeated=list(zip(found.repeated, record.repeated, strict=True)),
        score_charts=[_drawn(chart) for chart in charts.scores(record.wards, record.grades)],
        failing_chart=_drawn(charts.failings(record.failing)) if record.failing else None,
        repair_chart=_drawn(charts.repairs(record.repairs)) if record.repairs.total else None,
        repair_states=charts.states(record.repairs),
        share=charts.share,
        issued=issued.offered(actor(), records.issued_documents_of_campaign(campaign_id), subject),
        may_issue=may(actor(), "summary.issue", subject),
    )


@blueprint.get("/campaigns/<campaign_id>/repeated")
@roles(*OVERSEERS)
def repeated(campaign_id: str) -> ResponseReturnValue:
    """Every finding that an earlier conclusion of the same unit had found."""
    require("overview.see", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    campaign = campaigns.campaign(actor(), campaign_id)
    scope = summaries.scope_of(comparing.compare(actor(), campaign_id, today()), campaign_id)
    page = asked_page(failings.number_repeated(scope), PAGE)
    found = failings.repeated(scope, today(), limit=page.size, offset=page.offset)
    return render_template(
        "overview/repeated.html",
        campaign=campaign,
        page=page,
        repeated=[(each, papers.repeated_line(each)) for each in found],
    )


@blueprint.get("/campaigns/<campaign_id>/summary.pdf")
@roles(*OVERSEERS)
def summary_pdf(campaign_id: str) -> ResponseReturnValue:
    """The summary report as it stands now, a draft."""
    paper = papers.summary_paper(_summary(campaign_id))
    return download(render_pdf(paper), "bao-cao-tong-hop.pdf", inline=True)


@blueprint.get("/campaigns/<campaign_id>/summary.docx")
@roles(*OVERSEERS)
def summary_docx(campaign_id: str) -> ResponseReturnValue:
    """The same in the office's Word template."""
    settings: Settings = current_app.config["SETTINGS"]
    paper = papers.summary_paper(_summary(campaign_id))
    return download(render_docx(paper, settings.document_templates), "bao-cao-tong-hop.docx")


@blueprint.get("/campaigns/<campaign_id>/summary/issue")
@roles(Role.VICE_CHAIR)
def summary_form(campaign_id: str) -> ResponseReturnValue:
    """What would be issued today, by whom and under which number; in `replaces`, in whose place."""
    require("summary.issue", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    found = _summary(campaign_id)
    host = found.campaign.host_unit_id
    capacity = authorities.possible_capacity(actor().user_id, host, today())
    subject, code = campaigns.subject_of_campaign(campaign_id), request.args.get("replaces", "")
    documents = issued.offered(actor(), records.issued_documents_of_campaign(campaign_id), subject)
    return render_template(
        "overview/issue_summary.html",
        found=found,
        campaign=found.campaign,
        issued=[each for each in documents if each.row.kind == "summary"],
        replacing=next((each for each in documents if each.row.id == code and each.may_replace), None),
        fingerprint=papers.summary_paper(found).fingerprint(),
        number=records.next_in(records.Series(host, today().year, papers.SYMBOL)),
        symbol=papers.SYMBOL,
        capacity=capacity,
        lines=for_collective(capacity.lines) if capacity else (),
        trial=is_trial(),
        today=today(),
    )


@blueprint.post("/campaigns/<campaign_id>/summary/preview")
@roles(Role.VICE_CHAIR)
def preview_summary(campaign_id: str) -> ResponseReturnValue:
    """The report as it would be issued, with the proposals typed so far, marked as a draft."""
    require("summary.issue", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    form = ProposalsForm().load(request.form.to_dict())
    earlier = correcting.replacing(form["replaces"], form["reason"])
    sentence = correcting.replaces(actor(), "summary", campaign_id, earlier)
    paper = papers.summary_paper(_summary(campaign_id), proposals=form["proposals"], replaces=sentence)
    return download(render_pdf(paper), "bao-cao-tong-hop.pdf", inline=True)


@blueprint.post("/campaigns/<campaign_id>/summary/issue")
@roles(Role.VICE_CHAIR)
def issue_summary(campaign_id: str) -> ResponseReturnValue:
    form = SummaryForm().load(request.form.to_dict())
    require("summary.issue", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    found = _summary(campaign_id)
    earlier = correcting.replacing(form["replaces"], form["reason"])
    sentence = correcting.replaces(actor(), "summary", campaign_id, earlier)
    number = summarising.issue_summary(
        actor(),
        campaign_id,
        Numbering(form["number"], today(), today(), public_url()),
        draft=papers.summary_paper(found),
        paper=papers.summary_paper(found, proposals=form["proposals"], replaces=sentence),
        fingerprint=form["fingerprint"],
        facts=papers.facts_of(found),
        replacing=earlier,
    )
    flash(f"Đã ban hành báo cáo tổng hợp số {number}.", "good")
    return redirect(url_for("overview.summary", campaign_id=campaign_id), 303)


@blueprint.get("/campaigns/<campaign_id>/summary/<code>.pdf")
@roles(*OVERSEERS)
def issued_summary(campaign_id: str, code: str) -> ResponseReturnValue:
    """The signed bytes of an issued summary, or of a letter that corrects one."""
    require("summary.see", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    seen = issued.seen_by(actor(), code)
    content = records.pdf_of(code)
    if seen.row.campaign_id != campaign_id or content is None:
        raise NotFound("not_found")
    return download(content, f"{code}.pdf", inline=True)


def _summary(campaign_id: str, most_repeated: int = summaries.MOST_REPEATED) -> Summary:
    require("overview.see", campaigns.subject_of_campaign(campaign_id), see="campaign.see")
    return summaries.summary(actor(), campaign_id, today(), most_repeated=most_repeated)


def _drawn(chart: Chart) -> tuple[Chart, Markup]:
    """A chart with its SVG as markup: every word in it was escaped when it was drawn."""
    return chart, Markup(chart.svg)  # noqa: S704

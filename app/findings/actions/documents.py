"""Making an issued document: typeset, measured against the decree, signed, kept for ever."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.accounts.queries import authorities
from app.documents.official import DocumentKind, Official
from app.documents.pdf import render_pdf
from app.domain.amending import KINDS
from app.domain.authority import Capacity, for_collective
from app.domain.checklist import canonical_json
from app.domain.errors import Invalid
from app.domain.permissions import Actor
from app.extensions import db, new_id, now
from app.findings import papers
from app.findings.models import IssuedDocument
from app.findings.queries import pictures, records
from app.findings.queries.records import Series
from app.findings.signing import agency_signer, document_signer, is_trial


@dataclass(frozen=True)
class Linked:
    """Which earlier document a new one replaces (content) or corrects (layout)."""

    replaces_id: str | None = None
    corrects_id: str | None = None


@dataclass(frozen=True)
class Origin:
    """Who issues a document, and of which conclusion or campaign."""

    issuer_unit_id: int
    conclusion_id: str | None = None
    campaign_id: str | None = None


@dataclass(frozen=True)
class Numbering:
    """Number and day a document is to be issued with; `today` is the day in Viet Nam."""

    number: int
    on: date
    today: date
    public_url: str = ""


def number_and_keep(
    actor: Actor, paper: Official, origin: Origin, wanted: Numbering, *, since: date, facts: dict[str, Any],
    linked: Linked = Linked(), capacity: Capacity | None = None,
) -> IssuedDocument:  # fmt: skip
    """Give a composed draft its number of the year's series, its day, the signer's capacity and name, and keep it.

    The actor signs for the agency, by appointment or by leave, unless a `capacity` says for whom else.

    Raises `Invalid("issue_date")` for a day before `since` or after today, `Invalid("number_taken")`,
    `Invalid("no_authority")`, and as `keep`.
    """
    if not since <= wanted.on <= wanted.today:
        raise Invalid("issue_date", earliest=since.isoformat(), latest=wanted.today.isoformat())
    series = Series(origin.issuer_unit_id, wanted.on.year, paper.symbol)
    if wanted.number < 1 or records.is_used(series, wanted.number):
        raise Invalid("number_taken", number=wanted.number, year=wanted.on.year)
    code = new_id()
    capacity = capacity or authorities.signing_capacity(actor.user_id, origin.issuer_unit_id, wanted.on)
    lines = for_collective(capacity.lines) if paper.kind is DocumentKind.SUMMARY else capacity.lines
    facts = {**facts, "authority": papers.authority_json(capacity)}
    numbered = replace(
        paper,
        number=wanted.number,
        dated=wanted.on,
        draft=False,
        verify_url=f"{wanted.public_url}/xac-minh/{code}",
        facts=canonical_json(facts).decode(),
        signatures=paper.signatures
        if paper.kind is DocumentKind.MINUTES  # signed on site, by both parties
        else tuple(replace(each, titles=lines, name=actor.name) for each in paper.signatures),
    )
    return keep(actor, numbered, origin, code, now(), facts, linked)


def keep(
    actor: Actor, paper: Official, origin: Origin, code: str, at: datetime, facts: dict[str, Any],
    linked: Linked = Linked(),
) -> IssuedDocument:  # fmt: skip
    """Typeset, check, sign and store a document under its public code.

    Raises Invalid("document_layout") when the file is not as Decree 30/2020/NĐ-CP wants it: then nothing is issued;
    Invalid("signing_key"), Invalid("signing_failed").
    """
    from app.documents.layout import problems  # what reads and signs PDF is loaded with the first document
    from app.documents.signing import Seal, Stamp, sign_pdf

    if paper.number is None or paper.dated is None:
        raise ValueError("only a numbered and dated document is issued")
    pdf = render_pdf(paper)
    found = problems(paper, pdf)
    if found:
        raise Invalid("document_layout", problems=[f"{each.box}: {each.told}" for each in found[:10]])
    by, own = document_signer(), pictures.in_use(origin.issuer_unit_id, actor.user_id)
    agency = agency_signer() if KINDS[paper.kind.value].sealed else None
    seal = None
    if agency is not None:
        shown = pictures.in_use(origin.issuer_unit_id, None)
        seal = Seal(agency, shown.png, shown.width_mm or 0) if shown else Seal(agency)
    stamp = Stamp(at, own.png if own else None, words=is_trial())
    signed = sign_pdf(paper, pdf, by, stamp, seal)
    document = IssuedDocument(
        id=code,
        kind=paper.kind.value,
        conclusion_id=origin.conclusion_id,
        campaign_id=origin.campaign_id,
        issuer_unit_id=origin.issuer_unit_id,
        issuer=paper.agency,
        year=paper.dated.year,
        number=paper.number,
        symbol=paper.symbol,
        dated=paper.dated,
        signed_at=at,
        signed_by=actor.user_id,
        certificate=by.subject,
        agency_certificate=agency.subject if agency else "",
        facts=facts,
        pdf=signed,
        sha256=hashlib.sha256(signed).hexdigest(),
        replaces_id=linked.replaces_id,
        corrects_id=linked.corrects_id,
    )
    db.session.add(document)
    db.session.flush()
    return document

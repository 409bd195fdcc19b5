"""Making an issued document: typeset, measured against the decree, signed, kept for ever."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.documents.layout import problems
from app.documents.official import Official
from app.documents.pdf import render_pdf
from app.documents.signing import Stamp, sign_pdf
from app.domain.errors import Invalid
from app.domain.permissions import Actor
from app.extensions import db
from app.findings.models import Conclusion, IssuedDocument
from app.findings.signing import document_signer


@dataclass(frozen=True)
class Linked:
    """Which earlier document a new one replaces (content) or corrects (layout)."""

    replaces_id: str | None = None
    corrects_id: str | None = None


def keep(
    actor: Actor, paper: Official, conclusion: Conclusion, code: str, at: datetime, facts: dict[str, Any],
    linked: Linked = Linked(),
) -> IssuedDocument:  # fmt: skip
    """Typeset, check, sign and store a document under its public code.

    Raises Invalid("document_layout") when the file is not as Decree 30/2020/NĐ-CP wants it: then nothing is issued;
    Invalid("signing_key"), Invalid("signing_failed").
    """
    if paper.number is None or paper.dated is None:
        raise ValueError("only a numbered and dated document is issued")
    pdf = render_pdf(paper)
    found = problems(paper, pdf)
    if found:
        raise Invalid("document_layout", problems=[f"{each.box}: {each.told}" for each in found[:10]])
    by = document_signer()
    signed = sign_pdf(paper, pdf, by, Stamp(at))
    document = IssuedDocument(
        id=code,
        kind=paper.kind.value,
        conclusion_id=conclusion.id,
        issuer_unit_id=conclusion.issuer_unit_id,
        issuer=paper.agency,
        year=paper.dated.year,
        number=paper.number,
        symbol=paper.symbol,
        dated=paper.dated,
        signed_at=at,
        signed_by=actor.user_id,
        certificate=by.subject,
        facts=facts,
        pdf=signed,
        sha256=hashlib.sha256(signed).hexdigest(),
        replaces_id=linked.replaces_id,
        corrects_id=linked.corrects_id,
    )
    db.session.add(document)
    db.session.flush()
    return document

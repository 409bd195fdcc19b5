"""One of each kind of official document from the scenario, as DOCX and as signed PDF, for people to look at."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from app.accounts.queries import authorities, sessions
from app.demo import load_if_empty
from app.documents.docx import render_docx
from app.documents.layout import problems
from app.documents.official import DocumentKind, Official
from app.documents.pdf import render_pdf
from app.documents.signing import Stamp, sign_pdf
from app.domain.authority import for_collective
from app.domain.permissions import Actor
from app.extensions import db, now
from app.findings import papers as conclusion_papers
from app.findings.models import Conclusion, IssuedDocument
from app.findings.queries import minutes, records
from app.findings.queries.issued import seen_by
from app.findings.signing import document_signer
from app.overview import papers as overview_papers
from app.overview.queries import summaries
from app.remediation import papers as remediation_papers
from app.web.clock import today
from config import Settings

NAMES = {
    DocumentKind.MINUTES: "bien-ban-kiem-tra",
    DocumentKind.REPORT: "bao-cao-doan-kiem-tra",
    DocumentKind.NOTICE: "thong-bao-ket-luan",
    DocumentKind.DEMAND: "cong-van-yeu-cau-khac-phuc",
    DocumentKind.SUMMARY: "bao-cao-tong-hop",
    DocumentKind.CORRECTION: "cong-van-dinh-chinh",
}
MISTAKE = conclusion_papers.Mistake("Trang cuối, nơi nhận", "Phòng Nội vụ", "phòng Nội vụ")


def write_samples(out: Path) -> tuple[list[str], list[str]]:
    """Play the demo into an empty place, write every kind into `out`; returns names, and what is wrong with them."""
    from app import create_app

    out.mkdir(parents=True, exist_ok=True)
    written, wrong = [], []
    with TemporaryDirectory(prefix="congvu-mau-") as folder:
        app = create_app(Settings(data_dir=Path(folder)))
        with app.app_context():
            _prepare()
            for paper, pdf in _papers():
                name = NAMES[paper.kind]
                (out / f"{name}.docx").write_bytes(render_docx(paper))
                (out / f"{name}.pdf").write_bytes(pdf)
                written += [f"{name}.docx", f"{name}.pdf"]
                wrong += [f"{name}.pdf: {each.box}: {each.told}" for each in problems(paper, pdf)]
    return written, wrong


def _prepare() -> None:
    import flask_migrate

    flask_migrate.upgrade()
    load_if_empty()


def _papers() -> list[tuple[Official, bytes]]:
    notices = select(IssuedDocument).filter_by(kind="notice").order_by(IssuedDocument.number.desc())
    issued = db.session.scalars(notices).first()
    if issued is None or issued.conclusion_id is None:
        raise LookupError("the demo has issued nothing")
    conclusion = db.session.get_one(Conclusion, issued.conclusion_id)
    visit = records.visits_of([conclusion.id])[conclusion.id]
    account = sessions.account_by_login("phochutich")
    if account is None:
        raise LookupError("the demo has no vice-chair")
    chair = sessions.actor_of(account.id, account.name, today())
    numbered = [
        replace(conclusion_papers.report_paper(conclusion, visit), number=3, dated=today(), draft=False),
        replace(_named(_demand(conclusion), chair, conclusion), number=12, dated=today(), draft=False),
        replace(_named(_summary(chair, conclusion), chair, conclusion), number=7, dated=today(), draft=False),
    ]
    letter = conclusion_papers.correction_paper(seen_by(chair, issued.id), [MISTAKE])
    numbered.append(replace(_named(letter, chair, conclusion), number=13, dated=today(), draft=False))
    by, at = document_signer(), now()
    made = [(paper, sign_pdf(paper, render_pdf(paper), by, Stamp(at))) for paper in numbered]
    recorded = minutes.in_force(visit)
    content = records.pdf_of(recorded.id) if recorded else None
    if recorded is None or content is None:
        raise LookupError("the demo has issued no minutes")
    made.append((conclusion_papers.issued_minutes_paper(visit, conclusion, recorded), content))
    made.append((conclusion_papers.issued_notice_paper(conclusion, visit), issued.pdf))
    return made


def _named(paper: Official, chair: Actor, conclusion: Conclusion) -> Official:
    """The paper with the block of who signs it, as issuing writes it."""
    capacity = authorities.signing_capacity(chair.user_id, conclusion.issuer_unit_id, today())
    lines = for_collective(capacity.lines) if paper.kind is DocumentKind.SUMMARY else capacity.lines
    return replace(paper, signatures=tuple(replace(each, titles=lines, name=chair.name) for each in paper.signatures))


def _summary(chair: Actor, conclusion: Conclusion) -> Official:
    return overview_papers.summary_paper(summaries.summary(chair, conclusion.campaign_id, today()))


def _demand(conclusion: Conclusion) -> Official:
    return remediation_papers.demand_paper(conclusion.id, conclusion.issued_on, today())

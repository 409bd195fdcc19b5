"""A hundred conclusions of 60 findings with 40 photos: composed, typeset, measured, signed and stored.

Run in a process of its own, so that its peak memory is that of issuing alone. Each is issued through the product's own
action on a conclusion a phone and two people brought that far, and taken back, so that the next finds the same.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from app.accounts.queries.sessions import actor_of
from app.domain.checklist import parse
from app.extensions import db, now
from app.findings.actions import drafting, reviewing
from app.findings.models import IssuedDocument
from app.findings.queries import records
from app.remediation import actions as remediation
from app.sync import blobs
from app.sync.images import PRINT
from app.sync.models import Blob
from app.transactions import own_transaction
from app.web.clock import today
from tests.conftest import make_app
from tests.features.findings.wards import DOCUMENT, Ward, plan, sign
from tests.features.sync.phones import phone

FINDINGS, PHOTOS, TIMES = 60, 40, 100


def measure() -> dict[str, list[dict[str, Any]]]:
    """Seconds of wall and processor time for all, bytes of one, and the peak of memory."""
    command = [sys.executable, "-m", "tests.benchmarks.issuing", str(TIMES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"Conclusions of 60 findings and 40 photos, issued": [json.loads(done.stdout.splitlines()[-1])]}


def _document() -> dict[str, Any]:
    items = [
        {
            "key": f"noi-dung-{number}",
            "text": {"vi": f"Nội dung kiểm tra số {number}: bảng niêm yết thủ tục hành chính đầy đủ, đúng quy định"},
            "answer": {"type": "yes_no"},
            "points": "1",
            "finding": {
                "severity": "minor",
                "text": {"vi": f"Bảng niêm yết thủ tục hành chính của lĩnh vực số {number} chưa đầy đủ, chưa cập nhật"},
                "remedy": {"vi": f"Niêm yết bổ sung, thay các quyết định đã hết hiệu lực của lĩnh vực số {number}"},
                "due_working_days": 10,
            },
        }
        for number in range(FINDINGS)
    ]
    return DOCUMENT | {"sections": [{"key": "tat-ca", "title": {"vi": "Tất cả"}, "items": items}]}


def _photo(number: int) -> bytes:
    """A picture with as much in it as a phone's: noise does not compress, an even ground does."""
    noise = Image.effect_noise((400, 300), 25).resize((PRINT, PRINT * 3 // 4))
    out = BytesIO()
    Image.merge("RGB", (noise, noise.point(lambda value: (value + number) % 256), noise)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _inspected(ward: Ward) -> None:
    mine = phone(ward.story, ward.lead)
    for number in range(FINDINGS):
        mine.mint(f"item/noi-dung-{number}", "no")
    photos = []
    for number in range(PHOTOS):
        digest = f"{number:064x}"
        taken = {"of": f"item/noi-dung-{number}", "sha256": digest, "size": 1, "mime": "image/jpeg"}
        taken["taken_at"] = "2026-11-20T09:00:00+07:00"
        mine.mint(f"photo/0123abcd-0000-4000-8000-{number:012x}", taken, kind="attach")
        photos.append(digest)
    sign(mine)
    with ward.app.app_context(), own_transaction():
        for number, digest in enumerate(photos):
            drawn = blobs.drawn(ward.visit_id, digest, PRINT)
            drawn.parent.mkdir(parents=True, exist_ok=True)
            drawn.write_bytes(_photo(number))
            db.session.add(Blob(visit_id=ward.visit_id, sha256=digest, size=1, mime="image/jpeg",
                                uploaded_by=ward.lead.id, received_at=now()))  # fmt: skip


def _approved(ward: Ward) -> str:
    with ward.app.app_context(), own_transaction():
        conclusion = drafting.begin(ward.actor(ward.lead), ward.visit_id)
        reviewing.submit(ward.actor(ward.lead), conclusion.id, revision=conclusion.revision, note="")
        reviewing.approve(ward.actor(ward.chair), conclusion.id, revision=conclusion.revision)
        return conclusion.id


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return round(int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024)


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main(times: int) -> dict[str, Any]:
    """Issue `times` conclusions one after the other."""
    with tempfile.TemporaryDirectory(prefix="cvbench") as folder:
        app = make_app(Path(folder))
        ward = plan(app, parse(_document()))
        _inspected(ward)
        conclusion_id = _approved(ward)
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory counts from here
        wall, cpu, size = time.perf_counter(), _cpu(), 0
        for _ in range(times):
            with app.app_context():
                day: date = today()
                chair = actor_of(ward.chair.id, ward.chair.name, day)
                conclusion, _visit = records.seen_by(chair, conclusion_id)
                remediation.issue_conclusion(
                    chair, conclusion_id, revision=conclusion.revision, number=1, on=day, today=day
                )
                size = len(db.session.query(IssuedDocument.pdf).one()[0])
                db.session.rollback()
        return {
            "conclusions": times,
            "seconds": round(time.perf_counter() - wall, 1),
            "cpu seconds": round(_cpu() - cpu, 1),
            "peak MiB": _peak_mib(),
            "PDF kB": round(size / 1000),
        }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))

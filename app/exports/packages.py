"""One visit as a ZIP that proves itself: log, checklists, answers, score and photos, checkable without this server.

visit.json            what the visit is, who took part, the head of the log and the server's signature over it
log.jsonl             every entry with all its hashed fields; the body is null where this person may not read it
checklists/<chk>.json canonical bytes of every published version the log uses
answers.json          the fold of the log: the heads of every cell
score.json            score, trace and findings worked out from the answers
photos/<sha256>       the photos as they were sent
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from app.accounts.queries.directory import names_of_people
from app.campaigns.queries import PlannedVisit
from app.checklists import queries as checklists
from app.domain.answers import read
from app.domain.checklist import canonical_json
from app.domain.conclusions import conclude
from app.domain.operations import ACCEPTED, Cells
from app.domain.repinning import Repins
from app.domain.visits import answers_digest
from app.domain.wire import base64url
from app.sync import blobs
from app.sync import queries as sync
from app.sync.news import complete
from app.sync.queries import LogEntry
from app.sync.signing import signer

FORMAT, VERSION = "congvu-visit", 1
_BLOCK = 256 * 1024
_README = """Hồ sơ một cuộc kiểm tra, xuất từ CôngVụ.

Kiểm tra hồ sơ này (chuỗi băm, chữ ký, ảnh, câu trả lời, điểm):

    congvu verify TỆP.zip
    python3 verify_visit.py TỆP.zip        (không cần CôngVụ; chỉ cần Python và gói “cryptography”)

log.jsonl là nhật ký: mỗi dòng là một thay đổi do một người ghi, nối vào dòng trước bằng mã băm SHA-256.
visit.json có mã băm cuối cùng và chữ ký Ed25519 của máy chủ: sửa, thêm, bớt một chữ đều bị phát hiện.
Hãy so khóa công khai trong visit.json với khóa do cơ quan công bố.
"""


def write(visit: PlannedVisit, out: IO[bytes], *, sees_held: frozenset[str] | None, by: str, at: datetime) -> None:
    """Write the package. `sees_held` are the authors whose held bodies are shown; None shows all.

    Photos are copied in blocks; only the log of one visit is in memory.
    """
    entries = sync.whole_log(visit.id)
    log = sync.visit_log(visit.id)
    version = checklists.version(visit.checklist_version_id)
    checklist = checklists.checklist_by_chk(version.chk)
    people = {entry.actor_id for entry in entries} | {place.user_id for place in visit.places}
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        package.writestr("README.txt", _README)
        package.writestr("log.jsonl", b"".join(_lines(entries, sees_held)))
        for chk in sorted({version.chk, *Repins(log.accepted).checklists}):
            package.writestr(f"checklists/{chk}.json", checklists.body_by_chk(chk))
        package.writestr("answers.json", canonical_json(answers_value(log.cells)))
        package.writestr("score.json", canonical_json(conclude(checklist, read(checklist, log.cells)).to_json()))
        photos = {photo.sha256: photo.present for photo in sync.photos_of(visit.id, log.cells)}
        for sha256 in sorted(sha for sha, present in photos.items() if present):
            _copy(package, visit.id, sha256)
        about = _about(visit, entries, names_of_people(people), version.chk, by, at)
        about["photos_missing"] = sorted(sha for sha, present in photos.items() if not present)
        package.writestr("visit.json", canonical_json(about))


def answers_value(cells: Cells) -> dict[str, Any]:
    """The fold as it is exported: the heads of every cell by op id, and the digest that a close would freeze."""
    shown = {
        path: [{"op": head.op, "value": head.value, "actor": head.actor} for head in heads]
        for path, heads in cells.items()
    }
    return {"cells": shown, "digest": answers_digest(cells)}


def _about(
    visit: PlannedVisit, entries: tuple[LogEntry, ...], names: Any, chk: str, by: str, at: datetime
) -> dict[str, Any]:
    last = entries[-1] if entries else None
    head: dict[str, Any] = {"n": len(entries), "h": last.hash.hex() if last else "0" * 64}
    if last is not None:
        head["sig"] = base64url(signer().sign(last.hash))
    return {
        "format": FORMAT,
        "version": VERSION,
        "visit": visit.id,
        "state": visit.state,
        "unit": {"name": visit.unit_name, "kind": visit.unit_kind, "parent": visit.unit_parent_name},
        "campaign": {"id": visit.campaign_id, "title": visit.campaign_title},
        "delegation": visit.delegation_name,
        "planned_on": visit.planned_on.isoformat(),
        "people": {each: names.get(each, "") for each in sorted(names)},
        "chk": chk,
        "head": head,
        "public_key": base64url(signer().public_key()),
        "exported": {"by": by, "at": at.isoformat()},
        "sample_data": visit.sample_data,
    }


def _lines(entries: tuple[LogEntry, ...], sees_held: frozenset[str] | None) -> Iterator[bytes]:
    for entry in entries:
        shown = entry.status == ACCEPTED or sees_held is None or entry.actor_id in sees_held
        line = complete(entry, with_body=shown)
        if entry.signature:
            line["sig"] = base64url(entry.signature)
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _copy(package: ZipFile, visit_id: str, sha256: str) -> None:
    """A photo is compressed already: it is stored as it is."""
    about = ZipInfo(f"photos/{sha256}")
    about.compress_type = ZIP_STORED
    with blobs.stored(visit_id, sha256).open("rb") as source, package.open(about, "w") as target:
        while block := source.read(_BLOCK):
            target.write(block)

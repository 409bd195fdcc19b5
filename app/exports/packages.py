"""One visit as a ZIP that proves itself: log, checklists, answers, score and photos, checkable without this server.

visit.json            what the visit is, who took part, the head of the log, and the SHA-256 of every other file
visit.sig             the server's signature over visit.json
log.jsonl             every entry with all its hashed fields; the body is null where this person may not read it
checklists/<chk>.json canonical bytes of every published version the log uses
answers.json          the fold of the log: the heads of every cell
score.json            score, trace and findings worked out from the answers
photos/<sha256>       the photos as they were sent, for who may take originals
"""

import hashlib
import json
import shutil
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
from app.domain.visits import NO_HASH, answers_digest
from app.domain.wire import base64url, record_hash
from app.sync import blobs
from app.sync import queries as sync
from app.sync.news import complete
from app.sync.queries import LogEntry
from app.sync.signing import signer

FORMAT, VERSION = "congvu-visit", 2
_BLOCK = 256 * 1024
_README = """Hồ sơ một cuộc kiểm tra, xuất từ CôngVụ.

Kiểm tra hồ sơ này (chuỗi băm, chữ ký, ảnh, câu trả lời, điểm):

    congvu verify TỆP.zip
    python3 verify_visit.py TỆP.zip        (không cần CôngVụ; chỉ cần Python và gói “cryptography”)

log.jsonl là nhật ký: mỗi dòng là một thay đổi do một người ghi, nối vào dòng trước bằng mã băm SHA-256.
visit.json nêu cuộc kiểm tra, người tham gia, phiếu kiểm tra, mục cuối của nhật ký, ảnh còn thiếu hoặc không kèm theo
và mã băm của mọi tệp;
visit.sig là chữ ký Ed25519 của máy chủ trên visit.json: sửa, thêm, bớt, cắt ở đâu cũng bị phát hiện.
Hãy so khóa công khai trong visit.json với khóa do cơ quan công bố.
"""


def write(
    visit: PlannedVisit, out: IO[bytes], *, sees_held: frozenset[str] | None, originals: bool, by: str, at: datetime
) -> None:
    """Write the package. `sees_held` are the authors whose held bodies are shown; None shows all. Without `originals`
    no photo is in it: who gets the record may not take them.

    The log is read once, and all that stands on it is worked out from what was read: others go on writing meanwhile.
    Photos are copied in blocks; only the log of one visit is in memory.
    """
    entries = sync.whole_log(visit.id)
    log = sync.log_told_by(map(sync.as_domain, entries))
    repins = Repins(log.accepted)
    chk = repins.last or checklists.chk_of(visit.checklist_version_id)
    checklist = checklists.checklist_by_chk(chk)
    named = {photo.sha256 for photo in sync.photos_of(visit.id, log.cells)}
    present = sorted(named & {each.sha256 for each in sync.blobs_there(visit.id)})
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        files = _Files(package)
        files.add("README.txt", _README.encode())
        files.add("log.jsonl", b"".join(_lines(entries, sees_held)))
        for each in sorted({chk, *repins.checklists}):
            files.add(f"checklists/{each}.json", checklists.body_by_chk(each))
        files.add("answers.json", canonical_json(answers_value(log.cells)))
        files.add("score.json", canonical_json(conclude(checklist, read(checklist, log.cells)).to_json()))
        for sha256 in present if originals else ():
            files.add_photo(visit.id, sha256)
        about = _about(visit, entries, by, at) | {
            "state": visit.state if visit.state == "cancelled" else log.state.state,
            "chk": chk,
            "photos_missing": sorted(named - set(present)),
            "photos_withheld": [] if originals else present,
            "files": files.digests,
        }
        files.sign(canonical_json(about))


class _Files:
    """What goes into the package; the SHA-256 of each file is kept for visit.json."""

    def __init__(self, package: ZipFile) -> None:
        self._package = package
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        self._package.writestr(name, content)
        self.digests[name] = hashlib.sha256(content).hexdigest()

    def add_photo(self, visit_id: str, sha256: str) -> None:
        """A photo is compressed already: it is stored as it is, under the hash it was verified with."""
        about = ZipInfo(f"photos/{sha256}")
        about.compress_type = ZIP_STORED
        with blobs.stored(visit_id, sha256).open("rb") as source, self._package.open(about, "w") as target:
            shutil.copyfileobj(source, target, _BLOCK)
        self.digests[about.filename] = sha256

    def sign(self, about: bytes) -> None:
        self._package.writestr("visit.json", about)
        self._package.writestr("visit.sig", base64url(signer().sign(record_hash(about))))


def answers_value(cells: Cells) -> dict[str, Any]:
    """The fold as it is exported: the heads of every cell by op id, and the digest that a close would freeze."""
    shown = {
        path: [{"op": head.op, "value": head.value, "actor": head.actor} for head in heads]
        for path, heads in cells.items()
    }
    return {"cells": shown, "digest": answers_digest(cells)}


def _about(visit: PlannedVisit, entries: tuple[LogEntry, ...], by: str, at: datetime) -> dict[str, Any]:
    people = {entry.actor_id for entry in entries} | {place.user_id for place in visit.places}
    names = names_of_people(people)
    return {
        "format": FORMAT,
        "version": VERSION,
        "visit": visit.id,
        "unit": {"name": visit.unit_name, "kind": visit.unit_kind, "parent": visit.unit_parent_name},
        "campaign": {"id": visit.campaign_id, "title": visit.campaign_title},
        "delegation": visit.delegation_name,
        "planned_on": visit.planned_on.isoformat(),
        "people": {each: names.get(each, "") for each in sorted(names)},
        "head": {"n": len(entries), "h": entries[-1].hash.hex() if entries else NO_HASH},
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

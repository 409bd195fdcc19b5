"""Exported records in tests: read, written anew, shown to both witnesses, and forged by who has all but the key."""

import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from app.domain.answers import read as read_answers
from app.domain.checklist import canonical_json, parse
from app.domain.conclusions import conclude
from app.domain.visits import answer_cells
from app.exports import packages, verification

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_visit.py"
SIGNED = ("visit.json", "visit.sig")
Files = dict[str, bytes]
Line = dict[str, Any]


def read(path: Path) -> Files:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def written(files: Files, path: Path) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return path


def witness(path: Path, *key: str) -> tuple[int, str]:
    """What the stand-alone script says, run as anybody would run it."""
    done = subprocess.run([sys.executable, SCRIPT, path, *key], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def witness_here(path: Path) -> int:
    """The same script run inside this process: its exit code, for the many changes that need no process each."""
    with mock.patch.object(sys, "argv", [str(SCRIPT), str(path)]), pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return int(str(ended.value.code))


def log_of(files: Files) -> list[Line]:
    return [json.loads(line) for line in files["log.jsonl"].splitlines()]


def with_log(files: Files, log: list[Line]) -> Files:
    lines = [json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() for line in log]
    return files | {"log.jsonl": b"\n".join(lines) + b"\n"}


def about_of(files: Files) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(files["visit.json"])
    return about


def with_about(package: Files, **changes: Any) -> Files:
    return package | {"visit.json": canonical_json(about_of(package) | changes)}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- a forger: every hash is his to make, no signature is ------------------------------------------------------------


def forged(files: Files) -> Files:
    """The package made to agree with itself again, from the links of the log to the digests of its files."""
    return agreed(rechained(files))


def rechained(files: Files) -> Files:
    """Numbers, hashes and links rebuilt over what the lines say now."""
    log, prev = log_of(files), "0" * 64
    for n, line in enumerate(log, 1):
        body = line.get("body")
        line |= {"n": n, "prev": prev} | ({"bh": sha(body.encode())} if isinstance(body, str) else {})
        line["h"] = prev = verification._hash(about_of(files)["visit"], line)
    return with_log(files, log)


def agreed(files: Files) -> Files:
    """Head, answers, score and digests as the log shows them now, a plain body before a coded one."""
    log, about = log_of(files), about_of(files)
    plain = [{name: each for name, each in line.items() if name != "body_b64"} for line in log]
    entries = [entry for line in plain if (entry := verification._entry(line)) is not None]
    cells, checklist = answer_cells(entries), parse(json.loads(files[f"checklists/{about['chk']}.json"]))
    files = files | {
        "answers.json": canonical_json(packages.answers_value(cells)),
        "score.json": canonical_json(conclude(checklist, read_answers(checklist, cells)).to_json()),
    }
    return listed(with_about(files, head=about["head"] | {"n": len(log), "h": log[-1]["h"]}))


def listed(files: Files) -> Files:
    """The files that are there, under the hashes that they have."""
    return with_about(files, files={name: sha(content) for name, content in files.items() if name not in SIGNED})

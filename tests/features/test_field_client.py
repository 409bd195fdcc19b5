"""How the built field client is served: what may be cached how long, and the recovery page beside it."""

from pathlib import Path

import pytest
from flask import Flask

PAGE = '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{0}</title></head><body></body></html>'


@pytest.fixture
def built(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A build of three files; nothing here depends on a real one."""
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "recovery.html", "preview.html", "sw.js", "assets/main-abc.js"):
        (tmp_path / name).write_text(PAGE.format(name) if name.endswith(".html") else name)
    monkeypatch.setitem(app.config, "FIELD_CLIENT_DIR", str(tmp_path))
    return app


@pytest.mark.parametrize(
    ("path", "file", "cache"),
    [
        ("/field/", "index.html", "no-cache"),
        ("/field/visits/abc/summary", "index.html", "no-cache"),
        ("/field/recovery", "recovery.html", "no-cache"),
        ("/field/preview", "preview.html", "no-cache"),
        ("/field/recovery.html", "recovery.html", "no-cache"),
        ("/field/sw.js", "sw.js", "no-cache"),
        ("/field/assets/main-abc.js", "assets/main-abc.js", "public, max-age=31536000, immutable"),
    ],
)
def test_the_worker_and_pages_are_asked_for_each_time_and_named_assets_never_again(
    built: Flask, path: str, file: str, cache: str
) -> None:
    reply = built.test_client().get(path)
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, cache)
    assert file in reply.get_data(as_text=True)


def test_a_file_of_another_build_is_not_here(built: Flask) -> None:
    """Two servers while a new version is rolled out: the shell in its place would be kept under the script's name."""
    reply = built.test_client().get("/field/assets/main-xyz.js")
    assert (reply.status_code, "index.html" in reply.get_data(as_text=True)) == (404, False)
    assert "immutable" not in reply.headers.get("Cache-Control", "")


def test_only_the_preview_may_stand_in_a_frame_and_only_in_ours(built: Flask) -> None:
    for path, ancestors in (("/field/preview", "'self'"), ("/field/preview.html", "'self'"), ("/field/", "'none'")):
        assert f"frame-ancestors {ancestors};" in built.test_client().get(path).headers["Content-Security-Policy"]

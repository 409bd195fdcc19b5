"""The `congvu` command: serving, and the features' own commands beside Flask's."""

import gc
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import FlaskGroup


def _create() -> Flask:
    from app import create_app

    return create_app()


@click.group(cls=FlaskGroup, create_app=_create, add_default_commands=False)
def main() -> None:
    """CôngVụ: máy chủ, phiếu kiểm tra, tài khoản, dữ liệu mẫu."""


@main.command("serve")
@click.option("--demo", "with_demo", is_flag=True, help="Nạp dữ liệu mẫu nếu thư mục dữ liệu còn trống.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int)
@click.option("--threads", default=40, show_default=True, help="Luồng; điện thoại đang chờ tin mỗi máy giữ một.")
def serve(with_demo: bool, host: str, port: int, threads: int) -> None:
    """Chạy máy chủ: cập nhật cơ sở dữ liệu, rồi phục vụ (một tiến trình, nhiều luồng)."""
    from flask import current_app

    from app import demo

    _migrate()
    if with_demo:
        apart(demo.load_if_empty)
    url = f"http://{host}:{port}"
    click.echo(f"\n  CôngVụ đang chạy tại {url}   (dữ liệu: {current_app.config['SETTINGS'].data_dir})")
    if demo.is_loaded():
        click.echo(demo.logins_text(url))
    click.echo("  Dừng bằng Ctrl+C.\n")
    sys.stdout.flush()
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    _gunicorn(application, f"{host}:{port}", threads)


@main.command("export")
@click.argument("visit_id")
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_visit(visit_id: str, out: Path) -> None:
    """Xuất hồ sơ một cuộc kiểm tra (ZIP) để kiểm tra ở bất cứ đâu."""
    from app.campaigns import queries as campaigns
    from app.domain.errors import NotFound
    from app.exports import packages
    from app.extensions import now

    try:
        visit = campaigns.planned_visit(visit_id)
    except NotFound:
        raise click.ClickException("Không có cuộc kiểm tra này.") from None
    with out.open("wb") as file:
        packages.write(visit, file, sees_held=None, originals=True, by="congvu export", at=now())
    click.echo(f"Đã ghi {out} ({out.stat().st_size} byte).")


@main.command("verify", with_appcontext=False)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="Khóa công khai của máy chủ do cơ quan công bố (base64url).")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def verify_visit(file: Path, key: str | None, as_json: bool) -> None:
    """Kiểm tra một hồ sơ đã xuất: chuỗi băm, chữ ký, ảnh, câu trả lời, điểm. Mã thoát 0 nếu nguyên vẹn, 1 nếu không."""
    from app.exports import verification

    report = verification.verify(file, verification.key_of(key) if key else None)
    click.echo(verification.as_json(report) if as_json else verification.as_text(report))
    sys.exit(1 if report.faults else 0)


@main.command("documents-sample")
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def documents_sample(out: Path) -> None:
    """Ghi mỗi loại văn bản một bản mẫu (DOCX và PDF đã ký) từ kịch bản vào thư mục OUT."""
    from app.demo.documents import write_samples

    written, wrong = write_samples(out)
    for name in written:
        click.echo(name)
    if wrong:
        raise click.ClickException("sai thể thức:\n" + "\n".join(wrong))


@main.command("migrate")
def migrate_command() -> None:
    """Đưa cơ sở dữ liệu lên phiên bản mới nhất."""
    _migrate()


def _migrate() -> None:
    import logging

    import flask_migrate

    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()


def apart(work: Callable[[], None]) -> None:
    """Do something in a process of its own before serving; raises ClickException when it fails.

    The demo issues documents, and what typesets them keeps threads: a server forked from a process that has them waits
    for them for ever with its first document, and holds the database meanwhile.
    """
    from app.extensions import db

    db.session.remove()
    db.engine.dispose()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise click.ClickException("Không nạp được dữ liệu mẫu; lỗi ở trên.")


def _gunicorn(application: Flask, bind: str, threads: int) -> None:
    """One process with threads: SQLite has one writer, and the rate limits count in memory."""
    from gunicorn.app.base import BaseApplication

    from app.background import again_and_again
    from app.extensions import db
    from app.remediation.commands import remind_once
    from app.sync.commands import end_recovery_once

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": bind,
                "workers": 1,
                "threads": threads,
                "worker_class": "gthread",
                # Longer than a phone waits between two requests: connecting costs it more than asking.
                "keepalive": 75,
                "accesslog": None,
                "loglevel": "warning",
                "graceful_timeout": 10,
                "control_socket_disable": True,
                "post_worker_init": _start_rounds,
            }
            for key, value in options.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Flask:
            return application

    def _start_rounds(_worker: Any) -> None:
        every = application.config["SETTINGS"].remind_every_seconds
        if every:
            again_and_again(application, every, remind_once, end_recovery_once)

    # The worker opens its own connections after the fork. The session is this context's: another context would have
    # another one, and this one's transaction stayed open for as long as the server ran.
    db.session.remove()
    db.engine.dispose()
    gc.collect()
    gc.freeze()  # what was loaded stays: no collection walks it again, and both processes go on sharing its pages
    gc.set_threshold(10_000)  # a push of 200 answers makes thousands of objects and no circle: few looks find as much
    Server().run()

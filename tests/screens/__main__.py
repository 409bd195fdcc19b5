"""`make screens`: pictures of every screen, theme and trouble, into docs/screens; ONLY=name takes one chapter."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from app import demo
from app.extensions import db
from tests.conftest import make_app
from tests.e2e.server import PROJECT
from tests.screens import enrolling, in_hand, index, places, sentences, starting, surprise, troubles
from tests.screens.camera import Camera
from tests.screens.stage import Stage

CHAPTERS: dict[str, tuple[str, Callable[[Stage], None]]] = {
    "places": ("The visit", places.walk),
    "in-hand": ("Under the finger", in_hand.chapter),
    "surprise": ("A surprise visit", surprise.chapter),
    "sign-in": ("Signing in", starting.signing_in),
    "enrol": ("A phone is added", enrolling.chapter),
    "list": ("The list before there is one", starting.first_list),
    "boot": ("The app itself", starting.not_drawn),
    "answers": ("The one sentence: answers", sentences.answers),
    "photos": ("The one sentence: photos", sentences.photos),
    "full": ("The one sentence: this phone", sentences.on_this_phone),
    "chain": ("The one sentence: the server's log", sentences.broken_chain),
    "lost-photo": ("Photos that cannot be sent", troubles.lost_photo),
    "ended-photo": ("Photos that are not sent any more", troubles.ended_photo),
    "photo": ("Photos that are refused", troubles.photo_refusals),
    "session": ("Sessions, devices, members", troubles.session),
    "shared": ("A shared phone", troubles.shared_phone),
    "lost": ("A browser that deletes", troubles.lost_database),
    "recovery": ("Rescue, and a newer database", troubles.recovery),
    "unreadable": ("Data that cannot be read", troubles.unreadable),
    "update": ("A new version", troubles.new_version),
}


def main() -> int:
    """Take the pictures; 1 when a screen is uncomfortable."""
    parser = argparse.ArgumentParser(prog="make screens")
    parser.add_argument("--only", default="", help="chapters, separated by commas")
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "screens")
    parser.add_argument("--measure", action="store_true", help="take no pictures")
    parser.add_argument("--pictures", action="store_true", help="measure nothing")
    chosen = parser.parse_args()
    expect.set_options(timeout=30_000)
    camera = Camera(chosen.out, only_measure=chosen.measure, only_pictures=chosen.pictures)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvscreens", ignore_cleanup_errors=True)))
        demo_data = played(folder / "demo")
        playwright = stack.enter_context(sync_playwright())
        for name, (title, chapter) in CHAPTERS.items():
            if not chosen.only or name in chosen.only.split(","):
                print(title, flush=True)
                camera.chapter = title
                try:
                    with ExitStack() as open_:
                        chapter(Stage(playwright, demo_data, fresh(folder / name), camera, open_))
                except Exception as error:  # the other chapters are still wanted
                    camera.complain(f"{name} broke off: {error}")
                shutil.rmtree(folder / name, ignore_errors=True)
                if not chosen.measure:
                    index.write(chosen.out, [title for title, _ in CHAPTERS.values()], camera.taken)
    print(f"{len(camera.taken)} screens, {len(camera.wrong)} complaints")
    return int(bool(camera.wrong))


def fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder


def played(folder: Path) -> Path:
    """The demo, played once; each chapter gets a copy."""
    with make_app(fresh(folder)).app_context():
        demo.load_if_empty()
        db.session.remove()
        db.engine.dispose()
    return folder


sys.exit(main())

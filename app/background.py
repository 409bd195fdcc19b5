"""What a server does by itself, again and again, beside answering."""

import threading
from collections.abc import Callable

import structlog
from flask import Flask

log = structlog.get_logger(__name__)


def again_and_again(app: Flask, every: int, *rounds: Callable[[], object]) -> None:
    """Run these one after the other each `every` seconds, from a thread of this process, for as long as it lives; what
    goes wrong is logged and tried again."""

    def go_on() -> None:
        pause = threading.Event()
        while not pause.wait(every):
            for each in rounds:
                try:
                    with app.app_context():
                        each()
                except Exception as error:
                    log.error("round_failed", round=each.__name__, exc_info=error)

    threading.Thread(target=go_on, name="rounds", daemon=True).start()

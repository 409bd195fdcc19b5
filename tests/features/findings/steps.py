"""The steps of a conclusion, taken through the pages, for tests of what follows."""

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.findings.models import Conclusion
from tests.beginnings import once
from tests.factories import post
from tests.features.findings.wards import Ward, inspected


def begun(ward: Ward, browser: FlaskClient) -> str:
    """Begin the conclusion; returns its address."""
    reply = post(browser, f"/visits/{ward.visit_id}/conclusion")
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return reply.location


def revision(browser: FlaskClient, url: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', browser.get(url).get_data(as_text=True))
    assert found, "no form on the page"
    return found.group(1)


def step(browser: FlaskClient, url: str, what: str, **fields: Any) -> str:
    """Send a form of the page with the revision it shows; returns the page that follows."""
    reply = post(browser, f"{url}/{what}", revision=revision(browser, url), **fields)
    assert reply.status_code == 303, f"{what}: {reply.status}"
    return browser.get(url).get_data(as_text=True)


def approved(ward: Ward) -> str:
    """Drafted by the lead, approved by the other vice-chair; returns the address."""
    lead, chair = ward.browser(ward.lead), ward.browser(ward.chair)
    url = begun(ward, lead)
    step(lead, url, "submit")
    step(chair, url, "approve")
    return url


def issued(ward: Ward, number: int = 5) -> str:
    url = approved(ward)
    reply = post(
        ward.browser(ward.chair), f"{url}/issue", revision=revision_of(ward, url), number=number, on="2026-11-22"
    )
    assert reply.status_code == 303, reply.get_data(as_text=True)
    return url


def notified(app: Flask) -> tuple[Ward, str]:
    """An inspected ward with its notice issued, and the address of the conclusion."""

    def play() -> tuple[Ward, str]:
        ward = inspected(app)
        return ward, issued(ward)

    ward, url = once(app, "notified", play)
    return replace(ward, story=replace(ward.story)), url


def revision_of(ward: Ward, url: str) -> int:
    with ward.app.app_context():
        return db.session.get_one(Conclusion, url.rsplit("/", 1)[1]).revision

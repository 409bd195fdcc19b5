"""A visit to write to, on each database."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.beginnings import once
from tests.features.sync.phones import Story, begin_story


@pytest.fixture
def story(app_on_each: Flask) -> Story:
    return replace(once(app_on_each, "story", lambda: begin_story(app_on_each)))

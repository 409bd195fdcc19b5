"""A visit to write to, on each database."""

import pytest
from flask import Flask

from tests.features.sync.phones import Story, begin_story


@pytest.fixture
def story(app_on_each: Flask) -> Story:
    return begin_story(app_on_each)

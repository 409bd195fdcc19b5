"""A visit to write to, on each database."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.features.sync.caches import assert_true_to_the_log
from tests.features.sync.phones import Story, begin_story


@pytest.fixture
def story(app_on_each: Flask) -> Iterator[Story]:
    """Whatever a test has sent, what is kept beside the log is true to it in the end."""
    begun = begin_story(app_on_each)
    yield begun
    if not begun.damaged:
        assert_true_to_the_log(begun)

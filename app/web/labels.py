"""The label catalogue shared with the field client: names of grades, states, severities and error codes."""

import json
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent.parent / "static" / "shared" / "labels.json"


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """topic → key → language → text."""
    loaded: dict[str, dict[str, dict[str, str]]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    return loaded


def label(topic: str, key: str, language: str = "vi") -> str:
    """The text for `key`; the key itself where the catalogue has none, so that nothing is hidden."""
    return catalogue().get(topic, {}).get(key, {}).get(language, key)

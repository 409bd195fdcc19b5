"""Every hostile photo of the corpus: refused with a clear code and nothing left, or sealed as sent and shown harmless.

The process that decodes has limits on memory and time of its own (images.py); what passes here passed under them.
"""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.sync import queries
from tests.conftest import make_app
from tests.features.sync import hostile
from tests.features.sync.phones import URL, Phone, Story, begin_story, phone, sha
from tests.features.sync.test_evidence import files, upload

REFUSED, HARMLESS = list(hostile.refused()), list(hostile.harmless())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return begin_story(make_app(tmp_path_factory.mktemp("corpus")))


@pytest.fixture(scope="module")
def sender(corpus: Story) -> Phone:
    return phone(corpus, corpus.a)


@pytest.fixture(scope="module")
def lead(corpus: Story) -> Phone:
    return phone(corpus, corpus.lead)


@pytest.mark.parametrize(("name", "mime", "make"), REFUSED, ids=[each[0] for each in REFUSED])
def test_refused(corpus: Story, sender: Phone, name: str, mime: str, make: Callable[[], bytes]) -> None:
    raw = make()
    reply = upload(sender, raw, mime=mime)
    assert (reply.status_code, reply.get_json()["code"]) == (422, "IMAGE_REFUSED"), name
    assert [each for each in files(corpus) if each.startswith(sha(raw)) or each.endswith(".part")] == []
    with corpus.app.app_context():
        assert queries.blob(corpus.visit, sha(raw)) is None


@pytest.mark.parametrize(("name", "mime", "make"), HARMLESS, ids=[each[0] for each in HARMLESS])
def test_kept_as_sent_and_shown_harmless(
    corpus: Story, sender: Phone, lead: Phone, name: str, mime: str, make: Callable[[], bytes]
) -> None:
    raw = make()
    assert upload(sender, raw, mime=mime).status_code == 204, name
    place = f"{URL}/visits/{corpus.visit}/blobs/{sha(raw)}"
    for edge, path in ((1600, place), (320, f"{place}/thumbnail")):
        shown = sender.client.get(path)
        assert (shown.status_code, shown.mimetype, shown.headers["X-Content-Type-Options"]) == (
            200, "image/jpeg", "nosniff")  # fmt: skip
        assert hostile.SECRET not in shown.data
        with Image.open(io.BytesIO(shown.data)) as drawn:
            assert (drawn.format, drawn.mode, max(drawn.size) <= edge) == ("JPEG", "RGB", True)
            assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    original = lead.client.get(f"{place}/original")
    assert (original.status_code, original.data == raw) == (200, True)
    assert original.headers["Content-Disposition"].startswith("attachment;")
    assert original.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    assert sender.client.get(f"{place}/original").status_code == 404, "a member sees photos, not what they tell of him"


def colour_of(corpus: Story, name: str) -> tuple[int, ...]:
    [raw] = [make() for each, _, make in HARMLESS if each == name]
    folder: Path = corpus.app.config["SETTINGS"].data_dir / "blobs" / corpus.visit
    with Image.open(folder / f"{sha(raw)}-320.jpg") as drawn:
        found = drawn.getpixel((drawn.width // 2, drawn.height // 2))
    assert isinstance(found, tuple)
    return found


def test_odd_colours_come_out_right(corpus: Story, sender: Phone) -> None:
    for name, expected in (
        ("printer's colours", (255, 0, 0)),
        ("sixteen bits of grey", (192, 192, 192)),
        ("hidden text in a PNG", (255, 127, 127)),
        ("one bit", (255, 255, 255)),
        ("a palette with a hole", (255, 255, 255)),
    ):
        for each, mime, make in HARMLESS:
            if each == name:
                upload_once(sender, make(), mime)
        assert all(abs(a - b) < 6 for a, b in zip(colour_of(corpus, name), expected, strict=True)), name


def upload_once(sender: Phone, raw: bytes, mime: str) -> None:
    with sender.story.app.app_context():
        known = queries.blob(sender.story.visit, sha(raw)) is not None
    if not known:
        assert upload(sender, raw, mime=mime).status_code == 204

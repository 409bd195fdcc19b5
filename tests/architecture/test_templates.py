"""Every template compiles, and every page that a test fetches is read strictly."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.strict_html import problems_of

TEMPLATES = Path(__file__).parents[2] / "app" / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))

PAGE = "<!doctype html><html><body>{}</body></html>"


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_brings_no_style_or_script_of_its_own(name: str) -> None:
    text = (TEMPLATES / name).read_text("utf-8")
    assert "style=" not in text
    assert "<style" not in text
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<p>a", "</body> closes <p>"),
        ("<div><b></div></b>", "</div> closes <b>"),
        ("<p><ul></ul></p>", "<ul> inside <p>"),
        ('<i id="a"></i><i id="a"></i>', "id 'a' stands 2 times"),
        ('<label for="x">X</label>', "for='x' leads nowhere"),
        ('<input id="x" name="x">', "field 'x' has no label"),
        ('<a href="#"><a href="#"></a></a>', "<a> inside <a>"),
        ('<b style="color:red"></b>', "<b> carries style or script of its own"),
        ('<button onclick="x()">x</button>', "<button> carries a handler of its own"),
        ('<img src="x.png">', "<img> without alt"),
    ],
)
def test_the_strict_reader_sees(body: str, problem: str) -> None:
    assert any(problem in each for each in problems_of(PAGE.format(body)))


def test_the_strict_reader_leaves_a_good_page_alone() -> None:
    body = '<label for="x">X</label><input id="x"><label><input type="radio"> y</label><p>a<br>b</p><ul><li>c</li></ul>'
    assert problems_of(PAGE.format(body)) == []


def test_the_clients_of_all_tests_read_strictly(app: Flask, client: FlaskClient) -> None:
    """A page that is wrong fails the test that fetches it, wherever that test stands."""
    from flask import Response

    response = app.test_client().get("/sign-in")
    assert response.status_code == 200
    with pytest.raises(AssertionError, match="id 'a' stands 2 times"):
        client.check(Response(PAGE.format('<i id="a"></i><i id="a"></i>'), mimetype="text/html"))  # type: ignore[attr-defined]

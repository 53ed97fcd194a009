"""The slider: frames drawn beforehand for the page, anew in a live notebook."""

import base64
import json
from html.parser import HTMLParser

import pytest

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures import sliders
from pruneuq_helpers.figures.modes import see_through
from pruneuq_helpers.figures.page import MIME

LEVELS = [0.0, 0.3, 0.6, 0.9]


def draw(level):
    fig = figures.new_figure(5, 3)
    ax = fig.subplots()
    ax.plot([0, 1], [1, 1 - level], marker="o")
    ax.set(ylim=(0, 1), xlabel="x", ylabel="kept")
    return fig


def words(level):
    return f'"kept" <falls> from 1 to {1 - level:.1f}'


@pytest.fixture
def shown(monkeypatch):
    """A function that calls the slider and returns the mime bundle that a notebook gets."""
    outputs = []
    monkeypatch.setattr("pruneuq_helpers.figures.sliders.display_in_page", outputs.append)

    def call(**change):
        given = {"name": "fig-kept", "caption": "What is kept, $\\ell$.", "alt": words, "start": 1, **change}
        figures.slider(given.pop("draw", draw), given.pop("values", LEVELS), **given)
        return outputs.pop()._repr_mimebundle_()

    return call


class Elements(HTMLParser):
    """All elements of a piece of HTML with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def one(self, tag):
        (attrs,) = [a for t, a in self.found if t == tag]
        return attrs


def test_the_control_is_native_labelled_and_holds_every_frame(shown):
    page = Elements(shown()["text/html"])
    control = page.one("input")
    assert control["type"] == "range"
    assert (control["min"], control["max"], control["value"]) == ("0", "3", "1")
    assert control["aria-valuetext"] == "0.3"
    assert page.one("label")["for"] == page.one("output")["for"] == control["id"] == "fig-kept-control"
    frames = json.loads(control["data-frames"])
    assert [f[1] for f in frames] == [words(x) for x in LEVELS]
    assert [f[2] for f in frames] == ["0.0", "0.3", "0.6", "0.9"]
    pngs = [base64.b64decode(f[0]) for f in frames]
    assert all(p.startswith(b"\x89PNG") and len(p) < 15_000 for p in pngs)
    assert len(set(pngs)) == len(LEVELS)


def test_one_picture_stands_without_the_script_and_is_the_start_frame(shown):
    data = shown()
    page = Elements(data["text/html"])
    assert page.one("img")["alt"] == words(0.3)
    assert page.one("img")["src"] == "data:image/png;base64," + data["image/png"]
    assert not [t for t, _ in page.found if t in {"script", "style", "link"}]
    assert base64.b64decode(data[MIME]["pictures"][0]["png"]) == see_through(base64.b64decode(data["image/png"]))
    assert data[MIME]["alt"] == words(0.3)


def test_nothing_is_asked_of_the_network(shown):
    addresses = [v for _, a in Elements(shown()["text/html"]).found for k, v in a.items() if k in {"src", "href"}]
    assert addresses
    assert all(a.startswith("data:") for a in addresses)


def test_the_same_call_gives_the_same_page(shown):
    assert shown() == shown()


def test_the_live_slider_draws_anew_and_changes_picture_and_text():
    asked = []
    box = figures.live(lambda x: asked.append(x) or draw(x), LEVELS, alt=words, label="level", start=2)
    control, picture, text = box.children
    before = picture.value
    assert (control.value, text.value) == (0.6, words(0.6))
    control.value = 0.9
    assert picture.value != before
    assert text.value == words(0.9)
    assert asked == [0.6, 0.9]


WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def nowhere(monkeypatch):
    """No notebook runs this: none of the programs that start one has left its mark."""
    for name in ("PRUNEUQ_LIVE", "PRUNEUQ_QUIET", "JPY_SESSION_NAME", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("marks", "live"),
    [
        ({}, False),
        ({"JPY_SESSION_NAME": "/notebooks/02.ipynb"}, True),
        ({"COLAB_RELEASE_TAG": "release"}, True),
        ({"PRUNEUQ_LIVE": "1"}, True),
        ({"PRUNEUQ_LIVE": "0", "JPY_SESSION_NAME": "x"}, False),
        ({"PRUNEUQ_QUIET": "1", "COLAB_RELEASE_TAG": "x"}, False),
    ],
)
def test_sliders_are_live_where_a_notebook_is_run(nowhere, marks, live):
    for name, value in marks.items():
        nowhere.setenv(name, value)
    assert figures.is_live() is live


def test_an_editor_s_notebook_is_live(nowhere):
    editor = type("Shell", (), {"user_ns": {"__vsc_ipynb_file__": "02.ipynb"}})()
    nowhere.setattr("IPython.get_ipython", lambda: editor)
    assert figures.is_live()


def test_in_a_running_notebook_the_same_call_recomputes(nowhere):
    nowhere.setenv("PRUNEUQ_LIVE", "1")
    outputs, boxes, asked, slope, live = [], [], [], {"now": 1.0}, sliders.live_box
    nowhere.setattr("pruneuq_helpers.figures.sliders.display_in_page", lambda data, raw: outputs.append(data))
    nowhere.setattr("pruneuq_helpers.figures.sliders.live_box", lambda *a, **k: boxes.append(live(*a, **k)) or boxes[0])

    def draw_now(level):
        asked.append((level, slope["now"]))
        return draw(level)

    figures.slider(draw_now, LEVELS, name="fig-kept", caption="What is *kept*.", alt=words)
    (data,), (box,) = outputs, boxes
    assert WIDGET in data
    assert MIME not in data
    assert asked == [(0.0, 1.0)]  # nothing is drawn before it is asked for
    assert "<em>kept</em>" in data["text/html"]
    assert Elements(data["text/html"]).one("img")["alt"] == words(0.0)
    slope["now"] = 2.0  # what the notebook holds may change between two looks
    box.children[0].value = 0.6
    assert asked[1:] == [(0.6, 2.0)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"values": []}, "parameter `values` got []"),
        ({"start": 4}, "parameter `start` got 4; it takes a whole number from 0 to 3"),
        ({"label": ""}, "parameter `label` got ''"),
        ({"alt": "a text"}, "parameter `alt` got 'a text'; it takes a function"),
        ({"alt": lambda level: ""}, "parameter `alt` got ''"),
        ({"name": "slider"}, "parameter `name` got 'slider'"),
        ({"draw": lambda level: figures.new_figure(3 + level, 2)}, "parameter `draw` got 4 sizes"),
    ],
)
def test_a_slider_that_cannot_work_is_refused(shown, change, told):
    with pytest.raises(ParameterError) as caught:
        shown(**change)
    assert told in str(caught.value)

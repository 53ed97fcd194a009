"""The gallery: what its cards hold, what stands without scripts, and what it refuses."""

import base64
import html
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures import page
from pruneuq_helpers.figures.picture import check_alt


def a_table():
    """Three images at two levels: the first is never identified, the second at 0.9, the third at both."""
    rows = [
        (0, 3, 3, 0.5, 3, False, "plain"), (0, 3, 3, 0.9, 3, False, "plain"),
        (1, 8, 8, 0.5, 8, False, "corrupted"), (1, 8, 8, 0.9, 1, True, "corrupted"),
        (2, 5, 5, 0.5, 6, True, "plain"), (2, 5, 5, 0.9, 9, True, "plain"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["image", "truth", "dense", "level", "pruned", "pie", "kind"])


@pytest.fixture
def shown(monkeypatch):
    """A function that calls the gallery and returns what a notebook gets."""
    outputs = []
    monkeypatch.setattr("pruneuq_helpers.figures.galleries.display_in_page", outputs.append)

    def call(table=None, images=None, **settings):
        images = np.arange(3 * 64, dtype=np.uint8).reshape(3, 1, 8, 8) if images is None else images
        figures.gallery(a_table() if table is None else table, images, name="fig-g", caption="Some.", **settings)
        return outputs.pop()._repr_mimebundle_()

    return call


def cards(output):
    return re.findall(r"<li (.*?)</li>", output["text/html"], re.S)


def test_every_image_is_a_card_and_those_identified_stand_without_a_script(shown):
    found = cards(shown())
    assert len(found) == 3
    assert [" hidden><img" in card.replace("\n", "") for card in found] == [True, False, False]
    assert len([card for card in cards(shown(start=0.5)) if " hidden><img" not in card]) == 1


def test_a_card_holds_what_every_level_says(shown):
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', cards(shown())[1]))
    assert attributes["class"] == "8"
    assert attributes["kind"] == "corrupted"
    assert attributes["pie"] == "01"
    assert json.loads(html.unescape(attributes["pruned"])) == ["8", "1"]


def test_names_of_classes_are_shown_and_escaped(shown):
    found = "".join(cards(shown(classes=[f"<{n}>" for n in range(10)])))
    assert "&lt;8&gt;" in found
    assert "<8>" not in found


def test_the_pictures_are_the_images(shown):
    images = np.random.default_rng(0).integers(0, 256, (3, 3, 8, 8), dtype=np.uint8)
    sources = re.findall(r'<img src="data:image/png;base64,([^"]+)"', shown(images=images)["text/html"])
    decoded = [np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))) for source in sources]
    assert np.array_equal(np.stack(decoded), images.transpose(0, 2, 3, 1))


def test_it_is_a_numbered_figure_with_a_text(shown):
    output = shown()
    data = output[page.MIME]
    assert (data["name"], data["kind"]) == ("fig-g", "slider")
    assert "pruneuq-gallery" in data["html"]
    assert check_alt(data["alt"]).startswith("3 images; identified at level 0.9: 2. Image 1: true 8, dense 8, pruned 1")
    assert output["text/plain"].startswith("<fig-g: 3 images")
    labels = re.findall(r'<label for="([^"]+)"', data["html"])
    assert labels == ["fig-g-level", "fig-g-pie", "fig-g-class", "fig-g-kind"]
    assert all(f'<select id="{label}"' in data["html"] for label in labels)
    assert "http" not in data["html"]


def test_one_kind_needs_no_filter(shown):
    assert 'data-filter="kind"' not in shown(a_table().assign(kind="plain"))["text/html"]


def test_no_identified_image_still_makes_a_picture(shown):
    output = shown(a_table().assign(pie=False))
    assert output["image/png"]
    assert "0 of 3 images" in output["text/html"]


@pytest.mark.parametrize(
    ("table", "settings", "sentence"),
    [
        (a_table().drop(columns="kind"), {}, "`table` got the columns .*; it takes one named 'kind'"),
        (a_table().iloc[:0], {}, "`table` got no rows"),
        (a_table(), {"start": 0.3}, "`start` got 0.3; it takes one of 0.5, 0.9"),
        (a_table().iloc[1:], {}, "`table` misses a level for image 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(shown, table, settings, sentence):
    with pytest.raises(ParameterError, match=sentence):
        shown(table, **settings)

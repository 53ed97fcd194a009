"""Figures in a built page: number, caption, text alternative, references across pages, other formats."""

import json
import re
import subprocess
import sys
from html import unescape

import pytest

from pruneuq_helpers import figures
from pruneuq_helpers.figures.page import MIME, FigureRenderer

CONF = """
extensions = ["myst_nb"]
numfig = True
nb_execution_mode = "force"
nb_execution_raise_on_error = True
myst_enable_extensions = ["dollarmath"]
html_theme = "basic"
version = copyright = "1"  # epub asks for both
"""
INDEX = """# Home

First {numref}`fig-line`, by title {ref}`fig-line`; then {numref}`fig-kept`.

```{toctree}
:numbered:
chapter
```
"""
CHAPTER = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
# Chapter

```{code-cell}
from pruneuq_helpers import figures

def draw(level):
    fig = figures.new_figure(4, 2.5)
    fig.subplots().plot([0, 1], [1, 1 - level])
    return fig

figures.show(draw(0.5), name="fig-line", caption="Kept at $\\\\ell$, beside {numref}`fig-kept`.",
             alt='the line falls from 1 to 0.5, "quoted" & <odd>')
figures.slider(draw, [0.0, 0.4, 0.8], name="fig-kept", caption="Kept at *every* level.",
               alt=lambda level: f"falls from 1 to {1 - level:.1f}", start=1)
after = "the figures are not the last line of their cell"
```
"""


def build(folder, builder):
    """Build with warnings as errors; the second builder finds the notebook executed."""
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", builder]
        + ["-d", str(folder / "doctrees"), str(folder / "source"), str(folder / builder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return folder / builder


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "source").mkdir()
    for name, text in {"conf.py": CONF, "index.md": INDEX, "chapter.md": CHAPTER}.items():
        (folder / "source" / name).write_text(text, encoding="utf8")
    build(folder, "html")
    return folder


def figure(page, name):
    return re.search(rf'<figure[^>]*id="{name}".*?</figure>', page, re.DOTALL).group()


def test_a_figure_has_number_caption_text_and_a_file(book):
    found = figure((book / "html" / "chapter.html").read_text("utf8"), "fig-line")
    assert "Fig. 1.1" in found
    assert 'class="math' in found
    assert 'href="#fig-kept"' in found
    images = re.findall("<img[^>]*>", found)
    assert [re.search("only-[a-z]+", image).group() for image in images] == ["only-desk", "only-phone"]
    for image in images:
        assert unescape(re.search('alt="([^"]*)"', image).group(1)) == 'the line falls from 1 to 0.5, "quoted" & <odd>'
        source = re.search('src="([^"]*)"', image).group(1)
        assert re.fullmatch(r"_images/fig-line-[0-9a-f]{10}\.png", source)
        assert (book / "html" / source).read_bytes().startswith(b"\x89PNG")


def test_figures_are_referred_to_from_another_page(book):
    page = (book / "html" / "index.html").read_text("utf8")
    assert re.search(r'href="chapter.html#fig-line"><span class="std std-numref">Fig. 1.1</span>', page)
    assert re.search(r'href="chapter.html#fig-line"><span class="std std-ref">Kept at', page)
    assert re.search(r'href="chapter.html#fig-kept"><span class="std std-numref">Fig. 1.2</span>', page)


def test_the_slider_is_a_numbered_figure_with_its_frames(book):
    found = figure((book / "html" / "chapter.html").read_text("utf8"), "fig-kept")
    assert "Fig. 1.2" in found
    frames = json.loads(unescape(re.search('data-frames="([^"]*)"', found).group(1)))
    assert [f[1] for f in frames] == ["falls from 1 to 1.0", "falls from 1 to 0.6", "falls from 1 to 0.2"]
    assert re.findall('<img[^>]*alt="([^"]*)"', found) == ["falls from 1 to 0.6"]


def test_each_figure_stands_once_on_the_page_for_each_screen(book):
    page = (book / "html" / "chapter.html").read_text("utf8")
    images = re.findall("<img[^>]*>", page)
    assert len(re.findall("<figure", page)) == 2
    assert sum("only-phone" in image for image in images) == 1  # the figure's; the slider has a source instead
    assert sum("only-phone" not in image for image in images) == 2
    assert len(re.findall("<source", page)) == 1


@pytest.mark.parametrize(("builder", "file"), [("latex", "*.tex"), ("epub", "chapter.xhtml")])
def test_print_formats_show_the_start_frame_as_a_picture(book, builder, file):
    (written,) = build(book, builder).glob(file)
    text = written.read_text("utf8")
    assert re.search(r"fig-kept-[0-9a-f]{10}", text)
    assert len(set(re.findall(r"fig-line-[0-9a-f]{10}", text))) == 1  # no picture for a phone
    assert "data-frames" not in text


def test_a_live_notebook_gets_picture_caption_and_text(monkeypatch):
    outputs = []
    monkeypatch.setattr("pruneuq_helpers.figures.page.display_in_page", outputs.append)
    figures.show(figures.new_figure(3, 2), name="fig-card", caption="See {numref}`fig-a`, *well* < 1.", alt="a card")
    data = outputs[0]._repr_mimebundle_()
    assert set(data) == {MIME, "text/html", "image/png", "text/plain"}
    assert 'alt="a card"' in data["text/html"]
    assert "<figcaption>See fig-a, <em>well</em> &lt; 1.</figcaption>" in data["text/html"]
    assert data["text/plain"] == "<fig-card: a card>"


def test_other_outputs_are_left_to_myst_nb():
    class Png:
        mime_type = "image/png"

    assert FigureRenderer.handle_mime(None, Png, False) is None

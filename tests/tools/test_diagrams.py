"""The drawn diagrams: each holds the letters of its own words, in the typeface of the figures."""

import base64
import importlib
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def diagrams(monkeypatch):
    """The tool, imported from its folder."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("diagrams")


@pytest.mark.parametrize("name", ["flow", "gate_loop", "gate_networks", "three_ways"])
def test_a_diagram_holds_the_letters_that_it_uses(diagrams, name):
    assert name in [path.stem for path in diagrams.drawn()]
    drawing = (ROOT / "book" / "_static" / f"{name}.svg").read_text(encoding="utf-8")
    fonts = [TTFont(io.BytesIO(base64.b64decode(font))) for font in re.findall(r"base64,([^)]+)\)", drawing)]
    used = list(diagrams.letters(drawing).values())
    for font, characters in zip(fonts, used, strict=True):
        assert {ord(one) for one in characters} <= set(font.getBestCmap())
    assert diagrams.FAMILY in drawing


def test_fonts_follow_the_words_and_no_old_ones_stay(diagrams):
    plain = '<svg xmlns="http://www.w3.org/2000/svg" font-size="15">\n  <text x="1">ab</text>\n</svg>\n'
    once = diagrams.with_fonts(plain)
    assert diagrams.letters(once) == {"normal": "ab"}
    assert diagrams.with_fonts(once) == once
    both = diagrams.with_fonts(once.replace("</svg>", '<text font-weight="bold">c</text></svg>'))
    assert both.count("@font-face") == 2

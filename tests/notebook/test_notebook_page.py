"""What a notebook hands to its page."""

import numpy as np
import pytest

from pruneuq_helpers import figures
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures.drawing import Drawing, Frames
from pruneuq_helpers.notebook import Say, show


def test_a_drawing_is_shown_with_its_caption_and_text(monkeypatch):
    shown = []
    monkeypatch.setattr("pruneuq_helpers.figures.page.display_in_page", shown.append)
    show(Drawing(figures.new_figure(), "fig-one", "A caption.", "nothing"))
    (figure,) = shown
    assert (figure.name, figure.caption, figure.frames[0].alt) == ("fig-one", "A caption.", "nothing")


def test_frames_become_a_slider(monkeypatch):
    shown = []
    monkeypatch.setattr("pruneuq_helpers.figures.sliders.display_in_page", shown.append)
    show(Frames(lambda level: figures.new_figure(), [0.0, 0.5], "fig-two", "A caption.", lambda level: f"at {level}"))
    (figure,) = shown
    assert [frame.alt for frame in figure.frames] == ["at 0.0", "at 0.5"]
    assert figure.label == "level"


def test_anything_else_is_refused_in_a_sentence():
    with pytest.raises(ParameterError, match="`drawing` got a str; it takes a Drawing or Frames"):
        show("figure")


def test_numbers_carry_the_chapter_in_their_name(monkeypatch):
    handed = []
    monkeypatch.setattr("myst_nb.glue", lambda name, value, display: handed.append((name, value, display)))
    Say("03")({"accuracy": 0.91, "seeds": 5})
    assert handed == [("ch03-accuracy", 0.91, False), ("ch03-seeds", 5, False)]
    Say("03")({"level": np.float64(0.8)})
    assert repr(handed[-1][1]) == "0.8"

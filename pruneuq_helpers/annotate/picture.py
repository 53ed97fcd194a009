"""The form as a figure."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from pruneuq_helpers.annotate.questions import QUESTIONS
from pruneuq_helpers.figures import new_figure

_WIDTH = 66  # letters to a line of a question
_HEIGHT = 3.9


def draw(image: np.ndarray, labels: Sequence[str], progress: str) -> Figure:
    """The image with its three labels on the left, the questions with empty boxes on the right."""
    fig = new_figure(height=_HEIGHT)
    left, right = fig.subplots(1, 2, width_ratios=[1, 2])
    left.imshow(image.squeeze(2) if image.shape[2] == 1 else image, cmap="gray", vmin=0, vmax=255)
    left.set_axis_off()
    lines = [f"label {number}: {name}" for number, name in enumerate(labels, 1)]
    left.text(0, -0.06, "\n".join(lines), transform=left.transAxes, va="top", fontsize=10)
    right.set_axis_off()
    right.set(xlim=(0, 1), ylim=(0, 1))
    fig.suptitle(progress, fontsize=10, x=0.01, ha="left")
    texts = [textwrap.fill(f"{number}. {question.text}", _WIDTH) for number, question in enumerate(QUESTIONS, 1)]
    rows = [text.count("\n") + 2.4 for text in texts]  # each question's own lines, its boxes and some air
    top = 1.0
    for text, row in zip(texts, rows, strict=True):
        height = row / sum(rows)
        right.text(0, top, text, va="top", fontsize=10)
        right.text(0.03, top - height * (row - 1.2) / row, "☐ no     ☐ yes", va="top", fontsize=10)
        top -= height
    return fig

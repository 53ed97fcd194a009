"""Figures of the book: one look, a number, a caption and a text alternative for each, and sliders."""

from pruneuq_helpers.figures.calibration import diagonal, reliability
from pruneuq_helpers.figures.galleries import gallery
from pruneuq_helpers.figures.networks import describe_network, network
from pruneuq_helpers.figures.page import show
from pruneuq_helpers.figures.plots import decision_surface, histograms, lines
from pruneuq_helpers.figures.sliders import is_live, live, slider
from pruneuq_helpers.figures.styling import new_figure, style
from pruneuq_helpers.figures.trends import summarise, trend

__all__ = [
    "decision_surface",
    "describe_network",
    "diagonal",
    "gallery",
    "histograms",
    "is_live",
    "lines",
    "live",
    "network",
    "new_figure",
    "reliability",
    "show",
    "slider",
    "style",
    "summarise",
    "trend",
]

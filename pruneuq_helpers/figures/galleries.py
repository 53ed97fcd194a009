"""A gallery of images with what two populations call them, to be filtered in the page without a kernel."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from pruneuq_helpers import checks
from pruneuq_helpers.checks import tables
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures.gallery_markup import Card, gallery_html
from pruneuq_helpers.figures.page import PageFigure, display_in_page
from pruneuq_helpers.figures.picture import address, check_caption, check_name, take_picture
from pruneuq_helpers.figures.styling import new_figure

COLUMNS = ("image", "truth", "dense", "level", "pruned", "pie", "kind")
SHEET = 24  # images of the still picture, for print


@dataclass(frozen=True, repr=False)
class Gallery(PageFigure):
    """A figure whose page form is the gallery, and whose still form is a sheet of the images shown first."""

    html: str = ""

    def body(self) -> str:
        """HTML of the filters and the cards."""
        return self.html


def gallery(table: pd.DataFrame, images, *, name: str, caption: str, start: float | None = None, classes=None) -> None:
    """Show images with their true label, the dense and the pruned population's modal label, filtered by the reader.

    Filters: class, level, identified or not, and kind (what was planted). They are native controls and work in the
    published page, in a notebook, offline and with the keyboard. Without scripts and in print, the images identified
    at the level `start` are left standing.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an image and level: image (its place in `images`), truth, dense, level, pruned, pie, kind.
    images : array or torch.Tensor
        ``[N, C, H, W]`` or ``[N, H, W]``, ``uint8``.
    name, caption : str
        As for `figures.show`.
    start : float, optional
        The level shown first; the highest by default.
    classes : sequence of str, optional
        Names of the labels; by default the labels themselves.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> table = pd.DataFrame({"image": [0, 1], "truth": [3, 8], "dense": [3, 8], "level": 0.9, "pruned": [3, 1],
    ...                       "pie": [False, True], "kind": "plain"})
    >>> figures.gallery(table, np.zeros((2, 8, 8), np.uint8), name="fig-two", caption="Two digits.")
    <fig-two: 2 images; identified at level 0.9: 1. Image 1: true 8, dense 8, pruned 1>
    """
    check_name(name)
    caption = check_caption(caption)
    levels, start = _checked(table, start)
    pixels, called = _pixels(images, table), _called(classes, table)
    cards = _cards(table, levels, pixels, called)
    place = levels.index(start)
    html = gallery_html(cards, [f"{level:g}" for level in levels], place, name)
    alt = _described(table, start, called)
    still = take_picture(sheet(table, pixels, start, called), alt, colours=64)
    display_in_page(Gallery(name, caption, [still], 0, "filters", html))


def _described(table: pd.DataFrame, level: float, called) -> str:  # of what is checked
    found = table[(table["level"] == level) & table["pie"].astype(bool)]
    told = [
        f"Image {row.image}: true {called(row.truth)}, dense {called(row.dense)}, pruned {called(row.pruned)}"
        for row in found.head(6).itertuples()
    ]
    count = f"{table['image'].nunique()} images; identified at level {level:g}: {len(found)}"
    return ". ".join([count, *told])


def sheet(table: pd.DataFrame, pixels: np.ndarray, level: float, called=str) -> Figure:
    """A still picture of the images identified at a level, or of the first ones where none is."""
    rows = table[table["level"] == level]
    chosen = rows[rows["pie"].astype(bool)] if rows["pie"].any() else rows
    chosen = list(chosen.head(SHEET).itertuples())
    across = 6  # names of 10 points need the room
    fig = new_figure(6.4, 1.6 * -(-len(chosen) // across))
    for ax in (axes := fig.subplots(-(-len(chosen) // across), across, squeeze=False).ravel()):
        ax.axis("off")
    for ax, row in zip(axes, chosen, strict=False):
        image = pixels[row.image]
        ax.imshow(image.squeeze(-1) if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255)
        names = [called(label) for label in (row.truth, row.dense, row.pruned)]
        ax.set_title("{}\n{} → {}".format(*names), fontsize=10, loc="center")
    return fig


def _checked(table: pd.DataFrame, start: float | None) -> tuple[list[float], float]:
    tables.table("table", table, COLUMNS)
    _check_numbers(table)
    levels = sorted(table["level"].unique().tolist())
    start = levels[-1] if start is None else start
    if checks.number("start", start) not in levels:
        raise ParameterError(f"parameter `start` got {start!r}; it takes one of {', '.join(map(str, levels))}")
    return levels, start


def _check_numbers(table: pd.DataFrame) -> None:
    for column in ("image", "truth", "dense", "pruned", "level"):
        tables.numbers("table", table, column, missing=False)
    tables.flags("table", table, "pie")


def _pixels(images, table: pd.DataFrame) -> np.ndarray:
    """Images with their channels last, one for each place that the table names."""
    found = checks.array("images", images)
    shape = found.shape[1:2] if found.ndim == 4 else (1,)
    if found.dtype != np.uint8 or found.ndim not in (3, 4) or shape[0] not in (1, 3):
        raise checks.refused("images", found, "uint8 [N, C, H, W] or [N, H, W] with 1 or 3 channels")
    if table["image"].min() < 0 or table["image"].max() >= len(found):
        raise ParameterError(
            f"parameter `images` got {len(found)} for places up to {table['image'].max()}; it takes one a place"
        )
    return found.transpose(0, 2, 3, 1) if found.ndim == 4 else found[..., None]


def _called(classes, table: pd.DataFrame):
    """From a label to its name."""
    if classes is None:
        return lambda label: str(int(label))
    labels = table[["truth", "dense", "pruned"]].to_numpy()
    takes = f"a list of names, for labels from {labels.min():g} to {labels.max():g}"
    names = checks.sequence("classes", classes, takes)
    if labels.min() < 0 or labels.max() >= len(names) or not all(isinstance(name, str) for name in names):
        raise checks.refused("classes", names, takes)
    return lambda label: names[int(label)]


def _cards(table: pd.DataFrame, levels: list[float], pixels: np.ndarray, called) -> list[Card]:
    cards = []
    for image, rows in table.groupby("image", sort=False):
        rows = rows.set_index("level").reindex(levels)
        if rows["pruned"].isna().any():
            raise ParameterError(f"parameter `table` misses a level for image {image}; it takes one row each")
        first = rows.iloc[0]
        cards.append(
            Card(
                picture=_uri(pixels[image]),
                number=int(image),
                truth=called(first["truth"]),
                dense=called(first["dense"]),
                kind=str(first["kind"]),
                pruned=tuple(called(label) for label in rows["pruned"]),
                pie=tuple(bool(value) for value in rows["pie"]),
            )
        )
    return cards


def _uri(image: np.ndarray) -> str:
    """A small image as a data address; the page enlarges it without smoothing."""
    out = io.BytesIO()
    Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(out, format="png", optimize=True)
    return escape(address(out.getvalue()))

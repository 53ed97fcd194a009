"""Figures with a number, a caption and a text alternative, in the published page and in a live notebook."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from matplotlib.figure import Figure

from pruneuq_helpers import checks
from pruneuq_helpers.errors import bring
from pruneuq_helpers.figures import markup
from pruneuq_helpers.figures.picture import Picture, check_caption, check_name, take_picture

MIME = "application/vnd.pruneuq.figure+json"


@dataclass(frozen=True)
class PageFigure:
    """What a cell hands to the page: one picture, or the frames of a slider, with name and caption."""

    name: str
    caption: str
    frames: Sequence[Picture]
    start: int = 0
    label: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}: {self.frames[self.start].alt}>"

    def body(self) -> str:
        """HTML of the picture, or of the slider when there is a label for its control."""
        if self.label:
            return markup.slider(self.frames, self.label, self.start, self.name)
        return markup.image(self.frames[self.start])

    def for_page(self) -> dict:
        """What the book's page is made from."""
        shown = self.frames[self.start]
        by_screen = {"only-desk": shown, "only-phone": shown.phone} if shown.phone else {"": shown}
        return {
            "name": self.name,
            "caption": self.caption,
            "alt": shown.alt,
            "pictures": [_files(picture, screen) for screen, picture in by_screen.items()],
            "kind": "slider" if self.label else "picture",
            "html": self.body() if self.label else "",
        }

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        shown = self.frames[self.start]
        return {
            MIME: replace(self, frames=[frame.see_through() for frame in self.frames]).for_page(),
            "text/html": markup.captioned(self.body(), self.caption),
            "image/png": shown.base64,
            "text/plain": repr(self),
        }


def _files(picture: Picture, screen: str) -> dict:
    """One picture for the page: its bytes, those for the dark, its width, and the class that says where it is shown."""
    dark = base64.b64encode(picture.dark).decode()
    return {"png": picture.base64, "dark": dark, "width": picture.css_width, "screen": screen}


def show(fig: Figure, name: str, caption: str, alt: str, colours: int = 64) -> None:
    """Show a figure with its caption, numbered on the page and reachable by ``{numref}`` from any page.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure; it is laid out for a phone, too, and closed afterwards.
    name : str
        Its label, ``fig-`` and small letters, digits and hyphens; used once in the book.
    caption : str
        One or two sentences of MyST: formulas, roles and references work in the page.
    alt : str
        What the picture shows, with its trend in numbers; made from the table that was drawn (see `trend`).
    colours : int
        Number of colours kept in the stored picture; more for a smooth surface.

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import figures
    >>> table = pd.DataFrame({"seed": [0, 0], "level": [0.0, 0.9], "accuracy": [0.97, 0.91]})
    >>> figures.show(figures.lines(table, "level", "accuracy"), name="fig-accuracy",
    ...              caption="Accuracy against level.", alt=figures.trend(table, "level", "accuracy"))
    <fig-accuracy: accuracy goes from 0.97 at level 0 to 0.91 at level 0.9>
    """
    colours = checks.whole("colours", colours, 2, 256)
    page_figure = PageFigure(
        check_name(name), check_caption(caption), [take_picture(fig, alt, colours=colours, phone=True)]
    )
    display_in_page(page_figure)


def display_in_page(what, **settings) -> None:
    """IPython's display: imported here alone, because the audit draws figures where there is no notebook."""
    bring("IPython.display").display(what, **settings)


class FigureRenderer:
    """myst-nb's renderer of our figures, found through the entry point group ``myst_nb.mime_renderers``."""

    mime_priority_overrides: ClassVar = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Return the nodes of one of our figures, or None for anything else."""
        if data.mime_type != MIME or inline:
            return None
        # Only the book needs these; a live notebook does without docutils and Sphinx.
        from docutils import nodes
        from myst_nb.core.render import create_figure_context

        page, holder = renderer.renderer, nodes.Element()
        options = {"name": data.content["name"], "caption": data.content["caption"]}
        with page.current_node_context(holder), create_figure_context(page, options, data.line or 0):
            page.current_node.extend(_body(renderer, data.content))
        return holder.children


def _image(renderer, content: dict, picture: dict, mode: str = ""):
    from docutils import nodes

    png = base64.b64decode(picture["dark" if mode == "only-dark" else "png"])
    # The hash keeps a browser from showing the picture of an older build.
    file = f"{content['name']}-{hashlib.sha256(png).hexdigest()[:10]}.png"
    image = nodes.image(uri=renderer.write_file([file], png, exists_ok=True), alt=content["alt"])
    image["width"] = f"{picture['width']}px"
    image["classes"] = ["no-scaled-link", *filter(None, (picture["screen"], mode))]
    return image


def _body(renderer, content: dict) -> list:
    from sphinx import addnodes

    if content["kind"] == "slider":
        from docutils import nodes

        control = addnodes.only("", nodes.raw(text=content["html"], format="html"), expr="html and not epub")
        return [control, addnodes.only("", _image(renderer, content, content["pictures"][0]), expr="not html or epub")]
    shown, *others = (
        _image(renderer, content, picture, mode)
        for picture in content["pictures"]
        for mode in (("only-light", "only-dark") if picture["dark"] else ("",))
    )
    return [shown, *(addnodes.only("", image, expr="html and not epub") for image in others)]

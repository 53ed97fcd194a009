"""The form: one image at a time, six questions, and a file that holds every answer at once."""

import html
import io
from collections.abc import Sequence

import ipywidgets
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from pruneuq_helpers import checks, figures
from pruneuq_helpers.annotate.answers import read_answers, write_answer
from pruneuq_helpers.annotate.picture import draw
from pruneuq_helpers.annotate.questions import QUESTIONS
from pruneuq_helpers.checks import paths
from pruneuq_helpers.errors import ParameterError

_SIDE = 256  # pixels on the page, which even the smallest image is brought to


class AnnotationForm:
    """Asks one person about one image after the other.

    It is not told which images are PIEs, so it cannot tell. Every answer is saved when it is given; after a restart the
    same form goes on where this annotator left off.

    Parameters
    ----------
    images : array_like
        ``uint8 [N, C, H, W]``, NumPy or torch.
    labels : sequence of sequence of str
        Three names an image: its label, and what the two populations say. The last two are shown in an order by lot.
        For images on which both agree name the two likeliest classes, or the names give away which are PIEs.
    path : str or Path
        The CSV file of answers; several people may share one.
    indices : array_like of int, optional
        Which images, such as from `sample`; all, unless given.
    annotator : str
        Who answers.
    seed : int
        Of the order, which differs from annotator to annotator.

    Attributes
    ----------
    widget : ipywidgets.VBox
        Show it as the last line of a cell, or use `show`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from pruneuq_helpers import annotate
    >>> images, names = np.zeros((2, 1, 8, 8), dtype=np.uint8), [("three", "three", "eight")] * 2
    >>> form = annotate.AnnotationForm(images, names, Path(tempfile.mkdtemp()) / "answers.csv", annotator="me")
    >>> form.answer(1, 1, 0, 1, 0, 0)
    >>> len(form.left), len(annotate.read_answers(form.path))
    (1, 1)
    """

    def __init__(self, images, labels: Sequence[Sequence[str]], path, indices=None, annotator: str = "", seed: int = 0):
        self.images = _pixels(images)
        self.labels = _names(labels, len(self.images))
        if not isinstance(annotator, str):
            raise ParameterError(f"parameter `annotator` got {annotator!r}; it takes a name, to tell answers apart")
        self.path, self.annotator = paths.path("path", path, "the path of a CSV file"), annotator
        places = checks.places("indices", np.arange(len(self.images)) if indices is None else indices, len(self.images))
        if not places.size:
            raise checks.refused("indices", indices, f"some places from 0 to {len(self.images) - 1}")
        generator = np.random.default_rng([checks.seed("seed", seed), *annotator.encode()])
        self.order = generator.permutation(np.unique(places)).tolist()
        for names, swapped in zip(self.labels, generator.random(len(self.labels)) < 0.5, strict=True):
            names[1:] = names[:0:-1] if swapped else names[1:]
        answers = read_answers(self.path)
        done = set(answers.loc[answers["annotator"] == annotator, "index"])
        self.left = [index for index in self.order if index not in done]
        self._build()
        self._ask()

    @property
    def current(self) -> int | None:
        """The image asked about now, or None when all are done."""
        return self.left[0] if self.left else None

    def answer(self, *answers: int) -> None:
        """Answer all six questions at once, as the buttons do, save, and go on to the next image.

        Parameters
        ----------
        *answers : int
            0 (no) or 1 (yes), in the order of the questions.
        """
        for choice, value in zip(self.choices, answers, strict=True):
            choice.value = value
        self.save.click()

    def show(self, name: str = "fig-annotation-form", caption: str = "The form of the human study.") -> None:
        """Show the form: live in a notebook, and as a picture with its questions in text in a page.

        Parameters
        ----------
        name, caption : str
            As for ``figures.show``.
        """
        if figures.is_live():
            display(self.widget)
        else:
            questions = "; ".join(f"{number}. {question.text}" for number, question in enumerate(QUESTIONS, 1))
            alt = f"An image, three labels, and six questions to answer with no or yes: {questions}"
            figures.show(self.picture(), name=name, caption=caption, alt=alt)

    def picture(self) -> Figure:
        """The form as a figure, for a page in which nothing can be clicked.

        Returns
        -------
        matplotlib.figure.Figure
            Of the current image, or of the first where all are done.
        """
        index = self.order[0] if self.current is None else self.current
        return draw(self.images[index], self.labels[index], self._progress())

    def _build(self) -> None:
        self.image = ipywidgets.Image(format="png", width=_SIDE)
        self.names, self.status = ipywidgets.HTML(), ipywidgets.HTML()
        self.choices = [ipywidgets.ToggleButtons(options=[("no", 0), ("yes", 1)], value=None) for _ in QUESTIONS]
        for choice in self.choices:
            choice.style.button_width = "4em"
            choice.observe(self._answered, "value")
        self.save = ipywidgets.Button(description="save, next image", button_style="primary")
        self.back = ipywidgets.Button(description="one back")
        self.save.on_click(self._save)
        self.back.on_click(self._back)
        texts = [f"{number}. {html.escape(question.text)}" for number, question in enumerate(QUESTIONS, 1)]
        asked = [ipywidgets.VBox([ipywidgets.HTML(text), each]) for text, each in zip(texts, self.choices, strict=True)]
        self.shown = ipywidgets.HBox([ipywidgets.VBox([self.image, self.names]), ipywidgets.VBox(asked)])
        self.widget = ipywidgets.VBox([self.status, self.shown, ipywidgets.HBox([self.back, self.save])])

    def _ask(self) -> None:
        """Put the current image into the form, with no answers."""
        for choice in self.choices:
            choice.value = None
        self.shown.layout.display = "none" if self.current is None else ""
        self.status.value = html.escape(self._progress())
        self.back.disabled = len(self.left) == len(self.order)
        self._answered()
        if self.current is not None:
            self.image.value = _png(self.images[self.current])
            names = enumerate(self.labels[self.current], 1)
            self.names.value = "<br>".join(f"label {number}: <b>{html.escape(name)}</b>" for number, name in names)

    def _answered(self, _=None) -> None:
        self.save.disabled = self.current is None or any(choice.value is None for choice in self.choices)

    def _save(self, _) -> None:
        if self.save.disabled:
            return
        answers = {question.key: choice.value for question, choice in zip(QUESTIONS, self.choices, strict=True)}
        write_answer(self.path, self.annotator, self.current, answers)
        self.left = self.left[1:]
        self._ask()

    def _back(self, _) -> None:
        """Ask again about the image before; its answers stay until new ones are saved."""
        if not self.back.disabled:
            place = len(self.order) if self.current is None else self.order.index(self.current)
            before = [index for index in self.order[:place] if index not in self.left]
            self.left = [before[-1], *self.left] if before else self.left
            self._ask()

    def _progress(self) -> str:
        done = len(self.order) - len(self.left)
        return f"{done} of {len(self.order)} images done; answers are in {self.path.name}"


def _names(labels, count: int) -> list[list[str]]:
    takes = f"three names for each of the {count} images"
    found = [checks.sequence("labels", names, takes) for names in checks.sequence("labels", labels, takes)]
    if len(found) != count or not all(len(names) == 3 and all(isinstance(n, str) for n in names) for names in found):
        raise checks.refused("labels", labels, takes)
    return found


def _pixels(images) -> np.ndarray:
    found = checks.array("images", images)
    if found.ndim != 4 or found.dtype != np.uint8 or found.shape[1] not in (1, 3):
        got = f"{found.dtype} of shape {found.shape}"
        raise ParameterError(f"parameter `images` got {got}; it takes uint8 [N, C, H, W] with 1 or 3 channels")
    return found.transpose(0, 2, 3, 1)


def _png(image: np.ndarray) -> bytes:
    pixels = Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image)
    scale = max(1, _SIDE // max(pixels.size))
    file = io.BytesIO()
    pixels.resize((pixels.width * scale, pixels.height * scale), Image.Resampling.NEAREST).save(file, format="png")
    return file.getvalue()
